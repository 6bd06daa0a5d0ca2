using System.Text.Json;
using Triptych.Api.Http;
using Triptych.Query.Budgets;
using Triptych.TraceQL.Functions;

namespace Triptych.Api.Tempo;

/// <summary>Series of a TraceQL metrics query in Tempo's form: typed labels, times as texts of milliseconds, defaults left out.</summary>
internal static class MetricsJson
{
    private const long NanosPerMillisecond = 1_000_000;

    /// <summary>Writes an answer over a range of time.</summary>
    public static async ValueTask WriteRangeAsync(JsonAnswer answer, TraceMetricsResult result, int maxSeries, QueryContext context)
    {
        var json = answer.Json;
        json.WriteStartObject();
        json.WriteStartArray("series");
        foreach (var series in result.Series)
        {
            json.WriteStartObject();
            AnyValueJson.WriteList(json, "labels", series.Labels);
            json.WriteStartArray("samples");
            for (var step = 0; step < series.Values.Length; step++)
            {
                if (double.IsNaN(series.Values[step])) continue;
                json.WriteStartObject();
                Int64Text.WriteUnlessZero(json, "timestampMs"u8, result.Grid.At(step) / NanosPerMillisecond);
                WriteValue(json, series.Values[step]);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            WriteExemplars(json, series.Exemplars);
            json.WriteEndObject();
            await answer.FlushIfFullAsync();
        }

        json.WriteEndArray();
        WriteCost(json, context);
        WritePartial(json, PartialReasons(result, maxSeries, context));
        json.WriteEndObject();
    }

    /// <summary>Writes an answer of one value for each series. Clients decode it strictly: it has no other members.</summary>
    public static async ValueTask WriteInstantAsync(JsonAnswer answer, TraceMetricsResult result, QueryContext context)
    {
        var json = answer.Json;
        json.WriteStartObject();
        json.WriteStartArray("series");
        foreach (var series in result.Series)
        {
            if (double.IsNaN(series.Values[0])) continue;
            json.WriteStartObject();
            AnyValueJson.WriteList(json, "labels", series.Labels);
            WriteValue(json, series.Values[0]);
            json.WriteEndObject();
            await answer.FlushIfFullAsync();
        }

        json.WriteEndArray();
        WriteCost(json, context);
        json.WriteEndObject();
    }

    /// <summary>Why an answer is not complete, or not exact; nothing for one that is both.</summary>
    public static List<string> PartialReasons(TraceMetricsResult result, int maxSeries, QueryContext context)
    {
        var reasons = context.Warnings.Concat(context.Infos).ToList();
        if (result.IsTruncated) reasons.Add($"there are more than {maxSeries} series; the first {maxSeries} are returned");
        return reasons;
    }

    /// <summary>Writes the cost of a query: <c>"metrics":{…}</c>.</summary>
    public static void WriteCost(Utf8JsonWriter json, QueryContext context)
    {
        json.WriteStartObject("metrics"u8);
        Int64Text.WriteUnlessZero(json, "inspectedBytes"u8, context.BytesRead);
        json.WriteEndObject();
    }

    /// <summary>Writes status and message of an answer that is not complete; nothing for a complete one.</summary>
    public static void WritePartial(Utf8JsonWriter json, IReadOnlyCollection<string> reasons)
    {
        if (reasons.Count == 0) return;
        json.WriteString("status"u8, "PARTIAL"u8);
        json.WriteString("message"u8, string.Join("; ", reasons));
    }

    private static void WriteExemplars(Utf8JsonWriter json, IReadOnlyList<TraceExemplar> exemplars)
    {
        if (exemplars.Count == 0) return;
        json.WriteStartArray("exemplars"u8);
        foreach (var exemplar in exemplars)
        {
            json.WriteStartObject();
            AnyValueJson.WriteList(json, "labels", exemplar.Labels);
            WriteValue(json, exemplar.Value);
            Int64Text.WriteUnlessZero(json, "timestampMs"u8, exemplar.TimeUnixNanos / NanosPerMillisecond);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteValue(Utf8JsonWriter json, double value)
    {
        if (value != 0) AnyValueJson.WriteDouble(json, "value"u8, value);
    }
}
