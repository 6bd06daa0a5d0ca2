using Triptych.Metrics.Instruments;
using Triptych.Model;
using Triptych.Storage.Heads;
using Triptych.Storage.Instruments;

namespace Triptych.Metrics.Head;

/// <summary>
/// What tenants sent beyond their limit of active series: counted, told of once for each tenant, and bounded. Changed under the decision lock; any thread may
/// read <see cref="Tenants"/>.
/// </summary>
/// <param name="mostBytes">What of a tenant may wait in memory beyond its limit.</param>
/// <param name="events">Who is told.</param>
internal sealed class OverflowLedger(long mostBytes, IStorageEvents events)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TenantId, SeriesOverLimit> _tenants = [];

    /// <summary>The tenants that passed their limit since the start.</summary>
    public IReadOnlyList<SeriesOverLimit> Tenants
    {
        get
        {
            lock (_gate) return [.. _tenants.Values];
        }
    }

    /// <summary>Counts what a batch brought.</summary>
    public void Note(TenantId tenant, MetricHead head, TenantIntake intake)
    {
        MetricInstruments.ActiveSeries.Record(head.SeriesCount);
        MetricInstruments.OverflowSeries.Record(head.Side?.SeriesCount ?? 0);
        if (intake.OverflowSamples == 0) return;
        MetricInstruments.OverflowSamples.Add(intake.OverflowSamples);
        bool isFirst;
        lock (_gate)
        {
            isFirst = !_tenants.TryGetValue(tenant, out var known);
            _tenants[tenant] = new SeriesOverLimit(
                tenant, head.MaxSeries, intake.ActiveSeries, intake.OverflowSeries, (known?.OverflowSamples ?? 0) + intake.OverflowSamples);
        }

        if (isFirst) events.SeriesLimitPassed(tenant, head.MaxSeries);
    }

    /// <summary>Why no more series beyond a tenant's limit are taken; null while they are.</summary>
    public string? WhyFull(MetricHead head, ReadOnlySpan<HeadGeneration<MetricHead>> frozen, TenantId tenant)
    {
        if (head.Side?.Find(tenant) is not { } live && frozen.IsEmpty) return null;
        var bytes = head.Side?.Find(tenant)?.SizeBytes ?? 0;
        foreach (var generation in frozen)
        {
            if (generation.Head.IsSide) bytes += generation.Head.Find(tenant)?.SizeBytes ?? 0;
        }

        if (bytes <= mostBytes || (head.Find(tenant)?.Index.Count ?? 0) < head.MaxSeries) return null;
        MetricInstruments.OverflowRefusals.Add(1);
        return $"tenant {tenant.Name} has {bytes} bytes of series beyond its {head.MaxSeries} active series in memory that wait to become blocks, "
            + $"more than {mostBytes}: ingest.max_active_series";
    }
}
