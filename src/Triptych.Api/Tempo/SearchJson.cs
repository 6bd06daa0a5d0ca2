using System.Text.Json;
using Triptych.Api.Http;
using Triptych.TraceQL.Planning;

namespace Triptych.Api.Tempo;

/// <summary>
/// What a search found, in Tempo's form: ids in hex, trace ids without leading zeros, 64-bit integers as texts, defaults left out.
/// </summary>
internal static class SearchJson
{
    /// <summary>What stands for a root span that has not come.</summary>
    internal const string RootNotReceived = "<root span not yet received>";

    /// <summary>Writes the whole answer.</summary>
    public static async ValueTask WriteAsync(JsonAnswer answer, TraceSearchResult result)
    {
        var json = answer.Json;
        json.WriteStartObject();
        json.WriteStartArray("traces");
        foreach (var trace in result.Traces)
        {
            WriteTrace(json, trace);
            await answer.FlushIfFullAsync();
        }

        json.WriteEndArray();
        json.WriteStartObject("metrics");
        if (result.Cost.InspectedTraces != 0) json.WriteNumber("inspectedTraces", result.Cost.InspectedTraces);
        Int64Text.WriteUnlessZero(json, "inspectedBytes"u8, result.Cost.InspectedBytes);
        Int64Text.WriteUnlessZero(json, "inspectedSpans"u8, result.Cost.InspectedSpans);

        // The whole search is one job, and it is done.
        json.WriteNumber("completedJobs", 1);
        json.WriteNumber("totalJobs", 1);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteTrace(Utf8JsonWriter json, FoundTrace trace)
    {
        json.WriteStartObject();
        var id = trace.TraceId.AsSpan().TrimStart('0');
        json.WriteString("traceID", id.IsEmpty ? "0" : id);
        json.WriteString("rootServiceName", trace.RootServiceName ?? RootNotReceived);
        if (!string.IsNullOrEmpty(trace.RootTraceName)) json.WriteString("rootTraceName", trace.RootTraceName);
        Int64Text.WriteUnlessZero(json, "startTimeUnixNano"u8, trace.StartUnixNanos);
        var durationMs = Math.Min(trace.DurationNanos / 1_000_000, uint.MaxValue);
        if (durationMs > 0) json.WriteNumber("durationMs", durationMs);
        if (trace.Spansets.Count > 0)
        {
            // Kept for clients of before there were several.
            json.WritePropertyName("spanSet");
            WriteSpanset(json, trace.Spansets[0]);
            json.WriteStartArray("spanSets");
            foreach (var spanset in trace.Spansets) WriteSpanset(json, spanset);
            json.WriteEndArray();
        }

        if (trace.ServiceStats.Count > 0)
        {
            json.WriteStartObject("serviceStats");
            foreach (var stats in trace.ServiceStats)
            {
                json.WriteStartObject(stats.Service);
                if (stats.SpanCount != 0) json.WriteNumber("spanCount", stats.SpanCount);
                if (stats.ErrorCount != 0) json.WriteNumber("errorCount", stats.ErrorCount);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteSpanset(Utf8JsonWriter json, FoundSpanset spanset)
    {
        json.WriteStartObject();
        json.WriteStartArray("spans");
        foreach (var span in spanset.Spans)
        {
            json.WriteStartObject();
            json.WriteString("spanID", span.SpanId);
            if (span.Name.Length > 0) json.WriteString("name", span.Name);
            Int64Text.WriteUnlessZero(json, "startTimeUnixNano"u8, span.StartUnixNanos);
            Int64Text.WriteUnlessZero(json, "durationNanos"u8, span.DurationNanos);
            AnyValueJson.WriteList(json, "attributes", span.Attributes);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (spanset.Matched != 0) json.WriteNumber("matched", spanset.Matched);
        AnyValueJson.WriteList(json, "attributes", spanset.Attributes);
        json.WriteEndObject();
    }
}
