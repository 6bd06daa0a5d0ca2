using System.Text;
using BenchmarkDotNet.Attributes;
using Triptych.Logs;
using Triptych.Logs.Compaction;
using Triptych.Metrics;
using Triptych.Metrics.Compaction;
using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Model.Labels;
using Triptych.Model.Logs;
using Triptych.Model.Metrics;
using Triptych.Model.Traces;
using Triptych.Primitives.Memory;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;
using Triptych.Storage.Disk;
using Triptych.Storage.Heads;
using Triptych.Storage.Metastore;
using Triptych.Storage.ObjectStore;
using Triptych.Testing;
using Triptych.Traces;
using Triptych.Traces.Compaction;

namespace Triptych.Benchmarks.Compaction;

/// <summary>
/// Merging the blocks of twelve flushes into one, beside reading and writing the rows of each block without merging them. Time is for one row: a
/// sample, a line or a span. The set-up prints bytes of a row before and after.
/// </summary>
[MemoryDiagnoser]
[SimpleJob(launchCount: 1, warmupCount: 1, iterationCount: 5)]
public class MergeBenchmarks
{
    private const int Flushes = 12;
    private const int Rows = 240_000;
    private const long Start = 1_700_000_000_000;

    private string _root = "";
    private SqliteMetastore _metastore = null!;
    private LocalObjectStore _objects = null!;
    private BlockCatalog _catalog = null!;
    private IReadOnlyList<BlockMeta> _blocks = [];
    private IBlockMerger _merger = null!;

    /// <summary>Whose blocks.</summary>
    [Params(Signal.Metrics, Signal.Logs, Signal.Traces)]
    public Signal Signal { get; set; }

    [GlobalSetup]
    public async Task Setup()
    {
        _root = Directory.CreateTempSubdirectory("triptych-merge-").FullName;
        var clock = new ManualClock(DateTimeOffset.FromUnixTimeMilliseconds(Start).AddHours(2));
        var events = new RecordingEvents();
        _metastore = SqliteMetastore.Open(Path.Combine(_root, "catalog.db"));
        _objects = new LocalObjectStore(PhysicalDisk.Instance, Path.Combine(_root, "objects"));
        _catalog = await BlockCatalog.OpenAsync(_metastore, _objects, new CatalogOptions(), clock, events, CancellationToken.None);
        var services = new StorageServices(PhysicalDisk.Instance, _objects, _metastore, _catalog, clock, events);
        var heads = HeadOptions.For(Signal, _root);
        _merger = Signal switch
        {
            Signal.Metrics => await FillMetricsAsync(new MetricStore(new MetricStoreOptions(), heads, services)),
            Signal.Logs => await FillLogsAsync(new LogStore(new LogStoreOptions(), heads, services)),
            _ => await FillTracesAsync(new TraceStore(new TraceStoreOptions(), heads, services)),
        };
        _blocks = MergeRun.Blocks(_catalog, Signal);
        var outputs = await _merger.MergeAsync(MergeRun.Job(_catalog, _objects, _blocks), CancellationToken.None);
        Console.WriteLine(
            $"// {Signal}: {(double)_blocks.Sum(b => b.SizeBytes) / Rows:F2} bytes a row in {_blocks.Count} blocks, "
            + $"{(double)outputs.Sum(b => b.SizeBytes) / Rows:F2} in {outputs.Count}");
    }

