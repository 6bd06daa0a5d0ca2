using System.ComponentModel;
using Triptych.Collect.Forward;
using Triptych.Derive;
using Triptych.Derive.Attributes;
using Triptych.Derive.Series;
using Triptych.Derive.ServiceGraph;
using Triptych.Derive.SpanMetrics;

namespace Triptych.Server.Configuration;

/// <summary>Metrics that are counted from spans: Tempo's section of that name, so that a file can be moved.</summary>
public sealed class MetricsGeneratorConfig
{
    private const string SpanMetricsName = "span-metrics";
    private const string ServiceGraphsName = "service-graphs";
    private const string CountName = "span-metrics-count";
    private const string LatencyName = "span-metrics-latency";
    private const string SizeName = "span-metrics-size";
    private static readonly string[] s_processors = [SpanMetricsName, ServiceGraphsName, CountName, LatencyName, SizeName];

    /// <summary>What is counted.</summary>
    [Description(
        "What is counted from spans: span-metrics (or parts of it: span-metrics-count, span-metrics-latency, span-metrics-size) and service-graphs; "
        + "an empty list: nothing.")]
    public List<string> Processors { get; set; } = [SpanMetricsName, ServiceGraphsName];

    /// <summary>How it is counted.</summary>
    [Description("How it is counted.")]
    public ProcessorConfig Processor { get; set; } = new();

    /// <summary>How series are made of it.</summary>
    [Description("How series are made of it.")]
    public RegistryConfig Registry { get; set; } = new();

    /// <summary>Where else they go.</summary>
    [Description("Where series go beside the metrics of this server.")]
    public GeneratorStorageConfig Storage { get; set; } = new();

    /// <summary>How late a span may be to be counted.</summary>
    [Description("Spans that ended further than this from their arrival are kept, but not counted; 0 counts all.")]
    public TimeSpan MetricsIngestionTimeRangeSlack { get; set; }

    /// <summary>Which histograms are made.</summary>
    [Description("Which histograms are made: classic, native or both.")]
    public HistogramForm GenerateNativeHistograms { get; set; } = HistogramForm.Classic;

    /// <summary>How native histograms are made.</summary>
    [Description("The most by which a bucket of a native histogram is wider than the one before.")]
    public double NativeHistogramBucketFactor { get; set; } = 1.1;

    /// <summary>When native histograms become coarser.</summary>
    [Description("Beyond so many buckets a native histogram becomes coarser.")]
    public int NativeHistogramMaxBucketNumber { get; set; } = 100;

    /// <summary>The label of exemplars.</summary>
    [Description("The label in which exemplars have the id of their trace.")]
    public string TraceIdLabelName { get; set; } = "traceID";

    /// <summary>The most series.</summary>
    [Description("The most series of each tenant and processor; what comes beyond is counted together, with the label metric_overflow.")]
    public int MaxActiveSeries { get; set; } = 500_000;

    /// <summary>As the derivation takes it.</summary>
    internal DerivationOptions ToOptions() => new()
    {
        SpanMetrics = Processors.Any(p => p.StartsWith(SpanMetricsName, StringComparison.Ordinal)) ? Processor.SpanMetrics.ToOptions() with
        {
            Count = Wants(CountName),
            Latency = Wants(LatencyName),
            Size = Wants(SizeName),
        } : null,
        ServiceGraphs = Processors.Contains(ServiceGraphsName) ? Processor.ServiceGraphs.ToOptions() : null,
        Histograms = GenerateNativeHistograms,
        NativeHistograms = new NativeHistogramOptions(NativeHistogramBucketFactor, NativeHistogramMaxBucketNumber),
        TraceIdLabelName = TraceIdLabelName,
        StaleAfter = Registry.StaleDuration,
        MaxActiveSeries = MaxActiveSeries,
        MaxLabelNameLength = Registry.MaxLabelNameLength,
        MaxLabelValueLength = Registry.MaxLabelValueLength,
        ExternalLabels = Registry.ExternalLabels,
        TenantLabel = Registry.InjectTenantIdAs.Length == 0 ? null : Registry.InjectTenantIdAs,
        TimeRangeSlack = MetricsIngestionTimeRangeSlack == TimeSpan.Zero ? null : MetricsIngestionTimeRangeSlack,
    };

