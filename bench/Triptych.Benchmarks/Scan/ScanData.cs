using System.Text;
using Triptych.Logs;
using Triptych.Metrics;
using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Model.Attributes;
using Triptych.Model.Labels;
using Triptych.Model.Logs;
using Triptych.Model.Metrics;
using Triptych.Model.Traces;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Memory;
using Triptych.Storage.Catalog;
using Triptych.Storage.Disk;
using Triptych.Storage.Heads;
using Triptych.Storage.Metastore;
using Triptych.Storage.ObjectStore;
using Triptych.Testing;
using Triptych.Traces;

namespace Triptych.Benchmarks.Scan;

/// <summary>A store of one signal with one flushed block of some full row groups, on a disk of its own. Disposing it removes all.</summary>
internal sealed class ScanData : IAsyncDisposable
{
    private const long StartMs = 1_700_000_000_000;
    private const int Lines = 262_144;
    private const int Spans = 262_144;
    private readonly string _root;
    private readonly SqliteMetastore _metastore;
    private readonly LocalObjectStore _local;
    private readonly BlockCatalog _catalog;
    private readonly StorageServices _services;

    private ScanData(
        string root, SqliteMetastore metastore, LocalObjectStore local, CountingObjectStore objects, BlockCatalog catalog, StorageServices services)
    {
        _root = root;
        _metastore = metastore;
        _local = local;
        Objects = objects;
        _catalog = catalog;
        _services = services;
    }

    public CountingObjectStore Objects { get; }

    /// <summary>First time of a row, in the signal's unit.</summary>
    public long MinTime { get; private set; }

    /// <summary>Last time of a row.</summary>
    public long MaxTime { get; private set; }

    public MetricStore? Metrics { get; private set; }

    public LogStore? Logs { get; private set; }

    public TraceStore? Traces { get; private set; }

    public static string LogTraceId(int number) => $"{(ulong)number * 0x9E3779B97F4A7C15:x16}{number:x16}";

    public static byte[] TraceId(int number) => Convert.FromHexString(LogTraceId(number));

    /// <summary>20,000 series of 120 samples.</summary>
    public static async Task<ScanData> MetricsAsync()
    {
        var data = await OpenAsync();
        var store = data.Metrics = new MetricStore(new MetricStoreOptions(), HeadOptions.For(Signal.Metrics, data._root), data._services);
        await store.RecoverAsync(CancellationToken.None);
        var random = new Random(1);
        for (var host = 0; host < 200; host++)
        {
            using var batch = new MetricBatch(MemoryBudget.Unlimited("bench"));
            for (var metric = 0; metric < 100; metric++)
            {
                batch.AddSeries(LabelSet.Encode([new("__name__", $"node_metric_{metric}_total"), new("instance", $"host-{host}:9100"), new("job", "node")]));
                var value = 0.0;
                for (var i = 0; i < 120; i++)
                {
                    if (random.Next(3) == 0) value += random.Next(100);
                    batch.AddSample(StartMs + (i * 15_000L) + host, value);
                }
            }

            await store.AppendAsync(new AppendContext(TenantId.Default, null), batch, CancellationToken.None);
        }

        await store.FlushAllAsync(CancellationToken.None);
        return data.WithTimes(Signal.Metrics);
    }

    /// <summary>Lines of 200 streams, four full row groups.</summary>
    public static async Task<ScanData> LogsAsync()
    {
        var data = await OpenAsync();
        var store = data.Logs = new LogStore(new LogStoreOptions(), HeadOptions.For(Signal.Logs, data._root), data._services);
        await store.RecoverAsync(CancellationToken.None);
        var random = new Random(1);
        for (var first = 0; first < Lines; first += 8192)
        {
            using var batch = new LogBatch(MemoryBudget.Unlimited("bench"));
            for (var i = first; i < first + 8192; i++)
            {
                batch.AddStream(LabelSet.Encode([new("app", $"shop-{i % 20}"), new("namespace", "prod"), new("pod", $"shop-{i % 200}")]));
                var line = $"level=info msg=\"request done\" method=GET item={random.Next(1_000_000)} status=200 duration={random.Next(900)}ms user={random.Next(10_000)}";
                List<KeyValuePair<string, string>> metadata = [new("trace_id", LogTraceId(i)), new("user", $"u{random.Next(5000)}")];
                if (i % 200 == 3 && i / 200 % 10 == 0) metadata.Add(new("deploy", "blue"));
                batch.AddEntry((StartMs * 1_000_000) + (i * 1_000_000L), LogLevel.Info, Encoding.UTF8.GetBytes(line), LabelSet.Encode(metadata));
            }

            await store.AppendAsync(new AppendContext(TenantId.Default, null), batch, CancellationToken.None);
        }

        await store.FlushAllAsync(CancellationToken.None);
        return data.WithTimes(Signal.Logs);
    }

