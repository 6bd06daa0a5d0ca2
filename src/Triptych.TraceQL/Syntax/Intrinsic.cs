using System.Collections.Frozen;

namespace Triptych.TraceQL.Syntax;

/// <summary>The fields of spans, traces, events and links that are not user attributes.</summary>
public enum Intrinsic
{
    Duration,
    Name,
    Status,
    StatusMessage,
    Kind,
    SpanId,
    ParentId,
    Parent,
    ChildCount,
    NestedSetLeft,
    NestedSetRight,
    NestedSetParent,
    TraceId,
    TraceDuration,
    RootName,
    RootServiceName,
    EventName,
    EventTimeSinceStart,
    LinkTraceId,
    LinkSpanId,
    InstrumentationName,
    InstrumentationVersion,
}

/// <summary>Spellings and types of the intrinsics.</summary>
public static class Intrinsics
{
    private static readonly FrozenDictionary<string, Intrinsic> BySpelling = new Dictionary<string, Intrinsic>(StringComparer.Ordinal)
    {
        ["duration"] = Intrinsic.Duration,
        ["name"] = Intrinsic.Name,
        ["status"] = Intrinsic.Status,
        ["statusMessage"] = Intrinsic.StatusMessage,
        ["kind"] = Intrinsic.Kind,
        ["parent"] = Intrinsic.Parent,
        ["childCount"] = Intrinsic.ChildCount,
        ["traceDuration"] = Intrinsic.TraceDuration,
        ["rootName"] = Intrinsic.RootName,
        ["rootServiceName"] = Intrinsic.RootServiceName,
        ["nestedSetLeft"] = Intrinsic.NestedSetLeft,
        ["nestedSetRight"] = Intrinsic.NestedSetRight,
        ["nestedSetParent"] = Intrinsic.NestedSetParent,
        ["span:duration"] = Intrinsic.Duration,
        ["span:name"] = Intrinsic.Name,
        ["span:kind"] = Intrinsic.Kind,
        ["span:status"] = Intrinsic.Status,
        ["span:statusMessage"] = Intrinsic.StatusMessage,
        ["span:id"] = Intrinsic.SpanId,
        ["span:parentID"] = Intrinsic.ParentId,
        ["span:childCount"] = Intrinsic.ChildCount,
        ["trace:duration"] = Intrinsic.TraceDuration,
        ["trace:rootName"] = Intrinsic.RootName,
        ["trace:rootService"] = Intrinsic.RootServiceName,
        ["trace:id"] = Intrinsic.TraceId,
        ["event:name"] = Intrinsic.EventName,
        ["event:timeSinceStart"] = Intrinsic.EventTimeSinceStart,
        ["link:traceID"] = Intrinsic.LinkTraceId,
        ["link:spanID"] = Intrinsic.LinkSpanId,
        ["instrumentation:name"] = Intrinsic.InstrumentationName,
        ["instrumentation:version"] = Intrinsic.InstrumentationVersion,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The intrinsic of a spelling such as <c>duration</c> or <c>trace:rootName</c>.</summary>
    public static bool TryFind(string spelling, out Intrinsic intrinsic) => BySpelling.TryGetValue(spelling, out intrinsic);

    public static FieldType TypeOf(Intrinsic intrinsic) => intrinsic switch
    {
        Intrinsic.Duration or Intrinsic.TraceDuration or Intrinsic.EventTimeSinceStart => FieldType.Duration,
        Intrinsic.Status => FieldType.Status,
        Intrinsic.Kind => FieldType.Kind,
        Intrinsic.Parent => FieldType.Span,
        Intrinsic.ChildCount or Intrinsic.NestedSetLeft or Intrinsic.NestedSetRight or Intrinsic.NestedSetParent => FieldType.Integer,
        _ => FieldType.String,
    };
}
