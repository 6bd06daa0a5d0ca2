using Triptych.Model;

namespace Triptych.Api.Admin;

/// <summary>A tenant that has sent more series than are indexed in memory, for the page that shows what arrives.</summary>
/// <param name="Tenant">Which one.</param>
/// <param name="Limit">How many are indexed.</param>
/// <param name="OverflowSeries">How many others were in memory when they were last sent.</param>
/// <param name="OverflowSamples">Samples of others since the start, all of them kept.</param>
public sealed record SeriesOverLimit(TenantId Tenant, int Limit, int OverflowSeries, long OverflowSamples);
