using Triptych.Model.Append;
using Triptych.Storage.Heads;
using Triptych.Testing;

namespace Triptych.Storage.Tests.Heads;

/// <summary>A WAL that holds more than memory shall: its replay turns into blocks what would not fit.</summary>
public class ReplayMemoryTests
{
    private const int Items = 4000;

    // Beyond the numbers that the test's step treats in its own way.
    private const int First = 1000;
    private const long FlushHeadBytes = 4096;
    private const long SegmentBytes = 1024;

    [Fact]
    public async Task A_wal_larger_than_memory_shall_hold_replays_within_it()
    {
        var (disk, metastore) = await FillAsync();
        var restarted = await KeeperFixture.OpenAsync(disk, metastore, Small);
        var heads = restarted.Signal.Created;
        heads.Count.ShouldBeGreaterThan(5, "32 kB of items do not fit into one head");
        heads.Max(h => h.SizeBytes).ShouldBeLessThan(FlushHeadBytes + (2 * SegmentBytes));
        heads.Count(h => !h.IsDisposed).ShouldBe(1, "each head's memory was given back before the next one grew");
        restarted.Events.Count("flushed").ShouldBe(heads.Count - 1);
        (await restarted.ReadAsync()).ShouldBe(Enumerable.Range(First, Items).Select(i => (long)i));
        disk.List("/d/wal").Count.ShouldBeLessThan((int)((FlushHeadBytes + (2 * SegmentBytes)) / SegmentBytes * 2), "what is in blocks is gone from the WAL");

        // And again from what that left, with a resend.
        var after = disk.AfterPowerCut(Leftover.Nothing);
        await restarted.DisposeAsync();
        await using var again = await KeeperFixture.OpenAsync(after, metastore, Small);
        (await again.AppendAsync(request: First, [.. Enumerable.Range(First, 5).Select(n => (long)n)])).Status.ShouldBe(AppendStatus.Duplicate);
        (await again.AppendAsync(First + Items)).Status.ShouldBe(AppendStatus.Ok);
        (await again.ReadAsync()).ShouldBe(Enumerable.Range(First, Items + 1).Select(i => (long)i));
    }

    [Fact]
    public async Task Blocks_that_cannot_be_written_do_not_hold_up_replay_while_memory_lasts()
    {
        var (disk, metastore) = await FillAsync();
        await using var restarted = await KeeperFixture.OpenAsync(disk, metastore, o => Small(o) with { MaxHeadBytes = long.MaxValue }, recover: false);
        var isFull = true;
        restarted.Signal.AfterWrite = () => Volatile.Read(ref isFull) ? throw new IOException("no space for blocks") : Task.CompletedTask;
        await restarted.Keeper.RecoverAsync(CancellationToken.None);
        restarted.Catalog.Current.BlockCount.ShouldBe(0);
        (await restarted.ReadAsync()).Count.ShouldBe(Items);
        (await restarted.AppendAsync(First + Items)).Status.ShouldBe(AppendStatus.Ok);
        Volatile.Write(ref isFull, false);
        await restarted.Keeper.FlushAllAsync(CancellationToken.None);
        (await restarted.ReadAsync()).ShouldBe(Enumerable.Range(First, Items + 1).Select(i => (long)i));
    }

    [Fact]
    public async Task Replay_waits_for_blocks_rather_than_use_more_memory()
    {
        var (disk, metastore) = await FillAsync();
        await using var restarted = await KeeperFixture.OpenAsync(disk, metastore, o => Small(o) with { MaxHeadBytes = 3 * FlushHeadBytes }, recover: false);
        var failures = 0;
        long largest = 0;
        restarted.Signal.AfterWrite = () =>
        {
            largest = Math.Max(largest, restarted.Keeper.SizeBytes);
            return ++failures < 20 ? throw new IOException("no space for blocks") : Task.CompletedTask;
        };
        await restarted.Keeper.RecoverAsync(CancellationToken.None);
        largest.ShouldBeGreaterThan(2 * FlushHeadBytes);
        largest.ShouldBeLessThan((4 * FlushHeadBytes) + (2 * SegmentBytes));
        (await restarted.ReadAsync()).ShouldBe(Enumerable.Range(First, Items).Select(i => (long)i));
    }

    /// <summary>Items of five each in a WAL of many segments, and a kill before any of them is in blocks.</summary>
    private static async Task<(FaultyDisk Disk, MemoryMetastore Metastore)> FillAsync()
    {
        var fixture = await KeeperFixture.OpenAsync(configure: o => o with { Wal = o.Wal with { SegmentBytes = SegmentBytes } });
        for (var i = First; i < First + Items; i += 5)
            (await fixture.AppendAsync(request: (ulong)i, [.. Enumerable.Range(i, 5).Select(n => (long)n)])).Status.ShouldBe(AppendStatus.Ok);
        var disk = fixture.Disk.AfterPowerCut(Leftover.Nothing);
        await fixture.DisposeAsync();
        return (disk, fixture.Metastore);
    }

    private static HeadOptions Small(HeadOptions options) => options with
    {
        FlushHeadBytes = FlushHeadBytes,
        CheckInterval = TimeSpan.FromHours(1),
        Wal = options.Wal with { SegmentBytes = SegmentBytes },
    };
}
