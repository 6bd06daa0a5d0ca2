using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using Triptych.Model.Labels;
using Triptych.Traces.Sampling;

namespace Triptych.Server.Configuration;

/// <summary>Sampling of old traces; policies have the names that the OpenTelemetry Collector's tail sampling gives them.</summary>
public sealed class TraceSamplingConfig
{
    private const string Section = "storage.trace_sampling";
    private const long SmallestMemoryBytes = 1024 * 1024;

    /// <summary>How old.</summary>
    [Description("A trace stays whole until its last span ended so long ago: log lines that come by then keep it.")]
    public TimeSpan Age { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How far parts of a trace lie apart.</summary>
    [Description("How far parts of one trace may lie apart: blocks within this time of a trace are looked at before it goes, and one that is not complete in what is being merged stays.")]
    public TimeSpan Reach { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How far log lines lie from a trace.</summary>
    [Description("Log records within this time of a trace, and with its id in their metadata (trace_id), keep it.")]
    public TimeSpan ReferenceReach { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Memory of a merge.</summary>
    [Description("Memory for ids of traces that one merge may leave out; those beyond it wait for the next.")]
    public ByteSize Memory { get; set; } = ByteSize.MiB(64);

    /// <summary>What is kept.</summary>
    [Description("Reasons to keep a trace. One that none of them keeps, and that nothing refers to, goes when its block is merged. None: all traces are kept.")]
    public List<SamplingPolicyConfig> Policies { get; set; } = [];

    /// <summary>As the store takes it; null where all is kept.</summary>
    internal TraceSamplingOptions? ToOptions() => Policies.Count == 0 ? null : new TraceSamplingOptions
    {
        Age = Age,
        Reach = Reach,
        ReferenceReach = ReferenceReach,
        MemoryBytes = Memory.Bytes,
        Policies = [.. Policies.Select(static p => p.ToPolicy())],
    };

    /// <summary>Every problem, with the path of the option that it is about.</summary>
    internal IEnumerable<(string Path, string Message)> FindProblems()
    {
        if (Age < TimeSpan.Zero) yield return Problem("age", "has to be at least 0");
        if (Reach < TimeSpan.Zero) yield return Problem("reach", "has to be at least 0");
        if (ReferenceReach < TimeSpan.Zero) yield return Problem("reference_reach", "has to be at least 0");
        if (Memory.Bytes < SmallestMemoryBytes) yield return Problem("memory", "has to be at least 1MiB");
        for (var i = 0; i < Policies.Count; i++)
        {
            foreach (var (option, message) in Policies[i].FindProblems()) yield return Problem($"policies[{i}]{option}", message);
            if (Policies.Take(i).Any(p => p.Name == Policies[i].Name)) yield return Problem($"policies[{i}].name", "is the name of another policy");
        }

        static (string Path, string Message) Problem(string option, string message) => ($"{Section}.{option}", $"{Section}.{option} {message}");
    }
}

/// <summary>What a policy looks at.</summary>
[SuppressMessage("Naming", "CA1711", Justification = "The option's name.")]
public enum SamplingPolicyType
{
    /// <summary>The status of spans.</summary>
    StatusCode,

    /// <summary>How long a trace took.</summary>
    Latency,

    /// <summary>Chance.</summary>
    Probabilistic,
}

/// <summary>A reason to keep a trace.</summary>
public sealed class SamplingPolicyConfig
{
    /// <summary>What it is called.</summary>
    [Description("What it is called, in metrics too.")]
    public string Name { get; set; } = "";

    /// <summary>What it looks at.</summary>
    [Description("status_code: traces with a span of a status. latency: traces that took long. probabilistic: a share of each service and route.")]
    public SamplingPolicyType? Type { get; set; }

    /// <summary>Of a policy of that type.</summary>
    [Description("For type status_code.")]
    public StatusCodePolicyConfig StatusCode { get; set; } = new();

    /// <summary>Of a policy of that type.</summary>
    [Description("For type latency.")]
    public LatencyPolicyConfig Latency { get; set; } = new();

    /// <summary>Of a policy of that type.</summary>
    [Description("For type probabilistic.")]
    public ProbabilisticPolicyConfig Probabilistic { get; set; } = new();

    internal SamplingPolicy ToPolicy() => Type switch
    {
        SamplingPolicyType.StatusCode => new StatusCodePolicy(Name, [.. StatusCode.StatusCodes.Select(static s => (byte)StatusCodePolicyConfig.NumberOf(s))]),
        SamplingPolicyType.Latency => new LatencyPolicy(Name, Latency.ThresholdMs * 1_000_000L),
        _ => new SharePolicy(
            Name,
            Probabilistic.SamplingPercentage,
            LabelMatcher.Create("service", MatchOp.Regex, Probabilistic.Service),
            LabelMatcher.Create("route", MatchOp.Regex, Probabilistic.Route),
            Probabilistic.AtLeastOnePer.Ticks * TimeSpan.NanosecondsPerTick),
    };

    internal IEnumerable<(string Option, string Message)> FindProblems()
    {
        if (Name.Length == 0) yield return (".name", "is missing");
        if (Type is null) yield return (".type", "is missing: status_code, latency or probabilistic");
        if (Type == SamplingPolicyType.StatusCode)
        {
            if (StatusCode.StatusCodes.Count == 0) yield return (".status_code.status_codes", "is empty: ERROR, OK or UNSET");
            for (var i = 0; i < StatusCode.StatusCodes.Count; i++)
            {
                if (StatusCodePolicyConfig.NumberOf(StatusCode.StatusCodes[i]) < 0)
                    yield return ($".status_code.status_codes[{i}]", $"\"{StatusCode.StatusCodes[i]}\" is none of ERROR, OK, UNSET");
            }
        }

        if (Type == SamplingPolicyType.Latency && Latency.ThresholdMs < 1) yield return (".latency.threshold_ms", "has to be at least 1");
        if (Type != SamplingPolicyType.Probabilistic) yield break;
        if (Probabilistic.SamplingPercentage is not (>= 0 and <= 100)) yield return (".probabilistic.sampling_percentage", "has to be 0 to 100");
        if (Probabilistic.AtLeastOnePer < TimeSpan.Zero) yield return (".probabilistic.at_least_one_per", "has to be at least 0");
        if (LabelMatcher.TryCreate("service", MatchOp.Regex, Probabilistic.Service, out var error) is null)
            yield return (".probabilistic.service", $"is no regular expression: {error}");
        if (LabelMatcher.TryCreate("route", MatchOp.Regex, Probabilistic.Route, out error) is null)
            yield return (".probabilistic.route", $"is no regular expression: {error}");
    }
}

/// <summary>Which statuses.</summary>
public sealed class StatusCodePolicyConfig
{
    private static readonly string[] s_names = ["UNSET", "OK", "ERROR"];

    /// <summary>The statuses.</summary>
    [Description("ERROR, OK, UNSET: a trace with a span of one of these is kept.")]
    public List<string> StatusCodes { get; set; } = [];

    internal static int NumberOf(string name) => Array.FindIndex(s_names, n => n.Equals(name, StringComparison.OrdinalIgnoreCase));
}

/// <summary>How long.</summary>
public sealed class LatencyPolicyConfig
{
    /// <summary>From when on.</summary>
    [Description("Traces that took so many milliseconds, from the start of the first span to the end of the last one, are kept.")]
    public int ThresholdMs { get; set; }
}

/// <summary>Which share.</summary>
public sealed class ProbabilisticPolicyConfig
{
    /// <summary>The share.</summary>
    [Description("How many of a hundred traces of each service and route are kept: those whose ids have a small hash, wherever and whenever it is asked.")]
    public double SamplingPercentage { get; set; }

    /// <summary>Services.</summary>
    [Description("Regular expression for the whole name of the root span's service. The first policy of this type that fits a trace decides.")]
    public string Service { get; set; } = ".*";

    /// <summary>Routes.</summary>
    [Description("Regular expression for the whole route, which is the name of the root span.")]
    public string Route { get; set; } = ".*";

    /// <summary>Examples.</summary>
    [Description("One trace at least of each service and route is kept in so much time; 0 for none.")]
    public TimeSpan AtLeastOnePer { get; set; } = TimeSpan.FromMinutes(10);
}
