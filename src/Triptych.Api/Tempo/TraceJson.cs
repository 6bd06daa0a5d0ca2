using System.Text.Json;
using Triptych.Api.Http;
using Triptych.Model.Traces;
using Triptych.TraceQL.Planning;

namespace Triptych.Api.Tempo;

/// <summary>
/// A trace as protobuf's JSON writes OTLP's ResourceSpans: 64-bit integers as texts, ids in base64, enums by name, defaults left out.
/// </summary>
internal static class TraceJson
{
    private static readonly string?[] Kinds =
        [null, "SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER", "SPAN_KIND_CLIENT", "SPAN_KIND_PRODUCER", "SPAN_KIND_CONSUMER"];

    /// <summary>Writes the resources with their scopes and spans under a name: <c>batches</c> or <c>resourceSpans</c>.</summary>
    public static async ValueTask WriteResourcesAsync(JsonAnswer answer, string name, TraceDetail trace)
    {
        var json = answer.Json;
        json.WriteStartArray(name);
        foreach (var resource in trace.Resources)
        {
            json.WriteStartObject();
            json.WriteStartObject("resource");
            AnyValueJson.WriteSet(json, resource.Attributes);
            json.WriteEndObject();
            json.WriteStartArray("scopeSpans");
            foreach (var scope in resource.Scopes)
            {
                json.WriteStartObject();
                WriteScope(json, scope);
                json.WriteStartArray("spans");
                foreach (var span in scope.Spans)
                {
                    WriteSpan(json, trace.TraceId, span);
                    await answer.FlushIfFullAsync();
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteScope(Utf8JsonWriter json, TraceScope scope)
    {
        json.WriteStartObject("scope"u8);
        WriteText(json, "name"u8, scope.Name);
        WriteText(json, "version"u8, scope.Version);
        AnyValueJson.WriteSet(json, scope.Attributes);
        json.WriteEndObject();
    }

    private static void WriteSpan(Utf8JsonWriter json, byte[] traceId, TraceSpan span)
    {
        json.WriteStartObject();
        json.WriteBase64String("traceId"u8, traceId);
        json.WriteBase64String("spanId"u8, span.SpanId);
        WriteText(json, "traceState"u8, span.TraceState);
        if (span.ParentSpanId.Length > 0) json.WriteBase64String("parentSpanId"u8, span.ParentSpanId);
        WriteText(json, "name"u8, span.Name);
        if (span.Kind != 0) WriteEnum(json, "kind"u8, span.Kind, (uint)span.Kind < (uint)Kinds.Length ? Kinds[span.Kind] : null);
        Int64Text.WriteUnlessZero(json, "startTimeUnixNano"u8, span.StartUnixNanos);
        Int64Text.WriteUnlessZero(json, "endTimeUnixNano"u8, span.StartUnixNanos + span.DurationNanos);
        AnyValueJson.WriteSet(json, span.Attributes);
        WriteEvents(json, span.Events);
        WriteLinks(json, span.Links);
        json.WriteStartObject("status"u8);
        WriteText(json, "message"u8, span.StatusMessage);
        if (span.StatusCode != 0)
        {
            var name = span.StatusCode switch { 1 => "STATUS_CODE_OK", 2 => "STATUS_CODE_ERROR", _ => null };
            WriteEnum(json, "code"u8, span.StatusCode, name);
        }

        json.WriteEndObject();
        if (span.Flags != 0) json.WriteNumber("flags"u8, span.Flags);
        json.WriteEndObject();
    }

    private static void WriteEvents(Utf8JsonWriter json, ReadOnlySpan<byte> events)
    {
        var reader = new SpanEventReader(events);
        if (!reader.TryRead()) return;
        json.WriteStartArray("events"u8);
        do
        {
            json.WriteStartObject();
            Int64Text.WriteUnlessZero(json, "timeUnixNano"u8, reader.TimeUnixNanos);
            if (!reader.Name.IsEmpty) json.WriteString("name"u8, reader.Name);
            AnyValueJson.WriteSet(json, reader.Attributes);
            if (reader.DroppedAttributes != 0) json.WriteNumber("droppedAttributesCount"u8, reader.DroppedAttributes);
            json.WriteEndObject();
        }
        while (reader.TryRead());
        json.WriteEndArray();
    }

    private static void WriteLinks(Utf8JsonWriter json, ReadOnlySpan<byte> links)
    {
        var reader = new SpanLinkReader(links);
        if (!reader.TryRead()) return;
        json.WriteStartArray("links"u8);
        do
        {
            json.WriteStartObject();
            json.WriteBase64String("traceId"u8, reader.TraceId);
            json.WriteBase64String("spanId"u8, reader.SpanId);
            if (!reader.TraceState.IsEmpty) json.WriteString("traceState"u8, reader.TraceState);
            AnyValueJson.WriteSet(json, reader.Attributes);
            if (reader.DroppedAttributes != 0) json.WriteNumber("droppedAttributesCount"u8, reader.DroppedAttributes);
            if (reader.Flags != 0) json.WriteNumber("flags"u8, reader.Flags);
            json.WriteEndObject();
        }
        while (reader.TryRead());
        json.WriteEndArray();
    }

    private static void WriteEnum(Utf8JsonWriter json, ReadOnlySpan<byte> name, int number, string? text)
    {
        // A number that OTLP has no name for is written as it is, as protobuf does.
        if (text is null) json.WriteNumber(name, number);
        else json.WriteString(name, text);
    }

    private static void WriteText(Utf8JsonWriter json, ReadOnlySpan<byte> name, string value)
    {
        if (value.Length > 0) json.WriteString(name, value);
    }
}
