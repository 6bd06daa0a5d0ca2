using Triptych.Derive.Attributes;

namespace Triptych.Derive.SpanMetrics;

/// <summary>Span metrics, as Tempo's processor of that name has them.</summary>
public sealed record SpanMetricsOptions
{
    /// <summary>Upper bounds of the latency's buckets in seconds, ascending.</summary>
    public IReadOnlyList<double> HistogramBuckets { get; init; } = [.. Enumerable.Range(0, 14).Select(static n => 0.002 * (1 << n))];

    /// <summary>Whether spans are counted.</summary>
    public bool Count { get; init; } = true;

    /// <summary>Whether latencies are.</summary>
    public bool Latency { get; init; } = true;

    /// <summary>Whether bytes are.</summary>
    public bool Size { get; init; } = true;

    /// <summary>Which of a span's own fields become labels.</summary>
    public IntrinsicDimensions IntrinsicDimensions { get; init; } = new();

    /// <summary>Attributes, of the resource or else of the span, that become labels.</summary>
    public IReadOnlyList<string> Dimensions { get; init; } = [];

    /// <summary>Labels made of several attributes.</summary>
    public IReadOnlyList<DimensionMapping> DimensionMappings { get; init; } = [];

    /// <summary>Whether there is <c>traces_target_info</c>, and labels job and instance to join it by.</summary>
    public bool EnableTargetInfo { get; init; }

    /// <summary>Resource attributes that it leaves out.</summary>
    public IReadOnlyList<string> TargetInfoExcludedDimensions { get; init; } = [];

    /// <summary>Whether the label instance is there as well.</summary>
    public bool EnableInstanceLabel { get; init; } = true;

    /// <summary>An attribute with the share of spans that a sampler kept.</summary>
    public string? SpanMultiplierKey { get; init; }

    /// <summary>Whether OpenTelemetry's threshold in the trace state says that share.</summary>
    public bool EnableTracestateSpanMultiplier { get; init; }

    /// <summary>Which spans count.</summary>
    public IReadOnlyList<FilterPolicy> FilterPolicies { get; init; } = [];
}

/// <summary>Which of a span's own fields become labels.</summary>
/// <param name="Service">The service, <c>service</c>.</param>
/// <param name="SpanName">The name, <c>span_name</c>.</param>
/// <param name="SpanKind">The kind, <c>span_kind</c>.</param>
/// <param name="StatusCode">The status, <c>status_code</c>.</param>
/// <param name="StatusMessage">Its message, <c>status_message</c>.</param>
public sealed record IntrinsicDimensions(
    bool Service = true, bool SpanName = true, bool SpanKind = true, bool StatusCode = true, bool StatusMessage = false);

/// <summary>A label made of attributes.</summary>
/// <param name="Name">The label.</param>
/// <param name="SourceLabels">The attributes; those that are missing are left out.</param>
/// <param name="Join">What stands between them.</param>
public sealed record DimensionMapping(string Name, IReadOnlyList<string> SourceLabels, string Join);
