using Triptych.Model.Attributes;
using Triptych.Query.Steps;

namespace Triptych.TraceQL.Functions;

/// <summary>
/// A metrics query over spans that start in a range, Unix nanoseconds. With a step of 0 it is an instant query: one value over
/// [start, end). Else the start is rounded down and the end up to the step, and the value at each step covers the step before it,
/// the step's own time included.
/// </summary>
/// <param name="Query">TraceQL with a metrics function.</param>
/// <param name="StartUnixNanos">Unix nanoseconds, inclusive.</param>
/// <param name="EndUnixNanos">Unix nanoseconds.</param>
/// <param name="StepNanos">Nanoseconds, or 0.</param>
/// <param name="MaxSeries">The most series to return.</param>
/// <param name="MaxExemplars">The most exemplars over all series of a range; the query's own hint goes before it.</param>
public sealed record TraceMetricsRequest(
    string Query, long StartUnixNanos, long EndUnixNanos, long StepNanos, int MaxSeries = 1_000, int MaxExemplars = 0)
{
    /// <summary>The most exemplars that a request or a hint gets, whatever it asks for.</summary>
    public const int ExemplarLimit = 100;
}

/// <summary>Series over the times of a grid (Unix nanoseconds). <paramref name="IsTruncated"/> where there were more than were asked for.</summary>
public sealed record TraceMetricsResult(StepGrid Grid, IReadOnlyList<TraceSeries> Series, bool IsTruncated);

/// <summary>A series: typed labels in the order of the query, and a value for each step, NaN where there is none.</summary>
public sealed record TraceSeries(IReadOnlyList<KeyValuePair<string, AttributeValue>> Labels, double[] Values)
{
    /// <summary>Some of the spans behind the values, earliest first.</summary>
    public IReadOnlyList<TraceExemplar> Exemplars { get; init; } = [];
}

/// <summary>A span behind a value: <c>trace:id</c> (hex without leading zeros) and <c>span:id</c> as labels, its number, and its start.</summary>
public sealed record TraceExemplar(IReadOnlyList<KeyValuePair<string, AttributeValue>> Labels, double Value, long TimeUnixNanos);
