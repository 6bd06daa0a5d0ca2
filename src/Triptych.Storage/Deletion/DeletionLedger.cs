using Triptych.Model;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;
using Triptych.Storage.Metastore;

namespace Triptych.Storage.Deletion;

/// <summary>
/// All deletions asked for, in the metastore and in memory. Changes run one after another under <see cref="ChangeAsync"/>, so that progress that is
/// committed with a merge and a cancellation do not undo each other. Any thread may call.
/// </summary>
internal sealed class DeletionLedger : IDisposable
{
    /// <summary>Scope in the metastore; the key is the id.</summary>
    public const string Scope = "deletions";

    /// <summary>Pending ones; further requests are refused.</summary>
    public const int MaxPending = 1000;

    // How long finished ones can be looked at.
    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(30);

    private readonly IMetastore _metastore;
    private readonly IDeletionSelectors _selectors;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _changes = new(1, 1);
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, (DeletionRequest Request, IReadOnlyList<RowDeletion> Rows)> _requests = new(StringComparer.Ordinal);
    private readonly Dictionary<(TenantId Tenant, Signal Signal), int> _holds = [];

    private DeletionLedger(IMetastore metastore, IDeletionSelectors selectors, TimeProvider time)
    {
        _metastore = metastore;
        _selectors = selectors;
        _time = time;
    }

    /// <summary>Reads what is stored.</summary>
    /// <exception cref="InvalidDataException">A stored request cannot be read; to leave it out would be to forget that rows have to go.</exception>
    public static async ValueTask<DeletionLedger> OpenAsync(
        IMetastore metastore, IDeletionSelectors selectors, TimeProvider time, CancellationToken cancellationToken)
    {
        var ledger = new DeletionLedger(metastore, selectors, time);
        foreach (var value in await metastore.ListAsync(Scope, cancellationToken))
        {
            var request = DeletionRequest.Read(value);
            if (ledger.RowsOf(request, out var error) is not { } rows)
                throw new InvalidDataException($"Deletion {request.Id} cannot be read: {error}");
            ledger._requests[request.Id] = (request, rows);
        }

        return ledger;
    }

    /// <summary>All requests, oldest first.</summary>
    public IReadOnlyList<DeletionRequest> All
    {
        get
        {
            lock (_gate)
                return [.. _requests.Values.Select(static r => r.Request)];
        }
    }

    /// <summary>The oldest pending request of a tenant and signal, with what it deletes; null when there is none.</summary>
    public (DeletionRequest Request, IReadOnlyList<RowDeletion> Rows)? OldestPending(TenantId tenant, Signal signal)
    {
        lock (_gate)
        {
            foreach (var entry in _requests.Values)
            {
                if (entry.Request.State == DeletionState.Pending && entry.Request.Signal == signal && entry.Request.Tenant == tenant.Name)
                    return entry;
            }
        }

        return null;
    }

    /// <summary>A request, or null.</summary>
    public DeletionRequest? Find(string id)
    {
        lock (_gate)
            return _requests.TryGetValue(id, out var entry) ? entry.Request : null;
    }

    /// <summary>What a request's selectors delete; null with the reason when one cannot be read.</summary>
    public IReadOnlyList<RowDeletion>? RowsOf(DeletionRequest request, out string? error)
    {
        error = null;
        var rows = new List<RowDeletion>();
        foreach (var text in request.Selectors)
        {
            if (_selectors.Read(request.Signal, text, out error) is not { } selection)
                return null;
            rows.Add(new RowDeletion(request.MinTime, request.MaxTime, selection.Matchers, selection.Predicate));
        }

        return rows;
    }

    /// <summary>
    /// While the result is not disposed, no merge of the tenant and signal is begun that mixes what a coming request shall touch with what it shall
    /// not.
    /// </summary>
    public IDisposable Hold(TenantId tenant, Signal signal)
    {
        lock (_gate)
            _holds[(tenant, signal)] = _holds.GetValueOrDefault((tenant, signal)) + 1;
        return new Held(this, tenant, signal);
    }

    /// <summary>Whether a request is being made.</summary>
    public bool IsHeld(TenantId tenant, Signal signal)
    {
        lock (_gate)
            return _holds.GetValueOrDefault((tenant, signal)) > 0;
    }

    /// <summary>Stores a new request.</summary>
    public ValueTask<bool> AddAsync(DeletionRequest request, IReadOnlyList<RowDeletion> rows, CancellationToken cancellationToken) => ChangeAsync(
        request.Id,
        async _ =>
        {
            await _metastore.SetAsync(Scope, request.Id, request.ToValue().Value, expectedVersion: null, cancellationToken);
            return request;
        },
        cancellationToken,
        rows);

    /// <summary>Stores how a pending request ended; false when it is not pending any more.</summary>
    public ValueTask<bool> FinishAsync(
        string id, DeletionState state, IReadOnlyList<string> unreadable, CancellationToken cancellationToken) => ChangeAsync(
        id,
        async current =>
        {
            if (current is not { State: DeletionState.Pending })
                return null;
            var next = current with { State = state, Unreadable = unreadable, FinishedUnixMs = _time.GetUtcNow().ToUnixTimeMilliseconds() };
            await _metastore.SetAsync(Scope, id, next.ToValue().Value, expectedVersion: null, cancellationToken);
            return next;
        },
        cancellationToken);

    /// <summary>
    /// Runs a change of one request with no other at the same time: it gets the request as it is (null: there is none), stores the next one and
    /// returns it, or null for no change. Returns whether there was one.
    /// </summary>
    public async ValueTask<bool> ChangeAsync(
        string id,
        Func<DeletionRequest?, ValueTask<DeletionRequest?>> change,
        CancellationToken cancellationToken,
        IReadOnlyList<RowDeletion>? rows = null)
    {
        await _changes.WaitAsync(cancellationToken);
        try
        {
            if (await change(Find(id)) is not { } next)
                return false;
            lock (_gate)
                _requests[id] = (next, rows ?? _requests[id].Rows);
            return true;
        }
        finally
        {
            _changes.Release();
        }
    }

    /// <summary>Forgets requests that were finished long ago.</summary>
    public async ValueTask ForgetOldAsync(CancellationToken cancellationToken)
    {
        var before = (_time.GetUtcNow() - KeptFor).ToUnixTimeMilliseconds();
        foreach (var old in All.Where(r => r.State != DeletionState.Pending && r.FinishedUnixMs < before))
        {
            await _metastore.DeleteAsync(Scope, old.Id, expectedVersion: null, cancellationToken);
            lock (_gate)
                _requests.Remove(old.Id);
        }
    }

    public void Dispose() => _changes.Dispose();

    private sealed class Held(DeletionLedger ledger, TenantId tenant, Signal signal) : IDisposable
    {
        private bool _isLetGo;

        public void Dispose()
        {
            lock (ledger._gate)
            {
                if (_isLetGo)
                    return;
                _isLetGo = true;
                if (--ledger._holds[(tenant, signal)] == 0)
                    ledger._holds.Remove((tenant, signal));
            }
        }
    }
}
