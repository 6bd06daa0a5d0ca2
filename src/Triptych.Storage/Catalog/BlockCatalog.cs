using System.Globalization;
using Triptych.Model;
using Triptych.Storage.Instruments;
using Triptych.Storage.Metastore;
using Triptych.Storage.ObjectStore;

namespace Triptych.Storage.Catalog;

/// <summary>How the catalog treats files that it does not need any more.</summary>
public sealed record CatalogOptions
{
    /// <summary>Files of removed blocks stay at least this long, for readers that no pin here tells of; zero where there are none.</summary>
    public TimeSpan LongestQuery { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How often files are looked for that can go.</summary>
    public TimeSpan SweepInterval { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>
/// Which blocks exist. In: changes, one transaction each. Out: immutable versions, pinned by queries. Files of removed blocks are deleted
/// when no pin holds a version that has them and the time for readers elsewhere is over. Any thread may call; changes run one after another.
/// Formats: docs/formats/catalog.md. What a query pins: docs/adr/0002-what-a-query-pins.md.
/// </summary>
public sealed class BlockCatalog : IAsyncDisposable
{
    private const string BlockPrefix = "blocks/";

    // One call to a bucket; what a failure makes the next sweep ask for again.
    private const int FilesPerSweepStep = 100;
    private readonly IMetastore _metastore;
    private readonly IObjectStore _objects;
    private readonly TimeProvider _time;
    private readonly IStorageEvents _events;
    private readonly CatalogOptions _options;
    private readonly SemaphoreSlim _commits = new(1, 1);
    private readonly SortedDictionary<long, int> _pins = [];
    private readonly List<Leaving> _leaving = [];
    private readonly Dictionary<Signal, WalRetirement> _retired;
    private readonly ITimer _sweeper;
    private readonly Lock _sweepGate = new();
    private Task _sweeping = Task.CompletedTask;
    private readonly CancellationTokenSource _stop = new();
    private CatalogVersion _current;

    private BlockCatalog(
        IMetastore metastore, IObjectStore objects, CatalogContent content, CatalogOptions options, TimeProvider time, IStorageEvents events)
    {
        _metastore = metastore;
        _objects = objects;
        _options = options;
        _time = time;
        _events = events;
        _current = new CatalogVersion(1, content.Blocks);
        _retired = content.Retired.ToDictionary(static r => r.Signal);
        StorageInstruments.Blocks.Record(_current.BlockCount);
        _sweeper = time.CreateTimer(_ => SweepInBackground(), state: null, options.SweepInterval, options.SweepInterval);
    }

    /// <summary>
    /// Taken for the moment in which a version is replaced, so that heads can swap a generation for its blocks in that same moment and pin
    /// both sides together. Held for assignments only: no I/O, no waiting.
    /// </summary>
    internal Lock PublishGate { get; } = new();

    /// <summary>The newest version; not pinned.</summary>
    public CatalogVersion Current => Volatile.Read(ref _current);

    /// <summary>Blocks whose objects were not there at the start.</summary>
    public IReadOnlyList<BlockMeta> Missing { get; private init; } = [];

    /// <summary>Removed blocks whose files are still there.</summary>
    public int LeavingCount
    {
        get
        {
            lock (PublishGate)
                return _leaving.Count;
        }
    }

    /// <summary>
    /// Reads the catalog and removes the objects below <c>blocks/</c> that it has made and does not name: what a kill left of flushes, merges and
    /// sweeps. Others that it does not name are kept and reported: for them it is the catalog that is missing (<see cref="UnlistedObjects"/>).
    /// </summary>
    public static async ValueTask<BlockCatalog> OpenAsync(
        IMetastore metastore,
        IObjectStore objects,
        CatalogOptions options,
        TimeProvider time,
        IStorageEvents events,
        CancellationToken cancellationToken)
    {
        var content = await metastore.LoadCatalogAsync(cancellationToken);
        var missing = await UnlistedObjects.SettleAsync(content, metastore, objects, BlockPrefix, events, cancellationToken);
        return new BlockCatalog(metastore, objects, content, options, time, events) { Missing = missing };
    }

    /// <summary>Holds the newest version.</summary>
    public CatalogPin Pin()
    {
        lock (PublishGate)
            return PinLocked();
    }

    /// <summary>What was retired of a signal's WAL; zeros when nothing was.</summary>
    public WalRetirement Retired(Signal signal)
    {
        lock (PublishGate)
            return _retired.GetValueOrDefault(signal, new WalRetirement(signal, 0, 0));
    }

    /// <summary>A new id and key for a block of a day (UTC), noted as one that is not in the catalog yet.</summary>
    public async ValueTask<BlockAddress> NewAddressAsync(
        TenantId tenant, Signal signal, DateTimeOffset day, CancellationToken cancellationToken)
    {
        var number = await _metastore.GetTenantNumberAsync(tenant, cancellationToken);
        var id = Guid.CreateVersion7(_time.GetUtcNow());
        var key = string.Create(
            CultureInfo.InvariantCulture, $"{BlockPrefix}{number}/{SignalTime.NameOf(signal)}/{day.UtcDateTime:yyyy-MM-dd}/{id:N}.parquet");
        await UnlistedObjects.NoteAsync(_metastore, id, key, cancellationToken);
        return new BlockAddress(id, tenant, signal, key);
    }

    /// <summary>
    /// Removes objects of addresses that came to nothing, and what is noted of them. Whoever gives up waits a moment longer and no more
    /// (<see cref="ObjectRemoval"/>).
    /// </summary>
    /// <param name="keys">Keys of <see cref="NewAddressAsync"/> that no catalog version has had.</param>
    /// <param name="onFailure">Told of what could not be done.</param>
    /// <param name="cancellationToken">Of the work that they came out of; may be cancelled already.</param>
    /// <returns>Keys that are still there, perhaps.</returns>
    internal async ValueTask<IReadOnlyList<string>> RemoveUnlistedAsync(
        IEnumerable<string> keys, Action<Exception> onFailure, CancellationToken cancellationToken)
    {
        var all = keys.ToList();
        var left = await ObjectRemoval.RemoveAsync(_objects, all, _time, onFailure, cancellationToken);
        var gone = all.Except(left, StringComparer.Ordinal).Select(static k => Guid.ParseExact(Path.GetFileNameWithoutExtension(k), "N")).ToList();
        if (gone.Count == 0 || cancellationToken.IsCancellationRequested)
            return left;
        try
        {
            await UnlistedObjects.ForgetAsync(_metastore, gone, cancellationToken);
        }
        catch (Exception e) when (e is MetastoreException or OperationCanceledException)
        {
            // The next start drops the notes.
            if (!cancellationToken.IsCancellationRequested)
                onFailure(e);
        }

        return left;
    }

    /// <summary>Makes one change durable and then visible.</summary>
    /// <param name="change">What to change.</param>
    /// <param name="onPublish">Runs in the moment in which the new version appears to <see cref="Pin"/>; assignments only.</param>
    /// <param name="cancellationToken">Looked at before the transaction starts, not within it.</param>
    public ValueTask<CatalogVersion> CommitAsync(
        MetastoreChange change, Action<CatalogVersion>? onPublish, CancellationToken cancellationToken) =>
        CommitAsync(change, onPublish, isRepeat: false, cancellationToken);

    /// <summary>
    /// Makes one change, and where the metastore leaves open whether it did, the same again until that is known. Whoever cancels meanwhile has
    /// to take it for possible that it was made.
    /// </summary>
    /// <param name="change">What to change.</param>
    /// <param name="onUnknown">Told of each failure; returns how long to wait.</param>
    /// <param name="cancellationToken">Ends the repetition.</param>
    /// <exception cref="CatalogConflictException">It was refused, and is not made.</exception>
    public async ValueTask<CatalogVersion> CommitUntilKnownAsync(
        MetastoreChange change, Func<Exception, TimeSpan> onUnknown, CancellationToken cancellationToken)
    {
        for (var isRepeat = false; ; isRepeat = true)
        {
            TimeSpan delay;
            try
            {
                return await CommitAsync(change, onPublish: null, isRepeat, cancellationToken);
            }
            catch (IOException e) when (e is not CatalogConflictException)
            {
                delay = onUnknown(e);
            }

            await Task.Delay(delay, _time, cancellationToken);
        }
    }

    /// <summary>Deletes the files of removed blocks that nobody can read any more; returns how many.</summary>
    public async ValueTask<int> SweepAsync(CancellationToken cancellationToken)
    {
        List<Leaving> due;
        lock (PublishGate)
        {
            var oldestPin = _pins.Count == 0 ? long.MaxValue : _pins.Keys.First();
            var now = _time.GetUtcNow();
            due = [.. _leaving.Where(l => l.LastVersion < oldestPin && l.NotBefore <= now)];
        }

        foreach (var some in due.Chunk(FilesPerSweepStep))
        {
            await _objects.DeleteManyAsync([.. some.Select(static l => l.ObjectKey)], cancellationToken);
            await UnlistedObjects.ForgetAsync(_metastore, some.Select(static l => l.Block), cancellationToken);
            lock (PublishGate)
                _leaving.RemoveAll(some.Contains);
        }

        return due.Count;
    }

    /// <summary>Stops sweeping. Files that should still go are noted, and go at the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        await _sweeper.DisposeAsync();
        Task sweeping;
        lock (_sweepGate)
        {
            _stop.Cancel();
            sweeping = _sweeping;
        }

        // After this nothing of ours deletes any more: another catalog may have the objects then.
        await sweeping;
        _stop.Dispose();
        await _commits.WaitAsync();
        _commits.Dispose();
    }

    internal CatalogPin PinLocked()
    {
        _pins[_current.Number] = _pins.GetValueOrDefault(_current.Number) + 1;
        return new CatalogPin(this, _current);
    }

    internal void Unpin(long version)
    {
        lock (PublishGate)
        {
            if (--_pins[version] == 0)
                _pins.Remove(version);
        }
    }

    private async ValueTask<CatalogVersion> CommitAsync(
        MetastoreChange change, Action<CatalogVersion>? onPublish, bool isRepeat, CancellationToken cancellationToken)
    {
        await _commits.WaitAsync(cancellationToken);
        try
        {
            try
            {
                await _metastore.CommitAsync(UnlistedObjects.WithNotes(change, _current), CancellationToken.None);
            }
            catch (CatalogConflictException) when (isRepeat && change.Add.Count == 0)
            {
                // A change that adds nothing cannot be told from its repetition, but for what is left of its blocks.
                var stored = await _metastore.LoadCatalogAsync(CancellationToken.None);
                if (stored.Blocks.Any(b => change.Remove.Contains(b.Id)))
                    throw;
            }

            return Publish(change, onPublish);
        }
        finally
        {
            _commits.Release();
        }
    }

    private CatalogVersion Publish(MetastoreChange change, Action<CatalogVersion>? onPublish)
    {
        var live = _current.All.Select(static b => b.Id).ToHashSet();
        var next = _current.With([.. change.Add.Where(b => !live.Contains(b.Id))], change.Remove.ToHashSet(), out var removed);
        lock (PublishGate)
        {
            if (change.Retire is { } retire)
                _retired[retire.Signal] = retire;
            var now = _time.GetUtcNow();
            foreach (var block in removed)
                _leaving.Add(new Leaving(block.Id, block.ObjectKey, LastVersion: _current.Number, now + _options.LongestQuery));
            Volatile.Write(ref _current, next);
            onPublish?.Invoke(next);
        }

        StorageInstruments.Blocks.Record(next.BlockCount);
        return next;
    }

    private void SweepInBackground()
    {
        lock (_sweepGate)
        {
            if (!_stop.IsCancellationRequested)
                _sweeping = Task.WhenAll(_sweeping, Task.Run(SweepOrTellAsync));
        }
    }

    private async Task SweepOrTellAsync()
    {
        try
        {
            await SweepAsync(_stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // What is left is noted and goes at the next start.
        }
        catch (Exception e)
        {
            _events.SweepFailed(e);
        }
    }

    /// <summary>A removed block's file. Versions up to <c>LastVersion</c> have the block.</summary>
    private sealed record Leaving(Guid Block, string ObjectKey, long LastVersion, DateTimeOffset NotBefore);
}
