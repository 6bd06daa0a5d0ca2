using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Model.Attributes;
using Triptych.Storage.Catalog;
using Triptych.Storage.Heads;
using Triptych.Storage.ObjectStore;
using Triptych.Storage.Wal;
using Triptych.Testing;

namespace Triptych.Traces.Tests;

/// <summary>A traces store on a disk in memory; disposing it is a stop without a flush.</summary>
internal sealed class StoreFixture : IAsyncDisposable
{
    /// <summary>Every column of the contract, and one attribute of each scope.</summary>
    public static readonly ColumnRef[] AllColumns =
    [
        SpanColumns.TraceId, SpanColumns.SpanId, SpanColumns.ParentSpanId, SpanColumns.Name, SpanColumns.ServiceName, SpanColumns.Kind, SpanColumns.StartUnixNanos,
        SpanColumns.DurationNanos, SpanColumns.StatusCode, SpanColumns.StatusMessage, SpanColumns.TraceState, SpanColumns.Flags, SpanColumns.ScopeName,
        SpanColumns.ScopeVersion, SpanColumns.SpanAttributes, SpanColumns.ResourceAttributes, SpanColumns.ScopeAttributes, SpanColumns.Events, SpanColumns.Links,
        SpanColumns.SpanAttribute("value"), SpanColumns.ResourceAttribute("service.name"), SpanColumns.ScopeAttribute("value"), SpanColumns.AnyAttribute("value"),
    ];

    private StoreFixture(
        FaultyDisk disk, MemoryMetastore metastore, LocalObjectStore objects, CountingObjectStore reads, RecordingEvents events, StorageServices services,
        TraceStore store)
    {
        Reads = reads;
        Events = events;
        Disk = disk;
        Metastore = metastore;
        Objects = objects;
        Services = services;
        Store = store;
    }

    public FaultyDisk Disk { get; }

    public MemoryMetastore Metastore { get; }

    public LocalObjectStore Objects { get; }

    /// <summary>What the store reads through.</summary>
    public CountingObjectStore Reads { get; }

    public RecordingEvents Events { get; }

    public TraceStore Store { get; }

    public StorageServices Services { get; }

    public BlockCatalog Catalog => Services.Catalog;

    public IReadOnlyList<BlockMeta> Blocks => Catalog.Current.Blocks(TenantId.Default, Signal.Traces);

    public static long NowUnixNanos => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000;

    public static async Task<StoreFixture> OpenAsync(FaultyDisk? disk = null, MemoryMetastore? metastore = null, TimeProvider? time = null)
    {
        time ??= TimeProvider.System;
        disk ??= new FaultyDisk();
        metastore ??= new MemoryMetastore();
        var events = new RecordingEvents();
        var objects = new LocalObjectStore(disk, "/d/objects");
        var catalog = await BlockCatalog.OpenAsync(metastore, objects, new CatalogOptions(), time, events, CancellationToken.None);
        var heads = new HeadOptions
        {
            Wal = new WalOptions { Signal = Signal.Traces, DataDirectory = "/d" },
            FlushAge = TimeSpan.FromHours(1),
        };
        var reads = new CountingObjectStore(objects);
        var services = new StorageServices(disk, reads, metastore, catalog, time, events);
        var store = new TraceStore(new TraceStoreOptions(), heads, services);
        await store.RecoverAsync(CancellationToken.None);
        return new StoreFixture(disk, metastore, objects, reads, events, services, store);
    }

    public async Task<AppendResult> AppendAsync(IEnumerable<TestSpan> spans, string tenant = "default")
    {
        using var batch = TestSpan.Batch(spans);
        return await Store.AppendAsync(new AppendContext(new TenantId(tenant), null), batch, CancellationToken.None);
    }

    public Task FlushAsync() => Store.FlushAllAsync(CancellationToken.None);

    public static RowScanRequest Request(RowPredicate? predicate = null, params ColumnRef[] projection) => new()
    {
        Tenant = TenantId.Default,
        MinTimeUnixNanos = long.MinValue,
        MaxTimeUnixNanos = long.MaxValue,
        Symbols = new SymbolTable(),
        Projection = projection.Length == 0 ? AllColumns : projection,
        Predicate = predicate,
    };

