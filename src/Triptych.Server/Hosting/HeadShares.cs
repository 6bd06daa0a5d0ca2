using Triptych.Metrics;
using Triptych.Model;
using Triptych.Server.Configuration;

namespace Triptych.Server.Hosting;

/// <summary>
/// What the head of each signal may hold of <c>storage.max_head_memory</c>. Metrics need most: each active series takes some hundred bytes whatever it sends,
/// once in the head that takes samples and once more in the one that is being flushed. Logs and
/// traces take what they send; small heads of theirs are as good as large ones, and what comes while one
/// is flushed adds to it.
/// </summary>
internal static class HeadShares
{
    /// <summary>A head of so many bytes becomes blocks.</summary>
    public static long FlushBytes(Signal signal, long allBytes) => signal switch
    {
        Signal.Metrics => allBytes / 8 * 3,
        Signal.Logs => allBytes / 22,
        _ => allBytes / 16,
    };

    /// <summary>Beyond so many bytes in all its heads a signal takes nothing, however little the others have.</summary>
    public static long MostBytes(Signal signal, long allBytes) => signal == Signal.Metrics ? allBytes / 4 * 3 : allBytes / 3;

    /// <summary>Series that a tenant may have indexed in memory: each takes about 320 bytes with its first samples.</summary>
    public static int ActiveSeries(IngestConfig ingest, long allBytes) => ingest.MaxActiveSeries > 0
        ? ingest.MaxActiveSeries
        : (int)Math.Clamp(FlushBytes(Signal.Metrics, allBytes) / 320, 1000, MetricStoreOptions.MostActiveSeries);

    /// <summary>What of a tenant's further series may wait in memory.</summary>
    public static long OverflowBytes(long allBytes) => Math.Max(allBytes / 6, 4 * FlushSideBytes(allBytes) / 3);

    /// <summary>Further series of all tenants become blocks when they take so many bytes.</summary>
    public static long FlushSideBytes(long allBytes) => Math.Max(allBytes / 16, 1024 * 1024);

    /// <summary>Up to so many bytes a signal is not refused because of what the others have.</summary>
    public static long SureBytes(long allBytes) => allBytes / 6;
}