    [GlobalCleanup]
    public async Task Cleanup()
    {
        await _catalog.DisposeAsync();
        _objects.Dispose();
        await _metastore.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Rows)]
    public async Task EachBlockAlone()
    {
        foreach (var block in _blocks) await MergeAsync([block]);
    }

    [Benchmark(OperationsPerInvoke = Rows)]
    public Task Merge() => MergeAsync(_blocks);

    private async Task MergeAsync(IReadOnlyList<BlockMeta> blocks)
    {
        foreach (var output in await _merger.MergeAsync(MergeRun.Job(_catalog, _objects, blocks), CancellationToken.None))
            await _objects.DeleteAsync(output.ObjectKey, CancellationToken.None);
    }

    private static async Task<IBlockMerger> FillMetricsAsync(MetricStore store)
    {
        await store.RecoverAsync(CancellationToken.None);
        var random = new Random(1);
        var values = new double[1000];
        for (var flush = 0; flush < Flushes; flush++)
        {
            using var batch = new MetricBatch(MemoryBudget.Unlimited("bench"));
            for (var series = 0; series < 1000; series++)
            {
                batch.AddSeries(LabelSet.Encode(
                    [new("__name__", $"node_metric_{series % 100}_total"), new("instance", $"host-{series / 100}:9100"), new("job", "node")]));
                for (var i = 0; i < Rows / Flushes / 1000; i++)
                {
                    if (random.Next(3) == 0) values[series] += random.Next(100);
                    batch.AddSample(Start + (((flush * (Rows / Flushes / 1000)) + i) * 15_000L) + (series / 100), values[series]);
                }
            }

            await store.AppendAsync(new AppendContext(TenantId.Default, null), batch, CancellationToken.None);
            await store.FlushAllAsync(CancellationToken.None);
        }

        await store.DisposeAsync();
        return new MetricBlockMerger();
    }

    private static async Task<IBlockMerger> FillLogsAsync(LogStore store)
    {
        await store.RecoverAsync(CancellationToken.None);
        var random = new Random(1);
        for (var flush = 0; flush < Flushes; flush++)
        {
            using var batch = new LogBatch(MemoryBudget.Unlimited("bench"));
            for (var i = 0; i < Rows / Flushes; i++)
            {
                batch.AddStream(LabelSet.Encode([new("app", $"shop-{i % 20}"), new("namespace", "prod"), new("pod", $"shop-{i % 20}-{i % 3}")]));
                var (item, millis, user) = (random.Next(1000), random.Next(900), random.Next(10_000));
                var line = $"level=info msg=\"request done\" method=GET path=/api/items/{item} status=200 duration={millis}ms user={user}";
                batch.AddEntry(((Start + (flush * 60_000)) * 1_000_000) + (i * 1_000_000L), LogLevel.Info, Encoding.UTF8.GetBytes(line), []);
            }

            await store.AppendAsync(new AppendContext(TenantId.Default, null), batch, CancellationToken.None);
            await store.FlushAllAsync(CancellationToken.None);
        }

        await store.DisposeAsync();
        return new LogBlockMerger();
    }

    private static async Task<IBlockMerger> FillTracesAsync(TraceStore store)
    {
        await store.RecoverAsync(CancellationToken.None);
        var random = new Random(1);
        for (var flush = 0; flush < Flushes; flush++)
        {
            using var batch = new SpanBatch(MemoryBudget.Unlimited("bench"));
            for (var i = 0; i < Rows / Flushes; i++)
            {
                var trace = (flush * Rows / Flushes / 8) + (i / 8);
                var entry = new SpanEntry
                {
                    Resource = batch.AddResource(batch.Store("shop"u8), batch.Store([])),
                    Scope = batch.AddScope(batch.Store("lib"u8), batch.Store("1.0"u8), batch.Store([])),
                    StartUnixNanos = ((Start + (flush * 60_000)) * 1_000_000) + (i * 1_000_000L),
                    DurationNanos = random.Next(100_000_000),
                    Kind = 2,
                    Name = batch.Store(Encoding.UTF8.GetBytes($"GET /api/{i % 30}")),
                };
                new Random(trace).NextBytes(entry.TraceId);
                random.NextBytes(entry.SpanId);
                batch.AddSpan(entry);
            }

            await store.AppendAsync(new AppendContext(TenantId.Default, null), batch, CancellationToken.None);
            await store.FlushAllAsync(CancellationToken.None);
        }

        await store.DisposeAsync();
        return new TraceBlockMerger();
    }
}
