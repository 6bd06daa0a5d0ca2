using Triptych.Api.Admin;
using Triptych.Api.Prometheus;
using Triptych.Logs;
using Triptych.Logs.Compaction;
using Triptych.Metrics;
using Triptych.Metrics.Compaction;
using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Server.Backup;
using Triptych.Server.Configuration;
using Triptych.Storage.Backup;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;
using Triptych.Storage.Deletion;
using Triptych.Storage.Disk;
using Triptych.Storage.Heads;
using Triptych.Storage.Instruments;
using Triptych.Storage.Metastore;
using Triptych.Storage.Retention;
using Triptych.Traces;
using Triptych.Traces.Compaction;
using Triptych.Traces.Sampling;

namespace Triptych.Server.Hosting;

/// <summary>
/// The three stores and what they stand on: a local directory or a bucket, and SQLite or PostgreSQL. Opened in one go, recovered side by side,
/// flushed side by side, closed in reverse.
/// </summary>
internal sealed class Stores : IAsyncDisposable
{
    private static readonly TimeSpan ReplayPollInterval = TimeSpan.FromMilliseconds(100);
    private readonly IMetastore _metastore;
    private readonly BlockObjects _objects;
    private readonly BlockCatalog _catalog;
    private readonly StorageServices _services;
    private StorageUpkeep? _upkeep;

    private Stores(
        IMetastore metastore, BlockObjects objects, BlockCatalog catalog, ServerConfig config, string directory,
        ISpanDerivation? derivation, IStorageEvents events, IDisk disk, TimeProvider time)
    {
        _metastore = metastore;
        _objects = objects;
        _catalog = catalog;
        Backups = new BackupSessions(time);
        var services = new StorageServices(disk, objects.Store, metastore, catalog, time, events);
        _services = services;

        HeadMemory = new HeadMemory(config.Storage.MaxHeadMemory.Bytes, HeadShares.SureBytes(config.Storage.MaxHeadMemory.Bytes));
        HeadOptions Heads(Signal signal, TimeSpan age) => HeadOptions.For(signal, directory) with
        {
            CheckInterval = TimeSpan.FromMilliseconds(signal == Signal.Logs ? 200 : 1000),
            FlushWalBytes = config.Storage.FlushSize.Bytes,
            FlushAge = age,
            FlushHeadBytes = HeadShares.FlushBytes(signal, config.Storage.MaxHeadMemory.Bytes),
            MaxHeadBytes = HeadShares.MostBytes(signal, config.Storage.MaxHeadMemory.Bytes),
            FlushSideBytes = HeadShares.FlushSideBytes(config.Storage.MaxHeadMemory.Bytes),
            Memory = HeadMemory,
            MaxFlushedBlocks = config.Storage.Compaction.Enabled ? config.Storage.Compaction.MaxFlushedBlocks : int.MaxValue,
        };

        var ingest = config.Ingest;
        Metrics = new MetricStore(
            new MetricStoreOptions
            {
                MaxAge = ingest.MaxAge,
                MaxFuture = ingest.MaxFuture,
                MaxActiveSeries = HeadShares.ActiveSeries(ingest, config.Storage.MaxHeadMemory.Bytes),
                MaxOverflowBytes = HeadShares.OverflowBytes(config.Storage.MaxHeadMemory.Bytes),
            },
            Heads(Signal.Metrics, config.Storage.MetricsFlushAge), services);
        Logs = new LogStore(
            new LogStoreOptions { MaxAge = config.Logs.Limits.MaxAge(ingest), MaxFuture = config.Logs.Limits.MaxFuture(ingest) },
            Heads(Signal.Logs, config.Storage.LogsFlushAge), services);
        Traces = new TraceStore(
            new TraceStoreOptions { MaxAge = ingest.MaxAge, MaxFuture = ingest.MaxFuture }, Heads(Signal.Traces, config.Storage.TracesFlushAge), services,
            derivation);
    }

    /// <summary>What the heads of all signals hold and may hold.</summary>
    public HeadMemory HeadMemory { get; }

    /// <summary>Metrics.</summary>
    public MetricStore Metrics { get; }

    /// <summary>Logs.</summary>
    public LogStore Logs { get; }

    /// <summary>Traces.</summary>
    public TraceStore Traces { get; }

    /// <summary>Compaction, retention and deletion.</summary>
    public StorageUpkeep Upkeep => _upkeep ?? throw new InvalidOperationException("The stores are not open.");

