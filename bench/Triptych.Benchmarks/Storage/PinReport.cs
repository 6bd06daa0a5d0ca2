using Triptych.Benchmarks.Columnar;
using Triptych.Model;
using Triptych.Storage.Catalog;
using Triptych.Storage.Disk;
using Triptych.Storage.Instruments;
using Triptych.Storage.Metastore;
using Triptych.Storage.ObjectStore;

namespace Triptych.Benchmarks.Storage;

/// <summary>
/// What a query pays to see one state of the catalog while data moves: a pin of the version, and the look-up of the blocks of its time range
/// in it. The yardstick is what it would pay without versions: a copy of the list of blocks under the lock. Processor time, the least of many
/// rounds.
/// <code>dotnet run -c Release --project bench/Triptych.Benchmarks -- pin</code>
/// </summary>
internal static class PinReport
{
    private const long HourNanos = 3_600_000_000_000;
    private const int Rounds = 200;

    public static async Task RunAsync()
    {
        Console.WriteLine($"{"blocks",7} {"",-28} {"time",12} {"allocated",12}");
        foreach (var blocks in new[] { 100, 10_000 })
            await ReportAsync(blocks);
    }

    private static async Task ReportAsync(int count)
    {
        var directory = Directory.CreateTempSubdirectory("triptych-pin-").FullName;
        try
        {
            var blocks = Enumerable.Range(0, count).Select(BlockOf).ToList();
            await using var metastore = SqliteMetastore.Open(Path.Combine(directory, "metastore.db"));
            using var objects = new LocalObjectStore(PhysicalDisk.Instance, Path.Combine(directory, "objects"));
            await metastore.CommitAsync(new MetastoreChange { Add = blocks }, CancellationToken.None);
            await using var catalog = await BlockCatalog.OpenAsync(
                metastore, objects, new CatalogOptions(), TimeProvider.System, NoStorageEvents.Instance, CancellationToken.None);
            Measure(catalog, blocks);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static void Measure(BlockCatalog catalog, List<BlockMeta> blocks)
    {
        var gate = new Lock();
        Show(blocks.Count, "copy of the list", blocks.Count < 1000 ? 1000 : 10, () =>
        {
            lock (gate)
                return blocks.ToArray().Length;
        });
        Show(blocks.Count, "pin", 10_000, () =>
        {
            using var pin = catalog.Pin();
            return pin.Version.Number;
        });
        Show(blocks.Count, "pin and find the last hours", 1000, () =>
        {
            using var pin = catalog.Pin();
            return pin.Version.BlocksIn(TenantId.Default, Signal.Logs, (blocks.Count - 3) * HourNanos, blocks.Count * HourNanos).Count();
        });
    }

    private static void Show(int blocks, string name, int calls, Func<long> call)
    {
        var best = TimeSpan.MaxValue;
        var sum = 0L;
        var allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < Rounds; round++)
        {
            var start = ThreadClock.Now;
            for (var i = 0; i < calls; i++)
                sum += call();
            best = ThreadClock.Least(best, start);
        }

        if (sum <= 0)
            throw new InvalidDataException($"{name} found nothing.");
        var allocated = (GC.GetAllocatedBytesForCurrentThread() - allocatedBefore) / ((double)Rounds * calls);
        Console.WriteLine($"{blocks,7} {name,-28} {best.TotalNanoseconds / calls,9:0.0} ns {allocated,10:0} B");
    }

    private static BlockMeta BlockOf(int i) => new()
    {
        Id = Guid.CreateVersion7(),
        Tenant = TenantId.Default,
        Signal = Signal.Logs,
        MinTime = i * HourNanos,
        MaxTime = ((i + 1) * HourNanos) - 1,
        Rows = 1,
        SizeBytes = 1,
        ObjectKey = $"blocks/1/logs/1970-01-01/{i:x32}.parquet",
    };
}
