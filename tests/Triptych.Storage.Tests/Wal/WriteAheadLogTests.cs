using System.Diagnostics;
using Triptych.Model;
using Triptych.Storage.Metastore;
using Triptych.Storage.Wal;
using Triptych.Testing;

namespace Triptych.Storage.Tests.Wal;

public class WriteAheadLogTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Nothing_is_durable_before_the_fsync_returned()
    {
        var fixture = new WalFixture();
        using var flushReached = new ManualResetEventSlim();
        using var letFlush = new ManualResetEventSlim();
        fixture.Disk.Fault = operation =>
        {
            if (operation.Call == DiskCall.Flush)
            {
                flushReached.Set();
                letFlush.Wait(Patience);
            }

            return null;
        };
        await using var wal = fixture.Open();
        var ticket = wal.Reserve(1);
        var durable = wal.WhenDurableAsync(ticket.Sequence, CancellationToken.None).AsTask();

        // Whoever completes a record while nobody writes does so itself, and stays for as long as that takes.
        var append = Task.Run(() => wal.Complete(ticket, TenantId.Default, null, 0, RecordTimes.Unknown, "a"u8));
        flushReached.Wait(Patience).ShouldBeTrue();
        await Task.Delay(30);
        durable.IsCompleted.ShouldBeFalse();
        wal.DurableSequence.ShouldBe(0);
        letFlush.Set();
        (await durable.WaitAsync(Patience)).ShouldBe(WalDurability.Durable);
        await append.WaitAsync(Patience);
        fixture.Disk.AfterPowerCut(Leftover.Nothing).List(WalFixture.Folder).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Appends_write_themselves_while_the_disk_is_quick_and_leave_it_to_a_thread_of_its_own_while_it_is_slow()
    {
        var fixture = new WalFixture();
        var clock = new ManualClock();
        var threads = new List<int>();
        var duration = TimeSpan.Zero;
        fixture.Disk.Fault = operation =>
        {
            if (operation.Call == DiskCall.Flush)
            {
                threads.Add(Environment.CurrentManagedThreadId);
                clock.Advance(duration);
            }

            return null;
        };
        await using var wal = fixture.Open(time: clock);
        async Task<bool> WritesItselfAsync()
        {
            var (own, ticket) = await Task.Run(() => (Environment.CurrentManagedThreadId, WalFixture.Append(wal, "a")));
            (await wal.WhenDurableAsync(ticket.Sequence, CancellationToken.None).AsTask().WaitAsync(Patience)).ShouldBe(WalDurability.Durable);
            return threads[^1] == own;
        }

        (await WritesItselfAsync()).ShouldBeTrue();
        duration = TimeSpan.FromMilliseconds(20);
        (await WritesItselfAsync()).ShouldBeTrue("nobody knew yet");
        (await WritesItselfAsync()).ShouldBeFalse();
        duration = TimeSpan.FromMilliseconds(1);
        (await WritesItselfAsync()).ShouldBeFalse("nobody knew yet");
        (await WritesItselfAsync()).ShouldBeTrue();
    }

    [Fact]
    public async Task Records_that_come_during_an_fsync_share_the_next_one()
    {
        var fixture = new WalFixture();
        using var flushReached = new ManualResetEventSlim();
        using var letFlush = new ManualResetEventSlim();
        fixture.Disk.Fault = operation =>
        {
            if (operation.Call == DiskCall.Flush)
            {
                flushReached.Set();
                letFlush.Wait(Patience);
            }

            return null;
        };
        await using var wal = fixture.Open();
        var first = Task.Run(() => WalFixture.Append(wal, "first"));
        flushReached.Wait(Patience).ShouldBeTrue();
        var last = Enumerable.Range(0, 50).Select(i => WalFixture.Append(wal, $"record {i}")).Last();
        letFlush.Set();
        (await wal.WhenDurableAsync(last.Sequence, CancellationToken.None)).ShouldBe(WalDurability.Durable);
        await first.WaitAsync(Patience);
        fixture.Disk.Operations.Count(o => o.Call == DiskCall.Flush).ShouldBe(2);
    }

    [Fact]
    public async Task Records_stand_in_the_order_of_their_reservation_whoever_completes_first()
    {
        var fixture = new WalFixture();
        await using (var wal = fixture.Open())
        {
            var first = wal.Reserve(10);
            var second = wal.Reserve(10);
            var third = wal.Reserve(10);
            wal.Complete(third, TenantId.Default, null, 1, RecordTimes.Unknown, "third"u8);
            var early = wal.WhenDurableAsync(third.Sequence, CancellationToken.None).AsTask();
            await Task.Delay(20);
            early.IsCompleted.ShouldBeFalse("an earlier record is still open");
            wal.Complete(first, TenantId.Default, null, 1, RecordTimes.Unknown, "first"u8);
            wal.Abandon(second, headUnchanged: true);
            (await early.WaitAsync(Patience)).ShouldBe(WalDurability.Durable);
        }

        fixture.Replay().Payloads.ShouldBe(["first", "third"]);
    }

    [Fact]
    public async Task A_full_segment_and_a_cut_start_new_files_and_replay_reads_them_in_order()
    {
        var fixture = new WalFixture { Options = new WalOptions { Signal = Signal.Logs, DataDirectory = "/d", SegmentBytes = 150 } };
        await using (var wal = fixture.Open())
        {
            WalFixture.Append(wal, new string('a', 50)).Segment.ShouldBe(1);
            WalFixture.Append(wal, new string('b', 50)).Segment.ShouldBe(1);
            WalFixture.Append(wal, "c").Segment.ShouldBe(2);
            wal.CutSegment().ShouldBe(2);
            var last = WalFixture.Append(wal, "d");
            last.Segment.ShouldBe(3);
            await wal.WhenDurableAsync(last.Sequence, CancellationToken.None);
        }

        var (payloads, result) = fixture.Replay();
        payloads.Select(p => p[0]).ShouldBe(['a', 'b', 'c', 'd']);
        result.Start.ShouldBe(new WalStart(4, 5));
        fixture.Disk.List(WalFixture.Folder).Select(e => Path.GetFileName(e.Path))
            .ShouldBe(["0000000001.wal", "0000000002.wal", "0000000003.wal"]);
    }

    [Fact]
    public async Task Retired_segments_are_deleted_and_their_numbers_not_used_again()
    {
        var fixture = new WalFixture();
        await using (var wal = fixture.Open())
        {
            await wal.WhenDurableAsync(WalFixture.Append(wal, "old").Sequence, CancellationToken.None);
            var closed = wal.CutSegment();
            Should.Throw<InvalidOperationException>(() => wal.RetireThrough(closed + 1));
            wal.RetireThrough(closed);
            fixture.Disk.List(WalFixture.Folder).ShouldBeEmpty();
        }

        fixture.Replay(new WalRetirement(Signal.Logs, 1, 1)).Result.Start.ShouldBe(new WalStart(2, 2));
    }

    [Fact]
    public async Task A_full_disk_refuses_appends_and_recovers_by_itself_without_losing_a_byte()
    {
        var fixture = new WalFixture();
        await using (var wal = fixture.Open())
        {
            await wal.WhenDurableAsync(WalFixture.Append(wal, "before").Sequence, CancellationToken.None);
            fixture.Disk.CapacityBytes = fixture.Disk.List("/d").Sum(e => e.SizeBytes) + 10;
            var during = WalFixture.Append(wal, "during");
            (await wal.WhenDurableAsync(during.Sequence, CancellationToken.None)).ShouldBe(WalDurability.Unavailable);
            wal.TryCheckWritable(out var reason).ShouldBeFalse();
            reason!.ShouldContain("No space left");
            (await wal.WhenDurableAsync(1, CancellationToken.None)).ShouldBe(WalDurability.Durable);

            fixture.Disk.CapacityBytes = long.MaxValue;
            await EventuallyAsync(() => wal.TryCheckWritable(out _));
            (await wal.WhenDurableAsync(during.Sequence, CancellationToken.None)).ShouldBe(WalDurability.Durable);
            await wal.WhenDurableAsync(WalFixture.Append(wal, "after").Sequence, CancellationToken.None);
        }

        var (payloads, result) = new WalFixture(fixture.Disk.AfterPowerCut(Leftover.Nothing)).Replay();
        payloads.ShouldBe(["before", "during", "after"]);
        result.Quarantined.ShouldBe(0);
        fixture.Events.Count("wal_unavailable").ShouldBe(1);
        fixture.Events.Count("wal_recovered").ShouldBe(1);
    }

    [Fact]
    public async Task After_a_failed_fsync_everything_since_the_last_success_is_written_again()
    {
        var fixture = new WalFixture();
        var failures = 3;
        await using (var wal = fixture.Open())
        {
            await wal.WhenDurableAsync(WalFixture.Append(wal, "one").Sequence, CancellationToken.None);
            fixture.Disk.Fault = o => o.Call == DiskCall.Flush && failures-- > 0 ? new IOException("I/O error") : null;
            var two = WalFixture.Append(wal, "two");
            (await wal.WhenDurableAsync(two.Sequence, CancellationToken.None)).ShouldBe(WalDurability.Unavailable);
            await EventuallyAsync(() => wal.DurableSequence == two.Sequence);
        }

        var end = WalFixture.RecordOffsets(fixture.Disk.Read(WalFixture.Folder + "/0000000001.wal"));
        fixture.Disk.Operations.Count(o => o.Call == DiskCall.Write && o.Offset == end[1]).ShouldBe(4, "three failures, one success");
        new WalFixture(fixture.Disk.AfterPowerCut(Leftover.Nothing)).Replay().Payloads.ShouldBe(["one", "two"]);
    }

    [Fact]
    public async Task Appends_are_refused_while_too_much_waits_for_the_disk()
    {
        var fixture = new WalFixture
        {
            Options = new WalOptions { Signal = Signal.Logs, DataDirectory = "/d", MaxQueuedBytes = 1000 },
        };
        await using var wal = fixture.Open();
        var open = wal.Reserve(2000);
        wal.TryCheckWritable(out var reason).ShouldBeFalse();
        reason!.ShouldContain("wait to be written");
        wal.Abandon(open, headUnchanged: true);
        wal.TryCheckWritable(out _).ShouldBeTrue();
        wal.QueuedBytes.ShouldBe(0);
    }

    [Fact]
    public async Task An_abandoned_record_that_the_head_learned_from_cuts_the_segment()
    {
        var fixture = new WalFixture();
        await using var wal = fixture.Open();
        wal.Abandon(wal.Reserve(1), headUnchanged: true);
        wal.Reserve(1).Segment.ShouldBe(1);
        wal.Abandon(wal.Reserve(1));
        wal.Reserve(1).Segment.ShouldBe(2);
    }

    [Fact]
    public async Task Disposing_releases_who_waits_for_a_record_that_never_came()
    {
        var fixture = new WalFixture();
        var wal = fixture.Open();
        var wait = wal.WhenDurableAsync(wal.Reserve(1).Sequence, CancellationToken.None).AsTask();
        await wal.DisposeAsync();
        (await wait.WaitAsync(Patience)).ShouldBe(WalDurability.Unavailable);
        wal.TryCheckWritable(out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData(Leftover.Nothing)]
    [InlineData(Leftover.Everything)]
    [InlineData(Leftover.TornWrites)]
    public async Task A_power_cut_at_any_operation_loses_nothing_that_was_acknowledged(Leftover leftover)
    {
        var opened = new WalFixture();
        await opened.Open().DisposeAsync();
        var first = opened.Disk.Operations.Count;
        for (var cut = first; cut < first + 60; cut++)
        {
            var fixture = new WalFixture(new FaultyDisk { FailFromOperation = cut })
            {
                Options = new WalOptions
                {
                    Signal = Signal.Logs,
                    DataDirectory = "/d",
                    SegmentBytes = 200,
                    MinRetryDelay = TimeSpan.FromMilliseconds(1),
                },
            };
            var acknowledged = new List<string>();
            var sent = new List<string>();
            await using (var wal = fixture.Open())
            {
                for (var i = 0; i < 8; i++)
                {
                    sent.Add($"record {i} {new string('x', i * 7)}");
                    if (await wal.WhenDurableAsync(WalFixture.Append(wal, sent[i]).Sequence, CancellationToken.None) == WalDurability.Unavailable)
                        break;
                    acknowledged.Add(sent[i]);
                }
            }

            var restarted = new WalFixture(fixture.Disk.AfterPowerCut(leftover, seed: cut));
            var (payloads, result) = restarted.Replay();
            payloads.Take(acknowledged.Count).ShouldBe(acknowledged, $"cut at {cut}");
            payloads.ShouldBe(sent.Take(payloads.Count), $"cut at {cut}");
            result.Quarantined.ShouldBe(0, $"cut at {cut}");

            // And once more after new records, to see that the cut left nothing that hurts later.
            await using (var wal = restarted.Open(result.Start))
                (await wal.WhenDurableAsync(WalFixture.Append(wal, "new").Sequence, CancellationToken.None)).ShouldBe(WalDurability.Durable);
            new WalFixture(restarted.Disk.AfterPowerCut(Leftover.Nothing)).Replay().Payloads.ShouldBe([.. payloads, "new"], $"cut at {cut}");
        }
    }

    private static async Task EventuallyAsync(Func<bool> condition)
    {
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < Patience && !condition();)
            await Task.Delay(5);
        condition().ShouldBeTrue();
    }
}
