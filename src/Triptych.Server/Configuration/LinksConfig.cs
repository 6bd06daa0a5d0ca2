using System.ComponentModel;
using System.Text.RegularExpressions;
using Triptych.Api.Admin;

namespace Triptych.Server.Configuration;

/// <summary>How the browser leads from one record to others. All of it works without a word here.</summary>
public sealed class LinksConfig
{
    /// <summary>From a span to its lines.</summary>
    [Description("Which log lines belong to a span.")]
    public TraceToLogsConfig TraceToLogs { get; set; } = new();

    /// <summary>Further links at log lines.</summary>
    [Description("Further links at log lines, as Grafana's derived fields. Ids of traces are links by themselves.")]
    public List<DerivedFieldOptions> DerivedFields { get; set; } = [];

    /// <summary>As the browser reads it.</summary>
    /// <param name="traceIdLabel">The label in which exemplars name their trace.</param>
    internal UiSettings ToSettings(string traceIdLabel) => new(
        new TraceToLogsSettings(
            (long)TraceToLogs.SpanStartShift.TotalMilliseconds, (long)TraceToLogs.SpanEndShift.TotalMilliseconds,
            ConfigNames.ToSnakeCase(TraceToLogs.FilterBy.ToString())),
        [
            .. DerivedFields.Select(static f => new DerivedFieldSettings(
                f.Name, ConfigNames.ToSnakeCase(f.MatcherType.ToString()), f.MatcherRegex, f.Url,
                f.Internal is { } place ? ConfigNames.ToSnakeCase(place.ToString()) : null, f.UrlDisplayLabel)),
        ],
        traceIdLabel);

    /// <summary>Every problem, with the path of the option that it is about.</summary>
    internal IEnumerable<(string Path, string Message)> FindProblems()
    {
        if (TraceToLogs.SpanStartShift < TimeSpan.Zero) yield return Problem("trace_to_logs.span_start_shift", "has to be 0 or more");
        if (TraceToLogs.SpanEndShift < TimeSpan.Zero) yield return Problem("trace_to_logs.span_end_shift", "has to be 0 or more");
        for (var i = 0; i < DerivedFields.Count; i++)
        {
            foreach (var (option, message) in DerivedFields[i].FindProblems()) yield return Problem($"derived_fields[{i}].{option}", message);
        }

        static (string Path, string Message) Problem(string option, string message) => ($"links.{option}", $"links.{option} {message}");
    }
}

/// <summary>By what the lines of a span are found.</summary>
public enum LinesOfSpan
{
    /// <summary>By the trace's id, over all services.</summary>
    Trace,

    /// <summary>By the span's service alone.</summary>
    Service,
}

/// <summary>From a span to its lines.</summary>
public sealed class TraceToLogsConfig
{
    /// <summary>How long before the span lines are looked for.</summary>
    [Description("How long before the span's start its lines are looked for: clocks differ.")]
    public TimeSpan SpanStartShift { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long after the span lines are looked for.</summary>
    [Description("How long after the span's end its lines are looked for: lines may be written late.")]
    public TimeSpan SpanEndShift { get; set; } = TimeSpan.FromHours(1);

    /// <summary>By what they are found.</summary>
    [Description("trace: lines with the id of the trace, of all services. service: all lines of the span's service, for services whose lines name no trace.")]
    public LinesOfSpan FilterBy { get; set; } = LinesOfSpan.Trace;
}

/// <summary>Where a derived field's value is found.</summary>
public enum DerivedFieldMatcher
{
    /// <summary>In the line.</summary>
    Regex,

    /// <summary>In a label, a field of structured metadata or a field that the query parsed.</summary>
    Label,
}

/// <summary>A page of the browser UI that a derived field leads to.</summary>
public enum InternalLink
{
    /// <summary>The trace with the value as its id.</summary>
    Trace,

    /// <summary>A search for traces.</summary>
    Traces,

    /// <summary>A query of logs.</summary>
    Logs,

    /// <summary>A query of metrics.</summary>
    Metrics,

    /// <summary>The page of the service of that name.</summary>
    Service,
}

/// <summary>A value in log lines that leads somewhere.</summary>
public sealed class DerivedFieldOptions
{
    /// <summary>Its name.</summary>
    [Description("The field's name, as it is shown.")]
    public string Name { get; set; } = "";

    /// <summary>Where its value is found.</summary>
    [Description("regex: in the line, by matcher_regex. label: in the labels and fields whose whole name matches matcher_regex.")]
    public DerivedFieldMatcher MatcherType { get; set; } = DerivedFieldMatcher.Regex;

    /// <summary>By what it is found.</summary>
    [Description("A regular expression of browsers; the value is its first group, or all of what it matches.")]
    public string MatcherRegex { get; set; } = "";

    /// <summary>Where it leads.</summary>
    [Description(
        "Where it leads: an http or https address or a path of this server; with internal, the query of that page. ${__value.raw} stands for the value. "
        + "Not needed for internal: trace or service.")]
    public string Url { get; set; } = "";

    /// <summary>A page of the UI.</summary>
    [Description("The page that it leads to: trace, traces, logs, metrics or service; without it, url is an address.")]
    public InternalLink? Internal { get; set; }

    /// <summary>What the link says.</summary>
    [Description("What the link says in place of the value.")]
    public string? UrlDisplayLabel { get; set; }

    internal IEnumerable<(string Option, string Message)> FindProblems()
    {
        if (string.IsNullOrWhiteSpace(Name)) yield return ("name", "is empty");
        if (MatcherRegex.Length == 0) yield return ("matcher_regex", "is empty");
        else if (!IsRegex(MatcherRegex)) yield return ("matcher_regex", $"is no regular expression: {MatcherRegex}");
        if (Internal is null && !IsAddress(Url)) yield return ("url", "has to begin with http://, https:// or /");
        if (Internal is InternalLink.Traces or InternalLink.Logs or InternalLink.Metrics && Url.Length == 0) yield return ("url", "has to be a query");
    }

    private static bool IsAddress(string url) =>
        url.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || url.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
        || (url.StartsWith('/') && !url.StartsWith("//", StringComparison.Ordinal));

    // Browsers and .NET agree on what most people write; the browser names what it does not take.
    private static bool IsRegex(string pattern)
    {
        try
        {
            _ = new Regex(pattern, RegexOptions.None, TimeSpan.FromSeconds(1));
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
