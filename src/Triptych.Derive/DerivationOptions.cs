using System.Text;
using Triptych.Derive.Series;
using Triptych.Derive.ServiceGraph;
using Triptych.Derive.SpanMetrics;

namespace Triptych.Derive;

/// <summary>What is counted from spans, in the words of Tempo's metrics generator.</summary>
public sealed record DerivationOptions
{
    /// <summary>Counters and latencies by service and span name; null for none.</summary>
    public SpanMetricsOptions? SpanMetrics { get; init; } = new();

    /// <summary>Who calls whom; null for none.</summary>
    public ServiceGraphOptions? ServiceGraphs { get; init; } = new();

    /// <summary>Which histograms are made.</summary>
    public HistogramForm Histograms { get; init; } = HistogramForm.Classic;

    /// <summary>How native histograms are made.</summary>
    public NativeHistogramOptions NativeHistograms { get; init; } = new();

    /// <summary>The label that an exemplar has its trace id in.</summary>
    public string TraceIdLabelName { get; init; } = "traceID";

    /// <summary>After so long without a span a series ends.</summary>
    public TimeSpan StaleAfter { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>The most series of each processor and tenant; what comes beyond is counted together.</summary>
    public int MaxActiveSeries { get; init; } = 500_000;

    /// <summary>The most bytes of a label's name.</summary>
    public int MaxLabelNameLength { get; init; } = 1024;

    /// <summary>The most bytes of a label's value; longer ones are cut.</summary>
    public int MaxLabelValueLength { get; init; } = 2048;

    /// <summary>Labels that every series gets.</summary>
    public IReadOnlyDictionary<string, string> ExternalLabels { get; init; } = new Dictionary<string, string>();

    /// <summary>The label that every series has its tenant in; null for none.</summary>
    public string? TenantLabel { get; init; }

    /// <summary>Spans that ended further than this from their arrival are not counted; null for all.</summary>
    public TimeSpan? TimeRangeSlack { get; init; }

    /// <summary>What is wrong with dimensions that would become one label, or null.</summary>
    /// <param name="names">Names of attributes, and of labels that are made of several.</param>
    public static string? FindClash(IEnumerable<string> names) => names
        .Where(static name => name.Length > 0)
        .GroupBy(static name => Encoding.UTF8.GetString(LabelText.NameOf(name, int.MaxValue)), StringComparer.Ordinal)
        .Where(static group => group.Count() > 1)
        .Select(static group => $"has \"{string.Join("\" and \"", group)}\", which would be one label, {group.Key}")
        .FirstOrDefault();

    /// <summary>The native histograms that are made, or null.</summary>
    internal NativeHistogramOptions? Native => Histograms == HistogramForm.Classic ? null : NativeHistograms;
}
