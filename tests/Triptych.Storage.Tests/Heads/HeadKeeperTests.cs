using System.Diagnostics;
using Triptych.Model.Append;
using Triptych.Storage.Disk;
using Triptych.Storage.Heads;
using Triptych.Storage.Wal;
using Triptych.Testing;

namespace Triptych.Storage.Tests.Heads;

public class HeadKeeperTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task What_is_acknowledged_is_there_after_a_power_cut_and_what_is_refused_is_named()
    {
        var fixture = await KeeperFixture.OpenAsync();
        var result = await fixture.AppendAsync(1, 2, 13, 2);
        result.Status.ShouldBe(AppendStatus.Ok);
        result.Accepted.ShouldBe(3);
        result.Duplicates.ShouldBe(1);
        result.Refusals.ShouldHaveSingleItem().Reason.ShouldBe("unlucky");
        var disk = fixture.Disk.AfterPowerCut(Leftover.Nothing);
        await fixture.DisposeAsync();

        await using var restarted = await KeeperFixture.OpenAsync(disk, fixture.Metastore);
        (await restarted.ReadAsync()).ShouldBe([1, 2]);
        restarted.Keeper.Recovery.IsComplete.ShouldBeTrue();
        restarted.Keeper.Recovery.BytesDone.ShouldBe(restarted.Keeper.Recovery.BytesTotal);
    }

    [Fact]
    public async Task Recovery_tells_which_segments_it_reads()
    {
        var fixture = await KeeperFixture.OpenAsync();
        fixture.Keeper.Recovery.Segments.ShouldBe(default);
        await fixture.AppendAsync(1);
        await fixture.Keeper.FlushAllAsync(CancellationToken.None);
        await fixture.AppendAsync(2);
        var metastore = fixture.Metastore;
        var disk = fixture.Disk.AfterPowerCut(Leftover.Nothing);
        await fixture.DisposeAsync();

        // The first segment is in blocks; each start writes to one of its own.
        for (var last = 2; last < 4; last++)
        {
            var restarted = await KeeperFixture.OpenAsync(disk, metastore, recover: false);
            restarted.Signal.OnReplay = () => restarted.Keeper.Recovery.Segments.Current.ShouldBeInRange(2, last);
            await restarted.Keeper.RecoverAsync(CancellationToken.None);
            restarted.Keeper.Recovery.Segments.ShouldBe(new SegmentProgress(2, last, last));
            (await restarted.ReadAsync()).ShouldBe(Enumerable.Range(1, last).Select(i => (long)i));
            await restarted.AppendAsync(last + 1);
            disk = restarted.Disk.AfterPowerCut(Leftover.Nothing);
            await restarted.DisposeAsync();
        }
    }

    [Fact]
    public async Task Appends_before_replay_is_done_are_unavailable()
    {
        await using var fixture = await KeeperFixture.OpenAsync(recover: false);
        (await fixture.AppendAsync(1)).Status.ShouldBe(AppendStatus.Unavailable);
        fixture.Keeper.Recovery.IsComplete.ShouldBeFalse();
        await fixture.Keeper.RecoverAsync(CancellationToken.None);
        await fixture.Keeper.WhenRecoveredAsync(CancellationToken.None);
        (await fixture.AppendAsync(1)).Status.ShouldBe(AppendStatus.Ok);
    }

    [Fact]
    public async Task A_batch_of_nothing_but_duplicates_waits_until_the_originals_are_durable()
    {
        await using var fixture = await KeeperFixture.OpenAsync();
        using var letFlush = new ManualResetEventSlim();
        using var reached = new ManualResetEventSlim();
        fixture.Disk.Fault = WaitAtFlush(letFlush, reached);
        var first = Task.Run(async () => await fixture.AppendAsync(1));
        reached.Wait(Patience).ShouldBeTrue();
        var again = fixture.AppendAsync(1).AsTask();
        await Task.Delay(30);
        again.IsCompleted.ShouldBeFalse();
        letFlush.Set();
        (await again.WaitAsync(Patience)).Duplicates.ShouldBe(1);
        (await first.WaitAsync(Patience)).Duplicates.ShouldBe(0);
    }

    [Fact]
    public async Task A_resend_is_acknowledged_as_duplicate_once_its_first_copy_is_durable()
    {
        await using var fixture = await KeeperFixture.OpenAsync();
        using var letFlush = new ManualResetEventSlim();
        using var reached = new ManualResetEventSlim();
        fixture.Disk.Fault = WaitAtFlush(letFlush, reached);
        var first = Task.Run(async () => await fixture.AppendAsync(request: 5, [1]));
        reached.Wait(Patience).ShouldBeTrue();
        var resend = fixture.AppendAsync(request: 5, [1]).AsTask();
        await Task.Delay(30);
        resend.IsCompleted.ShouldBeFalse();
        letFlush.Set();
        (await resend.WaitAsync(Patience)).Status.ShouldBe(AppendStatus.Duplicate);
        (await first.WaitAsync(Patience)).Status.ShouldBe(AppendStatus.Ok);
    }

    [Fact]
    public async Task A_resend_is_told_again_what_was_refused()
    {
        var fixture = await KeeperFixture.OpenAsync();
        (await fixture.AppendAsync(request: 5, [1, 13, 13])).Refused.ShouldBe(2);
        var resend = await fixture.AppendAsync(request: 5, [1, 13, 13]);
        resend.Status.ShouldBe(AppendStatus.Duplicate);
        resend.Refusals.ShouldHaveSingleItem().ShouldBe(new Refusal("unlucky", 2, "13 is not taken"));
        await fixture.DisposeAsync();
        await using var restarted = await KeeperFixture.OpenAsync(fixture.Disk.AfterPowerCut(Leftover.Nothing), fixture.Metastore);
        var afterRestart = await restarted.AppendAsync(request: 5, [1, 13, 13]);
        afterRestart.Refused.ShouldBe(2);
        (afterRestart.Accepted, afterRestart.Duplicates).ShouldBe((1, 1));
        (await restarted.ReadAsync()).ShouldBe([1]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_resend_is_known_after_a_restart(bool flushedBefore)
    {
        var fixture = await KeeperFixture.OpenAsync();
        await fixture.AppendAsync(request: 5, [1]);
        if (flushedBefore)
            await fixture.Keeper.FlushAllAsync(CancellationToken.None);
        await fixture.DisposeAsync();
        await using var restarted = await KeeperFixture.OpenAsync(fixture.Disk.AfterPowerCut(Leftover.Nothing), fixture.Metastore);
        (await restarted.AppendAsync(request: 5, [1])).Status.ShouldBe(AppendStatus.Duplicate);
        (await restarted.AppendAsync(request: 6, [2])).Status.ShouldBe(AppendStatus.Ok);
        (await restarted.ReadAsync()).ShouldBe([1, 2]);
    }

    [Fact]
    public async Task A_full_disk_makes_appends_unavailable_keeps_reads_and_passes()
    {
        await using var fixture = await KeeperFixture.OpenAsync();
        await fixture.AppendAsync(request: 1, [1]);
        fixture.Disk.CapacityBytes = 0;
        var refused = await fixture.AppendAsync(request: 2, [2]);
        refused.Status.ShouldBe(AppendStatus.Unavailable);
        refused.Detail!.ShouldContain("No space left");
        refused.RetryAfter.ShouldBeGreaterThan(TimeSpan.Zero);
        (await fixture.AppendAsync(request: 3, [3])).Status.ShouldBe(AppendStatus.Unavailable);
        (await fixture.AppendAsync(request: 2, [2])).Status.ShouldBe(AppendStatus.Unavailable, "its first copy is not durable");
        (await fixture.ReadAsync()).ShouldContain(1);
        fixture.Disk.CapacityBytes = long.MaxValue;
        await EventuallyAsync(async () => (await fixture.AppendAsync(request: 2, [2])).Status == AppendStatus.Duplicate);
        (await fixture.AppendAsync(request: 3, [3])).Status.ShouldBe(AppendStatus.Ok);
        (await fixture.ReadAsync()).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task A_head_over_its_limit_refuses_until_it_is_flushed()
    {
        await using var fixture = await KeeperFixture.OpenAsync(configure: o => o with { MaxHeadBytes = 16 });
        await fixture.AppendAsync(1, 2, 3);
        (await fixture.AppendAsync(4)).Detail!.ShouldContain("limit of 16");
        await fixture.Keeper.FlushAllAsync(CancellationToken.None);
        (await fixture.AppendAsync(4)).Status.ShouldBe(AppendStatus.Ok);
    }

    [Fact]
    public async Task A_step_that_throws_is_not_acknowledged_until_what_it_left_is_in_blocks()
    {
        var fixture = await KeeperFixture.OpenAsync();
        await fixture.AppendAsync(1);
        var letWrite = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        fixture.Signal.AfterWrite = () => letWrite.Task.WaitAsync(Patience);
        await Should.ThrowAsync<InvalidOperationException>(async () => await fixture.AppendAsync(request: 9, [2, 666]));
        var resend = await fixture.AppendAsync(request: 9, [2, 666]);
        resend.Status.ShouldBe(AppendStatus.Unavailable, "the head has it, the WAL has not");
        resend.Detail!.ShouldContain("failed halfway");
        (await fixture.AppendAsync(3)).Status.ShouldBe(AppendStatus.Unavailable);
        await using (var killed = await KeeperFixture.OpenAsync(fixture.Disk.AfterPowerCut(Leftover.Nothing), new()))
            (await killed.ReadAsync()).ShouldBe([1]);
        letWrite.SetResult();
        await EventuallyAsync(async () => (await fixture.AppendAsync(3)).Status == AppendStatus.Ok);
        (await fixture.AppendAsync(request: 9, [2])).Status.ShouldBe(AppendStatus.Ok);
        await fixture.DisposeAsync();
        await using var restarted = await KeeperFixture.OpenAsync(fixture.Disk.AfterPowerCut(Leftover.Nothing), fixture.Metastore);
        (await restarted.ReadAsync()).Distinct().ShouldBe([1, 2, 3, 666]);
    }

    [Fact]
    public async Task A_step_that_throws_on_an_empty_head_does_not_refuse_for_ever()
    {
        await using var fixture = await KeeperFixture.OpenAsync();
        fixture.Step.BeforeLooking = () => throw new InvalidOperationException("a bug");
        await Should.ThrowAsync<InvalidOperationException>(async () => await fixture.AppendAsync(1));
        fixture.Step.BeforeLooking = null;
        await EventuallyAsync(async () => (await fixture.AppendAsync(1)).Status == AppendStatus.Ok);
        fixture.Catalog.Current.BlockCount.ShouldBe(0);
        (await fixture.ReadAsync()).ShouldBe([1]);
    }

    [Fact]
    public async Task A_record_that_cannot_be_encoded_is_not_acknowledged_until_blocks_hold_it()
    {
        var fixture = await KeeperFixture.OpenAsync(configure: o => o with { Wal = o.Wal with { CompressionLevel = 1000 } });
        var letWrite = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        fixture.Signal.AfterWrite = () => letWrite.Task.WaitAsync(Patience);
        await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await fixture.AppendAsync(request: 9, [1]));
        (await fixture.AppendAsync(request: 9, [1])).Status.ShouldBe(AppendStatus.Unavailable);
        await using (var killed = await KeeperFixture.OpenAsync(fixture.Disk.AfterPowerCut(Leftover.Nothing), new()))
            (await killed.ReadAsync()).ShouldBeEmpty();
        letWrite.SetResult();
        await EventuallyAsync(() => Task.FromResult(fixture.Catalog.Current.BlockCount == 1));
        await fixture.DisposeAsync();
        await using var restarted = await KeeperFixture.OpenAsync(fixture.Disk.AfterPowerCut(Leftover.Nothing), fixture.Metastore);
        (await restarted.ReadAsync()).ShouldBe([1]);
        (await restarted.AppendAsync(request: 9, [2])).Status.ShouldBe(AppendStatus.Ok, "its first copy was never acknowledged");
    }

    [Fact]
    public async Task What_an_append_that_failed_halfway_left_is_durable_only_with_its_blocks()
    {
        var fixture = await KeeperFixture.OpenAsync();
        var letWrite = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        fixture.Signal.AfterWrite = () => letWrite.Task.WaitAsync(Patience);
        using var letFlush = new ManualResetEventSlim();
        using var reached = new ManualResetEventSlim();
        fixture.Disk.Fault = WaitAtFlush(letFlush, reached);
        var first = Task.Run(async () => await fixture.AppendAsync(1));
        reached.Wait(Patience).ShouldBeTrue();
        await Should.ThrowAsync<InvalidOperationException>(async () => await fixture.AppendAsync(2, 666));
        letFlush.Set();
        (await first.WaitAsync(Patience)).Status.ShouldBe(AppendStatus.Ok, "it was decided before");
        fixture.Keeper.Wal.DurableSequence.ShouldBe(1);
        letWrite.SetResult();
        await EventuallyAsync(() => Task.FromResult(fixture.Keeper.Wal.DurableSequence == 2));
        fixture.Catalog.Current.BlockCount.ShouldBe(1);
        await fixture.DisposeAsync();
    }

    [Fact]
    public async Task A_flush_of_everything_does_not_wait_for_the_pause_after_a_failed_one()
    {
        var clock = new ManualClock();
        await using var fixture = await KeeperFixture.OpenAsync(
            time: clock, configure: o => o with { CheckInterval = TimeSpan.FromSeconds(1), MinRetryDelay = TimeSpan.FromMinutes(1) });
        await fixture.AppendAsync(1);
        fixture.Signal.AfterWrite = () => throw new IOException("no space for blocks");
        fixture.Keeper.RequestFlush();
        await EventuallyAsync(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            return Task.FromResult(fixture.Events.Count("flush_failed") == 1);
        });
        fixture.Signal.AfterWrite = null;
        await fixture.Keeper.FlushAllAsync(CancellationToken.None).WaitAsync(Patience);
        fixture.Catalog.Current.BlockCount.ShouldBe(1);
    }

    [Fact]
    public async Task A_flush_moves_everything_to_blocks_and_deletes_the_wal()
    {
        await using var fixture = await KeeperFixture.OpenAsync();
        await fixture.AppendAsync(1, 2);
        await fixture.Keeper.FlushAllAsync(CancellationToken.None);
        var block = fixture.Catalog.Current.All.ShouldHaveSingleItem();
        block.ObjectKey.ShouldBe($"blocks/1/logs/1970-01-01/{block.Id:N}.parquet");
        (block.FirstSegment, block.LastSegment).ShouldBe((1, 1));
        fixture.Disk.List("/d/wal").ShouldBeEmpty();
        await fixture.AppendAsync(3);
        (await fixture.ReadAsync()).ShouldBe([1, 2, 3]);
        await fixture.Keeper.FlushAllAsync(CancellationToken.None);
        await fixture.Keeper.FlushAllAsync(CancellationToken.None);
        fixture.Catalog.Current.BlockCount.ShouldBe(2, "an empty head makes no block");
    }

    [Fact]
    public async Task A_pinned_view_keeps_its_memory_and_sees_the_same_whatever_is_flushed()
    {
        await using var fixture = await KeeperFixture.OpenAsync();
        await fixture.AppendAsync(1, 2);
        var view = fixture.Keeper.Pin();
        var second = fixture.Keeper.Pin();
        await fixture.Keeper.FlushAllAsync(CancellationToken.None);
        await fixture.AppendAsync(3);
        (await fixture.ReadAsync(view)).ShouldBe([1, 2]);
        (await fixture.ReadAsync()).ShouldBe([1, 2, 3]);
        view.Dispose();
        view.Dispose();
        fixture.Signal.Created[0].IsDisposed.ShouldBeFalse();
        (await fixture.ReadAsync(second)).ShouldBe([1, 2]);
        second.Dispose();
        fixture.Signal.Created[0].IsDisposed.ShouldBeTrue();
        fixture.Signal.Created[1].IsDisposed.ShouldBeFalse();
        Should.Throw<ObjectDisposedException>(() => second.Generations.Length);
    }

    [Fact]
    public async Task Readers_beside_writers_and_flushes_see_each_acknowledged_item_exactly_once()
    {
        await using var fixture = await KeeperFixture.OpenAsync();
        long acknowledged = 0;
        using var done = new CancellationTokenSource();
        var writer = Task.Run(async () =>
        {
            for (var i = 1; i <= 400 || fixture.Catalog.Current.BlockCount <= 10; i++)
            {
                (await fixture.AppendAsync(1000 + i)).Status.ShouldBe(AppendStatus.Ok);
                Interlocked.Exchange(ref acknowledged, i);
            }

            await done.CancelAsync();
        });
        var flusher = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                await fixture.Keeper.FlushAllAsync(CancellationToken.None);
                await Task.Delay(1);
            }
        });
        while (!done.IsCancellationRequested)
        {
            var atLeast = Interlocked.Read(ref acknowledged);
            var seen = await fixture.ReadAsync();
            seen.ShouldBe(Enumerable.Range(1001, seen.Count).Select(i => (long)i));
            seen.Count.ShouldBeGreaterThanOrEqualTo((int)atLeast);
            await Task.Delay(1);
        }

        await Task.WhenAll(writer, flusher);
    }

    [Fact]
    public async Task A_frozen_head_stays_while_an_append_looks_into_it()
    {
        await using var fixture = await KeeperFixture.OpenAsync();
        await fixture.AppendAsync(1);
        var writing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var letCommit = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        fixture.Signal.AfterWrite = async () =>
        {
            writing.SetResult();
            await letCommit.Task.WaitAsync(Patience);
        };
        var flush = fixture.Keeper.FlushAllAsync(CancellationToken.None);
        await writing.Task.WaitAsync(Patience);
        using var looking = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        fixture.Step.BeforeLooking = () =>
        {
            looking.Set();
            goOn.Wait(Patience);
        };
        var append = Task.Run(async () => await fixture.AppendAsync(1, 2));
        looking.Wait(Patience).ShouldBeTrue();
        letCommit.SetResult();
        await EventuallyAsync(() => Task.FromResult(fixture.Catalog.Current.BlockCount == 1));
        await Task.Delay(50);
        fixture.Signal.Created[0].IsDisposed.ShouldBeFalse();
        goOn.Set();
        (await append.WaitAsync(Patience)).Duplicates.ShouldBe(1);
        await flush.WaitAsync(Patience);
        fixture.Signal.Created[0].IsDisposed.ShouldBeTrue();
    }

    [Fact]
    public async Task Appends_beside_flushes_never_look_into_a_head_that_is_gone()
    {
        await using var fixture = await KeeperFixture.OpenAsync();
        using var done = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 3).Select(w => Task.Run(async () =>
        {
            for (var i = 0; i < 300 || fixture.Catalog.Current.BlockCount <= 10; i++)
                (await fixture.AppendAsync((1000 * i) + w, (1000 * i) + w - 1)).Status.ShouldBe(AppendStatus.Ok);
        })).ToList();
        var flusher = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                await fixture.Keeper.FlushAllAsync(CancellationToken.None);
                await Task.Delay(1);
            }
        });
        await Task.WhenAll(writers);
        await done.CancelAsync();
        await flusher;
    }

    [Fact]
    public async Task A_failing_flush_says_so_keeps_the_data_readable_leaves_no_files_and_is_tried_again()
    {
        await using var fixture = await KeeperFixture.OpenAsync();
        await fixture.AppendAsync(1);
        var failures = 2;
        fixture.Signal.AfterWrite = async () =>
        {
            (await fixture.ReadAsync()).ShouldBe([1]);
            if (failures-- > 0)
                throw new IOException("no space for blocks");
        };
        await fixture.Keeper.FlushAllAsync(CancellationToken.None);
        fixture.Events.Lines.Count(l => l.Contains("no space for blocks", StringComparison.Ordinal)).ShouldBe(2);
        (await fixture.ReadAsync()).ShouldBe([1]);
        fixture.Disk.List("/d/objects").Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_commit_of_unknown_outcome_is_repeated_not_doubled(bool itHappened)
    {
        await using var fixture = await KeeperFixture.OpenAsync();
        await fixture.AppendAsync(1);
        var failures = 2;
        var fail = (Storage.Metastore.MetastoreChange _) => failures-- > 0 ? new IOException("connection lost") : null;
        if (itHappened)
            fixture.Metastore.FailAfter = fail;
        else
            fixture.Metastore.FailBefore = fail;
        await fixture.Keeper.FlushAllAsync(CancellationToken.None);
        fixture.Events.Count("flush_failed").ShouldBe(2);
        (await fixture.ReadAsync()).ShouldBe([1]);
        fixture.Disk.List("/d/objects").Count.ShouldBe(1);
    }

    [Fact]
    public async Task An_old_head_is_flushed_by_itself()
    {
        var clock = new ManualClock();
        await using var fixture = await KeeperFixture.OpenAsync(time: clock, configure: o => o with { CheckInterval = TimeSpan.FromMinutes(1) });
        await fixture.AppendAsync(1);
        clock.Advance(TimeSpan.FromMinutes(58));
        await Task.Delay(20);
        fixture.Catalog.Current.BlockCount.ShouldBe(0);
        await EventuallyAsync(() =>
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            return Task.FromResult(fixture.Catalog.Current.BlockCount == 1);
        });
    }

    [Fact]
    public async Task A_head_is_flushed_by_the_bytes_of_its_wal_those_replayed_included()
    {
        var fixture = await KeeperFixture.OpenAsync();
        await fixture.AppendAsync([.. Enumerable.Range(0, 200).Select(i => i * 7919L)]);
        await fixture.DisposeAsync();
        await using var restarted = await KeeperFixture.OpenAsync(
            fixture.Disk.AfterPowerCut(Leftover.Nothing), fixture.Metastore, o => o with { FlushWalBytes = 200 });
        await EventuallyAsync(() => Task.FromResult(restarted.Catalog.Current.BlockCount == 1));
        (await restarted.ReadAsync()).Count.ShouldBe(200);
    }

    [Theory]
    [InlineData(Leftover.Nothing)]
    [InlineData(Leftover.Everything)]
    [InlineData(Leftover.TornWrites)]
    public async Task A_kill_at_any_operation_around_flushes_loses_and_doubles_nothing(Leftover leftover)
    {
        var opened = new FaultyDisk();
        await using (await KeeperFixture.OpenAsync(opened))
        {
        }

        var reachedTheEnd = false;
        for (var cut = opened.Operations.Count; !reachedTheEnd; cut++)
        {
            var disk = new FaultyDisk { FailFromOperation = cut };
            var acknowledged = new List<long>();
            var fixture = await KeeperFixture.OpenAsync(disk);
            for (var i = 1; i <= 9; i++)
            {
                if ((await fixture.AppendAsync(request: (ulong)i, [i])).Status == AppendStatus.Ok)
                    acknowledged.Add(i);
                if (i % 3 != 0)
                    continue;
                if (!await FlushUnlessPowerIsOffAsync(fixture))
                    break;
            }

            await fixture.DisposeAsync();
            reachedTheEnd = !disk.PowerIsOff;
            await using var restarted = await KeeperFixture.OpenAsync(disk.AfterPowerCut(leftover, seed: cut), fixture.Metastore);
            var found = await restarted.ReadAsync();
            found.ShouldBe(found.Distinct(), $"cut at {cut}: nothing twice");
            acknowledged.Except(found).ShouldBeEmpty($"cut at {cut}: nothing lost");
            foreach (var item in acknowledged)
                (await restarted.AppendAsync(request: (ulong)item, [item])).Status.ShouldBe(AppendStatus.Duplicate, $"cut at {cut}: resend");
            restarted.Events.Count("block_missing").ShouldBe(0, $"cut at {cut}");
            await restarted.Keeper.FlushAllAsync(CancellationToken.None);
            (await restarted.ReadAsync()).ShouldBe(found, $"cut at {cut}: after a further flush");
        }
    }

    private static async Task<bool> FlushUnlessPowerIsOffAsync(KeeperFixture fixture)
    {
        using var giveUp = new CancellationTokenSource();
        var flush = fixture.Keeper.FlushAllAsync(giveUp.Token);
        while (!flush.IsCompleted && !fixture.Disk.PowerIsOff)
            await Task.Delay(1);
        if (!flush.IsCompleted)
            giveUp.CancelAfter(5);
        try
        {
            await flush;
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static Func<DiskOperation, Exception?> WaitAtFlush(ManualResetEventSlim letFlush, ManualResetEventSlim reached) => operation =>
    {
        if (operation.Call == DiskCall.Flush)
        {
            reached.Set();
            letFlush.Wait(Patience);
        }

        return null;
    };

    private static async Task EventuallyAsync(Func<Task<bool>> condition)
    {
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < Patience;)
        {
            if (await condition())
                return;
            await Task.Delay(5);
        }

        (await condition()).ShouldBeTrue();
    }
}
