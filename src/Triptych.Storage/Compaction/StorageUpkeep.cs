using Triptych.Model;
using Triptych.Storage.Blocks;
using Triptych.Storage.Catalog;
using Triptych.Storage.Deletion;
using Triptych.Storage.Heads;
using Triptych.Storage.Instruments;
using Triptych.Storage.Metastore;
using Triptych.Storage.ObjectStore;
using Triptych.Storage.Retention;

namespace Triptych.Storage.Compaction;

/// <summary>
/// Keeps the blocks of all tenants and signals in order: drops what retention lets go of, completes deletions, merges. One round after another,
/// each until nothing is left to do; within a round a few merges side by side, never two of the same tenant and signal.
/// Life: open → <see cref="Start"/> → dispose, which cancels what runs and waits for it. Nothing that it does has to be finished: a kill leaves
/// objects outside of the catalog, which the next start removes. Any thread may call. docs/adr/0005-compaction-retention-deletion.md.
/// </summary>
public sealed class StorageUpkeep : IAsyncDisposable
{
    private const int MaxPendingShown = 100;
    private readonly StorageServices _services;
    private readonly UpkeepOptions _options;
    private readonly DeletionLedger _ledger;
    private readonly BlockMarks _marks;
    private readonly BlockQuarantine _quarantine;
    private readonly MergeRunner _runner;
    private readonly WorkFinder _finder;
    private readonly SizeRetention _sizes;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _oneRound = new(1, 1);
    private readonly UpkeepQueue _queue;
    private TaskCompletionSource _wake = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _loop = Task.CompletedTask;
    private bool _isOverBudget;
    private bool _isForeignTold;

    private StorageUpkeep(StorageServices services, UpkeepOptions options, DeletionLedger ledger, BlockMarks marks)
    {
        _services = services;
        _options = options;
        _ledger = ledger;
        _marks = marks;
        _quarantine = services.Quarantine;
        var limits = new MergeLimits(services.Time, options.Compaction);
        var memory = new MergeMemory(
            options.Compaction.MemoryBytes, options.Compaction.MergeMemoryBytes, options.Compaction.LargestMergeMemoryBytes);
        var mergers = options.Mergers.ToDictionary(static m => m.Signal);
        _runner = new MergeRunner(
            services, mergers, options.Compaction, limits, memory, marks, _quarantine, ledger,
            options.Usage.FreeBytes, options.Events);
        _sizes = new SizeRetention(services, mergers, options.Retention, options.Compaction, memory, _quarantine, options.Events);
        _finder = new WorkFinder(options, services.Time, limits, marks, _quarantine, ledger, _sizes);
        _queue = new UpkeepQueue(ledger);
        Deletions = new DeletionService(services, options, ledger, _finder, RequestFor);
    }

    /// <summary>Deletions by selector and time.</summary>
    public DeletionService Deletions { get; }

    /// <summary>Reads what is stored of deletions and of blocks set aside, and sets those aside whose objects are not there. Nothing runs yet.</summary>
    /// <exception cref="InvalidDataException">A stored deletion cannot be read.</exception>
    public static async ValueTask<StorageUpkeep> OpenAsync(StorageServices services, UpkeepOptions options, CancellationToken cancellationToken)
    {
        var catalog = services.Catalog.Current;
        var ledger = await DeletionLedger.OpenAsync(services.Metastore, options.Selectors, services.Time, cancellationToken);
        var marks = await BlockMarks.OpenAsync(services.Metastore, catalog, cancellationToken);
        await services.Quarantine.LoadAsync(cancellationToken);
        await services.Quarantine.ForgetAsync(catalog, cancellationToken);
        foreach (var block in services.Catalog.Missing)
            await services.Quarantine.AddAsync(block, 0, ObjectInput.Missing, cancellationToken);
        return new StorageUpkeep(services, options, ledger, marks);
    }

    /// <summary>Begins to look for work from time to time. Call once.</summary>
    public void Start() => _loop = Task.Run(LoopAsync);

