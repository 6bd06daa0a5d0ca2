using System.Text.Json;
using Triptych.Model.Attributes;
using Triptych.Model.Traces;
using Triptych.Primitives.Protobuf;
using Triptych.TraceQL.Planning;

namespace Triptych.Api.Tempo;

/// <summary>
/// A trace in protobuf: Tempo's Trace, which is OTLP's TracesData (<c>repeated ResourceSpans resource_spans = 1</c>). Field numbers are
/// those of
/// opentelemetry/proto/trace/v1/trace.proto and common/v1/common.proto. Defaults are left out.
/// </summary>
internal static class TraceProtobuf
{
    /// <summary>Writes the fields of a Trace.</summary>
    public static void Write(in ProtoWriter writer, TraceDetail trace)
    {
        foreach (var resource in trace.Resources)
        {
            // ResourceSpans: resource 1, scope_spans 2. Resource: attributes 1.
            var resourceSpans = writer.BeginMessage(1, 3);
            var own = writer.BeginMessage(1, 2);
            WriteSet(writer, 1, resource.Attributes);
            writer.EndMessage(own);
            foreach (var scope in resource.Scopes)
            {
                var scopeSpans = writer.BeginMessage(2, 3);
                WriteScope(writer, scope);
                foreach (var span in scope.Spans) WriteSpan(writer, trace.TraceId, span);
                writer.EndMessage(scopeSpans);
            }

            writer.EndMessage(resourceSpans);
        }
    }

    // ScopeSpans: scope 1, spans 2. InstrumentationScope: name 1, version 2, attributes 3.
    private static void WriteScope(in ProtoWriter writer, TraceScope scope)
    {
        var message = writer.BeginMessage(1);
        WriteText(writer, 1, scope.Name);
        WriteText(writer, 2, scope.Version);
        WriteSet(writer, 3, scope.Attributes);
        writer.EndMessage(message);
    }

    // Span: trace_id 1, span_id 2, trace_state 3, parent_span_id 4, name 5, kind 6, start 7 fixed64, end 8 fixed64, attributes 9, events
    // 11, links 13,
    // status 15 {message 2, code 3}, flags 16 fixed32.
    private static void WriteSpan(in ProtoWriter writer, byte[] traceId, TraceSpan span)
    {
        var message = writer.BeginMessage(2, 2);
        writer.WriteBytes(1, traceId);
        writer.WriteBytes(2, span.SpanId);
        WriteText(writer, 3, span.TraceState);
        if (span.ParentSpanId.Length > 0) writer.WriteBytes(4, span.ParentSpanId);
        WriteText(writer, 5, span.Name);
        if (span.Kind != 0) writer.WriteInt64(6, span.Kind);
        writer.WriteFixed64(7, (ulong)span.StartUnixNanos);
        writer.WriteFixed64(8, (ulong)(span.StartUnixNanos + span.DurationNanos));
        WriteSet(writer, 9, span.Attributes);
        WriteEvents(writer, span.Events);
        WriteLinks(writer, span.Links);
        var status = writer.BeginMessage(15);
        WriteText(writer, 2, span.StatusMessage);
        if (span.StatusCode != 0) writer.WriteInt64(3, span.StatusCode);
        writer.EndMessage(status);
        if (span.Flags != 0) writer.WriteFixed32(16, span.Flags);
        writer.EndMessage(message);
    }

    // Event: time_unix_nano 1 fixed64, name 2, attributes 3, dropped_attributes_count 4.
    private static void WriteEvents(in ProtoWriter writer, ReadOnlySpan<byte> events)
    {
        var reader = new SpanEventReader(events);
        while (reader.TryRead())
        {
            var message = writer.BeginMessage(11);
            writer.WriteFixed64(1, (ulong)reader.TimeUnixNanos);
            if (!reader.Name.IsEmpty) writer.WriteBytes(2, reader.Name);
            WriteSet(writer, 3, reader.Attributes);
            if (reader.DroppedAttributes != 0) writer.WriteVarint(4, reader.DroppedAttributes);
            writer.EndMessage(message);
        }
    }

