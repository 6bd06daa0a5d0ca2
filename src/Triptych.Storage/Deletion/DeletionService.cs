using Triptych.Model;
using Triptych.Storage.Compaction;
using Triptych.Storage.Heads;

namespace Triptych.Storage.Deletion;

/// <summary>A deletion with what it has yet to do.</summary>
/// <param name="Request">What was asked for and what is done of it.</param>
/// <param name="BlocksLeft">Blocks that it has yet to see.</param>
public sealed record DeletionProgress(DeletionRequest Request, int BlocksLeft)
{
    /// <summary>Blocks in all, as far as it is known now: merges make them fewer, splits more.</summary>
    public long BlocksTotal => Request.BlocksDone + BlocksLeft;
}

/// <summary>What came of asking for a deletion.</summary>
/// <param name="Request">The request as it is stored; null when it was refused.</param>
/// <param name="Refusal">Why it was refused.</param>
/// <param name="IsBusy">Refused for now: the same may be asked for again later.</param>
public readonly record struct DeletionAnswer(DeletionRequest? Request, string? Refusal, bool IsBusy = false);

/// <summary>
/// Deletions by selector and time. A request is durable when <see cref="RequestAsync"/> returns it, survives restarts, and is completed by
/// <see cref="StorageUpkeep"/>: everything acknowledged before is in blocks by then, and all those are rewritten without the rows. Any thread may call.
/// </summary>
public sealed class DeletionService
{
    private const int MaxSelectors = 100;
    private const int MaxSelectorLength = 16 * 1024;
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);
    private readonly StorageServices _services;
    private readonly UpkeepOptions _options;
    private readonly DeletionLedger _ledger;
    private readonly WorkFinder _finder;
    private readonly Action<TenantId, Signal> _wake;

    internal DeletionService(
        StorageServices services, UpkeepOptions options, DeletionLedger ledger, WorkFinder finder, Action<TenantId, Signal> wake)
    {
        _services = services;
        _options = options;
        _ledger = ledger;
        _finder = finder;
        _wake = wake;
    }

    /// <summary>
    /// Asks for a deletion. Flushes what the signal has in memory first, so that all that is to go is in blocks and nothing that comes later is:
    /// that takes as long as a flush does.
    /// </summary>
    /// <param name="tenant">Whose rows.</param>
    /// <param name="signal">Of which kind.</param>
    /// <param name="minTime">First time, in the signal's unit.</param>
    /// <param name="maxTime">Last time, inclusive.</param>
    /// <param name="selectors">Rows that one of them selects go; at least one.</param>
    /// <param name="cancellationToken">Gives up: then there is no request, unless it was just being stored.</param>
    public async ValueTask<DeletionAnswer> RequestAsync(
        TenantId tenant, Signal signal, long minTime, long maxTime, IReadOnlyList<string> selectors, CancellationToken cancellationToken)
    {
        if (_options.Mergers.All(m => m.Signal != signal))
            return new DeletionAnswer(null, $"{signal} cannot be deleted by selector yet");
        if (selectors.Count is 0 or > MaxSelectors)
            return new DeletionAnswer(null, $"a deletion has between 1 and {MaxSelectors} selectors");
        if (selectors.Any(static s => s.Length > MaxSelectorLength))
            return new DeletionAnswer(null, $"a selector is longer than {MaxSelectorLength} characters");
        if (minTime > maxTime)
            return new DeletionAnswer(null, "the end lies before the start");
        var now = _services.Time.GetUtcNow();
        var request = new DeletionRequest
        {
            Id = Guid.CreateVersion7(now).ToString("N"),
            Tenant = tenant.Name,
            Signal = signal,
            Selectors = [.. selectors],
            MinTime = minTime,
            MaxTime = maxTime,
            CreatedUnixMs = now.ToUnixTimeMilliseconds(),
            ThroughSegment = 0,
        };
        if (_ledger.RowsOf(request, out var error) is not { } rows)
            return new DeletionAnswer(null, error);
        if (_ledger.All.Count(static r => r.State == DeletionState.Pending) >= DeletionLedger.MaxPending)
            return new DeletionAnswer(null, $"{DeletionLedger.MaxPending} deletions are pending; others are taken when some of them are done", IsBusy: true);
        using (_ledger.Hold(tenant, signal))
        {
            await _options.FlushAsync(signal, cancellationToken);
            request = request with { ThroughSegment = _services.Catalog.Retired(signal).ThroughSegment };
            await _ledger.AddAsync(request, rows, cancellationToken);
        }

        _wake(tenant, signal);
        return new DeletionAnswer(request, null);
    }

    /// <summary>All requests of a tenant, oldest first; of one signal where it is given. Finished ones stay for 30 days.</summary>
    public IReadOnlyList<DeletionProgress> List(TenantId tenant, Signal? signal) =>
        [.. _ledger.All.Where(r => r.Tenant == tenant.Name && (signal is null || r.Signal == signal)).Select(Describe)];

    /// <summary>One request of a tenant, or null.</summary>
    public DeletionProgress? Find(TenantId tenant, string id) => _ledger.Find(id) is { } request && request.Tenant == tenant.Name ? Describe(request) : null;

    /// <summary>Calls a pending request off; what has gone stays gone. False when there is none that is pending.</summary>
    public async ValueTask<bool> CancelAsync(TenantId tenant, string id, CancellationToken cancellationToken) =>
        Find(tenant, id) is not null && await _ledger.FinishAsync(id, DeletionState.Cancelled, [], cancellationToken);

    /// <summary>Requests of all tenants that are not finished.</summary>
    public int PendingCount => _ledger.All.Count(static r => r.State == DeletionState.Pending);

    /// <summary>Completes when no request of a tenant and signal is pending any more; requests that come meanwhile are waited for too.</summary>
    public async Task WhenCompleteAsync(TenantId tenant, Signal signal, CancellationToken cancellationToken)
    {
        _wake(tenant, signal);
        while (_ledger.OldestPending(tenant, signal) is not null)
            await Task.Delay(PollInterval, _services.Time, cancellationToken);
    }

    private DeletionProgress Describe(DeletionRequest request) =>
        new(request, request.State == DeletionState.Pending ? _finder.LeftOf(request, _services.Catalog.Current).Count : 0);
}
