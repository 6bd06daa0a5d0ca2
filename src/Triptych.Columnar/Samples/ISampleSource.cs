using Triptych.Columnar.Symbols;
using Triptych.Model;
using Triptych.Model.Labels;
using Triptych.Primitives.Memory;

namespace Triptych.Columnar.Samples;

/// <summary>
/// Where metric queries meet the metrics store: the scan contract for samples (docs/adr/0001). Any thread may call. Look-ups add what they cost to the
/// statistics they are given, and a warning for each part that could not be read and is missing from the answer. While the store replays its
/// write-ahead log, a range that the rest of it may reach into is a <see cref="SourceNotReadyException"/>, and so is what has no range.
/// </summary>
public interface ISampleSource
{
    /// <summary>
    /// Pins what the store holds now (head segments and one catalog version) and opens a scan over it. The scan sees every sample acknowledged
    /// before the call, each (series, time) once, whatever is flushed or compacted meanwhile.
    /// </summary>
    ValueTask<ISampleScan> OpenAsync(SampleScanRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Names of the labels that occur on series with at least one sample in [minTimeMs, maxTimeMs] and that satisfy one of the selectors (all series
    /// when there are none), sorted by their bytes. The range is honoured exactly, not by block.
    /// </summary>
    ValueTask<IReadOnlyList<string>> LabelNamesAsync(LabelLookup lookup, ScanStatistics statistics, CancellationToken cancellationToken);

    /// <summary>Values of one label, under the same conditions, sorted by their bytes.</summary>
    ValueTask<IReadOnlyList<string>> LabelValuesAsync(
        string labelName, LabelLookup lookup, ScanStatistics statistics, CancellationToken cancellationToken);

    /// <summary>What senders said about metrics: by metric name, newest entry first.</summary>
    ValueTask<IReadOnlyList<MetricMetadata>> MetadataAsync(
        TenantId tenant, string? metricName, ScanStatistics statistics, CancellationToken cancellationToken);

    /// <summary>Exemplars of the series that satisfy one of the selectors, in [minTimeMs, maxTimeMs], by series and time.</summary>
    ValueTask<IReadOnlyList<SeriesExemplars>> ExemplarsAsync(LabelLookup lookup, ScanStatistics statistics, CancellationToken cancellationToken);
}

/// <summary>Series and a time range to look labels up in.</summary>
/// <param name="Tenant">Whose series.</param>
/// <param name="Selectors">Any of these, each a list of matchers that all hold; empty means all series.</param>
/// <param name="MinTimeMs">Unix milliseconds, inclusive.</param>
/// <param name="MaxTimeMs">Unix milliseconds, inclusive.</param>
public sealed record LabelLookup(TenantId Tenant, IReadOnlyList<IReadOnlyList<LabelMatcher>> Selectors, long MinTimeMs, long MaxTimeMs)
{
    /// <summary>Charged for what the look-up and the scans behind it hold, given back when the look-up is over; null charges nothing.</summary>
    public MemoryBudget? Budget { get; init; }
}

/// <summary>What a sender said about a metric. <paramref name="Type"/> is one of counter, gauge, histogram, gaugehistogram, summary, info, stateset, unknown.</summary>
public sealed record MetricMetadata(string MetricName, string Type, string Unit, string Help);

/// <summary>One exemplar.</summary>
public sealed record Exemplar(IReadOnlyList<KeyValuePair<string, string>> Labels, double Value, long TimestampMs);

/// <summary>The exemplars of one series.</summary>
public sealed record SeriesExemplars(IReadOnlyList<KeyValuePair<string, string>> SeriesLabels, IReadOnlyList<Exemplar> Exemplars);

/// <summary>
/// A scan in progress: series in batches. No order is promised among series unless the request wants one, but each series comes exactly once with all
/// its samples in the range, ascending in time, merged over head and blocks; for an equal (series, time) the sample that was acknowledged first stands.
/// One caller at a time. Disposing releases what the scan pins.
/// </summary>
public interface ISampleScan : IAsyncDisposable
{
    /// <summary>The next batch, valid until the next call, or null at the end. Looks for cancellation at least once per batch.</summary>
    /// <exception cref="IOException">Storage failed; what was returned before is still right but not complete.</exception>
    /// <exception cref="MemoryBudgetExceededException">The scan would hold more than the request's budget allows.</exception>
    ValueTask<SampleBatch?> NextAsync(CancellationToken cancellationToken);

    /// <summary>What the scan has cost so far.</summary>
    ScanStatistics Statistics { get; }
}
