using Triptych.Storage.Catalog;
using Triptych.Storage.Retention;
using Triptych.Storage.Tests.Compaction;

namespace Triptych.Storage.Tests.Retention;

public sealed class RetentionTests
{
    [Fact]
    public async Task Old_blocks_go_by_the_injected_clock_and_their_files_after_the_longest_query()
    {
        await using var store = await UpkeepFixture.OpenAsync(retention: Metrics(new() { Time = TimeSpan.FromHours(24) }));
        await store.FlushAsync(At(2, 1));
        await store.FlushAsync(At(1, 2));
        await store.RunAsync();
        store.Blocks.Count.ShouldBe(2);
        store.Clock.Advance(TimeSpan.FromHours(22.5));
        await store.RunAsync();
        (await store.ReadAsync()).ShouldBe([At(1, 2)]);
        store.Events.Lines.ShouldBe([$"expired Metrics Time 1 28"]);
        await store.SweepAsync();
        (await store.KeysAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_store_that_dropped_its_last_block_has_no_orphans_after_a_kill()
    {
        await using var store = await UpkeepFixture.OpenAsync(retention: Metrics(new() { Time = TimeSpan.FromHours(24) }));
        await store.FlushAsync(At(25, 1));
        await store.RunAsync();
        store.Blocks.ShouldBeEmpty();
        await using var again = await store.ReopenAsync();
        (await again.KeysAsync()).ShouldBeEmpty();
        again.StorageEvents.Lines.ShouldContain("unfinished_objects_removed 1");
    }

    [Fact]
    public async Task Over_the_budget_blocks_go_and_what_is_not_in_blocks_stays()
    {
        await using var store = await UpkeepFixture.OpenAsync(retention: UpkeepFixture.Unlimited with { DiskBudgetBytes = 1500 });
        for (var i = 0; i < 3; i++)
            await store.FlushAsync([.. Enumerable.Range(0, 40).Select(k => At(30 - i, k))]);
        (await store.AppendAsync([.. Enumerable.Range(0, 5).Select(static k => At(40, k))])).Accepted.ShouldBe(5);
        await store.RunAsync();
        var left = await store.ReadAsync();
        left.Count(static r => r.Time == UpkeepFixture.HoursAgo(40)).ShouldBe(5, "the oldest rows of all, but not in blocks");
        left.Count(static r => r.Time == UpkeepFixture.HoursAgo(28)).ShouldBe(40);
        left.Count.ShouldBe(45);
        store.Events.Count("expired Metrics DiskBudget").ShouldBe(1);
    }

    [Fact]
    public async Task No_block_goes_for_files_that_upkeep_does_not_own_and_they_are_told_of_once()
    {
        await using var store = await UpkeepFixture.OpenAsync(retention: UpkeepFixture.Unlimited with { DiskBudgetBytes = 5000 });
        for (var i = 0; i < 3; i++)
            await store.FlushAsync([.. Enumerable.Range(0, 40).Select(k => At(30 - i, k))]);
        foreach (var path in new[] { "before-restore-20260301T120000Z/objects/blocks/1/x.parquet", "quarantine/wal/metrics/1.bin", "backups/a", "notes.txt" })
            store.Disk.Put("/d/" + path, new byte[10_000]);
        await store.RunAsync();
        await store.RunAsync();
        (await store.ReadAsync()).Count.ShouldBe(120);
        store.Events.Lines.Where(static l => !l.StartsWith("merged", StringComparison.Ordinal)).ShouldBe(["foreign_files 40000 5000"]);
        store.Upkeep.Status().ForeignBytes.ShouldBe(40_000);

        foreach (var name in new[] { "metastore.db", "metastore.db-wal", "metastore-id" })
            store.Disk.Put("/d/" + name, new byte[2000]);
        store.Upkeep.Status().OtherBytes.ShouldBe(6000);
        await store.RunAsync();
        store.Events.Count("expired Metrics DiskBudget").ShouldBe(1);
    }

    [Fact]
    public async Task Room_of_dropped_blocks_is_there_at_once_unless_a_query_still_reads_them()
    {
        await using var store = await UpkeepFixture.OpenAsync(
            retention: Metrics(new() { Time = TimeSpan.FromHours(24) }), catalogOptions: new CatalogOptions { LongestQuery = TimeSpan.Zero });
        await store.FlushAsync(At(23, 1));
        await store.FlushAsync(At(20, 2));
        store.Clock.Advance(TimeSpan.FromHours(2));
        using (store.Keeper.Pin())
        {
            await store.RunAsync();
            store.Blocks.Count.ShouldBe(1);
            (await store.KeysAsync()).Count.ShouldBe(2, "a query holds both");
        }

        store.Clock.Advance(TimeSpan.FromHours(3));
        await store.RunAsync();
        store.Blocks.ShouldBeEmpty();
        (await store.KeysAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_budget_that_cannot_be_met_is_told()
    {
        await using var store = await UpkeepFixture.OpenAsync(retention: UpkeepFixture.Unlimited with { DiskBudgetBytes = 10 });
        await store.AppendAsync(At(1, 1));
        await store.RunAsync();
        store.Events.Count("budget_not_met").ShouldBe(1);
        (await store.ReadAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_rule_with_a_shorter_time_takes_its_rows_out_of_blocks_that_stay_and_each_block_is_rewritten_once()
    {
        var rule = new RetentionRule(Row.Matchers("a1"), TimeSpan.FromHours(3));
        await using var store = await UpkeepFixture.OpenAsync(retention: Metrics(new() { Time = TimeSpan.FromHours(48), Rules = [rule] }));
        await store.FlushAsync(At(5, 1), At(5, 2), At(5, 5));
        await store.FlushAsync(At(2, 1), At(2, 2));
        await store.RunAsync();
        (await store.ReadAsync()).ShouldBe([At(5, 2), At(2, 1), At(2, 2)]);
        store.Events.Lines.ShouldBe(["merged Metrics Retention 1 1 2"]);
        await store.RunAsync();
        await using var again = await store.ReopenAsync(Metrics(new() { Time = TimeSpan.FromHours(48), Rules = [rule] }));
        await again.RunAsync();
        again.Events.Lines.ShouldBeEmpty("what has been done stands in the metastore");
        again.Clock.Advance(TimeSpan.FromHours(2));
        await again.RunAsync();
        (await again.ReadAsync()).ShouldBe([At(5, 2), At(2, 2)]);
        again.Events.Count("merged Metrics Retention").ShouldBe(1);
    }

    [Fact]
    public async Task A_rule_with_a_longer_time_keeps_its_rows_when_the_others_go()
    {
        var rule = new RetentionRule(Row.Matchers("a1"), TimeSpan.FromHours(48));
        await using var store = await UpkeepFixture.OpenAsync(retention: Metrics(new() { Time = TimeSpan.FromHours(3), Rules = [rule] }));
        await store.FlushAsync(At(5, 1), At(5, 2));
        await store.FlushAsync(At(5, 6), At(5, 7));
        await store.FlushAsync(At(50, 1));
        await store.RunAsync();
        (await store.ReadAsync()).ShouldBe([At(5, 1)]);
    }

    [Fact]
    public async Task Merges_leave_out_what_is_past_its_time()
    {
        var rule = new RetentionRule(Row.Matchers("a1"), TimeSpan.FromHours(3));
        await using var store = await UpkeepFixture.OpenAsync(retention: Metrics(new() { Time = TimeSpan.FromHours(48), Rules = [rule] }));
        for (var i = 0; i < 4; i++)
            await store.FlushAsync(At(5, i), At(1, i));
        await store.RunAsync();
        (await store.ReadAsync()).ShouldBe([At(5, 0), At(5, 2), At(5, 3), At(1, 0), At(1, 1), At(1, 2), At(1, 3)]);
        store.Events.Lines.ShouldBe(["merged Metrics Flushed 4 2 1"]);
    }

    private static RetentionOptions Metrics(SignalRetention retention) => UpkeepFixture.Unlimited with { Metrics = retention };

    private static Row At(double hoursAgo, long key) => new(UpkeepFixture.HoursAgo(hoursAgo), key, 0);
}
