using System.Collections.Concurrent;
using Triptych.Model;
using Triptych.Query.Budgets;

namespace Triptych.Api.Operations;

/// <summary>
/// The queries of all languages and APIs that wait or run, so that an operator can see and stop them. There are as many as there are requests under
/// way, of each of which a bounded text is kept. One per server; any thread may call.
/// </summary>
public sealed class RunningQueries(TimeProvider time)
{
    private readonly ConcurrentDictionary<Guid, RunningQuery> _queries = new();

    /// <summary>How many there are.</summary>
    public int Count => _queries.Count;

    /// <summary>Those that there are, the oldest first.</summary>
    public IReadOnlyList<RunningQuery> List() => [.. _queries.Values.OrderBy(static q => q.StartedAt).ThenBy(static q => q.Id)];

    /// <summary>Notes a query that has arrived; disposing of it strikes it off.</summary>
    public RunningQuery Add(string language, TenantId tenant, QueryOrigin origin, TimeSpan timeout)
    {
        var now = time.GetUtcNow();
        var query = new RunningQuery(this, Guid.CreateVersion7(now), language, tenant, origin, now, timeout, time);
        _queries[query.Id] = query;
        return query;
    }

    /// <summary>Stops a query: what it does ends soon, and its client is told. False where there is none of this id (any more).</summary>
    public bool TryStop(Guid id)
    {
        if (!_queries.TryGetValue(id, out var query)) return false;
        query.Stop();
        return true;
    }

    internal void Remove(Guid id) => _queries.TryRemove(id, out _);
}

/// <summary>A query that waits or runs. Any thread may read; one thread, the one that answers it, changes and disposes of it.</summary>
public sealed class RunningQuery : IDisposable
{
    private readonly RunningQueries _owner;
    private readonly TimeProvider _time;
    private readonly long _arrived;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private QueryContext? _context;
    private long _began;
    private bool _isOver;

    internal RunningQuery(
        RunningQueries owner, Guid id, string language, TenantId tenant, QueryOrigin origin, DateTimeOffset startedAt, TimeSpan timeout, TimeProvider time)
    {
        _owner = owner;
        _time = time;
        _arrived = time.GetTimestamp();
        (Id, Language, Tenant, Origin, StartedAt, Timeout) = (id, language, tenant, origin, startedAt, timeout);
        Stopped = _stop.Token;
    }

    /// <summary>By what it is stopped.</summary>
    public Guid Id { get; }

    /// <summary>The language's name in the metrics.</summary>
    public string Language { get; }

    /// <summary>Whose data.</summary>
    public TenantId Tenant { get; }

    /// <summary>What it asks, and who asks.</summary>
    public QueryOrigin Origin { get; }

    /// <summary>When it arrived.</summary>
    public DateTimeOffset StartedAt { get; }

    /// <summary>After what time it ends at the latest.</summary>
    public TimeSpan Timeout { get; }

    /// <summary>Ends when someone stops the query.</summary>
    public CancellationToken Stopped { get; }

    /// <summary>Since it arrived.</summary>
    public TimeSpan Elapsed => _time.GetElapsedTime(_arrived);

    /// <summary>How long it has waited for its turn; until now where it still waits.</summary>
    public TimeSpan Waited => Interlocked.Read(ref _began) is var began and not 0 ? _time.GetElapsedTime(_arrived, began) : Elapsed;

    /// <summary>Whether it is being evaluated; else it waits for its turn, or for replay.</summary>
    public bool IsRunning => Interlocked.Read(ref _began) != 0;

    /// <summary>What it has read so far.</summary>
    public QueryProgress Progress => Volatile.Read(ref _context)?.Progress ?? default;

    /// <summary>Bytes of memory that it holds.</summary>
    public long MemoryBytes => Volatile.Read(ref _context)?.Memory.Used ?? 0;

    /// <summary>The most bytes that it has held.</summary>
    public long PeakMemoryBytes => Volatile.Read(ref _context)?.Memory.Peak ?? 0;

    /// <inheritdoc/>
    public void Dispose()
    {
        _owner.Remove(Id);

        // Whoever stops it just now may hold it still.
        lock (_gate)
        {
            _isOver = true;
            _stop.Dispose();
        }
    }

    /// <summary>It is about to be evaluated, or (where a store was not ready) waits to be evaluated again.</summary>
    internal void Begin(QueryContext context)
    {
        Volatile.Write(ref _context, context);
        Interlocked.Exchange(ref _began, 0);
    }

    /// <summary>It has its turn.</summary>
    internal void Run() => Interlocked.Exchange(ref _began, Math.Max(1, _time.GetTimestamp()));

    internal void Stop()
    {
        lock (_gate)
        {
            if (!_isOver) _stop.Cancel();
        }
    }
}
