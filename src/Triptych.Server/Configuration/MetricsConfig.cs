using System.ComponentModel;
using Triptych.PromQL.Planning;

namespace Triptych.Server.Configuration;

/// <summary>How metrics are queried.</summary>
public sealed class MetricsConfig
{
    /// <summary>The query language of metrics.</summary>
    [Description("The query language of metrics.")]
    public PromqlConfig Promql { get; set; } = new();

    /// <summary>How OTLP metrics become series.</summary>
    [Description("How OTLP metrics become series: the otlp section of a Prometheus file.")]
    public OtlpMetricsConfig Otlp { get; set; } = new();

    /// <summary>What others read of metrics.</summary>
    [Description("What other programs read of metrics by Prometheus' remote read.")]
    public RemoteReadConfig RemoteRead { get; set; } = new();

    /// <summary>Every problem, with the path of the option that it is about.</summary>
    internal IEnumerable<(string Path, string Message)> FindProblems()
    {
        for (var i = 0; i < Promql.EnableFeatures.Count; i++)
        {
            if (PromQLFeatures.FindProblem(Promql.EnableFeatures[i]) is not { } problem) continue;
            var path = $"metrics.promql.enable_features[{i}]";
            yield return (path, $"{path}: {problem}");
        }

        foreach (var (path, problem) in Otlp.FindProblems()) yield return ($"metrics.otlp.{path}", $"metrics.otlp.{path}: {problem}");
        if (RemoteRead.MaxConcurrent < 1) yield return ("metrics.remote_read.max_concurrent", "metrics.remote_read.max_concurrent has to be at least 1");
        if (RemoteRead.MaxSamples < 1) yield return ("metrics.remote_read.max_samples", "metrics.remote_read.max_samples has to be at least 1");
        if (RemoteRead.MaxFrameSize.Bytes is < 1 or > RemoteReadConfig.LargestFrameBytes)
        {
            yield return ("metrics.remote_read.max_frame_size", "metrics.remote_read.max_frame_size has to be more than 0 and at most 64MiB");
        }
    }
}

/// <summary>PromQL.</summary>
public sealed class PromqlConfig
{
    /// <summary>Experimental parts of the language that are on.</summary>
    [Description(
        "Experimental parts of PromQL to switch on, by the names of Prometheus' --enable-feature: promql-experimental-functions, "
        + "promql-extended-range-selectors, promql-binop-fill-modifiers, promql-delayed-name-removal, promql-per-step-stats, use-start-timestamps; and of "
        + "what is stored: st-storage (the _created lines of OpenMetrics become start times, and targets are asked for protobuf first), "
        + "type-and-unit-labels (labels __type__ and __unit__ for what is scraped, and comes by remote write 2 and OTLP).")]
    public List<string> EnableFeatures { get; set; } = [];

    /// <summary>Whether a feature is among them.</summary>
    internal bool Enables(string feature) => EnableFeatures.Contains(feature, StringComparer.Ordinal);
}

/// <summary>Prometheus' remote read.</summary>
public sealed class RemoteReadConfig
{
    /// <summary>The largest frame that can be configured, in bytes.</summary>
    internal const long LargestFrameBytes = 64L << 20;

    /// <summary>Requests at once.</summary>
    [Description("Requests of remote read that are answered at once; more wait for a free place.")]
    public int MaxConcurrent { get; set; } = 10;

    /// <summary>Samples of an answer that is not streamed.</summary>
    [Description("Samples that an answer may have that is not streamed, as the client chose.")]
    public int MaxSamples { get; set; } = 50_000_000;

    /// <summary>The size of a frame of a streamed answer.</summary>
    [Description("About the size of a frame of a streamed answer.")]
    public ByteSize MaxFrameSize { get; set; } = ByteSize.MiB(1);
}
