using Triptych.Columnar.Samples;
using Triptych.Columnar.Symbols;
using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;
using Triptych.Primitives.Checksums;
using Triptych.Primitives.Memory;
using Triptych.Storage.Blocks;
using Triptych.Storage.Catalog;
using Triptych.Storage.Disk;
using Triptych.Storage.Heads;
using Triptych.Storage.Metastore;
using Triptych.Storage.ObjectStore;
using Triptych.Testing;

namespace Triptych.Metrics.Tests;

/// <summary>The real store on a directory of its own. Disposing it removes the directory; <see cref="RestartAsync"/> stops without a flush.</summary>
internal sealed class MetricStoreFixture : IAsyncDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("triptych-metrics-").FullName;
    private readonly ManualClock _clock = new();
    private SqliteMetastore _metastore = null!;
    private LocalObjectStore _objects = null!;

    private readonly MetricStoreOptions _options;
    private readonly Func<HeadOptions, HeadOptions> _heads;

    private MetricStoreFixture(MetricStoreOptions options, Func<HeadOptions, HeadOptions> heads) => (_options, _heads) = (options, heads);

    public MetricStore Store { get; private set; } = null!;

    public BlockCatalog Catalog { get; private set; } = null!;

    public StorageServices Services { get; private set; } = null!;

    public RecordingEvents Events { get; } = new();

    public LocalObjectStore Objects => _objects;

    /// <summary>What the store reads through.</summary>
    public CountingObjectStore Reads { get; private set; } = null!;

    /// <summary>Lets the store look whether something is to be flushed; that goes on in the background.</summary>
    public void Tick() => _clock.Advance(TimeSpan.FromSeconds(1));

    /// <summary>The store's clock, Unix milliseconds.</summary>
    public long NowMs => _clock.GetUtcNow().ToUnixTimeMilliseconds();

    public string Root => _root;

    public string ObjectRoot => Path.Combine(_root, "objects");

    public static async Task<MetricStoreFixture> OpenAsync(MetricStoreOptions? options = null, Func<HeadOptions, HeadOptions>? heads = null)
    {
        var fixture = new MetricStoreFixture(options ?? new MetricStoreOptions(), heads ?? (static h => h));
        await fixture.StartAsync();
        return fixture;
    }

    /// <summary>Stops without a flush and starts over the same directory, with what was set aside if <paramref name="takesBack"/> does not say otherwise.</summary>
    public async Task RestartAsync(bool takesBack = false)
    {
        foreach (var value in takesBack ? await _metastore.ListAsync(BlockQuarantine.Scope, CancellationToken.None) : [])
            await _metastore.DeleteAsync(BlockQuarantine.Scope, value.Key, expectedVersion: null, CancellationToken.None);
        await StopAsync();
        await StartAsync();
    }

    public async Task<AppendResult> AppendAsync(Action<MetricBatch> fill, TenantId? tenant = null, ulong? request = null)
    {
        using var batch = new MetricBatch(MemoryBudget.Unlimited("test"));
        fill(batch);
        return await Store.AppendAsync(
            new AppendContext(tenant ?? TenantId.Default, request is { } r ? new Hash128(r, r) : null), batch, CancellationToken.None);
    }

    /// <summary>Appends samples of one series, given as <c>name{a="b"}</c>'s labels in pairs.</summary>
    public Task<AppendResult> AppendAsync(byte[] series, params (long TimestampMs, double Value)[] samples) => AppendAsync(batch =>
    {
        batch.AddSeries(series);
        foreach (var (timestampMs, value) in samples) batch.AddSample(timestampMs, value);
    });

    public Task FlushAsync() => Store.FlushAllAsync(CancellationToken.None);

    /// <summary>What a scan returns, by series; fails when a series comes twice or its times do not ascend.</summary>
    public async Task<ScanAnswer> ScanAsync(
        IReadOnlyList<LabelMatcher>? matchers = null, long minTimeMs = long.MinValue, long maxTimeMs = long.MaxValue, TenantId? tenant = null,
        IReadOnlyList<string>? labels = null, bool seriesOnly = false)
    {
        var symbols = new SymbolTable();
        await using var scan = await Store.OpenAsync(
            new SampleScanRequest
            {
                Tenant = tenant ?? TenantId.Default,
                Matchers = matchers ?? [],
                MinTimeMs = minTimeMs,
                MaxTimeMs = maxTimeMs,
                Symbols = symbols,
                Labels = labels,
                SeriesOnly = seriesOnly,
                WithStartTimes = true,
            },
            CancellationToken.None);
        var answer = new ScanAnswer();
        while (await scan.NextAsync(CancellationToken.None) is { } batch)
        {
            for (var series = 0; series < batch.SeriesCount; series++) answer.Add(batch, series, symbols);
            answer.TimeVectors += batch.TimeVectorCount;
        }

        answer.Warnings = [.. scan.Statistics.Warnings];
        answer.Infos = [.. scan.Statistics.Infos];
        return answer;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_root, recursive: true);
    }

    private async Task StartAsync()
    {
        _metastore = SqliteMetastore.Open(Path.Combine(_root, "catalog.db"));
        _objects = new LocalObjectStore(PhysicalDisk.Instance, ObjectRoot);
        Reads = new CountingObjectStore(_objects);
        Catalog = await BlockCatalog.OpenAsync(_metastore, _objects, new CatalogOptions(), _clock, Events, CancellationToken.None);
        Services = new StorageServices(PhysicalDisk.Instance, Reads, _metastore, Catalog, _clock, Events);
        Store = new MetricStore(_options, _heads(HeadOptions.For(Signal.Metrics, _root)), Services);
        await Store.RecoverAsync(CancellationToken.None);
    }

    private async Task StopAsync()
    {
        await Store.DisposeAsync();
        await Catalog.DisposeAsync();
        _objects.Dispose();
        await _metastore.DisposeAsync();
    }
}

