using BenchmarkDotNet.Attributes;
using Triptych.Model;
using Triptych.Storage.Catalog;
using Triptych.Storage.Disk;
using Triptych.Storage.Instruments;
using Triptych.Storage.Metastore;
using Triptych.Storage.ObjectStore;

namespace Triptych.Benchmarks.Storage;

/// <summary>
/// What a query pays to see one state of the catalog while data moves: a pin of the version, and the look-up of the blocks of its time range
/// in it. The yardstick is what it would pay without versions: a copy of the list of blocks under the lock.
/// </summary>
[MemoryDiagnoser]
public class CatalogPinBenchmark
{
    private const long HourNanos = 3_600_000_000_000;
    private readonly Lock _lock = new();
    private string _directory = "";
    private SqliteMetastore _metastore = null!;
    private LocalObjectStore _objects = null!;
    private BlockCatalog _catalog = null!;
    private List<BlockMeta> _blocks = [];

    /// <summary>Blocks in the catalog, an hour each.</summary>
    [Params(100, 10_000)]
    public int Blocks { get; set; }

    [GlobalSetup]
    public async Task SetupAsync()
    {
        _directory = Directory.CreateTempSubdirectory("triptych-pin-").FullName;
        _metastore = SqliteMetastore.Open(Path.Combine(_directory, "metastore.db"));
        _objects = new LocalObjectStore(PhysicalDisk.Instance, Path.Combine(_directory, "objects"));
        _blocks = [.. Enumerable.Range(0, Blocks).Select(static i => new BlockMeta
        {
            Id = Guid.CreateVersion7(),
            Tenant = TenantId.Default,
            Signal = Signal.Logs,
            MinTime = i * HourNanos,
            MaxTime = ((i + 1) * HourNanos) - 1,
            Rows = 1,
            SizeBytes = 1,
            ObjectKey = $"blocks/1/logs/1970-01-01/{i:x32}.parquet",
        })];
        await _metastore.CommitAsync(new MetastoreChange { Add = _blocks }, CancellationToken.None);
        _catalog = await BlockCatalog.OpenAsync(
            _metastore, _objects, new CatalogOptions(), TimeProvider.System, NoStorageEvents.Instance, CancellationToken.None);
    }

    [GlobalCleanup]
    public async Task CleanupAsync()
    {
        await _catalog.DisposeAsync();
        _objects.Dispose();
        await _metastore.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Benchmark(Baseline = true)]
    public int CopyOfTheList()
    {
        BlockMeta[] copy;
        lock (_lock)
            copy = [.. _blocks];
        return copy.Length;
    }

    [Benchmark]
    public long Pin()
    {
        using var pin = _catalog.Pin();
        return pin.Version.Number;
    }

    [Benchmark]
    public int PinAndFindTheLastHours()
    {
        using var pin = _catalog.Pin();
        return pin.Version.BlocksIn(TenantId.Default, Signal.Logs, (Blocks - 3) * HourNanos, Blocks * HourNanos).Count();
    }
}