    /// <summary>Looks for work soon.</summary>
    public void Request() => Volatile.Read(ref _wake).TrySetResult();

    /// <summary>One round: works until nothing is left that can be done now. A step that fails is told, and the others go on.</summary>
    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        await _oneRound.WaitAsync(cancellationToken);
        try
        {
            await TryAsync(async () => await _quarantine.RecheckAsync(_services.Objects, _services.Catalog.Current, cancellationToken), cancellationToken);
            await TryAsync(() => _runner.RemoveStraysAsync(cancellationToken), cancellationToken);
            await TryAsync(() => ExpireAsync(cancellationToken), cancellationToken);
            await TryAsync(async () => await _sizes.RefreshAsync(_services.Catalog.Current, cancellationToken), cancellationToken);
            _queue.BeginRound(_services.Catalog.Current);
            await Task.WhenAll(Enumerable.Range(0, Math.Max(1, _options.Compaction.Workers)).Select(_ => WorkAsync(cancellationToken)));
            var catalog = _services.Catalog.Current;
            _runner.Forget(catalog);
            await TryAsync(async () => await _marks.ForgetAsync(catalog, cancellationToken), cancellationToken);
            await TryAsync(async () => await _quarantine.ForgetAsync(catalog, cancellationToken), cancellationToken);
            await TryAsync(async () => await _ledger.ForgetOldAsync(cancellationToken), cancellationToken);
            Measure(catalog);
        }
        finally
        {
            _oneRound.Release();
        }
    }

    /// <summary>What there is and what is to be done. Plans, and lists the data directory: for people, not for loops.</summary>
    public UpkeepStatus Status()
    {
        var catalog = _services.Catalog.Current;
        var waiting = _runner.Waiting();
        var use = LookAtDisk();
        return new UpkeepStatus(
            [.. SignalTime.Signals.Select(s => Describe(s, catalog, waiting))],
            _quarantine.All,
            waiting.Count,
            use.OwnBytes,
            use.ForeignBytes,
            _options.Retention.DiskBudgetBytes)
        {
            Retention = _options.Retention,
            NextExpiry = RetentionPlanner.NextByAge(catalog.All, _options.Retention),
            Soon = Soon(catalog, use.OwnBytes),
            Tenants = TenantsOf(catalog),
            FreeBytes = _options.Usage.FreeBytes(),
        };
    }

    /// <summary>Damaged blocks that are set aside.</summary>
    public int QuarantinedCount => _quarantine.All.Count;

    /// <summary>Cancels what runs and waits for it.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        await _oneRound.WaitAsync();
        _oneRound.Dispose();
        _ledger.Dispose();
        _stop.Dispose();
    }

    private async Task TryAsync(Func<Task> step, CancellationToken cancellationToken)
    {
        try
        {
            await step();
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            _options.Events.UpkeepFailed(e);
        }
    }

    /// <summary>What blocks share their disk with; where that cannot be listed, what was found last.</summary>
    private DirectoryUse LookAtDisk()
    {
        try
        {
            return _options.Usage.Look();
        }
        catch (IOException e)
        {
            _options.Events.UpkeepFailed(e);
            return _options.Usage.Last;
        }
    }

    private void RequestFor(TenantId tenant, Signal signal)
    {
        _queue.Revive((tenant, signal));
        Request();
    }

    private async Task LoopAsync()
    {
        try
        {
            while (true)
            {
                await PauseAsync();
                try
                {
                    await RunOnceAsync(_stop.Token);
                }
                catch (Exception e) when (e is not OperationCanceledException || !_stop.IsCancellationRequested)
                {
                    // Upkeep must not end for good: it is said, and looked at again.
                    _options.Events.UpkeepFailed(e);
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopping: whatever is left to do is found again at the next start.
        }
    }

    private async Task PauseAsync()
    {
        var wake = Volatile.Read(ref _wake);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        await Task.WhenAny(wake.Task, Task.Delay(_options.Compaction.CheckInterval, _services.Time, ended.Token));
        await ended.CancelAsync();
        _stop.Token.ThrowIfCancellationRequested();
        if (wake.Task.IsCompleted)
            Volatile.Write(ref _wake, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
    }

    private async Task ExpireAsync(CancellationToken cancellationToken)
    {
        var (other, foreign) = LookAtDisk();
        var blocks = _services.Catalog.Current.All.ToList();
        var expired = RetentionPlanner.Expired(blocks, _options.Retention, _services.Time.GetUtcNow(), other);
        foreach (var group in expired.GroupBy(static e => (e.Block.Signal, e.Reason)))
        {
            var gone = group.Select(static e => e.Block).ToList();
            var change = new MetastoreChange { Remove = [.. gone.Select(static b => b.Id)] };
            try
            {
                await _services.Catalog.CommitUntilKnownAsync(change, Repeat, cancellationToken);
            }
            catch (CatalogConflictException)
            {
                // A merge was first; its outputs are looked at in the next round.
                continue;
            }

            var bytes = gone.Sum(static b => b.SizeBytes);
            var tag = StorageInstruments.Tag(group.Key.Signal);
            UpkeepInstruments.ExpiredBlocks.Add(gone.Count, tag);
            UpkeepInstruments.ExpiredBytes.Add(bytes, tag);
            _options.Events.Expired(group.Key.Signal, group.Key.Reason, gone.Count, bytes);
        }

        if (expired.Count > 0)
        {
            // The disk may be short of just that room.
            await _services.Catalog.SweepAsync(cancellationToken);
        }

        var left = other + blocks.Sum(static b => b.SizeBytes) - expired.Sum(static e => e.Block.SizeBytes);
        var isOver = _options.Retention.DiskBudgetBytes > 0 && left > _options.Retention.DiskBudgetBytes;
        if (isOver && !_isOverBudget)
            _options.Events.BudgetNotMet(left, _options.Retention.DiskBudgetBytes);
        _isOverBudget = isOver;
        if (foreign > 0 && !_isForeignTold && _options.Retention.DiskBudgetBytes > 0)
            _options.Events.ForeignFiles(foreign, _options.Retention.DiskBudgetBytes);
        _isForeignTold = foreign > 0;
    }

    private TimeSpan Repeat(Exception error)
    {
        _options.Events.CommitRepeated(error);
        return _options.Compaction.MinRetryDelay;
    }

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        // Not on the caller's thread: blocks are read synchronously.
        await Task.Yield();
        while (_queue.Take() is { } key)
        {
            var again = false;
            try
            {
                cancellationToken.ThrowIfCancellationRequested();
                await TryAsync(async () => again = await StepAsync(key.Tenant, key.Signal, cancellationToken), cancellationToken);
            }
            finally
            {
                _queue.Return(key, again);
            }
        }
    }

    /// <summary>Does one thing for a tenant and signal; false when there is nothing to do now.</summary>
    private async Task<bool> StepAsync(TenantId tenant, Signal signal, CancellationToken cancellationToken)
    {
        // First the version, then the ledger: what a request that is being made shall not touch is not in this version yet.
        var catalog = _services.Catalog.Current;
        var waiting = _runner.Waiting();
        if (_ledger.OldestPending(tenant, signal) is var (request, rows))
            return await StepAsync(request, rows, catalog, waiting, cancellationToken);
        if (!_runner.CanMerge(signal) || _ledger.IsHeld(tenant, signal) || _finder.Next(catalog, tenant, signal, waiting) is not { } work)
            return false;
        await RunAsync(work, cancellationToken);
        return true;
    }

    private async Task<bool> StepAsync(
        DeletionRequest request, IReadOnlyList<RowDeletion> rows, CatalogVersion catalog, IReadOnlySet<Guid> waiting, CancellationToken cancellationToken)
    {
        var left = _finder.LeftOf(request, catalog);
        if (left.Count == 0)
        {
            var unreadable = _finder.UnreadableOf(request, catalog);
            if (await _ledger.FinishAsync(request.Id, DeletionState.Done, unreadable, cancellationToken) && _ledger.Find(request.Id) is { } done)
                _options.Events.Deleted(done);
            return true;
        }

        if (!_runner.CanMerge(request.Signal) || left.Find(b => !waiting.Contains(b.Id)) is not { } block)
            return false;
        await RunAsync(_finder.WorkOf(request, rows, block), cancellationToken);
        return true;
    }

    private async Task RunAsync(MergeWork work, CancellationToken cancellationToken)
    {
        _queue.Begin(work.Plan);
        try
        {
            await _runner.RunAsync(work, cancellationToken);
        }
        finally
        {
            _queue.End(work.Plan);
        }
    }

    private void Measure(CatalogVersion catalog)
    {
        var waiting = _runner.Waiting();
        foreach (var signal in SignalTime.Signals)
        {
            var pending = Pending(signal, catalog, waiting).Count();
            UpkeepInstruments.Pending.Record(pending, StorageInstruments.Tag(signal));
        }

        UpkeepInstruments.PendingDeletions.Record(_ledger.All.Count(static r => r.State == DeletionState.Pending));
    }

    private IEnumerable<PlannedMerge> Pending(Signal signal, CatalogVersion catalog, IReadOnlySet<Guid> waiting) => _runner.CanMerge(signal)
        ? catalog.Tenants.SelectMany(t => _finder.Pending(catalog, t, signal, waiting, MaxPendingShown))
        : [];

    private List<ExpectedExpiry> Soon(CatalogVersion catalog, long otherBytes) =>
    [
        .. RetentionPlanner.Expired(catalog.All, _options.Retention, _services.Time.GetUtcNow() + UpkeepStatus.SoonTime, otherBytes)
            .GroupBy(static e => (e.Block.Signal, e.Reason))
            .Select(static g => new ExpectedExpiry(g.Key.Signal, g.Key.Reason, g.Count(), g.Sum(static e => e.Block.SizeBytes))),
    ];

    private static List<TenantUse> TenantsOf(CatalogVersion catalog) =>
    [
        .. catalog.All.GroupBy(static b => (b.Tenant, b.Signal))
            .Select(static g => new TenantUse(
                g.Key.Tenant, g.Key.Signal, g.Count(), g.Sum(static b => b.Rows), g.Sum(static b => b.SizeBytes),
                SignalTime.ToInstant(g.Key.Signal, g.Min(static b => b.MinTime)), SignalTime.ToInstant(g.Key.Signal, g.Max(static b => b.MaxTime))))
            .OrderByDescending(static t => t.Bytes)
            .Take(UpkeepStatus.MaxTenants),
    ];

    private SignalStatus Describe(Signal signal, CatalogVersion catalog, IReadOnlySet<Guid> waiting)
    {
        var blocks = catalog.All.Where(b => b.Signal == signal).ToList();
        var pending = Pending(signal, catalog, waiting).ToList();
        return new SignalStatus(
            signal,
            blocks.Count,
            blocks.Sum(static b => b.Rows),
            blocks.Sum(static b => b.SizeBytes),
            blocks.Count == 0 ? null : SignalTime.ToInstant(signal, blocks.Min(static b => b.MinTime)),
            blocks.Count == 0 ? null : SignalTime.ToInstant(signal, blocks.Max(static b => b.MaxTime)),
            [
                .. blocks.GroupBy(static b => b.Level).OrderBy(static g => g.Key)
                    .Select(static g => new LevelStatus(g.Key, g.Count(), g.Sum(static b => b.SizeBytes))),
            ],
            pending.Count,
            pending.Sum(static p => p.InputBytes),
            [.. _queue.Running.Where(r => r.Signal == signal)]);
    }
}