/// <summary>Series by their labels (<c>a=1,b=2</c>), samples as time and bits; a histogram as its sum.</summary>
internal sealed class ScanAnswer
{
    public Dictionary<string, List<(long TimestampMs, ulong Bits)>> Series { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, long[]> StartTimes { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, List<FloatHistogram?>> Histograms { get; } = new(StringComparer.Ordinal);

    public int TimeVectors { get; set; }

    public IReadOnlyList<string> Warnings { get; set; } = [];

    public IReadOnlyList<string> Infos { get; set; } = [];

    public IEnumerable<string> Names => Series.Keys.Order(StringComparer.Ordinal);

    public void Add(SampleBatch batch, int series, SymbolTable symbols)
    {
        var labels = new List<string>();
        foreach (var label in batch.LabelsOf(series)) labels.Add($"{symbols.GetString(label.Name)}={symbols.GetString(label.Value)}");
        var name = string.Join(',', labels);
        var samples = new List<(long, ulong)>();
        var times = batch.TimestampsMsOf(series);
        var values = batch.ValuesOf(series);
        values.Length.ShouldBe(times.Length);
        for (var i = 0; i < times.Length; i++)
        {
            if (i > 0) times[i].ShouldBeGreaterThan(times[i - 1]);
            samples.Add((times[i], BitConverter.DoubleToUInt64Bits(values[i])));
        }

        Series.TryAdd(name, samples).ShouldBeTrue($"series {name} came twice");
        var starts = batch.StartTimesMsOf(series);
        if (!starts.IsEmpty) starts.Length.ShouldBe(times.Length);
        StartTimes[name] = starts.IsEmpty ? new long[times.Length] : starts.ToArray();
        if (!batch.HistogramsOf(series).IsEmpty) Histograms[name] = [.. batch.HistogramsOf(series)];
    }

    /// <summary>The whole answer as text, to compare two.</summary>
    public string Text() => string.Join('\n', Names.Select(n => $"{n}: {string.Join(' ', Series[n].Select((s, i) => Text(s.TimestampMs, s.Bits, StartOf(n, i))))}"));

    /// <summary>A sample as text.</summary>
    public static string Text(long timestampMs, ulong bits, long startMs) => $"{timestampMs}={bits:x}" + (startMs == 0 ? "" : $"@{startMs}");

    private long StartOf(string series, int sample) => StartTimes.TryGetValue(series, out var starts) ? starts[sample] : 0;
}