    /// <summary>Every problem, with the path of the option that it is about.</summary>
    internal IEnumerable<(string Path, string Message)> FindProblems()
    {
        const string section = "metrics_generator.";
        for (var i = 0; i < Processors.Count; i++)
        {
            if (!s_processors.Contains(Processors[i], StringComparer.Ordinal))
                yield return Problem($"processors[{i}]", $"\"{Processors[i]}\" is none of {string.Join(", ", s_processors)}");
        }

        if (NativeHistogramBucketFactor is not (> 1 and <= 65_536))
        {
            yield return Problem("native_histogram_bucket_factor", "has to be more than 1, and at most 65536");
        }
        if (NativeHistogramMaxBucketNumber is < 4 or > 10_000) yield return Problem("native_histogram_max_bucket_number", "has to be 4 to 10000");
        if (TraceIdLabelName.Length == 0) yield return Problem("trace_id_label_name", "has to be a label's name");
        if (MaxActiveSeries < 1) yield return Problem("max_active_series", "has to be at least 1");
        if (MetricsIngestionTimeRangeSlack < TimeSpan.Zero) yield return Problem("metrics_ingestion_time_range_slack", "has to be at least 0");
        foreach (var (option, message) in Registry.FindProblems()) yield return Problem("registry." + option, message);
        foreach (var (option, message) in Processor.FindProblems()) yield return Problem("processor." + option, message);
        foreach (var (option, message) in Storage.FindProblems()) yield return Problem("storage." + option, message);

        static (string Path, string Message) Problem(string option, string message) => (section + option, $"{section}{option} {message}");
    }

    private bool Wants(string part) => Processors.Contains(SpanMetricsName) || Processors.Contains(part);
}

/// <summary>How spans are counted.</summary>
public sealed class ProcessorConfig
{
    /// <summary>Span metrics.</summary>
    [Description("Counts, latencies and bytes of spans by service, name, kind and status.")]
    public SpanMetricsConfig SpanMetrics { get; set; } = new();

    /// <summary>Service graphs.</summary>
    [Description("Calls between services.")]
    public ServiceGraphsConfig ServiceGraphs { get; set; } = new();

    internal IEnumerable<(string Option, string Message)> FindProblems() =>
        SpanMetrics.FindProblems().Select(static p => ("span_metrics." + p.Option, p.Message))
            .Concat(ServiceGraphs.FindProblems().Select(static p => ("service_graphs." + p.Option, p.Message)));
}

/// <summary>Span metrics.</summary>
public sealed class SpanMetricsConfig
{
    /// <summary>Upper bounds of latency buckets.</summary>
    [Description("Upper bounds of the latency's buckets in seconds, ascending.")]
    public List<double> HistogramBuckets { get; set; } = [.. new SpanMetricsOptions().HistogramBuckets];

    /// <summary>Which fields are labels.</summary>
    [Description("Which of a span's own fields become labels.")]
    public IntrinsicDimensionsConfig IntrinsicDimensions { get; set; } = new();

    /// <summary>Which attributes are labels.</summary>
    [Description("Attributes, of the resource or else of the span, that become labels.")]
    public List<string> Dimensions { get; set; } = [];

    /// <summary>Labels made of several attributes.</summary>
    [Description("Labels made of several attributes.")]
    public List<DimensionMappingConfig> DimensionMappings { get; set; } = [];

    /// <summary>Whether there is target info.</summary>
    [Description("Whether there is traces_target_info, and labels job and instance by which it can be joined.")]
    public bool EnableTargetInfo { get; set; }

    /// <summary>What it leaves out.</summary>
    [Description("Resource attributes that traces_target_info leaves out.")]
    public List<string> TargetInfoExcludedDimensions { get; set; } = [];

    /// <summary>Whether there is an instance.</summary>
    [Description("Whether the label instance is there beside job.")]
    public bool EnableInstanceLabel { get; set; } = true;

    /// <summary>The share that a sampler kept.</summary>
    [Description("An attribute with the share of spans that a sampler kept, from 0 to 1: each counts for as many as it stands for.")]
    public string SpanMultiplierKey { get; set; } = "";

