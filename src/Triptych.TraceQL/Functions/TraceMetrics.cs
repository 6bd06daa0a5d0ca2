using Triptych.Model.Attributes;
using Triptych.Query.Steps;

namespace Triptych.TraceQL.Functions;

/// <summary>
/// A metrics query over spans that start in a range, Unix nanoseconds. With a step of 0 it is an instant query: one value over
/// [start, end). Else the start is rounded down and the end up to the step, and the value at each step covers the step before it,
/// the step's own time included.
/// </summary>
public sealed record TraceMetricsRequest(string Query, long StartUnixNanos, long EndUnixNanos, long StepNanos, int MaxSeries = 1_000);

/// <summary>Series over the times of a grid (Unix nanoseconds). <paramref name="IsTruncated"/> where there were more than were asked for.</summary>
public sealed record TraceMetricsResult(StepGrid Grid, IReadOnlyList<TraceSeries> Series, bool IsTruncated);

/// <summary>A series: typed labels in the order of the query, and a value for each step, NaN where there is none.</summary>
public sealed record TraceSeries(IReadOnlyList<KeyValuePair<string, AttributeValue>> Labels, double[] Values);
