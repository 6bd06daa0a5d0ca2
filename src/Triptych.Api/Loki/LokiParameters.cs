using System.Globalization;
using Microsoft.AspNetCore.Http;
using Triptych.Columnar.Rows;
using Triptych.LogQL.Planning;
using Triptych.LogQL.Syntax;
using Triptych.Model.Labels;
using Triptych.Query.Steps;

namespace Triptych.Api.Loki;

/// <summary>A range of time, Unix nanoseconds; whether the end belongs to it is up to what is asked.</summary>
internal readonly record struct TimeRange(long StartUnixNanos, long EndUnixNanos);

/// <summary>
/// The parameters of one request: those of a POST's form first, then those of the URL. A parameter that cannot be read gives its default and sets
/// <see cref="Error"/>, so that a handler reads all it needs and looks once.
/// </summary>
internal sealed class LokiParameters
{
    /// <summary>The most lines that a client may ask for at once (Loki's limit).</summary>
    public const int MaxLines = 5000;

    private const long NanosPerSecond = 1_000_000_000;
    private const int DefaultSteps = 250;
    private const long DefaultRangeNanos = 3600 * NanosPerSecond;

    private readonly IFormCollection? _form;
    private readonly IQueryCollection _url;

    private LokiParameters(IFormCollection? form, IQueryCollection url, DateTimeOffset now)
    {
        _form = form;
        _url = url;
        NowUnixNanos = (now.UtcTicks - DateTime.UnixEpoch.Ticks) * 100;
    }

    /// <summary>When the request came.</summary>
    public long NowUnixNanos { get; }

    /// <summary>The first parameter that could not be read, one line; null while all could.</summary>
    public string? Error { get; private set; }

    /// <summary>What Loki says of a limit above that; clients know the text.</summary>
    public static string TooManyLines(int limit) => $"max entries limit per query exceeded, limit > max_entries_limit_per_query ({limit} > {MaxLines})";

