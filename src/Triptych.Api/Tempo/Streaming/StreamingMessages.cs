using System.Text;
using Triptych.Model.Attributes;
using Triptych.Primitives.Protobuf;
using Triptych.Query.Budgets;
using Triptych.TraceQL.Functions;
using Triptych.TraceQL.Planning;

namespace Triptych.Api.Tempo.Streaming;

/// <summary>
/// The messages that <c>tempopb.StreamingQuerier</c> answers with. Field numbers are those of Tempo's tempo.proto and OTLP's common.proto. Defaults are
/// left out.
/// </summary>
internal static class StreamingMessages
{
    private const long NanosPerMillisecond = 1_000_000;

    /// <summary>
    /// SearchResponse{traces 1, metrics 2}. A search is one job: it is done with the last message, which has all traces.
    /// SearchMetrics{inspected_traces 1, inspected_bytes 2, completed_jobs 4, total_jobs 5, inspected_spans 7}.
    /// </summary>
    public static void WriteSearch(in ProtoWriter writer, TraceSearchResult result, bool isLast)
    {
        foreach (var trace in result.Traces) WriteTrace(writer, trace);
        var metrics = writer.BeginMessage(2);
        WriteNumber(writer, 1, result.Cost.InspectedTraces);
        WriteNumber(writer, 2, result.Cost.InspectedBytes);
        WriteNumber(writer, 4, isLast ? 1 : 0);
        writer.WriteVarint(5, 1);
        WriteNumber(writer, 7, result.Cost.InspectedSpans);
        writer.EndMessage(metrics);
    }

    /// <summary>SearchTagsResponse{tag_names 1, metrics 2}, SearchTagValuesResponse{tag_values 1, metrics 2}.</summary>
    public static void WriteTexts(in ProtoWriter writer, IEnumerable<string> texts, QueryContext query)
    {
        foreach (var text in texts) writer.WriteString(1, text);
        WriteMetadata(writer, query);
    }

    /// <summary>SearchTagsV2Response{scopes 1 {name 1, tags 2}, metrics 2}.</summary>
    public static void WriteScopes(in ProtoWriter writer, IEnumerable<TagScope> scopes, int limit, QueryContext query)
    {
        foreach (var scope in scopes)
        {
            var message = writer.BeginMessage(1, 3);
            writer.WriteString(1, scope.Name);
            foreach (var tag in scope.Tags.Take(limit)) writer.WriteString(2, tag);
            writer.EndMessage(message);
        }

        WriteMetadata(writer, query);
    }

    /// <summary>SearchTagValuesV2Response{tag_values 1 {type 1, value 2}, metrics 2}.</summary>
    public static void WriteValues(in ProtoWriter writer, IEnumerable<TagValue> values, QueryContext query)
    {
        foreach (var value in values)
        {
            var message = writer.BeginMessage(1, 2);
            writer.WriteString(1, value.Type);
            writer.WriteString(2, value.Value);
            writer.EndMessage(message);
        }

        WriteMetadata(writer, query);
    }

    /// <summary>
    /// QueryRangeResponse{series 1 {labels 1, samples 2 {value 1, timestamp_ms 2}, exemplars 4 {labels 1, value 2, timestamp_ms 3}}, metrics 2, status 3,
    /// message 4}.
    /// </summary>
    public static void WriteRange(in ProtoWriter writer, TraceMetricsResult result, int maxSeries, QueryContext query)
    {
        foreach (var series in result.Series)
        {
            var message = writer.BeginMessage(1, 3);
            WriteAttributes(writer, 1, series.Labels);
            for (var step = 0; step < series.Values.Length; step++)
            {
                if (double.IsNaN(series.Values[step])) continue;
                var sample = writer.BeginMessage(2);
                if (series.Values[step] != 0) writer.WriteDouble(1, series.Values[step]);
                writer.WriteInt64(2, result.Grid.At(step) / NanosPerMillisecond);
                writer.EndMessage(sample);
            }

            foreach (var exemplar in series.Exemplars)
            {
                var one = writer.BeginMessage(4);
                WriteAttributes(writer, 1, exemplar.Labels);
                if (exemplar.Value != 0) writer.WriteDouble(2, exemplar.Value);
                writer.WriteInt64(3, exemplar.TimeUnixNanos / NanosPerMillisecond);
                writer.EndMessage(one);
            }

            writer.EndMessage(message);
        }

        WriteEnd(writer, result, maxSeries, query);
    }

    /// <summary>QueryInstantResponse{series 1 {labels 1, value 2}, metrics 2, status 3, message 4}.</summary>
    public static void WriteInstant(in ProtoWriter writer, TraceMetricsResult result, int maxSeries, QueryContext query)
    {
        foreach (var series in result.Series)
        {
            if (double.IsNaN(series.Values[0])) continue;
            var message = writer.BeginMessage(1, 2);
            WriteAttributes(writer, 1, series.Labels);
            if (series.Values[0] != 0) writer.WriteDouble(2, series.Values[0]);
            writer.EndMessage(message);
        }

        WriteEnd(writer, result, maxSeries, query);
    }

