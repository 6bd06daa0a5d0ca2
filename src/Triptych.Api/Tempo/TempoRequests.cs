using Triptych.TraceQL.Functions;
using Triptych.TraceQL.Planning;

namespace Triptych.Api.Tempo;

/// <summary>
/// Requests of Tempo's API out of their parameters, for HTTP and gRPC alike. Without start and end they are about the last hour. What is wrong is noted
/// with the parameters.
/// </summary>
internal static class TempoRequests
{
    private const int MaxTraces = 262_144;
    private const int MaxSpansPerSpanset = 100;
    private const int MaxTagValues = 100_000;
    private const int DefaultTagValues = 10_000;
    private const int MaxSeries = 10_000;
    private const int DefaultSeries = 1_000;
    private static readonly TimeSpan DefaultRange = TimeSpan.FromHours(1);

    /// <summary>A search.</summary>
    public static TraceSearchRequest Search(TempoParameters parameters)
    {
        var text = SearchQuery.Read(parameters);
        var (start, end) = parameters.Range(DefaultRange);
        return new TraceSearchRequest(
            text, start, end, parameters.Integer("limit", 20, 1, MaxTraces), parameters.Integer("spss", 3, 1, MaxSpansPerSpanset));
    }

    /// <summary>Names of tags, and how many of each scope are wanted.</summary>
    public static (TagNamesRequest Request, int Limit) TagNames(TempoParameters parameters)
    {
        var (start, end) = parameters.Range(DefaultRange);
        var limit = parameters.Integer("limit", 0, 0, int.MaxValue);
        return (new TagNamesRequest(parameters.Text("scope"), parameters.Text("q"), start, end), limit == 0 ? int.MaxValue : limit);
    }

    /// <summary>Values of a tag; only the second version filters them by a query.</summary>
    public static TagValuesRequest TagValues(TempoParameters parameters, string tag, bool isVersion2)
    {
        var (start, end) = parameters.Range(DefaultRange);
        var limit = parameters.Integer("limit", 0, 0, int.MaxValue);
        var filter = isVersion2 ? parameters.Text("q") : null;
        return new TagValuesRequest(tag, filter, start, end, limit == 0 ? DefaultTagValues : Math.Min(limit, MaxTagValues));
    }

    /// <summary>A metrics query over a range.</summary>
    public static TraceMetricsRequest MetricsRange(TempoParameters parameters)
    {
        var (start, end) = parameters.Range(DefaultRange);
        var step = parameters.Duration("step") ?? StepWidth.For(end - start);
        var exemplars = parameters.Integer("exemplars", TraceMetricsRequest.ExemplarLimit, 0, int.MaxValue);
        return Metrics(parameters, start, end, step) with { MaxExemplars = exemplars };
    }

    /// <summary>A metrics query of one value for each series.</summary>
    public static TraceMetricsRequest MetricsInstant(TempoParameters parameters)
    {
        var (start, end) = parameters.Range(DefaultRange);
        return Metrics(parameters, start, end, stepNanos: 0);
    }

    private static TraceMetricsRequest Metrics(TempoParameters parameters, long start, long end, long stepNanos)
    {
        var text = parameters.Text("q") ?? parameters.Text("query");
        if (text is null) parameters.Fail("invalid q: a TraceQL metrics query is expected");
        var maxSeries = parameters.Integer("maxSeries", 0, 0, MaxSeries);
        return new TraceMetricsRequest(text ?? "", start, end, stepNanos, maxSeries == 0 ? DefaultSeries : maxSeries);
    }
}