    /// <summary>Backups that are being fetched.</summary>
    public BackupSessions Backups { get; }

    /// <summary>What is kept beside the catalog.</summary>
    public IMetastore Metastore => _metastore;

    /// <summary>The blocks that there are now.</summary>
    public CatalogVersion Blocks => _catalog.Current;

    /// <summary>Opens metastore and catalog. Nothing is replayed yet.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="directory">Where the data is.</param>
    /// <param name="derivation">What is counted from spans; null for nothing.</param>
    /// <param name="events">Who is told of what happens to the stores.</param>
    /// <param name="upkeepEvents">Who is told of what becomes of blocks.</param>
    /// <param name="disk">Where the write-ahead logs are.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Stops the opening.</param>
    /// <exception cref="StartProblem">The metastore or the object store cannot be used.</exception>
    public static async Task<Stores> OpenAsync(
        ServerConfig config, DataDirectory directory, ISpanDerivation? derivation, StorageEvents events, IUpkeepEvents upkeepEvents, IDisk disk,
        TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            RestoreMarker.RefuseUnfinished(directory);
            MetastoreOpening.CheckKind(config.Storage.Metastore.Type, directory);
            var wasEmpty = MetastoreOpening.HoldsNothing(directory);
            var metastore = await MetastoreOpening.OpenAsync(config, directory, time, cancellationToken);
            var objects = await BlockObjects.OpenAsync(config.Storage.ObjectStore, directory.Path, metastore, events, time, cancellationToken);
            await MetastoreOpening.CheckPairAsync(metastore, objects.Store, directory, wasEmpty, cancellationToken);
            var catalog = await BlockCatalog.OpenAsync(
                metastore, objects.Store, new CatalogOptions { LongestQuery = LongestUnpinned(config) }, time, events, cancellationToken);
            var stores = new Stores(metastore, objects, catalog, config, directory.Path, derivation, events, disk, time);
            var upkeep = stores.OptionsOf(config, directory.Path, upkeepEvents);
            stores._upkeep = await StorageUpkeep.OpenAsync(stores._services, upkeep, cancellationToken);
            return stores;
        }
        catch (Exception e) when (e is MetastoreException or UnauthorizedAccessException or IOException or InvalidDataException)
        {
            throw new StartProblem(e.Message);
        }
    }

    /// <summary>Whether something of a signal is kept from before the start, in blocks or in the write-ahead log.</summary>
    public bool HasStored(Signal signal) => RecoveryOf(signal).Records > 0 || _catalog.Current.All.Any(b => b.Signal == signal);

    /// <summary>Tenants that have sent more series than are indexed in memory.</summary>
    public IEnumerable<Api.Admin.SeriesOverLimit> OverLimit() =>
        Metrics.OverLimit.Select(static o => new Api.Admin.SeriesOverLimit(o.Tenant, o.Limit, o.OverflowSeries, o.OverflowSamples));

    /// <summary>How far the replay of a signal is.</summary>
    public RecoveryState RecoveryOf(Signal signal) => signal switch
    {
        Signal.Metrics => Metrics.Recovery,
        Signal.Logs => Logs.Recovery,
        _ => Traces.Recovery,
    };

    /// <summary>What of a signal is not in blocks yet.</summary>
    public HeadStatus HeadOf(Signal signal) => signal switch
    {
        Signal.Metrics => Metrics.HeadStatus,
        Signal.Logs => Logs.HeadStatus,
        _ => Traces.HeadStatus,
    };

    /// <summary>How far the replay of metrics is, in segments.</summary>
    public WalReplay MetricsReplay => new(Metrics.Recovery.Segments.First, Metrics.Recovery.Segments.Last, Metrics.Recovery.Segments.Current);

    /// <summary>Stretches of a signal's write-ahead log that could not be read at the start and were set aside.</summary>
    public long QuarantinedIn(Signal signal) => signal switch
    {
        Signal.Metrics => Metrics.CorruptionCount,
        Signal.Logs => Logs.CorruptionCount,
        _ => Traces.CorruptionCount,
    };

    /// <summary>Replays the write-ahead logs. Until it is done appends are refused, and queries wait that need what is not read yet.</summary>
    public Task RecoverAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(Metrics.RecoverAsync(cancellationToken), Logs.RecoverAsync(cancellationToken), Traces.RecoverAsync(cancellationToken));

    /// <summary>Turns everything in memory into blocks.</summary>
    public Task FlushAllAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(Metrics.FlushAllAsync(cancellationToken), Logs.FlushAllAsync(cancellationToken), Traces.FlushAllAsync(cancellationToken));

    /// <summary>Turns what a signal has in memory into blocks; waits for the end of its replay first.</summary>
    public async Task FlushAsync(Signal signal, CancellationToken cancellationToken)
    {
        while (!RecoveryOf(signal).IsComplete) await Task.Delay(ReplayPollInterval, _services.Time, cancellationToken);
        await (signal switch
        {
            Signal.Metrics => Metrics.FlushAllAsync(cancellationToken),
            Signal.Logs => Logs.FlushAllAsync(cancellationToken),
            _ => Traces.FlushAllAsync(cancellationToken),
        });
    }

    /// <summary>Turns everything acknowledged so far into blocks and holds them for a backup; null while the write-ahead logs are being replayed.</summary>
    public async Task<IBackupSource?> BeginBackupAsync(string program, CancellationToken cancellationToken)
    {
        if (!Metrics.Recovery.IsComplete || !Logs.Recovery.IsComplete || !Traces.Recovery.IsComplete) return null;
        return await PinnedBackup.BeginAsync(_metastore, _catalog, _objects.Origin, FlushAllAsync, _services.Time, program, cancellationToken);
    }

    /// <summary>Lets readiness know of the replay.</summary>
    public void Report(Readiness readiness)
    {
        readiness.Add(() => Describe("metrics", Metrics.Recovery));
        readiness.Add(() => Describe("logs", Logs.Recovery));
        readiness.Add(() => Describe("traces", Traces.Recovery));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_upkeep is not null) await _upkeep.DisposeAsync();
        await Backups.DisposeAsync();

        // Each may have to give up a flush first.
        await Task.WhenAll(Metrics.DisposeAsync().AsTask(), Logs.DisposeAsync().AsTask(), Traces.DisposeAsync().AsTask());
        await _catalog.DisposeAsync();
        await _objects.DisposeAsync();
        await _metastore.DisposeAsync();
    }

    private UpkeepOptions OptionsOf(ServerConfig config, string directory, IUpkeepEvents events)
    {
        var compaction = config.Storage.Compaction;
        var isLocal = config.Storage.ObjectStore.Type == ObjectStoreType.Local;
        var sampling = config.Storage.TraceSampling.ToOptions();
        var sampler = sampling is null ? null : new TraceSampling(sampling, Traces, [new LogReferences(Logs)]);
        return new UpkeepOptions
        {
            Compaction = new CompactionOptions
            {
                Enabled = compaction.Enabled,
                Workers = compaction.Workers,
                TargetBlockBytes = compaction.TargetBlockSize.Bytes,
                MaxJobBytes = compaction.MaxMergeSize.Bytes,
                MemoryBytes = compaction.Memory.Bytes,
                LargestMergeMemoryBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2,
            },
            Retention = StorageCheck.ToRetention(config.Storage),
            Mergers = [new MetricBlockMerger(), new LogBlockMerger(), new TraceBlockMerger(sampler)],
            Sampling = sampling is null ? [] : new Dictionary<Signal, SamplingTerm> { [Signal.Traces] = sampling.Term },
            Selectors = new DeletionSelectors(),
            FlushAsync = FlushAsync,
            Usage = isLocal
                ? new DiskUsage(PhysicalDisk.Instance, directory, Path.Combine(directory, "objects"))
                : new DiskUsage(PhysicalDisk.Instance, directory, BlockObjects.CacheDirectory(config.Storage.ObjectStore, directory), holdsBlocks: false),
            Events = events,
        };
    }

    /// <summary>
    /// How long files of replaced blocks stay although nothing here pins them. This process knows its own readers by their pins; others can only read blocks
    /// where both catalog and blocks can be reached from elsewhere.
    /// </summary>
    private static TimeSpan LongestUnpinned(ServerConfig config) =>
        config.Storage.ObjectStore.Type == ObjectStoreType.S3 && config.Storage.Metastore.Type == MetastoreType.Postgres
            ? config.Query.Timeout + TimeSpan.FromMinutes(1)
            : TimeSpan.Zero;

    private static string? Describe(string signal, RecoveryState state) =>
        state.IsComplete ? null : $"{signal}: replaying the write-ahead log, {state.BytesDone} of {state.BytesTotal} bytes";
}
