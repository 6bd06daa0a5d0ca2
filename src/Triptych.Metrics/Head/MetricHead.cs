using Triptych.Model;
using Triptych.Primitives.Checksums;
using Triptych.Primitives.Memory;
using Triptych.Storage.Heads;
using Triptych.Storage.Wal;

namespace Triptych.Metrics.Head;

/// <summary>
/// The samples of some WAL segments in memory, of all tenants. Changed by <see cref="MetricAppend"/> and by replay, read through
/// <see cref="SeriesView"/>s; both take <see cref="Gate"/>,
/// readers for as long as it takes to copy references.
/// </summary>
internal sealed class MetricHead(SlabPool slabs, MemoryBudget budget, int maxTenants = MetricHead.MaxTenants, int maxSeries = int.MaxValue) : IHead
{
    /// <summary>The most tenants of a head: more of them at a time are made-up names.</summary>
    public const int MaxTenants = 10_000;

    private readonly Dictionary<TenantId, TenantSeries> _tenants = [];

    private readonly MetricReplay _replay = new();
    private readonly SumCount _sums = new();
    private long _sizeBytes;
    private long _samples;
    private long _series;
    private long _minTimeMs = long.MaxValue;
    private long _maxTimeMs = long.MinValue;

    /// <summary>The most series of a tenant; others go to <see cref="Side"/>, where there is one.</summary>
    public int MaxSeries => maxSeries;

    /// <summary>Where the series beyond a tenant's limit go. Changed under the decision lock and <see cref="Gate"/>.</summary>
    public MetricHead? Side { get; private set; }

    /// <summary>Whether it is the side of another: it holds series beyond the limits of their tenants, without postings.</summary>
    public bool IsSide { get; private init; }

    /// <summary>Series of all tenants; readable from any thread.</summary>
    public long SeriesCount => Interlocked.Read(ref _series);

    /// <summary>Held while the head changes and while a reader copies references out of it.</summary>
    public Lock Gate { get; private init; } = new();

    /// <inheritdoc/>
    public long SizeBytes => Interlocked.Read(ref _sizeBytes);

    /// <inheritdoc/>
    public bool IsEmpty => Interlocked.Read(ref _samples) == 0;

    /// <inheritdoc/>
    public long MinTime => Interlocked.Read(ref _minTimeMs);

    /// <inheritdoc/>
    public long MaxTime => Interlocked.Read(ref _maxTimeMs);

    /// <summary>The tenants that have something here.</summary>
    public IReadOnlyCollection<TenantId> Tenants
    {
        get
        {
            lock (Gate) return [.. _tenants.Keys];
        }
    }

    /// <summary>A tenant's series, or null. Read and change it under <see cref="Gate"/>.</summary>
    public TenantSeries? Find(TenantId tenant) => _tenants.GetValueOrDefault(tenant);

    /// <summary>Whether a tenant is here or may come in. Under <see cref="Gate"/>.</summary>
    public bool HasRoomFor(TenantId tenant) => _tenants.Count < maxTenants || _tenants.ContainsKey(tenant);

    /// <summary>A tenant's series, made when it has none. Under <see cref="Gate"/>.</summary>
    public TenantSeries FindOrAdd(TenantId tenant)
    {
        if (!_tenants.TryGetValue(tenant, out var series)) _tenants[tenant] = series = new TenantSeries(slabs, budget, _sums, IsSide);
        return series;
    }

    /// <summary>The tenants that have running sums. Under <see cref="Gate"/>.</summary>
    public IEnumerable<KeyValuePair<TenantId, TenantSeries>> WithSums => _tenants.Where(static t => t.Value.Sums.All.Count > 0);

    /// <summary>
    /// Takes over a running sum; its series is known from then on and has no sample. Under <see cref="Gate"/>, or before anybody else knows the head.
    /// </summary>
    public void TakeSum(TenantId tenant, ReadOnlySpan<byte> canonicalLabels, RunningSum sum)
    {
        var series = FindOrAdd(tenant);
        series.Sums.Set(series.FindOrAdd(canonicalLabels, XxHash64.Compute(canonicalLabels)), sum);
        Publish(series, long.MaxValue, long.MinValue);
    }

    /// <summary>
    /// Begins an empty side in place of the one before. It shares the lock, for a batch changes both; the memory is its own, and it is flushed and
    /// disposed by itself.
    /// </summary>
    public MetricHead BeginSide()
    {
        lock (Gate) return Side = new MetricHead(slabs, budget, maxTenants, maxSeries) { IsSide = true, Gate = Gate };
    }

    /// <summary>Brings the figures that are read without the lock up to date after a change of one tenant. Under <see cref="Gate"/>.</summary>
    public void Publish(TenantSeries changed, long minTimeMs, long maxTimeMs)
    {
        var growth = changed.TakeGrowth();
        if (minTimeMs < _minTimeMs) Interlocked.Exchange(ref _minTimeMs, minTimeMs);
        if (maxTimeMs > _maxTimeMs) Interlocked.Exchange(ref _maxTimeMs, maxTimeMs);
        Interlocked.Add(ref _sizeBytes, growth.SizeBytes);
        Interlocked.Add(ref _samples, growth.Samples);
        Interlocked.Add(ref _series, growth.Series);
    }

    /// <inheritdoc/>
    public void Replay(in WalRecord record)
    {
        MetricRecord.Check(record.Payload);
        lock (Gate)
        {
            var tenant = record.Tenant;
            var intake = new TenantIntake(this, tenant);
            var (minTimeMs, maxTimeMs) = _replay.Take(record.Segment, tenant, record.Payload, intake);
            intake.Publish(minTimeMs, maxTimeMs);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tenant in _tenants.Values) tenant.Dispose();
        _tenants.Clear();
    }
}
