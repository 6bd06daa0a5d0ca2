using Triptych.Model;
using Triptych.Storage.Compaction;
using Triptych.Storage.Retention;
using Triptych.Storage.Tests.Compaction;

namespace Triptych.Storage.Tests.Retention;

/// <summary>
/// Retention rules with a size. A row has 24 bytes and a block four more: a row that is alone in its block has 28, of many in one each has about 24.
/// </summary>
public sealed class SizeRuleTests
{
    [Fact]
    public async Task A_rule_over_its_size_loses_its_oldest_rows_and_no_others()
    {
        await using var store = await OpenAsync(Rule("a1", rows: 16));
        for (var hour = 10; hour >= 1; hour--)
            await store.FlushAsync([At(hour, 1), At(hour, 5), At(hour, 2), At(hour, 3)]);
        await store.RunAsync();
        var left = await store.ReadAsync();
        left.Count(static r => r.App != "a1").ShouldBe(20, "no rule holds for them");
        left.Where(static r => r.App == "a1").Select(HourOf).Distinct().ShouldBe([7, 6, 5, 4, 3, 2, 1], "an hour has 50 bytes, and 7/8 of the size are 392");
        store.Events.Count("rule_over_size Metrics 0").ShouldBe(1);
    }

    [Fact]
    public async Task It_acts_once_for_an_eighth_and_not_for_every_row_that_comes_in()
    {
        await using var store = await OpenAsync(new RetentionRule(Row.Matchers("a1"), TimeSpan.Zero, 1930));
        await store.FlushAsync([.. Enumerable.Range(0, 80).Select(static i => At(20 - (i / 10.0), 1 + (4 * i)))]);
        await store.RunAsync();
        (await store.ReadAsync()).Count.ShouldBe(80, "that is not over the size");
        await store.FlushAsync(At(10, 1001));
        await store.RunAsync();
        var rewritten = store.Events.Count("merged Metrics Retention");
        rewritten.ShouldBe(1);
        var kept = (await store.ReadAsync()).Count;
        kept.ShouldBeInRange(69, 70);
        for (var i = 0; i < 6; i++)
        {
            await store.FlushAsync(At(9 - (i / 10.0), 2001 + (4 * i)));
            await store.RunAsync();
        }

        store.Events.Count("merged Metrics Retention").ShouldBe(rewritten, "it has not come back to its size");
        (await store.ReadAsync()).Count.ShouldBe(kept + 6);
    }

    [Fact]
    public async Task What_is_over_in_one_block_goes_by_time_and_not_as_a_whole()
    {
        await using var store = await OpenAsync(new RetentionRule(Row.Matchers("a1"), TimeSpan.Zero, 960));

        // One row of long ago makes the block's slots wide: nearly all rows are in the last one.
        await store.FlushAsync([At(1000, 1), .. Enumerable.Range(0, 100).Select(static i => At(2 - (i / 100.0), 1 + (4 * i))), At(500, 2)]);
        await store.RunAsync();
        var left = (await store.ReadAsync()).Where(static r => r.App == "a1").ToList();
        left.Count.ShouldBeInRange(33, 35);
        left.ShouldBe([.. Enumerable.Range(100 - left.Count, left.Count).Select(static i => At(2 - (i / 100.0), 1 + (4 * i)))]);
        (await store.ReadAsync()).ShouldContain(At(500, 2));
    }

    [Fact]
    public async Task The_first_rule_that_matches_holds_also_for_sizes()
    {
        var kept = new RetentionRule([Row.Matchers("a1")[0], Matcher("key", "1")], TimeSpan.Zero);
        var twice = new RetentionRule(Row.Matchers("a1"), TimeSpan.Zero, 208);
        var never = new RetentionRule([Matcher("key", "5")], TimeSpan.Zero, 1);
        await using var store = await OpenAsync(kept, twice, never);
        for (var hour = 20; hour >= 1; hour--)
            await store.FlushAsync(At(hour, 1), At(hour, 5));
        await store.RunAsync();
        var left = await store.ReadAsync();
        left.Count(static r => r.Key == 1).ShouldBe(20, "the first rule keeps them");
        left.Where(static r => r.Key == 5).Select(HourOf).ShouldBe([7, 6, 5, 4, 3, 2, 1], "of 26 bytes each, and 7/8 of the second rule's size are 182; the third one has no rows");
    }

