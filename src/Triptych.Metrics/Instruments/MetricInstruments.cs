using System.Diagnostics.Metrics;

namespace Triptych.Metrics.Instruments;

/// <summary>The measurements of the metrics store, under the meter <c>Triptych.Metrics</c>.</summary>
public static class MetricInstruments
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Triptych.Metrics";

    private static readonly Meter Source = new(MeterName);

    internal static readonly Gauge<long> ActiveSeries =
        Source.CreateGauge<long>("triptych.series.active", "{series}", "Series of all tenants in memory that are within the limits.");

    internal static readonly Gauge<long> OverflowSeries =
        Source.CreateGauge<long>("triptych.series.overflow", "{series}", "Series in memory that are beyond their tenant's limit and not on their way to blocks yet.");

    internal static readonly Counter<long> OverflowSamples =
        Source.CreateCounter<long>("triptych.series.overflow.samples", "{sample}", "Samples of series beyond their tenant's limit; they are kept like all others.");

    internal static readonly Counter<long> OverflowRefusals = Source.CreateCounter<long>(
        "triptych.series.overflow.refusals", "{request}", "Requests that were asked to come again because too much of the tenant beyond its limit waited to become blocks.");
}
