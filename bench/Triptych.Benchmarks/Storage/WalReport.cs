using System.Diagnostics;
using Triptych.Model;
using Triptych.Storage.Disk;
using Triptych.Storage.Instruments;
using Triptych.Storage.Wal;

namespace Triptych.Benchmarks.Storage;

/// <summary>
/// What durability costs. Appenders put records into the WAL and each waits for its acknowledgement, compression included; beside it nothing
/// but sequential writes and fsyncs of the same bytes in the same batches as the WAL made them: what the disk itself gives. The aim is 70 % of
/// that or more. The two take turns. Records of text become half as large; those of noise stay as they are.
/// <code>dotnet run -c Release --project bench/Triptych.Benchmarks -- wal [SECONDS]</code>
/// The directory is that of <c>TRIPTYCH_BENCH_DIR</c>, else the temporary one: mind that tmpfs has no fsync to speak of.
/// </summary>
internal sealed class WalReport : IAsyncDisposable
{
    private const int Turns = 3;
    private static readonly int[] AppenderCounts = [1, 8, 64];
    private static readonly int[] RecordSizes = [4 * 1024, 64 * 1024, 1024 * 1024];

    private readonly BatchCountingDisk _disk = new();
    private readonly string _directory;
    private readonly WriteAheadLog _wal;

    private WalReport()
    {
        var root = Environment.GetEnvironmentVariable("TRIPTYCH_BENCH_DIR") ?? Path.GetTempPath();
        _directory = Directory.CreateDirectory(Path.Combine(root, $"triptych-wal-{Environment.ProcessId}")).FullName;
        var options = new WalOptions { Signal = Signal.Logs, DataDirectory = _directory, MaxQueuedBytes = long.MaxValue };
        _wal = new WriteAheadLog(_disk, options, new WalStart(1, 1), TimeProvider.System, NoStorageEvents.Instance);
    }

    /// <param name="seconds">About how long all of it takes.</param>
    public static async Task RunAsync(int seconds)
    {
        await using var report = new WalReport();
        Console.WriteLine($"about {seconds} s in {report._directory}; MB/s of stored bytes; ratio: the WAL's rate to that of plain writes and fsyncs of the same batches");
        Console.WriteLine($"{"records",-14} {"appenders",9} | {"acked/s",9} {"fsyncs/s",9} {"batch",10} | {"WAL",11} {"disk",11} {"ratio",6}");
        var kinds = (from isText in new[] { false, true } from size in RecordSizes select RecordOf(size, isText)).ToArray();

        // Half of the time is the disk's own, and a turn more is for what runs for the first time.
        var turn = TimeSpan.FromSeconds(seconds / (2.0 * Turns * kinds.Length * AppenderCounts.Length));
        await report.AppendAsync(kinds[0].Payload, 8, 4 * turn);
        foreach (var (name, payload) in kinds)
        {
            foreach (var appenders in AppenderCounts)
                await report.ReportAsync(name, payload, appenders, turn);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _wal.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private static (string Name, byte[] Payload) RecordOf(int size, bool isText)
    {
        var random = new Random(1);
        var payload = new byte[size];
        for (var i = 0; i < payload.Length; i++)
            payload[i] = isText ? (byte)"abcdefgh01234567"[random.Next(16)] : (byte)random.Next(256);
        return ($"{size / 1024} KiB {(isText ? "text" : "noise")}", payload);
    }

    /// <summary>Nothing is deleted between the turns of a line: freeing blocks slows whoever comes next.</summary>
    private async Task ReportAsync(string name, byte[] payload, int appenders, TimeSpan turn)
    {
        var (records, fsyncs, storedBytes) = (0L, 0L, 0L);
        var (walTime, diskTime) = (TimeSpan.Zero, TimeSpan.Zero);
        _wal.RetireThrough(_wal.CutSegment());
        for (var i = 0; i < Turns; i++)
        {
            _wal.CutSegment();
            _disk.Forget();
            var (appended, elapsed) = await AppendAsync(payload, appenders, turn);
            var batches = _disk.BatchBytes;
            records += appended;
            walTime += elapsed;
            fsyncs += batches.Count;
            storedBytes += batches.Sum(static bytes => (long)bytes);
            diskTime += WritePlainly(batches, Path.Combine(_directory, $"plain-{i}"));
        }

        for (var i = 0; i < Turns; i++)
            PhysicalDisk.Instance.Delete(Path.Combine(_directory, $"plain-{i}"));

        string Rate(TimeSpan time) => $"{storedBytes / time.TotalSeconds / 1e6:0.0} MB/s";
        Console.WriteLine(
            $"{name,-14} {appenders,9} | {records / walTime.TotalSeconds,9:0} {fsyncs / walTime.TotalSeconds,9:0} {storedBytes / fsyncs / 1024.0,6:0.0} KiB"
            + $" | {Rate(walTime),11} {Rate(diskTime),11} {diskTime / walTime,6:0.00}");
    }

    /// <summary>Appends for that long; returns how many records were acknowledged, and the time until the last one was.</summary>
    private async Task<(long Records, TimeSpan Elapsed)> AppendAsync(byte[] payload, int appenders, TimeSpan duration)
    {
        var start = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(Enumerable.Range(0, appenders).Select(_ => Task.Run(async () =>
        {
            var count = 0L;
            for (; Stopwatch.GetElapsedTime(start) < duration; count++)
            {
                var ticket = _wal.Reserve(payload.Length);
                _wal.Complete(ticket, TenantId.Default, requestHash: null, receivedUnixMs: 0, RecordTimes.Unknown, payload);
                if (await _wal.WhenDurableAsync(ticket.Sequence, CancellationToken.None) != WalDurability.Durable)
                    throw new IOException("The disk does not take it.");
            }

            return count;
        })));
        return (counts.Sum(), Stopwatch.GetElapsedTime(start));
    }

    /// <summary>Writes noise of the same sizes to a new file, with an fsync behind each.</summary>
    private static TimeSpan WritePlainly(IReadOnlyList<int> batchBytes, string path)
    {
        var noise = new byte[batchBytes.Max()];
        new Random(2).NextBytes(noise);
        using var file = PhysicalDisk.Instance.Open(path, DiskOpen.ReadWrite);
        file.Flush();
        var start = Stopwatch.GetTimestamp();
        long offset = 0;
        foreach (var bytes in batchBytes)
        {
            file.Write(noise.AsSpan(0, bytes), offset);
            offset += bytes;
            file.Flush();
        }

        return Stopwatch.GetElapsedTime(start);
    }
}