    [Fact]
    public async Task All_tenants_together_have_the_size_and_the_oldest_of_all_go()
    {
        await using var store = await OpenAsync(Rule("a1", rows: 8));
        var other = new TenantId("other");
        for (var hour = 10; hour >= 1; hour--)
        {
            await store.AppendAsync(hour % 2 == 0 ? TenantId.Default : other, At(hour, 1));
            await store.FlushAsync(At(hour, 2));
        }

        await store.RunAsync();
        var left = await store.ReadAsync();
        left.Where(static r => r.App == "a1").Select(HourOf).ShouldBe([6, 4, 2]);
        store.Catalog.Current.Blocks(other, UpkeepFixture.Kind).Sum(static b => b.Rows).ShouldBe(4, "7, 5, 3 and 1 hours ago");
    }

    [Fact]
    public async Task A_rule_has_a_time_and_a_size_and_both_hold()
    {
        var rule = new RetentionRule(Row.Matchers("a1"), TimeSpan.FromHours(5.5), Bytes(16));
        await using var store = await OpenAsync(rule);
        for (var hour = 10; hour >= 1; hour--)
            await store.FlushAsync(At(hour, 1), At(hour, 5), At(hour, 2));
        await store.RunAsync();
        (await store.ReadAsync()).Where(static r => r.Key == 1).Select(HourOf).ShouldBe([5, 4, 3, 2, 1]);
        (await store.ReadAsync()).Count(static r => r.Key == 2).ShouldBe(10);
    }

    [Fact]
    public async Task Blocks_are_counted_once_while_the_program_runs_and_again_after_a_start()
    {
        await using var store = await OpenAsync(Rule("a1", rows: 100));
        await store.FlushAsync(At(3, 1));
        await store.FlushAsync(At(2, 1));
        await store.RunAsync();
        await store.RunAsync();
        store.Signal.CountedBlocks.ShouldBe(2);
        await store.FlushAsync(At(1, 1));
        await store.RunAsync();
        store.Signal.CountedBlocks.ShouldBe(3);
        await using var again = await store.ReopenAsync(Options(Rule("a1", rows: 2)));
        await again.RunAsync();
        (await again.ReadAsync()).Select(HourOf).ShouldBe([1], "the size is another now, and what was there before counts");
    }

    [Fact]
    public async Task Many_blocks_are_counted_over_several_rounds_the_newest_first_and_nothing_goes_too_much()
    {
        await using var store = await OpenAsync(new CompactionOptions { Enabled = false }, Rule("a1", rows: 80));
        for (var i = 0; i < 150; i++)
            await store.FlushAsync(At(200 - i, 1));
        for (var round = 0; round < 4; round++)
            await store.RunAsync();
        var left = (await store.ReadAsync()).Count;
        left.ShouldBe(70);
        (await store.ReadAsync()).ShouldBe([.. Enumerable.Range(150 - left, left).Select(static i => At(200 - i, 1))]);
    }

    [Fact]
    public async Task A_damaged_block_is_set_aside_when_it_is_counted_and_the_others_are_counted_on()
    {
        await using var store = await OpenAsync(Rule("a1", rows: 8));
        for (var hour = 10; hour >= 1; hour--)
            await store.FlushAsync(At(hour, 1));
        var damaged = store.Blocks.Single(static b => b.MinTime == UpkeepFixture.HoursAgo(3));
        var path = "/d/objects/" + damaged.ObjectKey;
        var bytes = store.Disk.Read(path);
        bytes[5] ^= 1;
        store.Disk.Put(path, bytes);
        await store.RunAsync();
        store.Upkeep.Status().Quarantined.ShouldHaveSingleItem().ObjectKey.ShouldBe(damaged.ObjectKey);
        var times = store.Blocks.Where(b => b.Id != damaged.Id).Select(static b => b.MinTime).ToList();
        times.ShouldNotContain(UpkeepFixture.HoursAgo(10));
        times.ShouldContain(UpkeepFixture.HoursAgo(1));
        store.Events.Count("rule_over_size").ShouldBe(1);
    }

