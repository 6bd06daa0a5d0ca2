using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;
using Triptych.Storage.Heads;
using Triptych.Storage.Metastore;
using Triptych.Storage.ObjectStore;
using Triptych.Storage.Retention;
using Triptych.Storage.Wal;
using Triptych.Testing;

namespace Triptych.Storage.Tests.Compaction;

/// <summary>
/// A store of rows (as metrics: milliseconds; windows of 1 h, 6 h, 24 h) with its upkeep on a faulty disk, whose clock stands at noon. Disposing it is a
/// stop without a flush. Upkeep runs when a test says so.
/// </summary>
internal sealed class UpkeepFixture : IAsyncDisposable
{
    public const Model.Signal Kind = Model.Signal.Metrics;
    public const long Hour = 3_600_000;
    private static readonly TimeSpan[] Windows = [TimeSpan.FromHours(1), TimeSpan.FromHours(6), TimeSpan.FromHours(24)];

    private readonly LocalObjectStore _objects;
    private bool _isDisposed;

    private UpkeepFixture(
        FaultyDisk disk, IMetastore metastore, ManualClock clock, RecordingEvents storageEvents, LocalObjectStore objects,
        BlockCatalog catalog, HeadKeeper<RowHead> keeper, RowSignal signal, StorageUpkeep upkeep, RecordingUpkeepEvents events)
    {
        Disk = disk;
        Metastore = metastore;
        Clock = clock;
        StorageEvents = storageEvents;
        _objects = objects;
        Catalog = catalog;
        Keeper = keeper;
        Signal = signal;
        Upkeep = upkeep;
        Events = events;
    }

    public FaultyDisk Disk { get; }

    public IMetastore Metastore { get; }

    public ManualClock Clock { get; }

    public RecordingEvents StorageEvents { get; }

    public IObjectStore Objects => _objects;

    public BlockCatalog Catalog { get; }

    public HeadKeeper<RowHead> Keeper { get; }

    public RowSignal Signal { get; }

    public StorageUpkeep Upkeep { get; }

    public RecordingUpkeepEvents Events { get; }

    public IReadOnlyList<BlockMeta> Blocks => Catalog.Current.Blocks(TenantId.Default, Kind);

    public long NowMs => Clock.GetUtcNow().ToUnixTimeMilliseconds();

    public static CompactionOptions Compaction { get; } = new() { Windows = _ => Windows, TargetBlockBytes = 100_000 };

    /// <summary>Everything is kept for ever.</summary>
    public static RetentionOptions Unlimited { get; } = new() { Metrics = new(), Logs = new(), Traces = new() };

    public static async Task<UpkeepFixture> OpenAsync(
        FaultyDisk? disk = null, IMetastore? metastore = null, ManualClock? clock = null, RetentionOptions? retention = null,
        CompactionOptions? compaction = null, RowSignal? signal = null)
    {
        disk ??= new FaultyDisk();
        clock ??= new ManualClock();
        var storageEvents = new RecordingEvents();
        var events = new RecordingUpkeepEvents();
        signal ??= new RowSignal(Kind);
        metastore ??= new MemoryMetastore();
        var objects = new LocalObjectStore(disk, "/d/objects");
        var catalog = await BlockCatalog.OpenAsync(metastore, objects, new CatalogOptions(), clock, storageEvents, CancellationToken.None);
        var services = new StorageServices(disk, objects, metastore, catalog, clock, storageEvents);
        var heads = HeadOptions.For(Kind, "/d") with { FlushAge = TimeSpan.FromDays(1000) };
        var keeper = new HeadKeeper<RowHead>(heads, signal, services);
        await keeper.RecoverAsync(CancellationToken.None);
        var upkeep = await StorageUpkeep.OpenAsync(
            services,
            new UpkeepOptions
            {
                Compaction = compaction ?? Compaction,
                Retention = retention ?? Unlimited,
                Mergers = [signal],
                Selectors = signal,
                FlushAsync = (_, token) => keeper.FlushAllAsync(token),
                Usage = new DiskUsage(disk, "/d", "/d/objects"),
                Events = events,
            },
            CancellationToken.None);
        return new UpkeepFixture(disk, metastore, clock, storageEvents, objects, catalog, keeper, signal, upkeep, events);
    }

    /// <summary>The same store again, after a stop.</summary>
    public async Task<UpkeepFixture> ReopenAsync(RetentionOptions? retention = null)
    {
        await DisposeAsync();
        return await OpenAsync(Disk, Metastore, Clock, retention: retention);
    }

    public ValueTask<AppendResult> AppendAsync(params Row[] rows) => AppendAsync(TenantId.Default, rows);

    public ValueTask<AppendResult> AppendAsync(TenantId tenant, params Row[] rows) => Keeper.AppendAsync<RowStep, IReadOnlyList<Row>>(
        new AppendContext(tenant, null), rows, new RowStep(), CancellationToken.None);

    /// <summary>Appends and flushes: one block.</summary>
    public async Task FlushAsync(params Row[] rows)
    {
        (await AppendAsync(rows)).Status.ShouldBe(AppendStatus.Ok);
        await Keeper.FlushAllAsync(CancellationToken.None);
    }

    public Task RunAsync() => Upkeep.RunOnceAsync(CancellationToken.None);

    /// <summary>A time so many hours before noon of the first day.</summary>
    public static long HoursAgo(double hours) =>
        new ManualClock().GetUtcNow().ToUnixTimeMilliseconds() - (long)(hours * Hour);

    /// <summary>Every stored row, with repetitions, in the order of acknowledgement of their blocks.</summary>
    public async Task<List<Row>> StoredAsync()
    {
        using var view = Keeper.Pin();
        var rows = new List<Row>();
        foreach (var block in view.Catalog.Blocks(TenantId.Default, Kind).OrderBy(static b => b.LastSegment))
            rows.AddRange(await RowSignal.ReadAsync(Objects, block, CancellationToken.None));
        var generations = view.Generations.ToArray();
        foreach (var generation in generations.Reverse())
            rows.AddRange(generation.Head.Rows(TenantId.Default));
        return rows;
    }

    /// <summary>What a query says: of equal rows the first, sorted.</summary>
    public async Task<List<Row>> ReadAsync()
    {
        var rows = new SortedDictionary<(long, long), Row>();
        foreach (var row in await StoredAsync())
            rows.TryAdd(row.Identity, row);
        return [.. rows.Values];
    }

    /// <summary>Keys of all objects.</summary>
    public async Task<List<string>> KeysAsync()
    {
        var keys = new List<string>();
        await foreach (var entry in Objects.ListAsync("", CancellationToken.None))
            keys.Add(entry.Key);
        return keys;
    }

    /// <summary>Lets the longest query end and removes the files of replaced blocks.</summary>
    public async Task SweepAsync()
    {
        Clock.Advance(TimeSpan.FromMinutes(6));
        await Catalog.SweepAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        await Upkeep.DisposeAsync();
        await Keeper.DisposeAsync();
        await Catalog.DisposeAsync();
        _objects.Dispose();
    }
}
