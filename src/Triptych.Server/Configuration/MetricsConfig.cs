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
