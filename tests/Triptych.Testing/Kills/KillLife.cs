using Triptych.Model;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;
using Triptych.Storage.Deletion;
using Triptych.Storage.Heads;
using Triptych.Storage.ObjectStore;
using Triptych.Storage.Retention;

namespace Triptych.Testing.Kills;

/// <summary>
/// A store from its start to its end, which is a kill or a stop without a flush: the signal's own, with its upkeep, windows of 1 h, 6 h and 24 h,
/// two days of retention, 20 hours for the rows of <c>a3</c>, and a byte for those of <see cref="KillRow.SizedApp"/>.
/// Nothing becomes a block or is merged unless the story says so.
/// </summary>
public sealed class KillLife : IAsyncDisposable
{
    /// <summary>How long rows are kept.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromHours(48);

    /// <summary>How long rows of <c>a3</c> are kept.</summary>
    public static readonly TimeSpan ShortKept = TimeSpan.FromHours(20);

    private static readonly RetentionRule[] Rules =
        [new(KillRow.Matchers("a3"), ShortKept), new(KillRow.Matchers(KillRow.SizedApp), Kept, SizeBytes: 1)];

    private static readonly TimeSpan[] Windows = [TimeSpan.FromHours(1), TimeSpan.FromHours(6), TimeSpan.FromHours(24)];
    private static readonly TimeSpan LongestQuery = TimeSpan.FromMinutes(5);
    private readonly LocalObjectStore _local;
    private bool _isDisposed;

    private KillLife(
        IKillSignal signal, KilledWorld world, CrashSwitch crash, LocalObjectStore local, StorageServices services, IKillStore store, StorageUpkeep upkeep,
        RecordingEvents storageEvents, RecordingUpkeepEvents events)
    {
        Signal = signal;
        World = world;
        Crash = crash;
        _local = local;
        Services = services;
        Store = store;
        Upkeep = upkeep;
        StorageEvents = storageEvents;
        Events = events;
    }

    public IKillSignal Signal { get; }

    public KilledWorld World { get; }

    public CrashSwitch Crash { get; }

    public StorageServices Services { get; }

    public IKillStore Store { get; }

    public StorageUpkeep Upkeep { get; }

    public RecordingEvents StorageEvents { get; }

    public RecordingUpkeepEvents Events { get; }

    public IReadOnlyList<BlockMeta> Blocks => Services.Catalog.Current.Blocks(TenantId.Default, Signal.Signal);

    public long NowMs => World.Clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Opens everything and replays.</summary>
    public static Task<KillLife> OpenAsync(IKillSignal signal, KilledWorld world, CrashSwitch crash) =>
        OpenAsync(signal, world, crash, new SignalRetention { Time = Kept, Rules = Rules });

    /// <summary>The same with another retention.</summary>
    public static async Task<KillLife> OpenAsync(IKillSignal signal, KilledWorld world, CrashSwitch crash, SignalRetention retention)
    {
        crash.Reached = world.Reached;
        var (storageEvents, events) = (new RecordingEvents(), new RecordingUpkeepEvents());
        var (disk, metastore) = (crash.Wrap(world.Disk), crash.Wrap(world.Metastore));
        var local = new LocalObjectStore(disk, "/d/objects");
        var objects = crash.Wrap(local);
        var catalog = await BlockCatalog.OpenAsync(
            metastore, objects, new CatalogOptions { LongestQuery = LongestQuery, SweepInterval = TimeSpan.FromHours(3) }, world.Clock, storageEvents,
            crash.Dead);
        var services = new StorageServices(disk, objects, metastore, catalog, world.Clock, storageEvents);
        var heads = HeadOptions.For(signal.Signal, "/d") with { FlushAge = TimeSpan.FromDays(1000), CheckInterval = TimeSpan.FromHours(1) };
        var store = signal.Open(heads, services);
        try
        {
            await store.RecoverAsync(crash.Dead);
            var upkeep = await StorageUpkeep.OpenAsync(services, OptionsOf(signal, world, store, retention, events), crash.Dead);
            return new KillLife(signal, world, crash, local, services, store, upkeep, storageEvents, events);
        }
        catch
        {
            await store.DisposeAsync();
            await catalog.DisposeAsync();
            local.Dispose();
            throw;
        }
    }

    /// <summary>One round of upkeep.</summary>
    public Task RunAsync() => Upkeep.RunOnceAsync(Crash.Dead);

    /// <summary>Lets the longest query end and removes the files of replaced blocks.</summary>
    public async Task SweepAsync()
    {
        World.Clock.Advance(LongestQuery + TimeSpan.FromMinutes(1));
        await Services.Catalog.SweepAsync(CancellationToken.None);
    }

    /// <summary>Keys of all objects.</summary>
    public async Task<List<string>> KeysAsync()
    {
        var keys = new List<string>();
        await foreach (var entry in Services.Objects.ListAsync("", CancellationToken.None))
            keys.Add(entry.Key);
        return keys;
    }

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        await Upkeep.DisposeAsync();
        await Store.DisposeAsync();
        await Services.Catalog.DisposeAsync();
        _local.Dispose();
    }

    private static UpkeepOptions OptionsOf(
        IKillSignal signal, KilledWorld world, IKillStore store, SignalRetention retention, RecordingUpkeepEvents events)
    {
        var none = new SignalRetention();
        SignalRetention Of(Signal of) => of == signal.Signal ? retention : none;
        return new UpkeepOptions
        {
            Compaction = new CompactionOptions { Windows = _ => Windows },
            Retention = new RetentionOptions { Metrics = Of(Model.Signal.Metrics), Logs = Of(Model.Signal.Logs), Traces = Of(Model.Signal.Traces) },
            Mergers = [signal.Merger],
            Selectors = new Apps(),
            FlushAsync = (_, token) => store.FlushAllAsync(token),
            Usage = new DiskUsage(world.Disk, "/d", "/d/objects"),
            Events = events,
        };
    }

    /// <summary>A selector is the name of an app.</summary>
    private sealed class Apps : IDeletionSelectors
    {
        public RowSelection? Read(Signal signal, string selector, out string? error)
        {
            error = null;
            return new RowSelection(KillRow.Matchers(selector), Predicate: null);
        }
    }
}
