using System.Globalization;
using Microsoft.AspNetCore.Http;
using Triptych.Model.Labels;
using Triptych.PromQL.Syntax;

namespace Triptych.Api.Prometheus;

/// <summary>
/// The parameters of a request: those of a form body before those of the URL. A parameter that is not valid is remembered in
/// <see cref="Problem"/> (the first one stands), which the endpoint looks at once after it has read all that it takes.
/// </summary>
internal sealed class RequestParameters
{
    private const string FormType = "application/x-www-form-urlencoded";
    private const int MaxSelectors = 1000;

    private readonly IQueryCollection _query;
    private readonly IFormCollection? _form;

    private RequestParameters(IQueryCollection query, IFormCollection? form)
    {
        _query = query;
        _form = form;
    }

    /// <summary>The first parameter that was not valid; null while all were.</summary>
    public ApiError? Problem { get; private set; }

    /// <summary>Reads URL and form; the error says what is wrong with the body.</summary>
    public static async ValueTask<(RequestParameters? Parameters, ApiError? Error)> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (!HttpMethods.IsPost(request.Method) || string.IsNullOrEmpty(request.ContentType)) return (new RequestParameters(request.Query, null), null);
        if (!request.ContentType.Split(';')[0].Trim().Equals(FormType, StringComparison.OrdinalIgnoreCase))
        {
            return (null, ApiError.BadData($"content type \"{request.ContentType}\" is not {FormType}"));
        }

        try
        {
            return (new RequestParameters(request.Query, await request.ReadFormAsync(cancellationToken)), null);
        }
        catch (Exception e) when (e is InvalidDataException or BadHttpRequestException)
        {
            return (null, ApiError.BadData($"error parsing form values: {e.Message}"));
        }
    }

    /// <summary>The first value of a parameter, empty where there is none.</summary>
    public string Get(string name)
    {
        foreach (var value in All(name)) return value;
        return "";
    }

    /// <summary>All values of a parameter that may be repeated.</summary>
    public IEnumerable<string> All(string name)
    {
        if (_form is not null)
        {
            foreach (var value in _form[name]) yield return value ?? "";
        }

        foreach (var value in _query[name]) yield return value ?? "";
    }

    /// <summary>A time in Unix milliseconds; <paramref name="otherwise"/> where there is none.</summary>
    public long TimeMs(string name, long? otherwise = null)
    {
        var text = Get(name);
        if (text.Length == 0 && otherwise is { } value) return value;
        if (PrometheusTime.TryParse(text, out var timestampMs)) return timestampMs;

        // As Prometheus says it: of a time that may be left out with more words.
        var reason = $"cannot parse \"{text}\" to a valid timestamp";
        Refuse(name, otherwise is null ? reason : $"invalid time value for '{name}': {reason}");
        return timestampMs;
    }

    /// <summary>A duration in nanoseconds; null where it is not given.</summary>
    /// <param name="name">The parameter.</param>
    /// <param name="problemPrefix">What an error begins with; null: with the name of the parameter.</param>
    public long? DurationNanos(string name, string? problemPrefix = null)
    {
        var text = Get(name);
        if (text.Length == 0) return null;
        if (PrometheusTime.TryParseDuration(text, out var nanos)) return nanos;
        var reason = $"cannot parse \"{text}\" to a valid duration";
        if (problemPrefix is null) Refuse(name, reason);
        else Problem ??= ApiError.BadData(problemPrefix + reason);
        return nanos;
    }

    /// <summary>How many results are wanted at most; <see cref="int.MaxValue"/> for 0 and where it is not given.</summary>
    public int Limit(string name = "limit")
    {
        var text = Get(name);
        if (text.Length == 0) return int.MaxValue;
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var limit))
        {
            Refuse(name, $"cannot parse \"{text}\" to a number");
        }
        else if (limit < 0) Refuse(name, "limit must be non-negative");
        return limit is <= 0 or > int.MaxValue ? int.MaxValue : (int)limit;
    }

    /// <summary>A whole number; null where it is not given.</summary>
    /// <param name="name">The parameter.</param>
    /// <param name="problem">What to say of anything else.</param>
    public int? Number(string name, string? problem = null)
    {
        var text = Get(name);
        if (text.Length == 0) return null;
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            Problem ??= ApiError.BadData(problem ?? $"{name} must be a number");
        }
        return number;
    }

    /// <summary>The start and end of a look-up; all time where they are not given. An end before the start finds nothing.</summary>
    public (long StartMs, long EndMs) Range() => (TimeMs("start", PrometheusTime.MinMs), TimeMs("end", PrometheusTime.MaxMs));

    /// <summary>The selectors of <c>match[]</c>, each of which must leave out series that have none of its labels.</summary>
    /// <param name="name">The parameter.</param>
    /// <param name="namesParameter">Whether an error names the parameter.</param>
    public IReadOnlyList<IReadOnlyList<LabelMatcher>> Selectors(string name = "match[]", bool namesParameter = false)
    {
        var selectors = new List<IReadOnlyList<LabelMatcher>>();
        foreach (var text in All(name))
        {
            var parsed = PromQLParser.ParseSelector(text, mayBeEmpty: true);
            if (parsed.Error is { } error) RefuseSelector(name, namesParameter, error.ToString());
            if (parsed.Expression is not VectorSelector selector) return selectors;
            LabelMatcher[] matchers = [.. selector.Matchers.Select(m => m.Matcher)];
            if (matchers.All(m => m.MatchesEmpty)) RefuseSelector(name, namesParameter, "match[] must contain at least one non-empty matcher");
            selectors.Add(matchers);
            if (selectors.Count > MaxSelectors)
            {
                Refuse(name, $"more than {MaxSelectors} selectors");
                return selectors;
            }
        }

        return selectors;
    }

    /// <summary>Remembers that a parameter is not valid.</summary>
    public void Refuse(string name, string reason) => Problem ??= ApiError.BadParameter(name, reason);

    private void RefuseSelector(string name, bool namesParameter, string reason) =>
        Problem ??= namesParameter ? ApiError.BadParameter(name, reason) : ApiError.BadData(reason);
}
