using Triptych.Model;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;

namespace Triptych.Storage.Tests.Compaction;

public sealed class CompactionPlannerTests
{
    private const long Minute = 60_000;
    private const long Hour = 60 * Minute;
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly long StartMs = Start.ToUnixTimeMilliseconds();
    private static readonly CompactionOptions Options = UpkeepFixture.Compaction;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(10)]
    public void Whatever_comes_in_whatever_order_the_first_of_equal_rows_stays_and_planning_ends(int seed)
    {
        var random = new Random(seed);
        var simulation = new PlannerSimulation(Signal.Metrics, Options with { TargetBlockBytes = random.Next(500, 20_000) });
        simulation.SizeOf = rows => (rows * 80L) + random.Next(1, 4000);
        long value = 0;
        for (var now = Start; now < Start.AddDays(3); now += TimeSpan.FromMinutes(random.Next(5, 120)))
        {
            var rows = new List<Row>();
            var nowMs = now.ToUnixTimeMilliseconds();
            for (var i = random.Next(1, 60); i > 0; i--)
            {
                // Mostly new, some up to a day late, on a coarse grid so that equal rows come again.
                var ageMinutes = random.Next(4) == 0 ? random.Next(24 * 60) : random.Next(30);
                rows.Add(new Row((nowMs - (ageMinutes * Minute)) / (10 * Minute) * (10 * Minute), random.Next(5), value++));
            }

            simulation.Flush(rows);
            if (random.Next(10) == 0)
                simulation.Barred.Add(simulation.Blocks[random.Next(simulation.Blocks.Count)].Id);
            simulation.Settle(now, TimeSpan.Zero);
            simulation.ShouldBeRight();
        }

        simulation.Merges.Select(static m => m.Level).Distinct().Order().ShouldBe([1, 2, 3]);
    }

    [Fact]
    public void Blocks_of_a_merged_level_lie_in_one_window_each()
    {
        var simulation = Steady(hours: 72, everyMinutes: 20, rows: 30);
        foreach (var block in simulation.Blocks.Where(static b => b.Level > 0))
        {
            var window = SignalTime.Of(Signal.Metrics, Options.Windows(Signal.Metrics)[block.Level - 1]);
            (block.MinTime / window).ShouldBe(block.MaxTime / window);
        }
    }

    [Fact]
    public void A_steady_stream_ends_in_few_blocks_and_each_byte_is_written_a_few_times()
    {
        var simulation = Steady(hours: 72, everyMinutes: 5, rows: 30);
        simulation.Blocks.Count(static b => b.Level == 3).ShouldBe(2, "of the first two days; the third is not closed yet");
        simulation.Blocks.Count.ShouldBeLessThan(30);
        (simulation.BytesMerged / (double)simulation.BytesFlushed).ShouldBeLessThan(4.5);
    }

    [Fact]
    public void A_trickle_of_late_rows_does_not_rewrite_a_large_block_again_and_again()
    {
        var options = Options with { TargetBlockBytes = 1_000_000_000 };
        var simulation = new PlannerSimulation(Signal.Metrics, options);
        var now = Start.AddDays(2);
        simulation.Flush([.. Enumerable.Range(0, 5000).Select(i => new Row(StartMs + (i * Minute / 4), i, i))]);
        for (var i = 0; i < 200; i++)
        {
            simulation.Flush([new Row(StartMs + Hour + i, 10_000 + i, i)]);
            simulation.Settle(now, TimeSpan.Zero);
        }

        simulation.ShouldBeRight();
        simulation.BytesMerged.ShouldBeLessThan(5 * simulation.BytesFlushed);
        simulation.Blocks.Count.ShouldBeLessThan(40);
    }

    [Fact]
    public void Large_blocks_are_left_as_they_are()
    {
        var simulation = new PlannerSimulation(Signal.Metrics, Options with { TargetBlockBytes = 3000 });
        for (var i = 0; i < 24; i++)
            simulation.Flush([.. Enumerable.Range(0, 30).Select(k => new Row(StartMs + (i * Hour) + (k * Minute), k, i))]);
        simulation.Settle(Start.AddDays(5), TimeSpan.Zero);
        simulation.Merges.ShouldAllBe(static m => m.Level == 1);
        simulation.Blocks.Count.ShouldBe(24);
    }

    [Fact]
    public void An_earlier_and_a_later_block_are_not_merged_across_one_between_them()
    {
        var simulation = new PlannerSimulation(Signal.Metrics, Options);
        for (var i = 0; i < 5; i++)
            simulation.Flush([new Row(StartMs + Hour, 1, i), new Row(StartMs + (3 * Hour), i, i)]);
        var middle = simulation.Blocks.Single(static b => b.FirstSegment == 3);
        simulation.Barred.Add(middle.Id);
        simulation.Settle(Start.AddDays(3), TimeSpan.Zero);
        simulation.ShouldBeRight();
        simulation.Blocks.ShouldContain(middle);
        simulation.Blocks.ShouldAllBe(b => b.Id == middle.Id || b.LastSegment < 3 || b.FirstSegment > 3);
    }

    [Fact]
    public void Few_flushed_blocks_of_an_open_window_wait_and_many_do_not()
    {
        var planner = new CompactionPlanner(Signal.Metrics, Options);
        var blocks = Enumerable.Range(1, 3).Select(i => Block(0, i, StartMs + (i * Minute), StartMs + (i * Minute) + 1)).ToList();
        planner.Next(blocks, new HashSet<Guid>(), Start.AddHours(1), TimeSpan.Zero).ShouldBeNull();
        blocks.Add(Block(0, 4, StartMs + (50 * Minute), StartMs + (90 * Minute)));
        var merge = planner.Next(blocks, new HashSet<Guid>(), Start.AddHours(2), TimeSpan.Zero).ShouldNotBeNull();
        merge.Reason.ShouldBe(MergeReason.Flushed);
        merge.Level.ShouldBe(1);
        merge.Inputs.Select(static b => b.LastSegment).ShouldBe([1L, 2, 3, 4]);
    }

    [Fact]
    public void A_flushed_block_that_spans_windows_is_split_when_they_are_closed()
    {
        var planner = new CompactionPlanner(Signal.Metrics, Options);
        BlockMeta[] blocks = [Block(0, 1, StartMs, StartMs + (3 * Hour))];
        planner.Next(blocks, new HashSet<Guid>(), Start.AddHours(4), TimeSpan.Zero).ShouldBeNull();
        planner.Next(blocks, new HashSet<Guid>(), Start.AddHours(7), TimeSpan.Zero).ShouldNotBeNull().Inputs.ShouldBe(blocks);
        planner.Next([Block(0, 1, StartMs, StartMs + 1)], new HashSet<Guid>(), Start.AddDays(9), TimeSpan.Zero).ShouldBeNull("a merge would gain nothing");
    }

    [Fact]
    public void Windows_that_would_hold_data_back_beyond_its_retention_are_not_made()
    {
        var planner = new CompactionPlanner(Signal.Metrics, Options);
        BlockMeta[] blocks = [Block(2, 1, StartMs, StartMs + Hour), Block(2, 2, StartMs + (7 * Hour), StartMs + (8 * Hour))];
        var late = Start.AddDays(2);
        planner.Next(blocks, new HashSet<Guid>(), late, TimeSpan.FromDays(15)).ShouldNotBeNull().Level.ShouldBe(3);
        planner.Next(blocks, new HashSet<Guid>(), late, TimeSpan.FromDays(2)).ShouldBeNull();
    }

    [Fact]
    public void A_merged_block_of_traces_lies_where_its_traces_start()
    {
        const long NanosPerHour = 3_600_000_000_000;
        var options = Options with { OpenWindowParts = 2 };
        var planner = new CompactionPlanner(Signal.Traces, options);
        var start = SignalTime.Of(Signal.Traces, Start);
        BlockMeta[] blocks =
        [
            Block(1, 1, start, start + (30 * NanosPerHour)) with { Signal = Signal.Traces },
            Block(1, 2, start + 1, start + 2) with { Signal = Signal.Traces },
        ];
        var merge = planner.Next(blocks, new HashSet<Guid>(), Start.AddHours(3), TimeSpan.Zero).ShouldNotBeNull();
        merge.Inputs.Count.ShouldBe(2);
        merge.Level.ShouldBe(1);
    }

    [Fact]
    public void What_is_pending_names_no_block_twice()
    {
        var planner = new CompactionPlanner(Signal.Metrics, Options with { MaxInputs = 4 });
        var blocks = Enumerable.Range(1, 12).Select(i => Block(0, i, StartMs + (i * Minute), StartMs + (i * Minute) + 1)).ToList();
        var pending = planner.Pending(blocks, new HashSet<Guid>(), Start.AddHours(1), TimeSpan.Zero, most: 100);
        pending.Count.ShouldBe(3);
        pending.SelectMany(static p => p.Inputs).Select(static b => b.Id).ShouldBeUnique();
    }

    private static PlannerSimulation Steady(int hours, int everyMinutes, int rows)
    {
        var simulation = new PlannerSimulation(Signal.Metrics, Options with { TargetBlockBytes = 10_000_000 });
        var end = Start.AddHours(hours);
        for (var now = Start; now < end; now += TimeSpan.FromMinutes(everyMinutes))
        {
            var nowMs = now.ToUnixTimeMilliseconds();
            simulation.Flush([.. Enumerable.Range(0, rows).Select(i => new Row(nowMs + (i * everyMinutes * Minute / rows), i, nowMs))]);
            simulation.Settle(now, TimeSpan.Zero);
        }

        simulation.Settle(end, TimeSpan.Zero);
        simulation.ShouldBeRight();
        return simulation;
    }

    private static BlockMeta Block(int level, long segment, long min, long max) => new()
    {
        Id = Guid.CreateVersion7(),
        Tenant = TenantId.Default,
        Signal = Signal.Metrics,
        Level = level,
        MinTime = min,
        MaxTime = max,
        Rows = 1,
        SizeBytes = 100,
        ObjectKey = "k" + segment,
        FirstSegment = segment,
        LastSegment = segment,
    };
}