    /// <summary>Reads the form of a POST and the URL.</summary>
    /// <exception cref="InvalidDataException">The form is malformed or has too many or too long values.</exception>
    /// <exception cref="BadHttpRequestException">The body is too large or ends early.</exception>
    public static async ValueTask<LokiParameters> ReadAsync(HttpRequest request, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // Other bodies are ignored: a multipart form could spill files to disk.
        var isForm = HttpMethods.IsPost(request.Method)
            && request.ContentType?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) == true;
        return new LokiParameters(isForm ? await request.ReadFormAsync(cancellationToken) : null, request.Query, now);
    }

    /// <summary>The first value of a parameter; null where it is missing or empty.</summary>
    public string? Text(string name)
    {
        var values = All(name);
        return values.Count > 0 && values[0].Length > 0 ? values[0] : null;
    }

    /// <summary>All values of a parameter.</summary>
    public IReadOnlyList<string> All(string name)
    {
        var values = new List<string>();
        foreach (var value in _form?[name] ?? default) values.Add(value ?? "");
        foreach (var value in _url[name]) values.Add(value ?? "");
        return values;
    }

    /// <summary>A time, Unix nanoseconds.</summary>
    public long Time(string name, long otherwise)
    {
        if (Text(name) is not { } text) return otherwise;
        if (LokiTime.TryParse(text, out var unixNanos, out var error)) return unixNanos;
        Fail(name, error!);
        return otherwise;
    }

    /// <summary><c>start</c>, <c>end</c> and <c>since</c>: the last hour by default; an end in the future does not move a start that is counted back.</summary>
    public TimeRange Range()
    {
        var end = Time("end", NowUnixNanos);
        var since = DefaultRangeNanos;
        if (Text("since") is { } text && (!LokiTime.TryParseDuration(text, out since) || since < 0))
        {
            Fail("since", $"\"{LokiTime.Shorten(text)}\" is not a duration");
            since = DefaultRangeNanos;
        }

        var start = Time("start", Math.Max(0, Math.Min(end, NowUnixNanos) - since));
        if (start > end) Error ??= "end timestamp must not be before start time";
        return new TimeRange(start, end);
    }

    /// <summary>The step of a range, nanoseconds, by default a 250th of it and at least a second.</summary>
    public long StepNanos(TimeRange range)
    {
        var standard = Math.Max(1, (range.EndUnixNanos - range.StartUnixNanos) / NanosPerSecond / DefaultSteps) * NanosPerSecond;
        if (Text("step") is not { } text) return standard;
        if (!LokiTime.TryParseDuration(text, out var step))
        {
            Fail("step", $"\"{LokiTime.Shorten(text)}\" is neither seconds nor a duration");
        }
        else if (step <= 0)
        {
            Error ??= "zero or negative query resolution step widths are not accepted. Try a positive integer";
        }
        else if ((range.EndUnixNanos - range.StartUnixNanos) / step >= StepGrid.MaxSteps)
        {
            Error ??= "exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter";
        }
        else
        {
            return step;
        }

        return standard;
    }

    /// <summary>How far lines must be apart, nanoseconds; 0 keeps all.</summary>
    public long IntervalNanos()
    {
        if (Text("interval") is not { } text) return 0;
        if (!LokiTime.TryParseDuration(text, out var interval)) Fail("interval", $"\"{LokiTime.Shorten(text)}\" is neither seconds nor a duration");
        else if (interval < 0) Error ??= "interval must be >= 0";
        return Math.Max(0, interval);
    }

    /// <summary>A count above zero.</summary>
    public int Count(string name, int otherwise)
    {
        if (Text(name) is not { } text) return otherwise;
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var count))
        {
            Fail(name, $"\"{LokiTime.Shorten(text)}\" is not a whole number");
            return otherwise;
        }

        if (count <= 0) Error ??= $"{name} must be a positive value";
        return count;
    }

    /// <summary>The order of a log query's lines.</summary>
    public LogDirection Direction()
    {
        var text = Text("direction") ?? "backward";
        if (text.Equals("forward", StringComparison.OrdinalIgnoreCase)) return LogDirection.Forward;
        if (!text.Equals("backward", StringComparison.OrdinalIgnoreCase)) Error ??= $"invalid direction \"{LokiTime.Shorten(text)}\"";
        return LogDirection.Backward;
    }

    /// <summary>Stream selectors of parameters that may be missing; none, or <c>{}</c> among them, means all streams.</summary>
    public IReadOnlyList<IReadOnlyList<LabelMatcher>> Selectors(params ReadOnlySpan<string> names)
    {
        var selectors = new List<IReadOnlyList<LabelMatcher>>();
        var all = false;
        foreach (var name in names)
        {
            foreach (var text in All(name))
            {
                if (IsEverything(text)) all |= text.Length > 0;
                else if (ParseSelector(text) is { } selector) selectors.Add(selector.ToMatchers());
            }
        }

        return all ? [] : selectors;
    }

    /// <summary>The stream selector of a parameter that must be there, as its matchers; <c>{}</c> means all streams and has none.</summary>
    public IReadOnlyList<LabelMatcher> RequiredSelector(string name)
    {
        if (Text(name) is not { } text)
        {
            Error ??= $"parameter {name} is missing: a stream selector such as {{service_name=\"shop\"}}";
            return [];
        }

        return IsEverything(text) ? [] : ParseSelector(text)?.ToMatchers() ?? [];
    }

    /// <summary>Notes that a parameter could not be read.</summary>
    public void Fail(string name, string problem) => Fail($"parameter {name}: {problem}");

    /// <summary>Notes why the request cannot be served; the first reason stays.</summary>
    public void Fail(string problem) => Error ??= problem;

    private static bool IsEverything(string selector) => selector.Length == 0 || selector.Replace(" ", "", StringComparison.Ordinal) == "{}";

    private StreamSelector? ParseSelector(string text)
    {
        var parsed = LogQLParser.ParseSelector(text);
        if (!parsed.Succeeded) Error ??= parsed.Error.ToString();
        return parsed.Value;
    }
}
