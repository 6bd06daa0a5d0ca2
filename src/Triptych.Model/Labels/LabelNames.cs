namespace Triptych.Model.Labels;

/// <summary>Label names that mean something to the program itself.</summary>
public static class LabelNames
{
    /// <summary>The metric's name.</summary>
    public const string MetricName = "__name__";

    /// <summary>A classic histogram's upper bound.</summary>
    public const string BucketBound = "le";

    /// <summary>A summary's quantile.</summary>
    public const string Quantile = "quantile";

    /// <summary>The service of a log stream.</summary>
    public const string ServiceName = "service_name";

    /// <summary>Structured metadata with a log record's level.</summary>
    public const string DetectedLevel = "detected_level";

    /// <summary>Structured metadata with a log record's trace id, 32 lower-case hex digits.</summary>
    public const string TraceId = "trace_id";

    /// <summary>Structured metadata with a log record's span id, 16 lower-case hex digits.</summary>
    public const string SpanId = "span_id";
}
