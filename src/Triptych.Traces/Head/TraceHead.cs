using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Model.Traces;
using Triptych.Primitives.Memory;
using Triptych.Storage.Heads;
using Triptych.Storage.Wal;

namespace Triptych.Traces.Head;

/// <summary>
/// The spans of some WAL segments in memory, of all tenants. Changed by <see cref="TraceAppend"/> and by replay, read through <see cref="SpanView"/>s; both take <see cref="Gate"/>,
/// readers for as long as it takes to copy references.
/// </summary>
internal sealed class TraceHead(
    SlabPool slabs, MemoryBudget budget, ISpanDerivation? derivation = null, int maxTenants = TraceHead.MaxTenants) : IHead
{
    /// <summary>The most tenants of a head: more of them at a time are made-up names.</summary>
    public const int MaxTenants = 10_000;

    private readonly Dictionary<TenantId, TenantSpans> _tenants = [];
    private long _sizeBytes;
    private long _spans;
    private long _minUnixNanos = long.MaxValue;
    private long _maxUnixNanos = long.MinValue;

    /// <summary>What was counted from spans by the time that the head was frozen; null while it takes appends, and where nothing is counted.</summary>
    public byte[]? Derived { get; set; }

    /// <summary>Held while the head changes and while a reader copies references out of it.</summary>
    public Lock Gate { get; } = new();

    /// <inheritdoc/>
    public long SizeBytes => Interlocked.Read(ref _sizeBytes);

    /// <inheritdoc/>
    public bool IsEmpty => Interlocked.Read(ref _spans) == 0;

    /// <inheritdoc/>
    public long MinTime => Interlocked.Read(ref _minUnixNanos);

    /// <inheritdoc/>
    public long MaxTime => Interlocked.Read(ref _maxUnixNanos);

    /// <summary>The tenants that have something here.</summary>
    public IReadOnlyCollection<TenantId> Tenants
    {
        get
        {
            lock (Gate) return [.. _tenants.Keys];
        }
    }

    /// <summary>A tenant's spans, or null. Read and change them under <see cref="Gate"/>, unless the head is frozen.</summary>
    public TenantSpans? Find(TenantId tenant) => _tenants.GetValueOrDefault(tenant);

    /// <summary>Whether a tenant is here or may come in. Under <see cref="Gate"/>.</summary>
    public bool HasRoomFor(TenantId tenant) => _tenants.Count < maxTenants || _tenants.ContainsKey(tenant);

    /// <summary>A tenant's spans, made when it has none. Under <see cref="Gate"/>.</summary>
    public TenantSpans FindOrAdd(TenantId tenant)
    {
        if (!_tenants.TryGetValue(tenant, out var spans)) _tenants[tenant] = spans = new TenantSpans(slabs);
        return spans;
    }

    /// <summary>Brings the figures that are read without the lock up to date after a change of one tenant. Under <see cref="Gate"/>.</summary>
    public void Publish(TenantSpans changed, long minUnixNanos, long maxUnixNanos)
    {
        var growth = changed.TakeGrowth();
        if (minUnixNanos < _minUnixNanos) Interlocked.Exchange(ref _minUnixNanos, minUnixNanos);
        if (maxUnixNanos > _maxUnixNanos) Interlocked.Exchange(ref _maxUnixNanos, maxUnixNanos);
        Interlocked.Add(ref _sizeBytes, growth.SizeBytes);
        Interlocked.Add(ref _spans, growth.Spans);
    }

    /// <inheritdoc/>
    public void Replay(in WalRecord record)
    {
        using var batch = new SpanBatch(budget);
        TraceRecord.Read(record.Payload, batch);
        lock (Gate)
        {
            var spans = FindOrAdd(record.Tenant);
            var (min, max) = (long.MaxValue, long.MinValue);
            foreach (ref readonly var span in batch.Spans)
            {
                var resource = batch.Resources[span.Resource];
                var scope = batch.Scopes[span.Scope];
                var place = spans.TryAdd(
                    span, SpanTexts.Of(batch, span),
                    spans.TryAddResource(batch.Read(resource.ServiceName), batch.Read(resource.Attributes)),
                    spans.TryAddScope(batch.Read(scope.Name), batch.Read(scope.Version), batch.Read(scope.Attributes)));
                if (place == SpanPlace.NoMemory) throw new MemoryBudgetExceededException(budget, SpanRow.SizeBytes);
                (min, max) = (Math.Min(min, span.StartUnixNanos), Math.Max(max, span.StartUnixNanos));
            }

            Publish(spans, min, max);
        }

        if (derivation is null) return;
        var all = new int[batch.Spans.Length];
        for (var i = 0; i < all.Length; i++) all[i] = i;
        derivation.Apply(record.Tenant, batch, all, record.ReceivedUnixMs);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tenant in _tenants.Values) tenant.Dispose();
        _tenants.Clear();
    }
}