    [Fact]
    public async Task A_block_that_cannot_be_read_now_is_told_of_once_and_counted_later()
    {
        var fails = true;
        var signal = new RowSignal(UpkeepFixture.Kind) { BeforeCount = () => fails ? throw new IOException("no answer") : Task.CompletedTask };
        await using var store = await UpkeepFixture.OpenAsync(
            retention: Options(Rule("a1", rows: 2)), signal: signal, compaction: UpkeepFixture.Compaction with { Enabled = false });
        for (var hour = 5; hour >= 1; hour--)
            await store.FlushAsync(At(hour, 1));
        await store.RunAsync();
        await store.RunAsync();
        (await store.ReadAsync()).Count.ShouldBe(5);
        store.Events.Count("block_not_counted Metrics").ShouldBe(5, "once for each block");
        fails = false;
        await store.RunAsync();
        (await store.ReadAsync()).Select(HourOf).ShouldBe([1]);
    }

    [Fact]
    public async Task All_rows_of_one_moment_that_are_too_many_go_together()
    {
        await using var store = await OpenAsync(Rule("a1", rows: 4));
        await store.FlushAsync([.. Enumerable.Range(0, 10).Select(static i => At(1, 1 + (4 * i))), At(1, 2)]);
        await store.RunAsync();
        (await store.ReadAsync()).ShouldBe([At(1, 2)]);
    }

    [Fact]
    public void A_tally_counts_by_slot_and_knows_the_oldest()
    {
        var rules = new[] { Rule("a1", rows: 1), Rule("a2", rows: 1) };
        var tally = new RowTally(rules, long.MinValue, long.MaxValue);
        tally.Add(0, long.MinValue);
        tally.Add(0, 0, 3);
        tally.Add(0, long.MaxValue);
        tally.AddToTotal(10);
        tally.OldestOf(0).ShouldBe(long.MinValue);
        tally.OldestOf(1).ShouldBeNull();
        var slots = tally.SlotsOf(0).ToList();
        slots.Select(static s => s.Rows).ShouldBe([1, 3, 1]);
        slots[0].MinTime.ShouldBe(long.MinValue);
        slots[1].ShouldSatisfyAllConditions(s => s.MinTime.ShouldBeLessThanOrEqualTo(0), s => s.MaxTime.ShouldBeGreaterThanOrEqualTo(0));
        slots[2].MaxTime.ShouldBe(long.MaxValue);

        var moment = new RowTally(rules, 5, 5);
        moment.Add(1, 4);
        moment.Add(1, 5);
        moment.Add(1, 6);
        moment.SlotsOf(1).ShouldBe([(5L, 5L, 1L)]);
    }

    [Fact]
    public void Slots_cover_the_range_and_do_not_overlap()
    {
        for (var width = 1; width < 200; width++)
        {
            var tally = new RowTally([Rule("a1", rows: 1)], 100, 100 + width - 1);
            for (var time = 100; time < 100 + width; time++)
                tally.Add(0, time);
            var next = 100L;
            foreach (var (min, max, rows) in tally.SlotsOf(0))
            {
                min.ShouldBe(next);
                rows.ShouldBe(max - min + 1);
                next = max + 1;
            }

            next.ShouldBe(100 + width);
        }
    }

    private static long Bytes(int rows) => rows * 28L;

    private static RetentionRule Rule(string app, int rows) => new(Row.Matchers(app), TimeSpan.Zero, Bytes(rows));

    private static Model.Labels.LabelMatcher Matcher(string name, string value) => Model.Labels.LabelMatcher.Create(name, Model.Labels.MatchOp.Equal, value);

    private static RetentionOptions Options(params RetentionRule[] rules) => UpkeepFixture.Unlimited with { Metrics = new() { Rules = rules } };

    private static Task<UpkeepFixture> OpenAsync(params RetentionRule[] rules) => UpkeepFixture.OpenAsync(retention: Options(rules));

    private static Task<UpkeepFixture> OpenAsync(CompactionOptions compaction, params RetentionRule[] rules) =>
        UpkeepFixture.OpenAsync(retention: Options(rules), compaction: compaction);

    private static Row At(double hoursAgo, long key) => new(UpkeepFixture.HoursAgo(hoursAgo), key, 0);

    private static long HourOf(Row row) => (UpkeepFixture.HoursAgo(0) - row.Time) / UpkeepFixture.Hour;
}
