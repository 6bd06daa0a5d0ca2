using static Triptych.Ingest.Otlp.Json.JsonFieldKind;

namespace Triptych.Ingest.Otlp.Json;

/// <summary>The messages of OTLP 1.11 that the decoders read (opentelemetry-proto: common, resource, trace, metrics, logs).</summary>
internal static class OtlpMessages
{
    private static readonly string[] SpanKinds =
        ["SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER", "SPAN_KIND_CLIENT", "SPAN_KIND_PRODUCER", "SPAN_KIND_CONSUMER"];

    private static readonly string[] StatusCodes = ["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"];

    private static readonly string[] Temporalities =
        ["AGGREGATION_TEMPORALITY_UNSPECIFIED", "AGGREGATION_TEMPORALITY_DELTA", "AGGREGATION_TEMPORALITY_CUMULATIVE"];

    private static readonly string[] Severities = [.. SeverityNames()];

    private static readonly JsonMessage ArrayValue = new(new JsonField(1, "values", Message, repeated: true, () => AnyValue!));

    private static readonly JsonMessage KeyValue = new(
        new JsonField(1, "key", JsonFieldKind.Text), new JsonField(2, "value", Message, message: () => AnyValue!));

    private static readonly JsonMessage KeyValueList = new(new JsonField(1, "values", Message, repeated: true, () => KeyValue));

    private static readonly JsonMessage AnyValue = new(
        new JsonField(1, "stringValue", JsonFieldKind.Text),
        new JsonField(2, "boolValue", Bool),
        new JsonField(3, "intValue", JsonFieldKind.Int64),
        new JsonField(4, "doubleValue", JsonFieldKind.Double),
        new JsonField(5, "arrayValue", Message, message: () => ArrayValue),
        new JsonField(6, "kvlistValue", Message, message: () => KeyValueList),
        new JsonField(7, "bytesValue", Base64));

    private static readonly JsonMessage Resource = new(Attributes(1));

    private static readonly JsonMessage Scope = new(
        new JsonField(1, "name", JsonFieldKind.Text), new JsonField(2, "version", JsonFieldKind.Text), Attributes(3), Dropped(4));

    private static readonly JsonMessage Event = new(Time(1, "timeUnixNano"), new JsonField(2, "name", JsonFieldKind.Text), Attributes(3), Dropped(4));

    private static readonly JsonMessage Link = new(
        new JsonField(1, "traceId", HexId), new JsonField(2, "spanId", HexId), new JsonField(3, "traceState", JsonFieldKind.Text), Attributes(4), Dropped(5),
        new JsonField(6, "flags", Fixed32));

    private static readonly JsonMessage Status = new(
        new JsonField(2, "message", JsonFieldKind.Text), new JsonField(3, "code", JsonFieldKind.Enum, enumNames: StatusCodes));

    private static readonly JsonMessage Span = new(
        new JsonField(1, "traceId", HexId),
        new JsonField(2, "spanId", HexId),
        new JsonField(3, "traceState", JsonFieldKind.Text),
        new JsonField(4, "parentSpanId", HexId),
        new JsonField(5, "name", JsonFieldKind.Text),
        new JsonField(6, "kind", JsonFieldKind.Enum, enumNames: SpanKinds),
        Time(7, "startTimeUnixNano"),
        Time(8, "endTimeUnixNano"),
        Attributes(9),
        Dropped(10),
        new JsonField(11, "events", Message, repeated: true, () => Event),
        new JsonField(12, "droppedEventsCount", Varint),
        new JsonField(13, "links", Message, repeated: true, () => Link),
        new JsonField(14, "droppedLinksCount", Varint),
        new JsonField(15, "status", Message, message: () => Status),
        new JsonField(16, "flags", Fixed32));

    private static readonly JsonMessage LogRecord = new(
        Time(1, "timeUnixNano"),
        new JsonField(2, "severityNumber", JsonFieldKind.Enum, enumNames: Severities),
        new JsonField(3, "severityText", JsonFieldKind.Text),
        new JsonField(5, "body", Message, message: () => AnyValue),
        Attributes(6),
        Dropped(7),
        new JsonField(8, "flags", Fixed32),
        new JsonField(9, "traceId", HexId),
        new JsonField(10, "spanId", HexId),
        Time(11, "observedTimeUnixNano"),
        new JsonField(12, "eventName", JsonFieldKind.Text));

    private static readonly JsonMessage Exemplar = new(
        Time(2, "timeUnixNano"),
        new JsonField(3, "asDouble", JsonFieldKind.Double),
        new JsonField(4, "spanId", HexId),
        new JsonField(5, "traceId", HexId),
        new JsonField(6, "asInt", SignedFixed64),
        Attributes(7, "filteredAttributes"));

    private static readonly JsonMessage NumberPoint = new(
        Time(2, "startTimeUnixNano"), Time(3, "timeUnixNano"), new JsonField(4, "asDouble", JsonFieldKind.Double),
        new JsonField(5, "exemplars", Message, repeated: true, () => Exemplar), new JsonField(6, "asInt", SignedFixed64), Attributes(7), Flags(8));

