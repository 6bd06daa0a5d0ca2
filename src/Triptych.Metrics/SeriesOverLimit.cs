using Triptych.Model;

namespace Triptych.Metrics;

/// <summary>A tenant that has sent more series than it may have active; nothing of it was lost.</summary>
/// <param name="Tenant">Which one.</param>
/// <param name="Limit">How many series it may have active.</param>
/// <param name="ActiveSeries">How many it had when it last sent others.</param>
/// <param name="OverflowSeries">How many others were in memory then, not yet in blocks.</param>
/// <param name="OverflowSamples">Samples of others since the start.</param>
public sealed record SeriesOverLimit(TenantId Tenant, int Limit, int ActiveSeries, int OverflowSeries, long OverflowSamples);
