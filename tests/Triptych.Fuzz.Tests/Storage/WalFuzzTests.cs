using System.Text;
using Triptych.Model;
using Triptych.Primitives.Checksums;
using Triptych.Storage.Metastore;
using Triptych.Storage.Wal;
using Triptych.Testing;

namespace Triptych.Fuzz.Tests.Storage;

/// <summary>
/// Two WAL segments, damaged anywhere: replay ends, throws nothing, hands out exactly the records that are whole and in order, tells of all
/// that it leaves out, and finds the same when it runs again.
/// </summary>
public sealed class WalFuzzTests
{
    private const string FirstFile = "/d/wal/logs/0000000001.wal";
    private const string LastFile = "/d/wal/logs/0000000002.wal";
    private static readonly WalOptions Options = new() { Signal = Signal.Logs, DataDirectory = "/d" };
    private static readonly byte[][] Records = [.. Enumerable.Range(1, 9).Select(MakeRecord)];
    private static readonly int FirstFileBytes = WalFormat.FileHeaderLength + Records.Take(4).Sum(static r => r.Length);

    [Fact]
    public void Wal_segments() => FuzzRun.Each([[.. Segment(1, 0, 4), .. Segment(2, 4, 9)], [.. Segment(1, 0, 4), .. Segment(2, 5, 6)]], body =>
    {
        var disk = new FaultyDisk();
        var split = Math.Min(FirstFileBytes, body.Length);
        disk.Put(FirstFile, body[..split]);
        disk.Put(LastFile, body[split..]);
        var expected = WholeRecords(body[..split], body[split..]);

        var (found, result, events) = Replay(disk);
        found.ShouldBe(expected);
        result.Start.NextSegment.ShouldBe(3);
        result.Start.NextSequence.ShouldBe(expected.Count == 0 ? 1 : expected[^1] + 1);
        events.Count("wal_quarantined").ShouldBe(result.Quarantined);
        var intactBytes = (2 * WalFormat.FileHeaderLength) + expected.Sum(static n => Records[n - 1].Length);
        if (body.Length > intactBytes) (result.Quarantined + result.CutBytes).ShouldBeGreaterThan(0, "something was left out without a word");

        var (again, second, _) = Replay(disk);
        again.ShouldBe(expected);
        second.CutBytes.ShouldBe(0, "the end is cut off once");
    });

    private static byte[] MakeRecord(int sequence)
    {
        var payload = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat($"line {sequence} ", sequence)));
        var hash = sequence % 2 == 0 ? new Hash128((ulong)sequence, 1) : (Hash128?)null;
        var tenant = new TenantId(sequence < 4 ? "default" : "acme");
        using var bytes = WalRecordEncoder.Encode(sequence, tenant, hash, 1000 + sequence, RecordTimes.Unknown, payload, level: 1);
        return bytes.Span.ToArray();
    }

    private static byte[] Segment(long number, int from, int to)
    {
        var header = new byte[WalFormat.FileHeaderLength];
        WalFormat.WriteFileHeader(header, Signal.Logs, number, from + 1);
        return [.. header, .. Records[from..to].SelectMany(static r => r)];
    }

    /// <summary>What can be had: records that stand there byte by byte, each after those of smaller numbers.</summary>
    private static List<long> WholeRecords(params byte[][] files)
    {
        var found = new List<long>();
        var last = 0;
        foreach (var file in files)
        {
            for (var at = 0; at < file.Length;)
            {
                var next = Array.FindIndex(Records, last, r => file.AsSpan(at).StartsWith(r));
                if (next < 0)
                {
                    at++;
                    continue;
                }

                at += Records[next].Length;
                last = next + 1;
                found.Add(last);
            }
        }

        return found;
    }

    private static (List<long> Sequences, WalReplayResult Result, RecordingEvents Events) Replay(FaultyDisk disk)
    {
        var events = new RecordingEvents();
        var found = new List<long>();
        var result = WalReplay.Run(
            disk,
            Options,
            default(WalRetirement),
            (in WalRecord record) =>
            {
                Encoding.UTF8.GetString(record.Payload).ShouldBe(string.Concat(Enumerable.Repeat($"line {record.Sequence} ", (int)record.Sequence)));
                found.Add(record.Sequence);
            },
            progress: null,
            events,
            CancellationToken.None);
        return (found, result, events);
    }
}
