using Triptych.Columnar;
using Triptych.Model.Append;
using Triptych.Storage.Heads;
using Triptych.Testing;

namespace Triptych.Storage.Tests.Heads;

/// <summary>Which reads wait for a replay. The replay is held at a gate before each record; an item of the test's head is its own time.</summary>
public class ReplayFrontierTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task Before_the_log_was_looked_at_every_range_waits()
    {
        await using var fixture = await KeeperFixture.OpenAsync(recover: false);
        Should.Throw<SourceNotReadyException>(() => fixture.Keeper.RequireReplayed(1, 2));
        Should.Throw<SourceNotReadyException>(() => fixture.Keeper.RequireReplayed());
        await fixture.Keeper.RecoverAsync(CancellationToken.None);
        fixture.Keeper.RequireReplayed(1, 2);
        fixture.Keeper.RequireReplayed();
    }

    [Fact]
    public async Task Ranges_that_the_rest_of_the_log_cannot_reach_into_are_read_at_once_and_the_others_as_segments_are_done()
    {
        var (disk, metastore) = await FillAsync();
        await using var restarted = await KeeperFixture.OpenAsync(disk, metastore, OneRecordPerSegment, recover: false);
        using var gate = new SemaphoreSlim(0);
        restarted.Signal.OnReplay = gate.Wait;
        var keeper = restarted.Keeper;
        var recovering = keeper.RecoverAsync(CancellationToken.None);
        try
        {
            // In the log: 5000..5004, and one late item 1500 in a record of its own; 1000..1002 are in a block.
            var old = await WhenReadAsync(restarted, 1000, 1002);
            old.ShouldBe([1000, 1001, 1002]);
            (await WhenReadAsync(restarted, 1501, 4999)).ShouldBeEmpty();
            keeper.RequireReplayedBefore(1501, 5000);
            keeper.RequireReplayedBefore(long.MinValue, long.MinValue);
            var waiting = Should.Throw<SourceNotReadyException>(() => keeper.RequireReplayed(5000, 6000));
            waiting.Message.ShouldStartWith("logs: the write-ahead log is being replayed");
            waiting.Describe().ShouldContain($"0 of {keeper.Recovery.BytesTotal} bytes");
            waiting.RetryAfter.ShouldBe(TimeSpan.FromSeconds(5));
            Should.Throw<SourceNotReadyException>(() => keeper.RequireReplayedBefore(1500, 1501));
            var late = Should.Throw<SourceNotReadyException>(() => keeper.RequireReplayed(1500, 1500));
            var newest = waiting.WhenReadyAsync(CancellationToken.None);
            var everything = Should.Throw<SourceNotReadyException>(() => keeper.RequireReplayed()).WhenReadyAsync(CancellationToken.None);
            newest.IsCompleted.ShouldBeFalse();

            // The first segment (5000..5002) is done; the late item's is the second, and 5003 and 5004 are in the third.
            gate.Release();
            await late.WhenReadyAsync(CancellationToken.None).WaitAsync(TimeSpan.FromMilliseconds(50)).ShouldThrowAsync<TimeoutException>();
            gate.Release();
            await late.WhenReadyAsync(CancellationToken.None).WaitAsync(Patience);
            (await WhenReadAsync(restarted, 1400, 1600)).ShouldBe([1500]);
            (await WhenReadAsync(restarted, 5000, 5002)).ShouldBe([5000, 5001, 5002]);
            Should.Throw<SourceNotReadyException>(() => keeper.RequireReplayed(5003, 5003)).Describe().ShouldNotContain("(0 of");
            newest.IsCompleted.ShouldBeFalse();
            everything.IsCompleted.ShouldBeFalse();

            gate.Release();
            await newest.WaitAsync(Patience);
            await everything.WaitAsync(Patience);
        }
        finally
        {
            gate.Release(100);
            await recovering.WaitAsync(Patience);
        }

        (await restarted.ReadAsync()).ShouldBe([1000, 1001, 1002, 1500, 5000, 5001, 5002, 5003, 5004]);
        keeper.Recovery.BytesDone.ShouldBe(keeper.Recovery.BytesTotal);
    }

    [Fact]
    public async Task Who_stops_waiting_is_let_go()
    {
        await using var fixture = await KeeperFixture.OpenAsync(recover: false);
        var waiting = Should.Throw<SourceNotReadyException>(() => fixture.Keeper.RequireReplayed(1, 2));
        using var client = new CancellationTokenSource();
        var wait = waiting.WhenReadyAsync(client.Token);
        await client.CancelAsync();
        await wait.WaitAsync(Patience).ShouldThrowAsync<OperationCanceledException>();
    }

    /// <summary>What a query of the range would see, once it need not wait.</summary>
    private static async Task<List<long>> WhenReadAsync(KeeperFixture fixture, long min, long max)
    {
        while (true)
        {
            try
            {
                fixture.Keeper.RequireReplayed(min, max);
                return [.. (await fixture.ReadAsync()).Where(i => i >= min && i <= max)];
            }
            catch (SourceNotReadyException e)
            {
                await e.WhenReadyAsync(CancellationToken.None).WaitAsync(Patience);
            }
        }
    }

    /// <summary>A block, then three segments, and a kill.</summary>
    private static async Task<(FaultyDisk Disk, MemoryMetastore Metastore)> FillAsync()
    {
        var fixture = await KeeperFixture.OpenAsync(configure: OneRecordPerSegment);
        (await fixture.AppendAsync(1000, 1001, 1002)).Status.ShouldBe(AppendStatus.Ok);
        await fixture.Keeper.FlushAllAsync(CancellationToken.None);
        (await fixture.AppendAsync(5000, 5001, 5002)).Status.ShouldBe(AppendStatus.Ok);
        (await fixture.AppendAsync(1500)).Status.ShouldBe(AppendStatus.Ok);
        (await fixture.AppendAsync(5003, 5004)).Status.ShouldBe(AppendStatus.Ok);
        var disk = fixture.Disk.AfterPowerCut(Leftover.Nothing);
        await fixture.DisposeAsync();
        return (disk, fixture.Metastore);
    }

    private static HeadOptions OneRecordPerSegment(HeadOptions options) => options with
    {
        FlushHeadBytes = 1024 * 1024,
        CheckInterval = TimeSpan.FromHours(1),
        Wal = options.Wal with { SegmentBytes = 1 },
    };
}
