namespace Triptych.Columnar.Rows;

/// <summary>The columns that a span scan offers, with the column type that each arrives in.</summary>
public static class SpanColumns
{
    /// <summary><see cref="FixedBytesColumn"/>, 16 bytes.</summary>
    public static readonly ColumnRef TraceId = new("trace_id");

    /// <summary><see cref="FixedBytesColumn"/>, 8 bytes.</summary>
    public static readonly ColumnRef SpanId = new("span_id");

    /// <summary><see cref="FixedBytesColumn"/>, 8 bytes, all zero for a root.</summary>
    public static readonly ColumnRef ParentSpanId = new("parent_span_id");

    /// <summary><see cref="SymbolColumn"/>: the span's name.</summary>
    public static readonly ColumnRef Name = new("name");

    /// <summary><see cref="SymbolColumn"/>: the resource's <c>service.name</c>.</summary>
    public static readonly ColumnRef ServiceName = new("service_name");

    /// <summary><see cref="Int64Column"/>: OTLP's span kind, 0 unspecified to 5 consumer.</summary>
    public static readonly ColumnRef Kind = new("kind");

    /// <summary><see cref="Int64Column"/>: Unix nanoseconds.</summary>
    public static readonly ColumnRef StartUnixNanos = new("start");

    /// <summary><see cref="Int64Column"/>: nanoseconds, never negative.</summary>
    public static readonly ColumnRef DurationNanos = new("duration");

    /// <summary><see cref="Int64Column"/>: OTLP's status code, 0 unset, 1 ok, 2 error.</summary>
    public static readonly ColumnRef StatusCode = new("status_code");

    /// <summary><see cref="BytesColumn"/>: the status message.</summary>
    public static readonly ColumnRef StatusMessage = new("status_message");

    /// <summary><see cref="BytesColumn"/>: the W3C trace state.</summary>
    public static readonly ColumnRef TraceState = new("trace_state");

    /// <summary><see cref="Int64Column"/>: OTLP's flags.</summary>
    public static readonly ColumnRef Flags = new("flags");

    /// <summary><see cref="SymbolColumn"/>: the instrumentation scope's name.</summary>
    public static readonly ColumnRef ScopeName = new("scope_name");

    /// <summary><see cref="SymbolColumn"/>: the instrumentation scope's version.</summary>
    public static readonly ColumnRef ScopeVersion = new("scope_version");

    /// <summary><see cref="BytesColumn"/>: all attributes of the span, as <see cref="Model.Attributes.AttributeReader"/> reads them.</summary>
    public static readonly ColumnRef SpanAttributes = new("span_attributes");

    /// <summary><see cref="BytesColumn"/>: all attributes of the resource.</summary>
    public static readonly ColumnRef ResourceAttributes = new("resource_attributes");

    /// <summary><see cref="BytesColumn"/>: all attributes of the instrumentation scope.</summary>
    public static readonly ColumnRef ScopeAttributes = new("scope_attributes");

    /// <summary><see cref="BytesColumn"/>: the span's events, as <see cref="Model.Traces.SpanEventReader"/> reads them.</summary>
    public static readonly ColumnRef Events = new("events");

    /// <summary><see cref="BytesColumn"/>: the span's links, as <see cref="Model.Traces.SpanLinkReader"/> reads them.</summary>
    public static readonly ColumnRef Links = new("links");

    /// <summary><see cref="AttributeColumn"/>: one attribute of the span.</summary>
    public static ColumnRef SpanAttribute(string key) => new("span_attributes", key);

    /// <summary><see cref="AttributeColumn"/>: one attribute of the resource (<c>service.name</c> included).</summary>
    public static ColumnRef ResourceAttribute(string key) => new("resource_attributes", key);

    /// <summary><see cref="AttributeColumn"/>: one attribute of the instrumentation scope.</summary>
    public static ColumnRef ScopeAttribute(string key) => new("scope_attributes", key);

    /// <summary><see cref="AttributeColumn"/>: the span's attribute, and the resource's where the span has none.</summary>
    public static ColumnRef AnyAttribute(string key) => new("any_attributes", key);
}
