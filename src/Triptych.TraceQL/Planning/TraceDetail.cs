namespace Triptych.TraceQL.Planning;

/// <summary>A trace with everything that was stored of it, grouped as OTLP groups it; spans by start. Ids are raw bytes.</summary>
public sealed record TraceDetail(byte[] TraceId, IReadOnlyList<TraceResource> Resources, int SpanCount);

/// <summary>A resource by its attribute set (<see cref="Model.Attributes.AttributeReader"/>).</summary>
public sealed record TraceResource(byte[] Attributes, IReadOnlyList<TraceScope> Scopes);

/// <summary>An instrumentation scope.</summary>
public sealed record TraceScope(string Name, string Version, byte[] Attributes, IReadOnlyList<TraceSpan> Spans);

/// <summary>
/// A span. Attributes, events and links are in the form in which <see cref="Model.Attributes.AttributeReader"/>,
/// <see cref="Model.Traces.SpanEventReader"/> and <see cref="Model.Traces.SpanLinkReader"/> read them.
/// </summary>
public sealed record TraceSpan
{
    /// <summary>8 bytes.</summary>
    public required byte[] SpanId { get; init; }

    /// <summary>8 bytes, or none for a root.</summary>
    public required byte[] ParentSpanId { get; init; }

    public required string Name { get; init; }

    /// <summary>OTLP's number.</summary>
    public required int Kind { get; init; }

    public required long StartUnixNanos { get; init; }

    public required long DurationNanos { get; init; }

    /// <summary>OTLP's number.</summary>
    public required int StatusCode { get; init; }

    public required string StatusMessage { get; init; }

    public required string TraceState { get; init; }

    public required uint Flags { get; init; }

    public required byte[] Attributes { get; init; }

    public required byte[] Events { get; init; }

    public required byte[] Links { get; init; }
}