    private static void WriteEnd(in ProtoWriter writer, TraceMetricsResult result, int maxSeries, QueryContext query)
    {
        var metrics = writer.BeginMessage(2);
        WriteNumber(writer, 2, query.BytesRead);
        writer.WriteVarint(4, 1);
        writer.WriteVarint(5, 1);
        writer.EndMessage(metrics);
        var reasons = MetricsJson.PartialReasons(result, maxSeries, query);
        if (reasons.Count == 0) return;
        writer.WriteVarint(3, 1);
        writer.WriteString(4, string.Join("; ", reasons));
    }

    /// <summary>
    /// TraceSearchMetadata{trace_id 1, root_service_name 2, root_trace_name 3, start_time_unix_nano 4, duration_ms 5, span_set 6, span_sets 7,
    /// service_stats 8 map of {span_count 1, error_count 2}}.
    /// </summary>
    private static void WriteTrace(in ProtoWriter writer, FoundTrace trace)
    {
        var message = writer.BeginMessage(1, 2);
        var id = trace.TraceId.AsSpan().TrimStart('0');
        writer.WriteString(1, id.IsEmpty ? "0" : id);
        writer.WriteString(2, trace.RootServiceName ?? SearchJson.RootNotReceived);
        if (!string.IsNullOrEmpty(trace.RootTraceName)) writer.WriteString(3, trace.RootTraceName);
        WriteNumber(writer, 4, trace.StartUnixNanos);
        WriteNumber(writer, 5, Math.Min(trace.DurationNanos / NanosPerMillisecond, uint.MaxValue));
        if (trace.Spansets.Count > 0) WriteSpanset(writer, 6, trace.Spansets[0]);
        foreach (var spanset in trace.Spansets) WriteSpanset(writer, 7, spanset);
        foreach (var stats in trace.ServiceStats)
        {
            var entry = writer.BeginMessage(8);
            writer.WriteString(1, stats.Service);
            var counts = writer.BeginMessage(2);
            WriteNumber(writer, 1, stats.SpanCount);
            WriteNumber(writer, 2, stats.ErrorCount);
            writer.EndMessage(counts);
            writer.EndMessage(entry);
        }

        writer.EndMessage(message);
    }

    // SpanSet: spans 1 {span_id 1, name 2, start_time_unix_nano 3, duration_nanos 4, attributes 5}, matched 2, attributes 3.
    private static void WriteSpanset(in ProtoWriter writer, int field, FoundSpanset spanset)
    {
        var message = writer.BeginMessage(field, 2);
        foreach (var span in spanset.Spans)
        {
            var one = writer.BeginMessage(1);
            writer.WriteString(1, span.SpanId);
            if (span.Name.Length > 0) writer.WriteString(2, span.Name);
            WriteNumber(writer, 3, span.StartUnixNanos);
            WriteNumber(writer, 4, span.DurationNanos);
            WriteAttributes(writer, 5, span.Attributes);
            writer.EndMessage(one);
        }

        WriteNumber(writer, 2, spanset.Matched);
        WriteAttributes(writer, 3, spanset.Attributes);
        writer.EndMessage(message);
    }

    // MetadataMetrics: inspected_bytes 1, total_jobs 2, completed_jobs 3.
    private static void WriteMetadata(in ProtoWriter writer, QueryContext query)
    {
        var metrics = writer.BeginMessage(2);
        WriteNumber(writer, 1, query.BytesRead);
        writer.WriteVarint(2, 1);
        writer.WriteVarint(3, 1);
        writer.EndMessage(metrics);
    }

    private static void WriteAttributes(in ProtoWriter writer, int field, IReadOnlyList<KeyValuePair<string, AttributeValue>> attributes)
    {
        foreach (var (key, value) in attributes)
        {
            var pair = writer.BeginMessage(field);
            writer.WriteString(1, key);
            var any = writer.BeginMessage(2);
            WriteAnyValue(writer, value);
            writer.EndMessage(any);
            writer.EndMessage(pair);
        }
    }

    // AnyValue: string 1, bool 2, int 3, double 4, array 5, kvlist 6, bytes 7. The member that is set is written even where it is the default.
    private static void WriteAnyValue(in ProtoWriter writer, AttributeValue value)
    {
        switch (value.Kind)
        {
            case AttributeKind.Bool:
                writer.WriteBool(2, value.Bool);
                break;
            case AttributeKind.Int:
                writer.WriteInt64(3, value.Bits);
                break;
            case AttributeKind.Double:
                writer.WriteDouble(4, value.Double);
                break;
            case AttributeKind.Bytes:
                writer.WriteBytes(7, Convert.FromBase64String(value.Text ?? ""));
                break;
            case AttributeKind.Array or AttributeKind.KeyValueList:
                using (var document = NestedValue.Parse(Encoding.UTF8.GetBytes(value.Text ?? "")))
                {
                    if (document is null) writer.WriteString(1, value.Text);
                    else TraceProtobuf.WriteElement(writer, document.RootElement);
                }

                break;
            default:
                writer.WriteString(1, value.Text);
                break;
        }
    }

    private static void WriteNumber(in ProtoWriter writer, int field, long value)
    {
        if (value != 0) writer.WriteInt64(field, value);
    }
}
