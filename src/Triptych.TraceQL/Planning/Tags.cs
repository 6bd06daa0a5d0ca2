using Triptych.Columnar.Rows;
using Triptych.TraceQL.Syntax;

namespace Triptych.TraceQL.Planning;

/// <summary>The tag names of one scope (<c>resource</c>, <c>span</c>, <c>event</c>, <c>link</c>, <c>instrumentation</c>, <c>intrinsic</c>), sorted.</summary>
public sealed record TagScope(string Name, IReadOnlyList<string> Tags);

/// <summary>Tag names by scope.</summary>
public sealed record TagNames(IReadOnlyList<TagScope> Scopes);

/// <summary>Which names are wanted.</summary>
/// <param name="Scope">One of the scopes' names, or null, empty or <c>none</c> for all.</param>
/// <param name="Query">A filter on the spans, or null; read as that of <see cref="TagValuesRequest"/>. Intrinsics are listed at any rate.</param>
/// <param name="StartUnixNanos">Unix nanoseconds, inclusive.</param>
/// <param name="EndUnixNanos">Unix nanoseconds, exclusive.</param>
public sealed record TagNamesRequest(string? Scope, string? Query, long StartUnixNanos, long EndUnixNanos)
{
    internal bool IsAllScopes => Scope is null or "" or "none";
}

/// <summary>A value that a tag has. <paramref name="Type"/> is one of string, int, float, bool, duration, keyword.</summary>
public sealed record TagValue(string Type, string Value);

/// <summary>Values of a tag, sorted; <paramref name="IsTruncated"/> where there are more than were asked for.</summary>
public sealed record TagValues(IReadOnlyList<TagValue> Values, bool IsTruncated);

/// <summary>Which values are wanted.</summary>
/// <param name="Tag">As a query writes it (<c>resource.service.name</c>, <c>.x</c>, <c>span:name</c>, <c>status</c>); anything else is an
/// unscoped attribute's name.</param>
/// <param name="Query">A filter on the spans, or null. Read leniently: of a query that is still being typed, the conditions that are complete.</param>
/// <param name="StartUnixNanos">Unix nanoseconds, inclusive.</param>
/// <param name="EndUnixNanos">Unix nanoseconds, exclusive.</param>
/// <param name="Limit">The most values to return.</param>
public sealed record TagValuesRequest(string Tag, string? Query, long StartUnixNanos, long EndUnixNanos, int Limit = 10_000);

/// <summary>What is known of tags without looking at data.</summary>
internal static class TagCatalog
{
    /// <summary>The intrinsics that the tag endpoints of Tempo list.</summary>
    public static readonly string[] IntrinsicTags =
    [
        "duration", "event:name", "event:timeSinceStart", "instrumentation:name", "instrumentation:version", "kind", "link:spanID",
        "link:traceID", "name", "rootName", "rootServiceName", "span:duration", "span:id", "span:kind", "span:name", "span:parentID",
        "span:status", "span:statusMessage", "status", "statusMessage", "trace:duration", "trace:id", "trace:rootName",
        "trace:rootService", "traceDuration",
    ];

    public static readonly (string Name, AttributeScope Scope)[] AttributeScopes =
    [
        ("event", AttributeScope.Event),
        ("instrumentation", AttributeScope.Instrumentation),
        ("link", AttributeScope.Link),
        ("resource", AttributeScope.Resource),
        ("span", AttributeScope.Span),
    ];

    /// <summary>The field that a tag's text means.</summary>
    public static FieldReference Parse(string tag)
    {
        var outcome = TraceQLParser.Parse($"select({tag})");
        return outcome.Query is { Metrics: null, Hints: [], Stages: [SelectStage { Fields: [var field] }] }
            && field is not AttributeReference { OfParent: true }
            ? field
            : new AttributeReference(FieldScope.None, tag, OfParent: false);
    }

    /// <summary>The fixed values of statuses and kinds; null for other fields.</summary>
    public static IReadOnlyList<TagValue>? Keywords(FieldReference field) => (field as IntrinsicReference)?.Intrinsic switch
    {
        Intrinsic.Status => [.. StaticValue.Statuses.Order(StringComparer.Ordinal).Select(name => new TagValue("keyword", name))],
        Intrinsic.Kind => [.. StaticValue.Kinds.Order(StringComparer.Ordinal).Select(name => new TagValue("keyword", name))],
        _ => null,
    };
}
