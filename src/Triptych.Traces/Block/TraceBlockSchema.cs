using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Writing;
using Triptych.Traces.Attributes;

namespace Triptych.Traces.Block;

/// <summary>
/// The columns of a traces block (docs/formats/traces-block.md): a row is a span. Row groups are slices of time by the start of the trace; within, rows are sorted by trace id, then in tree order.
/// Maps and JSON hold attributes as texts, for other readers; the columns of kinds beside them and the sections give the types back.
/// </summary>
internal static class TraceBlockSchema
{
    /// <summary>Metadata key that names the format.</summary>
    public const string FormatKey = "triptych.format";

    /// <summary>Value of <see cref="FormatKey"/> where all attributes of spans stand in the map.</summary>
    public const string FormatValue = "traces/1";

    /// <summary>Value of <see cref="FormatKey"/> where some have columns of their own (<see cref="AttributeLayout"/>).</summary>
    public const string FormatWithColumns = "traces/2";

    /// <summary>Metadata key under which a merge says what sampling has left out: <see cref="Sampling.SampledCounts"/>.</summary>
    public const string SampledKey = "triptych.sampled";

    /// <summary><c>uvarint(n) { uvarint(length) resource }</c>, see <see cref="Head.SetItem"/>; numbered by <see cref="Resource"/>.</summary>
    public const string ResourcesSection = "triptych.resources";

    /// <summary>As <see cref="ResourcesSection"/>, for <see cref="Scope"/>.</summary>
    public const string ScopesSection = "triptych.scopes";

    public const string TraceId = "trace_id";
    public const string SpanId = "span_id";
    public const string ParentSpanId = "parent_span_id";

    /// <summary>Number of the span when its trace's part in the row group is walked, counting at the entry and the exit of each span, from 1.</summary>
    public const string NestedLeft = "nested_left";

    /// <summary>As <see cref="NestedLeft"/>, at the exit: descendants lie between the two.</summary>
    public const string NestedRight = "nested_right";

    /// <summary>Row of the parent in the row group; -1 where it is not there.</summary>
    public const string ParentRow = "parent_row";
    public const string Start = "start_unix_nanos";
    public const string Duration = "duration_nanos";
    public const string Kind = "kind";
    public const string StatusCode = "status_code";

    /// <summary>Null when empty.</summary>
    public const string StatusMessage = "status_message";
    public const string Name = "name";
    public const string ServiceName = "service_name";
    public const string TraceState = "trace_state";
    public const string Flags = "flags";
    public const string DroppedAttributes = "dropped_attributes_count";
    public const string DroppedEvents = "dropped_events_count";
    public const string DroppedLinks = "dropped_links_count";
    public const string ScopeName = "scope_name";
    public const string ScopeVersion = "scope_version";

    /// <summary>Number of the resource in the section.</summary>
    public const string Resource = "resource";

    /// <summary>Number of the scope in the section.</summary>
    public const string Scope = "scope";
    public const string SpanAttributes = "span_attributes";

    /// <summary>
    /// A byte for each attribute of the span: <see cref="Model.Attributes.AttributeKind"/> of the next one of the map, or
    /// <see cref="AttributeRows.InColumn"/> and the number of its column.
    /// </summary>
    public const string SpanAttributeKinds = "span_attribute_kinds";
    public const string ResourceAttributes = "resource_attributes";
    public const string Events = "events";
    public const string Links = "links";

    /// <summary>In events and links: a JSON object of texts.</summary>
    public const string Attributes = "attributes";

    /// <summary>In events and links: a byte for each attribute.</summary>
    public const string AttributeKinds = "attribute_kinds";

    /// <summary>The schema.</summary>
    public static readonly ParquetSchema Schema = new(
        ParquetField.Fixed(TraceId, 16),
        ParquetField.Fixed(SpanId, 8),
        ParquetField.Fixed(ParentSpanId, 8),
        ParquetField.Int32(NestedLeft),
        ParquetField.Int32(NestedRight),
        ParquetField.Int32(ParentRow),
        ParquetField.TimestampNanos(Start),
        ParquetField.Int64(Duration),
        ParquetField.Int32(Kind),
        ParquetField.Int32(StatusCode),
        ParquetField.String(StatusMessage, nullable: true),
        ParquetField.String(Name),
        ParquetField.String(ServiceName),
        ParquetField.String(TraceState),
        Unsigned(Flags),
        Unsigned(DroppedAttributes),
        Unsigned(DroppedEvents),
        Unsigned(DroppedLinks),
        ParquetField.String(ScopeName),
        ParquetField.String(ScopeVersion),
        ParquetField.Int32(Resource),
        ParquetField.Int32(Scope),
        ParquetField.MapOf(SpanAttributes, nullable: false, ParquetField.String("value")),
        ParquetField.Binary(SpanAttributeKinds),
        ParquetField.MapOf(ResourceAttributes, nullable: false, ParquetField.String("value")),
        ParquetField.ListOfStruct(
            Events,
            nullable: false,
            ParquetField.TimestampNanos("time_unix_nanos"),
            ParquetField.String("name"),
            Unsigned("dropped_attributes_count"),
            ParquetField.Json(Attributes),
            ParquetField.Binary(AttributeKinds)),
        ParquetField.ListOfStruct(
            Links,
            nullable: false,
            ParquetField.Fixed("trace_id", 16),
            ParquetField.Fixed("span_id", 8),
            ParquetField.String("trace_state"),
            Unsigned("flags"),
            Unsigned("dropped_attributes_count"),
            ParquetField.Json(Attributes),
            ParquetField.Binary(AttributeKinds)));

    /// <summary>How the columns are written.</summary>
    public static ParquetWriterOptions WriterOptions() => new ParquetWriterOptions { PageRows = 4096 }
        .WithColumn(TraceId, new ColumnOptions { Encoding = ColumnEncoding.Plain, BloomFilter = true })
        .WithColumn(SpanId, new ColumnOptions { Encoding = ColumnEncoding.Plain, Codec = ParquetCodec.Uncompressed, Statistics = false })
        .WithColumn(ParentSpanId, new ColumnOptions { Encoding = ColumnEncoding.Plain, Statistics = false })
        .WithColumn(NestedLeft, new ColumnOptions { Encoding = ColumnEncoding.Delta, Statistics = false })
        .WithColumn(NestedRight, new ColumnOptions { Encoding = ColumnEncoding.Delta, Statistics = false })
        .WithColumn(ParentRow, new ColumnOptions { Encoding = ColumnEncoding.Delta, Statistics = false })
        .WithColumn(Start, new ColumnOptions { Encoding = ColumnEncoding.Delta })
        .WithColumn(Duration, new ColumnOptions { Encoding = ColumnEncoding.Delta })
        .WithColumn(SpanAttributeKinds, new ColumnOptions { Statistics = false });

    private static ParquetField Unsigned(string name) => ParquetField.Int32(name, logicalType: ParquetLogicalType.UInt32);
}
