using System.Text;
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
/// Blocks of twelve flushes of a signal, in a folder of their own: 1000 series of a node exporter; lines of twenty applications; traces of eight spans.
/// Each block of lines or spans shares half of its time with the next, so that rows are merged and not row groups copied.
/// </summary>
internal sealed class MergeData : IAsyncDisposable
{
    /// <summary>Samples, lines or spans in all.</summary>
    public const int Rows = 240_000;

    private const int Flushes = 12;
    private const long Start = 1_700_000_000_000;

    private readonly string _root = Directory.CreateTempSubdirectory("triptych-merge-").FullName;
    private readonly SqliteMetastore _metastore;

    private MergeData()
    {
        _metastore = SqliteMetastore.Open(Path.Combine(_root, "catalog.db"));
        Objects = new LocalObjectStore(PhysicalDisk.Instance, Path.Combine(_root, "objects"));
    }

    /// <summary>Where the blocks lie.</summary>
    public LocalObjectStore Objects { get; }

    /// <summary>What knows them.</summary>
    public BlockCatalog Catalog { get; private set; } = null!;

    /// <summary>What merges them.</summary>
    public IBlockMerger Merger { get; private set; } = null!;

    /// <summary>The blocks, in the order of acknowledgement.</summary>
    public IReadOnlyList<BlockMeta> Blocks { get; private set; } = [];

    /// <summary>Appends and flushes.</summary>
    public static async Task<MergeData> CreateAsync(Signal signal)
    {
        var data = new MergeData();
        var clock = new ManualClock(DateTimeOffset.FromUnixTimeMilliseconds(Start).AddHours(2));
        var events = new RecordingEvents();
        data.Catalog = await BlockCatalog.OpenAsync(data._metastore, data.Objects, new CatalogOptions(), clock, events, CancellationToken.None);
        var services = new StorageServices(PhysicalDisk.Instance, data.Objects, data._metastore, data.Catalog, clock, events);
        var heads = HeadOptions.For(signal, data._root);
        data.Merger = signal switch
        {
            Signal.Metrics => await FillMetricsAsync(new MetricStore(new MetricStoreOptions(), heads, services)),
            Signal.Logs => await FillLogsAsync(new LogStore(new LogStoreOptions(), heads, services)),
            _ => await FillTracesAsync(new TraceStore(new TraceStoreOptions(), heads, services)),
        };
        data.Blocks = MergeRun.Blocks(data.Catalog, signal);
        return data;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Catalog.DisposeAsync();
        Objects.Dispose();
        await _metastore.DisposeAsync();
        Directory.Delete(_root, recursive: true);
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
                batch.AddEntry(((Start + (flush * 10_000)) * 1_000_000) + (i * 1_000_000L), LogLevel.Info, Encoding.UTF8.GetBytes(line), []);
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
                    StartUnixNanos = ((Start + (flush * 10_000)) * 1_000_000) + (i * 1_000_000L),
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
