using BenchmarkDotNet.Attributes;
using Triptych.Model;
using Triptych.Storage.Disk;
using Triptych.Storage.Instruments;
using Triptych.Storage.Wal;

namespace Triptych.Benchmarks.Storage;

/// <summary>
/// What durability costs: the time until 1,024 requests of 16 KiB are all on stable storage. By the WAL with 64 clients that each wait for
/// their acknowledgement, compression included; and, as the yardstick, by nothing but a sequential write and an fsync of the same bytes in
/// the same batches, as the WAL was seen to make them when the run began: what the disk itself gives. The aim is 70 % of that or more.
/// Beside them one fsync for everything, and one for each request.
/// The directory is that of <c>TRIPTYCH_BENCH_DIR</c>, else the temporary one: mind that tmpfs has no fsync to speak of.
/// </summary>
[MemoryDiagnoser]
public class WalBenchmark
{
    private const int Requests = 1024;
    private const int Clients = 64;
    private readonly byte[] _payload = new byte[16 * 1024];
    private readonly BatchCountingDisk _disk = new();
    private string _directory = "";
    private byte[] _largestBatch = [];
    private IReadOnlyList<int> _batchBytes = [];
    private WriteAheadLog _wal = null!;
    private IDiskFile _file = null!;

    /// <summary>Whether payloads become half as large, as text does, or stay as they are.</summary>
    [Params(true, false)]
    public bool Compressible { get; set; }

    [GlobalSetup]
    public async Task SetupAsync()
    {
        var root = Environment.GetEnvironmentVariable("TRIPTYCH_BENCH_DIR") ?? Path.GetTempPath();
        _directory = Directory.CreateDirectory(Path.Combine(root, $"triptych-wal-{Environment.ProcessId}")).FullName;
        var random = new Random(1);
        for (var i = 0; i < _payload.Length; i++)
            _payload[i] = Compressible ? (byte)"abcdefgh01234567"[random.Next(16)] : (byte)random.Next(256);
        var options = new WalOptions { Signal = Signal.Logs, DataDirectory = _directory, MaxQueuedBytes = long.MaxValue };
        _wal = new WriteAheadLog(_disk, options, new WalStart(1, 1), TimeProvider.System, NoStorageEvents.Instance);
        _file = PhysicalDisk.Instance.Open(Path.Combine(_directory, "raw"), DiskOpen.ReadWrite);

        // The second run: the first one is slowed by what runs for the first time.
        await GroupCommitAsync();
        _disk.Forget();
        await GroupCommitAsync();
        _batchBytes = _disk.BatchBytes;
        _largestBatch = new byte[_batchBytes.Max()];
        random.NextBytes(_largestBatch);
    }

    [GlobalCleanup]
    public async Task CleanupAsync()
    {
        await _wal.DisposeAsync();
        _file.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Requests)]
    public void SequentialWritesAndFsyncsOfTheSameBatches()
    {
        _file.SetLength(0);
        long offset = 0;
        foreach (var bytes in _batchBytes)
        {
            _file.Write(_largestBatch.AsSpan(0, bytes), offset);
            offset += bytes;
            _file.Flush();
        }
    }

    [Benchmark(OperationsPerInvoke = Requests)]
    public void SequentialWriteAndOneFsync()
    {
        _file.SetLength(0);
        for (var i = 0; i < Requests; i++)
            _file.Write(_payload, (long)i * _payload.Length);
        _file.Flush();
    }

    [Benchmark(OperationsPerInvoke = Requests)]
    public async Task GroupCommitAsync()
    {
        _wal.RetireThrough(_wal.CutSegment());
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < Requests / Clients; i++)
            {
                var ticket = _wal.Reserve(_payload.Length);
                _wal.Complete(ticket, TenantId.Default, requestHash: null, receivedUnixMs: 0, RecordTimes.Unknown, _payload);
                if (await _wal.WhenDurableAsync(ticket.Sequence, CancellationToken.None) != WalDurability.Durable)
                    throw new IOException("The disk does not take it.");
            }
        })));
    }

    [Benchmark(OperationsPerInvoke = 64)]
    public void FsyncForEachRequest()
    {
        _file.SetLength(0);
        for (var i = 0; i < 64; i++)
        {
            _file.Write(_payload, (long)i * _payload.Length);
            _file.Flush();
        }
    }
}