    private static readonly JsonMessage HistogramPoint = new(
        Time(2, "startTimeUnixNano"), Time(3, "timeUnixNano"), new JsonField(4, "count", Fixed64), new JsonField(5, "sum", JsonFieldKind.Double),
        new JsonField(6, "bucketCounts", Fixed64, repeated: true), new JsonField(7, "explicitBounds", JsonFieldKind.Double, repeated: true),
        new JsonField(8, "exemplars", Message, repeated: true, () => Exemplar), Attributes(9), Flags(10));

    private static readonly JsonMessage ExponentialBuckets = new(
        new JsonField(1, "offset", SignedVarint), new JsonField(2, "bucketCounts", Varint, repeated: true));

    private static readonly JsonMessage ExponentialPoint = new(
        Attributes(1), Time(2, "startTimeUnixNano"), Time(3, "timeUnixNano"), new JsonField(4, "count", Fixed64), new JsonField(5, "sum", JsonFieldKind.Double),
        new JsonField(6, "scale", SignedVarint), new JsonField(7, "zeroCount", Fixed64),
        new JsonField(8, "positive", Message, message: () => ExponentialBuckets), new JsonField(9, "negative", Message, message: () => ExponentialBuckets),
        Flags(10), new JsonField(11, "exemplars", Message, repeated: true, () => Exemplar), new JsonField(14, "zeroThreshold", JsonFieldKind.Double));

    private static readonly JsonMessage QuantileValue = new(
        new JsonField(1, "quantile", JsonFieldKind.Double), new JsonField(2, "value", JsonFieldKind.Double));

    private static readonly JsonMessage SummaryPoint = new(
        Time(2, "startTimeUnixNano"), Time(3, "timeUnixNano"), new JsonField(4, "count", Fixed64), new JsonField(5, "sum", JsonFieldKind.Double),
        new JsonField(6, "quantileValues", Message, repeated: true, () => QuantileValue), Attributes(7), Flags(8));

    private static readonly JsonMessage NumberPoints = Points(NumberPoint);

    private static readonly JsonMessage HistogramPoints = Points(HistogramPoint);

    private static readonly JsonMessage ExponentialPoints = Points(ExponentialPoint);

    private static readonly JsonMessage SummaryPoints = Points(SummaryPoint);

    private static readonly JsonMessage Metric = new(
        new JsonField(1, "name", JsonFieldKind.Text),
        new JsonField(2, "description", JsonFieldKind.Text),
        new JsonField(3, "unit", JsonFieldKind.Text),
        new JsonField(5, "gauge", Message, message: () => NumberPoints),
        new JsonField(7, "sum", Message, message: () => NumberPoints),
        new JsonField(9, "histogram", Message, message: () => HistogramPoints),
        new JsonField(10, "exponentialHistogram", Message, message: () => ExponentialPoints),
        new JsonField(11, "summary", Message, message: () => SummaryPoints));

    /// <summary><c>TracesData</c>, equal to <c>ExportTraceServiceRequest</c>.</summary>
    public static readonly JsonMessage TracesData = Data("resourceSpans", "scopeSpans", "spans", Span);

    /// <summary><c>LogsData</c>, equal to <c>ExportLogsServiceRequest</c>.</summary>
    public static readonly JsonMessage LogsData = Data("resourceLogs", "scopeLogs", "logRecords", LogRecord);

    /// <summary><c>MetricsData</c>, equal to <c>ExportMetricsServiceRequest</c>.</summary>
    public static readonly JsonMessage MetricsData = Data("resourceMetrics", "scopeMetrics", "metrics", Metric);

    private static JsonMessage Data(string resources, string scopes, string items, JsonMessage item)
    {
        var scopeItems = new JsonMessage(
            new JsonField(1, "scope", Message, message: () => Scope), new JsonField(2, items, Message, true, () => item),
            new JsonField(3, "schemaUrl", JsonFieldKind.Text));
        var resourceItems = new JsonMessage(
            new JsonField(1, "resource", Message, message: () => Resource), new JsonField(2, scopes, Message, true, () => scopeItems));
        return new JsonMessage(new JsonField(1, resources, Message, true, () => resourceItems));
    }

    private static JsonMessage Points(JsonMessage point) => new(
        new JsonField(1, "dataPoints", Message, repeated: true, () => point),
        new JsonField(2, "aggregationTemporality", JsonFieldKind.Enum, enumNames: Temporalities),
        new JsonField(3, "isMonotonic", Bool));

    private static JsonField Attributes(int number, string name = "attributes") => new(number, name, Message, repeated: true, () => KeyValue);

    private static JsonField Dropped(int number) => new(number, "droppedAttributesCount", Varint);

    private static JsonField Flags(int number) => new(number, "flags", Varint);

    private static JsonField Time(int number, string name) => new(number, name, Fixed64);

    private static IEnumerable<string> SeverityNames()
    {
        yield return "SEVERITY_NUMBER_UNSPECIFIED";
        foreach (var band in new[] { "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL" })
        {
            for (var i = 1; i <= 4; i++) yield return i == 1 ? $"SEVERITY_NUMBER_{band}" : $"SEVERITY_NUMBER_{band}{i}";
        }
    }
}