    /// <summary>Whether the trace state says it.</summary>
    [Description("Whether OpenTelemetry's threshold in the trace state (ot=th:…) says that share.")]
    public bool EnableTracestateSpanMultiplier { get; set; }

    /// <summary>Which spans count.</summary>
    [Description("Which spans count: those that pass all policies.")]
    public List<FilterPolicyConfig> FilterPolicies { get; set; } = [];

    internal SpanMetricsOptions ToOptions() => new()
    {
        HistogramBuckets = HistogramBuckets,
        IntrinsicDimensions = new IntrinsicDimensions(
            IntrinsicDimensions.Service, IntrinsicDimensions.SpanName, IntrinsicDimensions.SpanKind, IntrinsicDimensions.StatusCode,
            IntrinsicDimensions.StatusMessage),
        Dimensions = Dimensions,
        DimensionMappings = [.. DimensionMappings.Select(static m => new DimensionMapping(m.Name, m.SourceLabels, m.Join))],
        EnableTargetInfo = EnableTargetInfo,
        TargetInfoExcludedDimensions = TargetInfoExcludedDimensions,
        EnableInstanceLabel = EnableInstanceLabel,
        SpanMultiplierKey = SpanMultiplierKey.Length == 0 ? null : SpanMultiplierKey,
        EnableTracestateSpanMultiplier = EnableTracestateSpanMultiplier,
        FilterPolicies = [.. FilterPolicies.Select(static p => p.ToPolicy())],
    };

    internal IEnumerable<(string Option, string Message)> FindProblems()
    {
        if (GeneratorBuckets.FindProblem(HistogramBuckets) is { } problem) yield return ("histogram_buckets", problem);
        if (Dimensions.Exists(string.IsNullOrWhiteSpace)) yield return ("dimensions", "has an attribute without a name");
        if (DimensionMappings.Exists(static m => m.Name.Length == 0 || m.SourceLabels.Count == 0 || m.SourceLabels.Exists(string.IsNullOrWhiteSpace)))
            yield return ("dimension_mappings", "has one without a name or without source_labels");
        if (DerivationOptions.FindClash(Dimensions.Concat(DimensionMappings.Select(static m => m.Name))) is { } clash) yield return ("dimensions", clash);
        foreach (var policy in FilterPolicies.Select(static p => p.ToPolicy().FindProblem()).OfType<string>()) yield return ("filter_policies", policy);
    }
}

/// <summary>Which of a span's own fields become labels.</summary>
public sealed class IntrinsicDimensionsConfig
{
    /// <summary>The service.</summary>
    [Description("service: the service's name.")]
    public bool Service { get; set; } = true;

    /// <summary>The name.</summary>
    [Description("span_name: the span's name.")]
    public bool SpanName { get; set; } = true;

    /// <summary>The kind.</summary>
    [Description("span_kind: its kind.")]
    public bool SpanKind { get; set; } = true;

    /// <summary>The status.</summary>
    [Description("status_code: its status.")]
    public bool StatusCode { get; set; } = true;

    /// <summary>The status' message.</summary>
    [Description("status_message: the message of its status.")]
    public bool StatusMessage { get; set; }
}

/// <summary>A label made of several attributes.</summary>
public sealed class DimensionMappingConfig
{
    /// <summary>The label.</summary>
    [Description("The label.")]
    public string Name { get; set; } = "";

    /// <summary>The attributes.</summary>
    [Description("The attributes; those that a span lacks are left out.")]
    public List<string> SourceLabels { get; set; } = [];

    /// <summary>What stands between them.</summary>
    [Description("What stands between their values.")]
    public string Join { get; set; } = "";
}

/// <summary>Which spans count.</summary>
public sealed class FilterPolicyConfig
{
    /// <summary>Spans that count.</summary>
    [Description("Spans that count: those that satisfy all of its attributes.")]
    public PolicyMatchConfig Include { get; set; } = new();

    /// <summary>Spans that do not.</summary>
    [Description("Spans that do not count: those that satisfy all of its attributes.")]
    public PolicyMatchConfig Exclude { get; set; } = new();

    internal FilterPolicy ToPolicy() => new(Include.ToMatch(), Exclude.ToMatch());
}

