using Triptych.Metrics.Head;
using Triptych.Metrics.Scan;
using Triptych.Primitives.Checksums;
using Triptych.Primitives.Memory;

namespace Triptych.Metrics.Tests.Head;

public sealed class TimeTreeTests
{
    [Fact]
    public void Series_of_one_target_share_their_times()
    {
        using var slabs = new SlabPool(MemoryBudget.Unlimited("test"));
        using var arena = new SlabArena(slabs);
        var tree = new TimeTree(arena, MemoryBudget.Unlimited("test"));
        var places = Enumerable.Repeat(TimeTree.None, 200).ToArray();
        for (var step = 0; step < 300; step++)
        {
            for (var i = 0; i < places.Length; i++) places[i] = tree.Next(places[i], 15_000L * step);
        }

        tree.Count.ShouldBe(300);
        places.Distinct().Count().ShouldBe(1);
        var times = new long[300];
        tree.Open().Read(places[0], times);
        times.ShouldBe(Enumerable.Range(0, 300).Select(s => 15_000L * s));
    }

    [Fact]
    public void Times_of_every_series_come_back_whatever_the_order_in_which_series_take_turns()
    {
        var random = new Random(11);
        using var slabs = new SlabPool(MemoryBudget.Unlimited("test"));
        using var arena = new SlabArena(slabs);
        var tree = new TimeTree(arena, MemoryBudget.Unlimited("test"));
        var model = Enumerable.Range(0, 40).Select(_ => new List<long>()).ToArray();
        var places = Enumerable.Repeat(TimeTree.None, model.Length).ToArray();
        for (var n = 0; n < 20_000; n++)
        {
            var series = random.Next(model.Length);
            var last = model[series].Count == 0 ? -5 : model[series][^1];
            var time = last + random.Next(1, 4);
            places[series] = tree.Next(places[series], time);
            model[series].Add(time);
        }

        var reader = tree.Open();
        for (var series = 0; series < model.Length; series++)
        {
            var times = new long[model[series].Count];
            reader.Read(places[series], times);
            times.ShouldBe(model[series]);
            reader.Read(places[series], times.AsSpan(0, 3));
            times[..3].ShouldBe(model[series][^3..]);
        }
    }

    [Fact]
    public void A_reader_goes_on_while_the_tree_grows()
    {
        using var slabs = new SlabPool(MemoryBudget.Unlimited("test"));
        using var arena = new SlabArena(slabs);
        var tree = new TimeTree(arena, MemoryBudget.Unlimited("test"));
        var node = TimeTree.None;
        for (var n = 0; n < 100; n++) node = tree.Next(node, n);
        var reader = tree.Open();
        var later = node;
        for (var n = 100; n < 100_000; n++) later = tree.Next(later, n);
        var times = new long[100];
        reader.Read(node, times);
        times.ShouldBe(Enumerable.Range(0, 100).Select(n => (long)n));
    }

    [Fact]
    public void A_tree_without_memory_refuses_and_stays_as_it_is()
    {
        var budget = new MemoryBudget("test", SlabPool.MinSlabSizeBytes);
        using var slabs = new SlabPool(budget, SlabPool.MinSlabSizeBytes);
        using var arena = new SlabArena(slabs);
        var tree = new TimeTree(arena, budget);
        var (node, added) = (TimeTree.None, 0);
        Should.Throw<MemoryBudgetExceededException>(() =>
        {
            for (; added < 100_000; added++) node = tree.Next(node, added);
        });
        added.ShouldBe(SlabPool.MinSlabSizeBytes / 16);
        var times = new long[added];
        tree.Open().Read(node, times);
        times.ShouldBe(Enumerable.Range(0, added).Select(n => (long)n));
    }

    [Fact]
    public void What_a_view_shows_is_what_was_there_however_much_comes_later()
    {
        var random = new Random(3);
        using var slabs = new SlabPool(MemoryBudget.Unlimited("test"));
        using var series = new TenantSeries(slabs, MemoryBudget.Unlimited("test"));
        var model = new Dictionary<int, List<(long Time, double Value)>>();
        for (var i = 0; i < 30; i++)
        {
            var canonical = TestLabels.Of($"n{i}");
            model[series.FindOrAdd(canonical, XxHash64.Compute(canonical))] = [];
        }

        var views = new List<(SeriesView View, (long Time, double Value)[][] Expected)>();
        var numbers = model.Keys.ToArray();
        for (var step = 1; step <= 400; step++)
        {
            foreach (var number in numbers)
            {
                // Some miss a step, some have a time of their own: the tree branches.
                if (random.Next(20) == 0) continue;
                var time = (step * 1000L) + (random.Next(10) == 0 ? random.Next(5) : 0);
                var value = random.Next(3) == 0 ? random.NextDouble() : step;
                series.Append(number, time, value).ShouldBe(SamplePlace.Newest);
                model[number].Add((time, value));
            }

            if (step % 100 == 0) views.Add((series.View(numbers), numbers.Select(n => model[n].ToArray()).ToArray()));
        }

        // Of what a range ends with only the newest is wanted; where it ends before, the view tells more.
        var newest = series.ViewNewest(numbers, 399_000, long.MaxValue);
        var earlier = series.ViewNewest(numbers, 0, 200_000);
        for (var place = 0; place < numbers.Length; place++)
        {
            Samples(newest, place).ShouldBe([model[numbers[place]][^1]]);
            Samples(earlier, place).ShouldBe(model[numbers[place]]);
        }

        foreach (var (view, expected) in views)
        {
            for (var place = 0; place < numbers.Length; place++)
            {
                Samples(view, place).ShouldBe(expected[place]);
            }
        }
    }

    private static IEnumerable<(long Time, double Value)> Samples(SeriesView view, int place)
    {
        var buffer = new SampleBuffer();
        view.Read(place, buffer);
        return buffer.TimestampsMs.ToArray().Zip(buffer.Values.ToArray());
    }
}
