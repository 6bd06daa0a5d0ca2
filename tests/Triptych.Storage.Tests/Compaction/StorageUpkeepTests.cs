using Triptych.Model;
using Triptych.Primitives.Memory;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;
using Triptych.Storage.Metastore;
using Triptych.Testing;

namespace Triptych.Storage.Tests.Compaction;

public sealed class StorageUpkeepTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Flushed_blocks_become_one_of_each_window_and_equal_rows_the_first()
    {
        await using var store = await UpkeepFixture.OpenAsync();
        for (var i = 0; i < 4; i++)
            await store.FlushAsync(At(5, 1, i), At(4, i, i), At(3, 10 + i, i));
        await store.RunAsync();
        store.Blocks.Count.ShouldBe(3);
        store.Blocks.ShouldAllBe(static b => b.Level == 1 && b.FirstSegment == 1 && b.LastSegment == 4);
        (await store.StoredAsync()).Count.ShouldBe(9, "equal rows are one now");
        (await store.ReadAsync()).ShouldContain(At(5, 1, 0));
        store.Events.Lines.ShouldBe(["merged Metrics Flushed 4 3 0"]);
    }

    [Fact]
    public async Task Files_of_merged_blocks_go_and_only_those_of_the_catalog_stay()
    {
        await using var store = await UpkeepFixture.OpenAsync();
        for (var i = 0; i < 4; i++)
            await store.FlushAsync(At(5, i, i));
        await store.RunAsync();
        (await store.KeysAsync()).Count.ShouldBe(5, "a query may still read the old ones");
        await store.SweepAsync();
        (await store.KeysAsync()).ShouldBe(store.Blocks.Select(static b => b.ObjectKey));
    }

    [Fact]
    public async Task A_merge_whose_input_went_meanwhile_is_thrown_away_and_planned_again()
    {
        await using var store = await UpkeepFixture.OpenAsync();
        for (var i = 0; i < 6; i++)
            await store.FlushAsync(At(5, i, i));
        var gone = store.Blocks.Single(static b => b.FirstSegment == 6);
        store.Signal.AfterWrite = async _ =>
        {
            store.Signal.AfterWrite = null;
            await store.Catalog.CommitAsync(new MetastoreChange { Remove = [gone.Id] }, onPublish: null, CancellationToken.None);
        };
        await store.RunAsync();
        (await store.ReadAsync()).Select(static r => r.Key).ShouldBe([0L, 1, 2, 3, 4]);
        store.Blocks.Count.ShouldBe(1);
        await store.SweepAsync();
        (await store.KeysAsync()).Count.ShouldBe(1, "what the refused try wrote is gone");
    }

    [Fact]
    public async Task A_conflict_that_stays_is_told_and_tried_again_later_not_at_once()
    {
        var metastore = new MemoryMetastore();
        await using var store = await UpkeepFixture.OpenAsync(metastore: metastore);
        for (var i = 0; i < 6; i++)
            await store.FlushAsync(At(5, i, i));
        using var enough = new CancellationTokenSource();
        var tries = 0;
        metastore.FailBefore = change =>
        {
            if (change.Remove.Count == 0)
                return null;
            if (++tries > 20)
                enough.Cancel();
            return new CatalogConflictException(change.Remove[0]);
        };
        await store.Upkeep.RunOnceAsync(enough.Token);
        tries.ShouldBe(1);
        store.Events.Count("merge_failed Metrics").ShouldBe(1);
        metastore.FailBefore = null;
        store.Clock.Advance(TimeSpan.FromHours(1));
        await store.RunAsync();
        store.Blocks.Count.ShouldBe(1);
    }

    [Fact]
    public async Task What_a_failed_try_wrote_goes_with_what_was_noted_of_it()
    {
        await using var store = await UpkeepFixture.OpenAsync();
        for (var i = 0; i < 6; i++)
            await store.FlushAsync(At(5, i, i));
        store.Signal.AfterWrite = static _ => throw new IOException("a merge that fails");
        await store.RunAsync();
        store.Events.Count("merge_failed Metrics").ShouldBeGreaterThan(0);
        (await store.KeysAsync()).Count.ShouldBe(6);
        (await store.Metastore.ListAsync("unlisted-objects", CancellationToken.None)).ShouldBeEmpty();

        // What could not be removed at once goes in the next round.
        store.Clock.Advance(TimeSpan.FromHours(1));
        store.Disk.Fault = static o => o.Call == DiskCall.Delete ? new IOException("nothing can be deleted") : null;
        await store.RunAsync();
        (await store.Metastore.ListAsync("unlisted-objects", CancellationToken.None)).Count.ShouldBe(1);
        store.Disk.Fault = null;
        await store.RunAsync();
        (await store.KeysAsync()).Count.ShouldBe(6);
        (await store.Metastore.ListAsync("unlisted-objects", CancellationToken.None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_a_failed_flush_wrote_goes_with_what_was_noted_of_it()
    {
        await using var store = await UpkeepFixture.OpenAsync();
        await store.AppendAsync(At(5, 1, 1));
        var failures = 3;
        store.Disk.Fault = o => o.Call == DiskCall.Rename && failures-- > 0 ? new IOException("no new file") : null;
        var flush = store.Keeper.FlushAllAsync(CancellationToken.None);
        for (var waited = System.Diagnostics.Stopwatch.StartNew(); !flush.IsCompleted && waited.Elapsed < TimeSpan.FromSeconds(120);)
        {
            store.Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(5);
        }

        await flush;
        failures.ShouldBeLessThan(1);
        store.StorageEvents.Count("flush_failed").ShouldBeGreaterThan(0);
        (await store.Metastore.ListAsync("unlisted-objects", CancellationToken.None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_merge_that_fails_leaves_nothing_behind_and_is_tried_again_later()
    {
        await using var store = await UpkeepFixture.OpenAsync();
        for (var i = 0; i < 4; i++)
            await store.FlushAsync(At(5, i, i), At(4, i, i));
        var tries = 0;
        store.Signal.AfterWrite = _ => ++tries == 1 ? throw new IOException("no luck") : Task.CompletedTask;
        await store.RunAsync();
        await store.RunAsync();
        tries.ShouldBe(1, "it waits");
        store.Blocks.Count.ShouldBe(4);
        (await store.KeysAsync()).Count.ShouldBe(4);
        store.Events.Count("merge_failed").ShouldBe(1);
        store.Upkeep.Status().WaitingAfterFailure.ShouldBe(4);
        store.Clock.Advance(TimeSpan.FromMinutes(1));
        await store.RunAsync();
        store.Blocks.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_merge_that_does_not_fit_into_memory_is_done_in_smaller_ones()
    {
        await using var store = await UpkeepFixture.OpenAsync();
        for (var i = 0; i < 9; i++)
            await store.FlushAsync(At(5, i, i));
        store.Signal.BeforeWrite = (job, _) => job.Inputs.Count > 2 ? throw NoMemory() : Task.CompletedTask;
        await store.RunAsync();
        store.Events.Lines.Take(4).ShouldBe(
            ["merge_too_large Metrics 9 4", "merge_too_large Metrics 4 2", "merged Metrics Flushed 2 1 0", "merged Metrics Flushed 2 1 0"]);
        store.Events.Count("merge_failed").ShouldBe(0);
        store.Upkeep.Status().WaitingAfterFailure.ShouldBe(0);
        store.Blocks.Count.ShouldBeLessThan(4);
        (await store.ReadAsync()).Count.ShouldBe(9);
        (await store.StoredAsync()).Count.ShouldBe(9);
    }

    [Fact]
    public async Task A_block_that_fits_with_no_other_is_left_alone_for_a_while_and_the_others_are_merged()
    {
        await using var store = await UpkeepFixture.OpenAsync();
        for (var i = 0; i < 9; i++)
            await store.FlushAsync([.. Enumerable.Range(0, i == 4 ? 10 : 1).Select(n => At(5, (i * 100) + n, i))]);
        var heavy = store.Blocks.Single(static b => b.FirstSegment == 5);
        store.Signal.BeforeWrite = (job, _) => job.Inputs.Any(b => b.Id == heavy.Id) ? throw NoMemory() : Task.CompletedTask;
        await store.RunAsync();
        store.Blocks.ShouldContain(heavy);
        store.Blocks.Count.ShouldBe(3, "those before it, itself, those after it");
        store.Events.Count("merge_failed").ShouldBe(1);
        store.Upkeep.Status().WaitingAfterFailure.ShouldBe(1);
        await store.RunAsync();
        store.Events.Count("merge_failed").ShouldBe(1, "it waits");

        store.Signal.BeforeWrite = null;
        store.Clock.Advance(TimeSpan.FromHours(2));
        await store.RunAsync();
        store.Blocks.ShouldNotContain(heavy);
        (await store.ReadAsync()).Count.ShouldBe(18);
    }

    [Fact]
    public async Task A_limit_for_want_of_memory_is_lifted_after_a_while()
    {
        await using var store = await UpkeepFixture.OpenAsync();
        for (var i = 0; i < 8; i++)
            await store.FlushAsync(At(5, i, i));
        store.Signal.BeforeWrite = (job, _) => job.Inputs.Count > 4 ? throw NoMemory() : Task.CompletedTask;
        await store.RunAsync();
        store.Signal.BeforeWrite = null;
        store.Clock.Advance(TimeSpan.FromHours(2));
        for (var i = 0; i < 8; i++)
            await store.FlushAsync(At(3, i, i));
        await store.RunAsync();
        store.Events.Lines.ShouldContain("merged Metrics Flushed 8 1 0");
    }

    [Fact]
    public async Task A_corrupt_block_is_set_aside_for_good_and_the_others_are_merged()
    {
        await using var store = await UpkeepFixture.OpenAsync();
        for (var i = 0; i < 9; i++)
            await store.FlushAsync(At(5, i, i));
        var bad = store.Blocks.Single(static b => b.FirstSegment == 5);
        var file = "/d/objects/" + bad.ObjectKey;
        var bytes = store.Disk.Read(file);
        bytes[3] ^= 1;
        store.Disk.Put(file, bytes);
        await store.RunAsync();
        store.StorageEvents.Lines.ShouldContain($"block_quarantined {bad.ObjectKey} 24 the checksum is another");
        store.Blocks.Count.ShouldBe(3, "those before it, itself, those after it");
        store.Blocks.ShouldContain(bad);
        await using var again = await store.ReopenAsync();
        again.Upkeep.Status().Quarantined.ShouldHaveSingleItem().ObjectKey.ShouldBe(bad.ObjectKey);
        again.Clock.Advance(TimeSpan.FromDays(3));
        await again.RunAsync();
        again.StorageEvents.Count("block_quarantined").ShouldBe(0);
        again.Blocks.ShouldContain(bad);
    }

    [Fact]
    public async Task A_missing_object_is_set_aside_too()
    {
        await using var store = await UpkeepFixture.OpenAsync();
        for (var i = 0; i < 4; i++)
            await store.FlushAsync(At(5, i, i));
        await store.Objects.DeleteAsync(store.Blocks[1].ObjectKey, CancellationToken.None);
        await store.RunAsync();
        store.StorageEvents.Count("block_quarantined").ShouldBe(1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_commit_whose_outcome_is_unknown_is_repeated_and_its_files_stay(bool wasMade)
    {
        var metastore = new MemoryMetastore();
        await using var store = await UpkeepFixture.OpenAsync(metastore: metastore);
        for (var i = 0; i < 4; i++)
            await store.FlushAsync(At(5, i, i));
        var failures = 0;
        Exception? Fail(MetastoreChange change) => change.Remove.Count > 0 && failures++ < 2 ? new MetastoreException("the line went dead") : null;
        if (wasMade)
            metastore.FailAfter = Fail;
        else
            metastore.FailBefore = Fail;
        await WithClockAsync(store, store.RunAsync());
        store.Events.Count("commit_repeated").ShouldBe(2);
        store.Blocks.Count.ShouldBe(1);
        await store.SweepAsync();
        (await store.ReadAsync()).Count.ShouldBe(4);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_removal_whose_outcome_is_unknown_is_repeated(bool wasMade)
    {
        var metastore = new MemoryMetastore();
        var retention = UpkeepFixture.Unlimited with { Metrics = new() { Time = TimeSpan.FromHours(2) } };
        await using var store = await UpkeepFixture.OpenAsync(metastore: metastore, retention: retention);
        await store.FlushAsync(At(5, 1, 1));
        await store.FlushAsync(At(1, 2, 2));
        var failures = 0;
        Exception? Fail(MetastoreChange change) => change.Remove.Count > 0 && failures++ < 1 ? new MetastoreException("the line went dead") : null;
        if (wasMade)
            metastore.FailAfter = Fail;
        else
            metastore.FailBefore = Fail;
        await WithClockAsync(store, store.RunAsync());
        store.Blocks.ShouldHaveSingleItem();
        (await metastore.LoadCatalogAsync(CancellationToken.None)).Blocks.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Stopping_ends_a_merge_that_runs_and_leaves_nothing_behind()
    {
        var store = await UpkeepFixture.OpenAsync();
        for (var i = 0; i < 4; i++)
            await store.FlushAsync(At(5, i, i));
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        store.Signal.BeforeWrite = async (_, token) =>
        {
            began.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, token);
        };
        store.Upkeep.Start();
        store.Upkeep.Request();
        await began.Task.WaitAsync(Patience);
        store.Upkeep.Status().Signals.Single(static s => s.Signal == UpkeepFixture.Kind).Running.Count.ShouldBe(1);
        await store.Upkeep.DisposeAsync().AsTask().WaitAsync(Patience);
        store.Blocks.Count.ShouldBe(4);
        (await store.KeysAsync()).Count.ShouldBe(4);
        await store.Keeper.DisposeAsync();
        await store.Catalog.DisposeAsync();
    }

    [Fact]
    public async Task A_merge_waits_while_the_disk_has_not_the_room()
    {
        await using var store = await UpkeepFixture.OpenAsync();
        for (var i = 0; i < 4; i++)
            await store.FlushAsync(At(5, i, i));
        store.Disk.CapacityBytes = 64 * 1024 * 1024;
        await store.RunAsync();
        store.Events.Count("no_room_to_merge").ShouldBe(1);
        store.Blocks.Count.ShouldBe(4);
        store.Disk.CapacityBytes = long.MaxValue;
        store.Clock.Advance(TimeSpan.FromHours(1));
        await store.RunAsync();
        store.Blocks.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Status_tells_blocks_by_level_and_what_is_pending()
    {
        await using var store = await UpkeepFixture.OpenAsync();
        for (var i = 0; i < 4; i++)
            await store.FlushAsync(At(5, i, i));
        await store.RunAsync();
        for (var i = 0; i < 5; i++)
            await store.FlushAsync(At(3, i, i));
        var status = store.Upkeep.Status().Signals.Single(static s => s.Signal == UpkeepFixture.Kind);
        status.Blocks.ShouldBe(6);
        status.Rows.ShouldBe(9);
        status.Bytes.ShouldBe(store.Blocks.Sum(static b => b.SizeBytes));
        status.Levels.Select(static l => (l.Level, l.Blocks)).ShouldBe([(0, 5), (1, 1)]);
        status.Pending.ShouldBe(1);
        status.Oldest.ShouldBe(DateTimeOffset.FromUnixTimeMilliseconds(UpkeepFixture.HoursAgo(5)));
        status.Newest.ShouldBe(DateTimeOffset.FromUnixTimeMilliseconds(UpkeepFixture.HoursAgo(3)));
    }

    [Fact]
    public async Task Answers_stay_the_same_while_everything_runs()
    {
        await using var store = await UpkeepFixture.OpenAsync(compaction: UpkeepFixture.Compaction with { FlushedBlocksToMerge = 3, OpenWindowParts = 2 });
        var fixedRows = Enumerable.Range(0, 40).Select(i => At(30 + (i % 7), i, i)).ToArray();
        await store.FlushAsync(fixedRows);
        using var stop = new CancellationTokenSource();
        var writes = WriteAsync(store, stop.Token);
        var upkeep = LoopAsync(store.RunAsync, stop.Token);
        for (var round = 0; round < 300; round++)
        {
            var written = Volatile.Read(ref _written);
            var rows = await store.ReadAsync();
            rows.Where(static r => r.Key < 1000).ShouldBe(fixedRows.OrderBy(static r => r.Time).ThenBy(static r => r.Key));
            var newer = rows.Where(static r => r.Key >= 1000).Select(static r => r.Key - 1000).Order().ToList();
            newer.Count.ShouldBeGreaterThanOrEqualTo(written, "an acknowledged row is in each later answer");
            newer.ShouldBe(Enumerable.Range(0, newer.Count).Select(static i => (long)i), "no row is seen twice or missed");
        }

        await stop.CancelAsync();
        await Task.WhenAll(writes, upkeep).WaitAsync(Patience);
        store.Events.Lines.ShouldNotContain(static l => l.Contains("failed", StringComparison.Ordinal));
        store.Events.Count("merged").ShouldBeGreaterThan(0);
    }

    private int _written;

    private async Task WriteAsync(UpkeepFixture store, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await store.AppendAsync(At(30 + (_written % 5), 1000 + _written, _written));
            Interlocked.Increment(ref _written);
            if (_written % 5 == 0)
                await store.Keeper.FlushAllAsync(CancellationToken.None);
            await Task.Yield();
        }
    }

    private static async Task LoopAsync(Func<Task> work, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await work();
            await Task.Yield();
        }
    }

    /// <summary>Turns the clock until the work is done: it waits for pauses that the test does not know.</summary>
    private static async Task WithClockAsync(UpkeepFixture store, Task work)
    {
        var until = TimeProvider.System.GetTimestamp();
        while (!work.IsCompleted)
        {
            TimeProvider.System.GetElapsedTime(until).ShouldBeLessThan(Patience);
            store.Clock.Advance(TimeSpan.FromSeconds(30));
            await Task.Delay(1);
        }

        await work;
    }

    private static MemoryBudgetExceededException NoMemory() => new(new MemoryBudget("merge", 1), 2);

    private static Row At(double hoursAgo, long key, long value) => new(UpkeepFixture.HoursAgo(hoursAgo), key, value);
}
