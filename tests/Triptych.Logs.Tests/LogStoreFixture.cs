using System.Text;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Model.Labels;
using Triptych.Model.Logs;
using Triptych.Primitives.Checksums;
using Triptych.Primitives.Memory;
using Triptych.Storage.Blocks;
using Triptych.Storage.Catalog;
using Triptych.Storage.Disk;
using Triptych.Storage.Heads;
using Triptych.Storage.Metastore;
using Triptych.Storage.ObjectStore;
using Triptych.Testing;

namespace Triptych.Logs.Tests;

/// <summary>A log record as the tests write and compare it.</summary>
internal sealed record Line(string Stream, long Time, string Text, string Metadata = "", LogLevel Level = LogLevel.Unknown);

/// <summary>The real store on a directory of its own. Disposing it removes the directory; <see cref="RestartAsync"/> stops without a flush.</summary>
internal sealed class LogStoreFixture : IAsyncDisposable
{
    private static readonly IReadOnlyList<ColumnRef> AllColumns =
        [LogColumns.Stream, LogColumns.TimeUnixNanos, LogColumns.Line, LogColumns.Metadata, LogColumns.Level];

    private readonly string _root = Directory.CreateTempSubdirectory("triptych-logs-").FullName;
    private readonly ManualClock _clock = new();
    private SqliteMetastore _metastore = null!;
    private LocalObjectStore _objects = null!;

    private LogStoreFixture()
    {
    }

    public LogStore Store { get; private set; } = null!;

    public BlockCatalog Catalog { get; private set; } = null!;

    public StorageServices Services { get; private set; } = null!;

    public RecordingEvents Events { get; } = new();

    public LocalObjectStore Objects => _objects;

    /// <summary>What the store reads through.</summary>
    public CountingObjectStore Reads { get; private set; } = null!;

    /// <summary>The store's clock, Unix nanoseconds.</summary>
    public long Now => _clock.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000;

    public string Root => _root;

    public string ObjectRoot => Path.Combine(_root, "objects");

    public static async Task<LogStoreFixture> OpenAsync()
    {
        var fixture = new LogStoreFixture();
        await fixture.StartAsync();
        return fixture;
    }

    /// <summary>Labels written <c>a=1,b=2</c>.</summary>
    public static byte[] Labels(string text) => LabelSet.Encode(
        text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split('=', 2)).Select(p => new KeyValuePair<string, string>(p[0], p[1])));

    public static string LabelText(ReadOnlySpan<byte> canonical) => string.Join(',', LabelSet.Decode(canonical).Select(l => $"{l.Key}={l.Value}"));

    /// <summary>Stops without a flush and starts over the same directory, with what was set aside if <paramref name="takesBack"/> does not say otherwise.</summary>
    public async Task RestartAsync(bool takesBack = false)
    {
        foreach (var value in takesBack ? await _metastore.ListAsync(BlockQuarantine.Scope, CancellationToken.None) : [])
            await _metastore.DeleteAsync(BlockQuarantine.Scope, value.Key, expectedVersion: null, CancellationToken.None);
        await StopAsync();
        await StartAsync();
    }

    public Task<AppendResult> AppendAsync(params Line[] lines) => AppendAsync(lines, TenantId.Default);

    public async Task<AppendResult> AppendAsync(IEnumerable<Line> lines, TenantId tenant, ulong? request = null)
    {
        using var batch = new LogBatch(MemoryBudget.Unlimited("test"));
        foreach (var line in lines)
        {
            batch.AddStream(Labels(line.Stream));
            batch.AddEntry(line.Time, line.Level, Encoding.UTF8.GetBytes(line.Text), Labels(line.Metadata));
        }

        var context = new AppendContext(tenant, request is { } r ? new Hash128(r, r) : null);
        return await Store.AppendAsync(context, batch, CancellationToken.None);
    }

    public Task FlushAsync() => Store.FlushAllAsync(CancellationToken.None);

    public async Task<List<Line>> ScanAsync(
        RowOrder order = RowOrder.TimeAscending, long min = long.MinValue, long max = long.MaxValue, long limit = long.MaxValue,
        RowPredicate? predicate = null, IReadOnlyList<LabelMatcher>? matchers = null, TenantId? tenant = null, List<string>? warnings = null,
        MemoryBudget? budget = null)
    {
        var symbols = new SymbolTable();
        await using var scan = await Store.OpenAsync(
            new RowScanRequest
            {
                Tenant = tenant ?? TenantId.Default,
                MinTimeUnixNanos = min,
                MaxTimeUnixNanos = max,
                Symbols = symbols,
                Budget = budget,
                Projection = AllColumns,
                Matchers = matchers ?? [],
                Predicate = predicate,
                Order = order,
                Limit = limit,
            },
            CancellationToken.None);
        var lines = new List<Line>();
        while (await scan.NextAsync(CancellationToken.None) is { } batch)
        {
            batch.RowCount.ShouldBeInRange(1, RecordBatch.MaxRows);
            for (var row = 0; row < batch.RowCount; row++)
            {
                var stream = new List<string>();
                foreach (var label in scan.Streams.LabelsOf((int)batch.Column<Int64Column>(0)[row]))
                {
                    stream.Add($"{symbols.GetString(label.Name)}={symbols.GetString(label.Value)}");
                }

                var level = symbols.GetString(batch.Column<SymbolColumn>(4)[row]);
                lines.Add(new Line(
                    string.Join(',', stream), batch.Column<Int64Column>(1)[row], Encoding.UTF8.GetString(batch.Column<BytesColumn>(2)[row]),
                    LabelText(batch.Column<BytesColumn>(3)[row]), Enum.Parse<LogLevel>(level, ignoreCase: true)));
            }
        }

        warnings?.AddRange(scan.Statistics.Warnings);
        return lines;
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
        Store = new LogStore(new LogStoreOptions(), HeadOptions.For(Signal.Logs, _root), Services);
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