/// <summary>Conditions of a policy.</summary>
public sealed class PolicyMatchConfig
{
    /// <summary>How values are meant.</summary>
    [Description("How values are meant: strict (equal) or regex (the whole value).")]
    public PolicyMatchType MatchType { get; set; }

    /// <summary>The conditions.</summary>
    [Description("The conditions.")]
    public List<PolicyAttributeConfig> Attributes { get; set; } = [];

    internal PolicyMatch? ToMatch() =>
        Attributes.Count == 0 ? null : new PolicyMatch(MatchType, [.. Attributes.Select(static a => new PolicyAttribute(a.Key, a.Value))]);
}

/// <summary>A condition of a policy.</summary>
public sealed class PolicyAttributeConfig
{
    /// <summary>What it is about.</summary>
    [Description("kind, status, name, or an attribute after span. or resource. .")]
    public string Key { get; set; } = "";

    /// <summary>What it has to be.</summary>
    [Description("The value, or a regular expression.")]
    public string Value { get; set; } = "";
}

/// <summary>Calls between services.</summary>
public sealed class ServiceGraphsConfig
{
    /// <summary>How long a side waits.</summary>
    [Description("How long one side of a call waits for the other.")]
    public TimeSpan Wait { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How many wait.</summary>
    [Description("The most sides that wait, of each tenant; spans beyond are counted as dropped.")]
    public int MaxItems { get; set; } = 100_000;

    /// <summary>Tempo's workers.</summary>
    [Description("Taken for Tempo's sake: calls are counted where spans are taken, by no worker of their own.")]
    public int Workers { get; set; } = 10;

    /// <summary>Upper bounds of latency buckets.</summary>
    [Description("Upper bounds of the latency's buckets in seconds, ascending.")]
    public List<double> HistogramBuckets { get; set; } = [.. new ServiceGraphOptions().HistogramBuckets];

    /// <summary>Which attributes are labels.</summary>
    [Description("Attributes, of the resource or else of the span, that become labels.")]
    public List<string> Dimensions { get; set; } = [];

    /// <summary>Whether labels have a prefix.</summary>
    [Description("Whether such labels begin with client_ and server_.")]
    public bool EnableClientServerPrefix { get; set; }

    /// <summary>Whether time in between is observed.</summary>
    [Description("Whether the time between sending and receiving of messages is observed.")]
    public bool EnableMessagingSystemLatencyHistogram { get; set; }

    /// <summary>Whether virtual nodes are told.</summary>
    [Description("Whether the label virtual_node says which side of a call sends no spans itself.")]
    public bool EnableVirtualNodeLabel { get; set; }

    /// <summary>Who is called.</summary>
    [Description("Attributes of which the first that a client's span has names whom it called, where no span of that comes.")]
    public List<string> PeerAttributes { get; set; } = [.. new ServiceGraphOptions().PeerAttributes];

    /// <summary>What tells a database.</summary>
    [Description("Attributes that tell that a client's span calls a database; the first that it has is the database's name where the span has no address.")]
    public List<string> DatabaseNameAttributes { get; set; } = [.. new ServiceGraphOptions().DatabaseNameAttributes];

    /// <summary>The share that a sampler kept.</summary>
    [Description("An attribute with the share of spans that a sampler kept, from 0 to 1.")]
    public string SpanMultiplierKey { get; set; } = "";

    /// <summary>Whether the trace state says it.</summary>
    [Description("Whether OpenTelemetry's threshold in the trace state (ot=th:…) says that share.")]
    public bool EnableTracestateSpanMultiplier { get; set; }

    /// <summary>Which spans count.</summary>
    [Description("Which spans count: those that pass all policies.")]
    public List<FilterPolicyConfig> FilterPolicies { get; set; } = [];

    internal ServiceGraphOptions ToOptions() => new()
    {
        Wait = Wait,
        MaxItems = MaxItems,
        HistogramBuckets = HistogramBuckets,
        Dimensions = Dimensions,
        EnableClientServerPrefix = EnableClientServerPrefix,
        EnableMessagingSystemLatencyHistogram = EnableMessagingSystemLatencyHistogram,
        EnableVirtualNodeLabel = EnableVirtualNodeLabel,
        PeerAttributes = PeerAttributes,
        DatabaseNameAttributes = DatabaseNameAttributes,
        SpanMultiplierKey = SpanMultiplierKey.Length == 0 ? null : SpanMultiplierKey,
        EnableTracestateSpanMultiplier = EnableTracestateSpanMultiplier,
        FilterPolicies = [.. FilterPolicies.Select(static p => p.ToPolicy())],
    };

    internal IEnumerable<(string Option, string Message)> FindProblems()
    {
        if (Wait <= TimeSpan.Zero) yield return ("wait", "has to be more than 0");
        if (MaxItems < 1) yield return ("max_items", "has to be at least 1");
        if (Workers < 1) yield return ("workers", "has to be at least 1");
        if (GeneratorBuckets.FindProblem(HistogramBuckets) is { } problem) yield return ("histogram_buckets", problem);
        if (Dimensions.Concat(PeerAttributes).Concat(DatabaseNameAttributes).Any(string.IsNullOrWhiteSpace))
            yield return ("dimensions", "or peer_attributes or database_name_attributes has an attribute without a name");
        if (DerivationOptions.FindClash(Dimensions) is { } clash) yield return ("dimensions", clash);
        foreach (var policy in FilterPolicies.Select(static p => p.ToPolicy().FindProblem()).OfType<string>()) yield return ("filter_policies", policy);
    }
}

/// <summary>How series are made of counts.</summary>
public sealed class RegistryConfig
{
    /// <summary>How often they are written.</summary>
    [Description("How often series are written.")]
    public TimeSpan CollectionInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>When they end.</summary>
    [Description("After so long without a span a series ends.")]
    public TimeSpan StaleDuration { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Labels of all.</summary>
    [Description("Labels that every series gets.")]
    public Dictionary<string, string> ExternalLabels { get; set; } = [];

    /// <summary>The tenant's label.</summary>
    [Description("A label that every series has its tenant in; empty: none.")]
    public string InjectTenantIdAs { get; set; } = "";

    /// <summary>Bytes of a label's name.</summary>
    [Description("The most bytes of a label's name; longer ones are cut.")]
    public int MaxLabelNameLength { get; set; } = 1024;

    /// <summary>Bytes of a label's value.</summary>
    [Description("The most bytes of a label's value; longer ones are cut.")]
    public int MaxLabelValueLength { get; set; } = 2048;

    internal IEnumerable<(string Option, string Message)> FindProblems()
    {
        if (CollectionInterval < TimeSpan.FromSeconds(1)) yield return ("collection_interval", "has to be at least 1s");
        if (StaleDuration < CollectionInterval) yield return ("stale_duration", "has to be at least collection_interval");
        if (MaxLabelNameLength < 16) yield return ("max_label_name_length", "has to be at least 16");
        if (MaxLabelValueLength is < 16 or > 65_536) yield return ("max_label_value_length", "has to be 16 to 65536");
        if (ExternalLabels.Keys.Any(string.IsNullOrWhiteSpace)) yield return ("external_labels", "has a label without a name");
    }
}

/// <summary>Where series go.</summary>
public sealed class GeneratorStorageConfig
{
    /// <summary>Servers that get them too.</summary>
    [Description("Servers that get them too, by remote write, each as in a Prometheus file.")]
    public List<RemoteWriteOptions> RemoteWrite { get; set; } = [];

    internal IEnumerable<(string Option, string Message)> FindProblems()
    {
        for (var i = 0; i < RemoteWrite.Count; i++)
        {
            if (RemoteWrite[i].FindProblem() is { } problem) yield return ($"remote_write[{i}]", problem);
        }
    }
}

/// <summary>Bounds of histograms.</summary>
internal static class GeneratorBuckets
{
    private const int Most = 200;

    /// <summary>What is wrong with bounds, or null.</summary>
    public static string? FindProblem(List<double> bounds)
    {
        if (bounds.Count is 0 or > Most) return $"has to be 1 to {Most} bounds";
        for (var i = 0; i < bounds.Count; i++)
        {
            if (!double.IsFinite(bounds[i]) || (i > 0 && bounds[i] <= bounds[i - 1]))
            {
                return "has to be finite numbers that ascend; the last bucket, up to +Inf, is there anyway";
            }
        }

        return null;
    }
}