    // Link: trace_id 1, span_id 2, trace_state 3, attributes 4, dropped_attributes_count 5, flags 6 fixed32.
    private static void WriteLinks(in ProtoWriter writer, ReadOnlySpan<byte> links)
    {
        var reader = new SpanLinkReader(links);
        while (reader.TryRead())
        {
            var message = writer.BeginMessage(13);
            writer.WriteBytes(1, reader.TraceId);
            writer.WriteBytes(2, reader.SpanId);
            if (!reader.TraceState.IsEmpty) writer.WriteBytes(3, reader.TraceState);
            WriteSet(writer, 4, reader.Attributes);
            if (reader.DroppedAttributes != 0) writer.WriteVarint(5, reader.DroppedAttributes);
            if (reader.Flags != 0) writer.WriteFixed32(6, reader.Flags);
            writer.EndMessage(message);
        }
    }

    // KeyValue: key 1, value 2.
    private static void WriteSet(in ProtoWriter writer, int field, ReadOnlySpan<byte> set)
    {
        var reader = new AttributeReader(set);
        while (reader.TryRead())
        {
            var attribute = writer.BeginMessage(field);
            writer.WriteBytes(1, reader.Key);
            var value = writer.BeginMessage(2);
            WriteValue(writer, reader);
            writer.EndMessage(value);
            writer.EndMessage(attribute);
        }
    }

    // AnyValue: string 1, bool 2, int 3, double 4, array 5, kvlist 6, bytes 7.
    private static void WriteValue(in ProtoWriter writer, scoped in AttributeReader attribute)
    {
        switch (attribute.Kind)
        {
            case AttributeKind.String:
                writer.WriteBytes(1, attribute.Bytes);
                break;
            case AttributeKind.Bool:
                writer.WriteBool(2, attribute.Bits != 0);
                break;
            case AttributeKind.Int:
                writer.WriteInt64(3, attribute.Bits);
                break;
            case AttributeKind.Double:
                writer.WriteDouble(4, BitConverter.Int64BitsToDouble(attribute.Bits));
                break;
            case AttributeKind.Bytes:
                writer.WriteBytes(7, attribute.Bytes);
                break;
            case AttributeKind.Array or AttributeKind.KeyValueList:
                using (var document = NestedValue.Parse(attribute.Bytes))
                {
                    if (document is null) writer.WriteBytes(1, attribute.Bytes);
                    else WriteElement(writer, document.RootElement);
                }

                break;
        }
    }

    /// <summary>Writes the member of an AnyValue that a JSON value is.</summary>
    internal static void WriteElement(in ProtoWriter writer, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                writer.WriteString(1, element.GetString());
                break;
            case JsonValueKind.True or JsonValueKind.False:
                writer.WriteBool(2, element.GetBoolean());
                break;
            case JsonValueKind.Number when element.TryGetInt64(out var integer):
                writer.WriteInt64(3, integer);
                break;
            case JsonValueKind.Number:
                writer.WriteDouble(4, element.GetDouble());
                break;
            case JsonValueKind.Array:
                var list = writer.BeginMessage(5);
                foreach (var item in element.EnumerateArray()) WriteNested(writer, 1, item);
                writer.EndMessage(list);
                break;
            case JsonValueKind.Object:
                var map = writer.BeginMessage(6);
                foreach (var member in element.EnumerateObject())
                {
                    var pair = writer.BeginMessage(1);
                    writer.WriteString(1, member.Name);
                    WriteNested(writer, 2, member.Value);
                    writer.EndMessage(pair);
                }

                writer.EndMessage(map);
                break;
        }
    }

    private static void WriteNested(in ProtoWriter writer, int field, JsonElement element)
    {
        var value = writer.BeginMessage(field);
        WriteElement(writer, element);
        writer.EndMessage(value);
    }

    private static void WriteText(in ProtoWriter writer, int field, string value)
    {
        if (value.Length > 0) writer.WriteString(field, value);
    }
}