    /// <summary>Traces of 8 spans, four full row groups.</summary>
    public static async Task<ScanData> TracesAsync()
    {
        var data = await OpenAsync();
        var store = data.Traces = new TraceStore(new TraceStoreOptions(), HeadOptions.For(Signal.Traces, data._root), data._services);
        await store.RecoverAsync(CancellationToken.None);
        var random = new Random(1);
        for (var first = 0; first < Spans; first += 8192)
        {
            using var batch = new SpanBatch(MemoryBudget.Unlimited("bench"));
            for (var i = first; i < first + 8192; i++) AddSpan(batch, i, random);
            await store.AppendAsync(new AppendContext(TenantId.Default, null), batch, CancellationToken.None);
        }

        await store.FlushAllAsync(CancellationToken.None);
        return data.WithTimes(Signal.Traces);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Metrics is not null) await Metrics.DisposeAsync();
        if (Logs is not null) await Logs.DisposeAsync();
        if (Traces is not null) await Traces.DisposeAsync();
        await _catalog.DisposeAsync();
        _local.Dispose();
        await _metastore.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    private static void AddSpan(SpanBatch batch, int i, Random random)
    {
        var service = Encoding.UTF8.GetBytes(i % 5000 == 4999 ? "rare" : $"shop-{i % 10}");
        using var set = new PooledBufferWriter();
        Add(set, "http.route", $"/api/{random.Next(1000)}");
        Add(set, "http.url", $"https://shop.example/items/{random.Next(1_000_000)}?user={random.Next(10_000)}");
        Add(set, "net.peer", $"10.0.{random.Next(256)}.{random.Next(256)}");
        if (i % 20_000 == 7) Add(set, "db.shard", "7");
        using var resource = new PooledBufferWriter();
        Add(resource, "service.name", Encoding.UTF8.GetString(service));
        Add(resource, "host.name", $"host-{i % 50}");
        var entry = new SpanEntry
        {
            Resource = batch.AddResource(batch.Store(service), batch.Store(resource.WrittenSpan)),
            Scope = batch.AddScope(batch.Store("lib"u8), batch.Store("1.0"u8), batch.Store([])),
            StartUnixNanos = (StartMs * 1_000_000) + (i * 1_000_000L),
            DurationNanos = random.Next(100_000_000),
            Kind = 2,
            Name = batch.Store(Encoding.UTF8.GetBytes($"GET /api/{i % 30}")),
            Attributes = batch.Store(set.WrittenSpan),
        };
        TraceId(i / 8).CopyTo(entry.TraceId);
        random.NextBytes(entry.SpanId);
        batch.AddSpan(entry);
    }

    private static void Add(PooledBufferWriter set, string key, string value)
    {
        set.WriteLengthPrefixed(Encoding.UTF8.GetBytes(key));
        set.WriteByte((byte)AttributeKind.String);
        set.WriteLengthPrefixed(Encoding.UTF8.GetBytes(value));
    }

    private static async Task<ScanData> OpenAsync()
    {
        var root = Directory.CreateTempSubdirectory("triptych-scan-").FullName;
        var clock = new ManualClock(DateTimeOffset.FromUnixTimeMilliseconds(StartMs).AddHours(1));
        var metastore = SqliteMetastore.Open(Path.Combine(root, "catalog.db"));
        var local = new LocalObjectStore(PhysicalDisk.Instance, Path.Combine(root, "objects"));
        var objects = new CountingObjectStore(local);
        var events = new RecordingEvents();
        var catalog = await BlockCatalog.OpenAsync(metastore, objects, new CatalogOptions(), clock, events, CancellationToken.None);
        return new ScanData(root, metastore, local, objects, catalog, new StorageServices(PhysicalDisk.Instance, objects, metastore, catalog, clock, events));
    }

    private ScanData WithTimes(Signal signal)
    {
        var blocks = _catalog.Current.Blocks(TenantId.Default, signal);
        MinTime = blocks.Min(static b => b.MinTime);
        MaxTime = blocks.Max(static b => b.MaxTime);
        Console.WriteLine($"// {signal}: {blocks.Count} block, {blocks.Sum(static b => b.Rows)} rows, {blocks.Sum(static b => b.SizeBytes) / 1024} KiB");
        return this;
    }
}
