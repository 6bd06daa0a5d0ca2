using Triptych.Metrics.Head;
using Triptych.Primitives.Memory;

namespace Triptych.Metrics.Tests.Head;

public sealed class SeriesMapTests
{
    [Fact]
    public void Finds_what_was_added_as_a_dictionary_of_lists_does()
    {
        var random = new Random(7);
        using var map = new SeriesMap(MemoryBudget.Unlimited("test"));
        var model = new Dictionary<uint, List<int>>();
        Find(map, 5).ShouldBeEmpty();
        for (var series = 0; series < 20_000; series++)
        {
            // Few tags at times, so that several series meet under one; and tags that fall on one place of a small table.
            var tag = random.Next(3) == 0 ? (uint)random.Next(200) << 12 : (uint)random.NextInt64(uint.MaxValue);
            map.Add(tag, series);
            if (!model.TryGetValue(tag, out var list)) model[tag] = list = [];
            list.Add(series);
        }

        map.Count.ShouldBe(20_000);
        foreach (var (tag, series) in model) Find(map, tag).Order().ShouldBe(series);
        for (uint tag = 1; tag < 4000; tag += 2) Find(map, tag).ShouldBe(model.GetValueOrDefault(tag, []));
    }

    [Fact]
    public void A_table_that_may_not_grow_stays_as_it_is()
    {
        var budget = new MemoryBudget("test", 4096);
        using var map = new SeriesMap(budget);
        var added = 0;
        Should.Throw<MemoryBudgetExceededException>(() =>
        {
            for (; added < 10_000; added++) map.Add((uint)added, added);
        });
        map.Count.ShouldBe(added);
        for (var series = 0; series < added; series++) Find(map, (uint)series).ShouldBe([series]);
        Find(map, (uint)added).ShouldBeEmpty();
    }

    private static List<int> Find(SeriesMap map, uint tag)
    {
        var found = new List<int>();
        var probe = map.Find(tag);
        while (probe.TryNext(out var series)) found.Add(series);
        return found;
    }
}