    /// <summary>The rows of an answer as texts, in its order.</summary>
    public async Task<List<string>> ScanAsync(RowScanRequest request)
    {
        await using var scan = await Store.OpenAsync(request, CancellationToken.None);
        var rows = await ReadAsync(scan, request);
        scan.Statistics.Warnings.ShouldBeEmpty();
        return rows;
    }

    public async Task<List<string>> SortedAsync(RowScanRequest request) => [.. (await ScanAsync(request)).Order(StringComparer.Ordinal)];

    public static async Task<List<string>> ReadAsync(IRowScan scan, RowScanRequest request)
    {
        var rows = new List<string>();
        while (await scan.NextAsync(CancellationToken.None) is { } batch)
        {
            batch.RowCount.ShouldBeInRange(1, RecordBatch.MaxRows);
            for (var row = 0; row < batch.RowCount; row++)
                rows.Add(string.Join(" ", batch.Columns.Select((column, i) => $"{request.Projection[i]}={Text(column, row, request.Symbols)}")));
        }

        return rows;
    }

    /// <summary>What a scan says of a span, computed from the span itself.</summary>
    public static string Expected(TestSpan span) => string.Join(" ", AllColumns.Select(column => $"{column}={ExpectedText(span, column)}"));

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        await Catalog.DisposeAsync();
        Objects.Dispose();
    }

    private static string Text(Column column, int row, SymbolTable symbols) => column switch
    {
        AttributeColumn a => a.IsNull(row) ? "null" : Attribute(a.KindOf(row), a.BitsOf(row), a.BytesOf(row)),
        Int64Column c => $"{c[row]}",
        SymbolColumn c => symbols.GetString(c[row]),
        FixedBytesColumn c => Convert.ToHexString(c[row]),
        BytesColumn c => c.IsNull(row) ? "null" : Convert.ToHexString(c[row]),
        _ => throw new InvalidOperationException(column.GetType().Name),
    };

    private static string Attribute(AttributeKind kind, long bits, ReadOnlySpan<byte> bytes) => $"{kind}:{bits:x}:{Convert.ToHexString(bytes)}";

    private static string ExpectedText(TestSpan span, ColumnRef column) => column switch
    {
        { Name: "span_attributes", Key: { } key } => Find(key, span.Attributes),
        { Name: "resource_attributes", Key: { } key } => Find(key, span.ResourceAttributes),
        { Name: "scope_attributes", Key: { } key } => Find(key, span.ScopeAttributes),
        { Name: "any_attributes", Key: { } key } => Find(key, span.Attributes, span.ResourceAttributes),
        _ => column.Name switch
        {
            "trace_id" => Convert.ToHexString(TestSpan.TraceIdOf(span.Trace)),
            "span_id" => Convert.ToHexString(TestSpan.SpanIdOf(span.Id)),
            "parent_span_id" => Convert.ToHexString(TestSpan.SpanIdOf(span.Parent)),
            "name" => span.Name,
            "service_name" => span.Service,
            "kind" => $"{span.Kind}",
            "start" => $"{span.StartUnixNanos}",
            "duration" => $"{span.DurationNanos}",
            "status_code" => $"{span.Status}",
            "status_message" => span.StatusMessage.Length == 0 ? "null" : Hex(span.StatusMessage),
            "trace_state" => Hex(span.TraceState),
            "flags" => $"{span.Flags}",
            "scope_name" => span.ScopeName,
            "scope_version" => span.ScopeVersion,
            "span_attributes" => Convert.ToHexString(span.Attributes),
            "resource_attributes" => Convert.ToHexString(span.ResourceAttributes),
            "scope_attributes" => Convert.ToHexString(span.ScopeAttributes),
            "events" => Convert.ToHexString(span.Events),
            _ => Convert.ToHexString(span.Links),
        },
    };

    private static string Hex(string text) => Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(text));

    private static string Find(string key, params byte[][] sets)
    {
        foreach (var set in sets)
        {
            if (AttributeReader.TryFind(set, System.Text.Encoding.UTF8.GetBytes(key), out var found)) return Attribute(found.Kind, found.Bits, found.Bytes);
        }

        return "null";
    }
}
