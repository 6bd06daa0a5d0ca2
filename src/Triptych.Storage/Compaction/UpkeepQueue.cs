using Triptych.Model;
using Triptych.Storage.Catalog;
using Triptych.Storage.Deletion;

namespace Triptych.Storage.Compaction;

/// <summary>
/// Whose turn it is: tenants and signals of a round in turn, those with a deletion first, each in one worker's hands at a time. Any thread may call.
/// </summary>
internal sealed class UpkeepQueue(DeletionLedger deletions)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<(TenantId Tenant, Signal Signal)> _queued = new();
    private readonly HashSet<(TenantId Tenant, Signal Signal)> _busy = [];
    private readonly List<PlannedMerge> _running = [];
    private readonly HashSet<(TenantId Tenant, Signal Signal)> _revived = [];

    /// <summary>Merges under way.</summary>
    public IReadOnlyList<PlannedMerge> Running
    {
        get
        {
            lock (_gate)
                return [.. _running];
        }
    }

    /// <summary>Everyone who has a block or a pending deletion gets a turn.</summary>
    public void BeginRound(CatalogVersion catalog)
    {
        var asked = deletions.All.Where(static r => r.State == DeletionState.Pending).Select(static r => (new TenantId(r.Tenant), r.Signal));
        lock (_gate)
        {
            _queued.Clear();
            _revived.Clear();
            foreach (var key in asked.Concat(catalog.All.Select(static b => (b.Tenant, b.Signal))).Distinct())
                _queued.AddLast(key);
        }
    }

    /// <summary>Next in turn; null when the round is over for the caller.</summary>
    public (TenantId Tenant, Signal Signal)? Take()
    {
        lock (_gate)
        {
            if (_queued.First is not { } first)
                return null;
            _queued.RemoveFirst();
            _busy.Add(first.Value);
            return first.Value;
        }
    }

    /// <summary>Gives a turn back; with more to do it comes again.</summary>
    public void Return((TenantId Tenant, Signal Signal) key, bool again)
    {
        var isUrgent = deletions.OldestPending(key.Tenant, key.Signal) is not null;
        lock (_gate)
        {
            _busy.Remove(key);
            if (!again && !_revived.Remove(key))
                return;
            if (isUrgent)
                _queued.AddFirst(key);
            else
                _queued.AddLast(key);
        }
    }

    /// <summary>There is something new to do, before anything else.</summary>
    public void Revive((TenantId Tenant, Signal Signal) key)
    {
        lock (_gate)
        {
            if (_busy.Contains(key))
            {
                _revived.Add(key);
                return;
            }

            _queued.Remove(key);
            _queued.AddFirst(key);
        }
    }

    public void Begin(PlannedMerge merge)
    {
        lock (_gate)
            _running.Add(merge);
    }

    public void End(PlannedMerge merge)
    {
        lock (_gate)
            _running.Remove(merge);
    }
}
