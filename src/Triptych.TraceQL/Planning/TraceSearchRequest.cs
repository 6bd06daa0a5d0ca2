using Triptych.Model.Attributes;

namespace Triptych.TraceQL.Planning;

/// <summary>A search. Spans that start in [<paramref name="StartUnixNanos"/>, <paramref name="EndUnixNanos"/>) make a trace a candidate.</summary>
/// <param name="Query">TraceQL without a metrics function.</param>
/// <param name="StartUnixNanos">Unix nanoseconds, inclusive.</param>
/// <param name="EndUnixNanos">Unix nanoseconds, exclusive.</param>
/// <param name="Limit">The most traces to return, at least 1.</param>
/// <param name="SpansPerSpanset">The most spans to return of each spanset.</param>
public sealed record TraceSearchRequest(string Query, long StartUnixNanos, long EndUnixNanos, int Limit = 20, int SpansPerSpanset = 3)
{
    /// <summary>
    /// Told what a search has found since it was told last, while it goes on: those who show traces as they come. The answer has all of them again.
    /// </summary>
    public Func<TraceSearchResult, ValueTask>? OnFound { get; init; }
}

/// <summary>What a search found, newest trace first, and what it cost.</summary>
public sealed record TraceSearchResult(IReadOnlyList<FoundTrace> Traces, SearchCost Cost);

/// <summary>Traces and spans looked at, and bytes read from storage.</summary>
public sealed record SearchCost(long InspectedTraces, long InspectedSpans, long InspectedBytes);

/// <summary>A trace that satisfies a query, assembled from all its fragments.</summary>
/// <param name="TraceId">32 hex digits; answers of the Tempo API leave leading zeros out.</param>
/// <param name="RootServiceName">Null while the root span has not been received.</param>
/// <param name="RootTraceName">The root span's name; null while it has not been received.</param>
/// <param name="StartUnixNanos">The first start of a span.</param>
/// <param name="DurationNanos">From the first start to the last end.</param>
/// <param name="Spansets">At least one.</param>
/// <param name="ServiceStats">Spans by service name, sorted by it.</param>
public sealed record FoundTrace(
    string TraceId,
    string? RootServiceName,
    string? RootTraceName,
    long StartUnixNanos,
    long DurationNanos,
    IReadOnlyList<FoundSpanset> Spansets,
    IReadOnlyList<ServiceStats> ServiceStats);

/// <summary>All and failed spans of a service in a trace.</summary>
public sealed record ServiceStats(string Service, int SpanCount, int ErrorCount);

/// <summary>Some of the <paramref name="Matched"/> spans, earliest first, and what the pipeline computed about the set.</summary>
public sealed record FoundSpanset(int Matched, IReadOnlyList<FoundSpan> Spans, IReadOnlyList<KeyValuePair<string, AttributeValue>> Attributes);

/// <summary>A span of an answer, with the attributes that the query names; 16 hex digits as id.</summary>
public sealed record FoundSpan(
    string SpanId, string Name, long StartUnixNanos, long DurationNanos, IReadOnlyList<KeyValuePair<string, AttributeValue>> Attributes);
