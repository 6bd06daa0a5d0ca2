using System.Text.Json;
using Triptych.Columnar.Symbols;
using Triptych.Primitives.Text;
using Triptych.PromQL.Planning;

namespace Triptych.Api.Prometheus;

/// <summary>Writes the answer of a query: <c>"resultType":…,"result":…</c>. Labels go from the symbol table's bytes to the wire.</summary>
internal static class AnswerJson
{
    private const int PointsPerRound = 1024;

    /// <summary>Writes at most <paramref name="limit"/> series; true where there were more.</summary>
    public static async ValueTask<bool> WriteAsync(ApiResponse response, PromQLAnswer answer, int limit)
    {
        var json = response.Json;
        json.WriteString("resultType"u8, NameOf(answer.Kind));
        json.WritePropertyName("result"u8);
        if (answer.Kind is AnswerKind.Scalar or AnswerKind.String)
        {
            WriteSingle(json, answer);
            return false;
        }

        var count = Math.Min(limit, answer.Series.Count);
        json.WriteStartArray();
        for (var i = 0; i < count; i++)
        {
            var series = answer.Series[i];
            json.WriteStartObject();
            json.WritePropertyName("metric"u8);
            WriteLabels(json, answer.Symbols, series.Labels);
            if (answer.Kind == AnswerKind.Vector) WriteVectorPoint(json, series);
            else await WritePointsAsync(response, series);
            json.WriteEndObject();
            await response.FlushIfFullAsync();
        }

        json.WriteEndArray();
        return count < answer.Series.Count;
    }

    /// <summary>Writes labels as an object, in their order.</summary>
    public static void WriteLabels(Utf8JsonWriter json, SymbolTable symbols, ReadOnlySpan<LabelId> labels)
    {
        json.WriteStartObject();
        foreach (var label in labels) json.WriteString(symbols.GetUtf8(label.Name), symbols.GetUtf8(label.Value));
        json.WriteEndObject();
    }

    /// <summary>Writes a time as a number of seconds.</summary>
    public static void WriteTime(Utf8JsonWriter json, long timestampMs)
    {
        Span<byte> text = stackalloc byte[PrometheusTime.MaxLength];
        json.WriteRawValue(text[..PrometheusTime.Write(timestampMs, text)], skipInputValidation: true);
    }

    /// <summary>Writes a sample's value as a string.</summary>
    public static void WriteValue(Utf8JsonWriter json, double value)
    {
        Span<byte> text = stackalloc byte[FloatFormat.MaxLength];
        json.WriteStringValue(text[..FloatFormat.WritePrometheus(value, text)]);
    }

    private static ReadOnlySpan<byte> NameOf(AnswerKind kind) => kind switch
    {
        AnswerKind.Scalar => "scalar"u8,
        AnswerKind.String => "string"u8,
        AnswerKind.Vector => "vector"u8,
        _ => "matrix"u8,
    };

    // Of a scalar and a string, Prometheus writes the numbers in another way than of samples: the time without zeros at its end, the value without an exponent.
    private static void WriteSingle(Utf8JsonWriter json, PromQLAnswer answer)
    {
        json.WriteStartArray();
        if (answer.Kind == AnswerKind.Scalar)
        {
            answer.Series[0].TryGetPoint(0, out var timestampMs, out var value);
            WriteShortTime(json, timestampMs);
            Span<byte> text = stackalloc byte[FloatFormat.MaxPlainLength];
            json.WriteStringValue(text[..FloatFormat.WritePlain(value, text)]);
        }
        else
        {
            WriteShortTime(json, answer.Grid.Start);
            json.WriteStringValue(answer.Text);
        }

        json.WriteEndArray();
    }

    private static void WriteShortTime(Utf8JsonWriter json, long timestampMs)
    {
        Span<byte> text = stackalloc byte[PrometheusTime.MaxLength];
        ReadOnlySpan<byte> written = text[..PrometheusTime.Write(timestampMs, text)];
        json.WriteRawValue(timestampMs % 1000 == 0 ? written : written.TrimEnd((byte)'0'), skipInputValidation: true);
    }

    private static void WriteVectorPoint(Utf8JsonWriter json, AnswerSeries series)
    {
        for (var i = 0; i < series.PointCapacity; i++)
        {
            if (series.TryGetPoint(i, out var timestampMs, out var value))
            {
                json.WritePropertyName("value"u8);
                WritePoint(json, timestampMs, value);
                return;
            }

            if (!series.TryGetHistogram(i, out timestampMs, out var histogram)) continue;
            json.WritePropertyName("histogram"u8);
            HistogramJson.WritePoint(json, timestampMs, histogram);
            return;
        }
    }

    // Either array is there only if it has something in it.
    private static async ValueTask WritePointsAsync(ApiResponse response, AnswerSeries series)
    {
        var floats = CountFloats(series);
        if (floats > 0 || !series.HasHistograms) await WriteFloatsAsync(response, series);
        if (series.HasHistograms && floats < series.PointCapacity) await WriteHistogramsAsync(response, series);
    }

    private static int CountFloats(AnswerSeries series)
    {
        if (!series.HasHistograms) return series.PointCapacity;
        var count = 0;
        for (var i = 0; i < series.PointCapacity; i++)
        {
            if (series.TryGetPoint(i, out _, out _)) count++;
        }

        return count;
    }

    private static async ValueTask WriteFloatsAsync(ApiResponse response, AnswerSeries series)
    {
        response.Json.WriteStartArray("values"u8);
        for (var first = 0; first < series.PointCapacity; first += PointsPerRound)
        {
            WritePoints(response.Json, series, first, Math.Min(first + PointsPerRound, series.PointCapacity));
            await response.FlushIfFullAsync();
        }

        response.Json.WriteEndArray();
    }

    private static async ValueTask WriteHistogramsAsync(ApiResponse response, AnswerSeries series)
    {
        response.Json.WriteStartArray("histograms"u8);
        for (var i = 0; i < series.PointCapacity; i++)
        {
            if (!series.TryGetHistogram(i, out var timestampMs, out var histogram)) continue;
            HistogramJson.WritePoint(response.Json, timestampMs, histogram);
            await response.FlushIfFullAsync();
        }

        response.Json.WriteEndArray();
    }

    private static void WritePoints(Utf8JsonWriter json, AnswerSeries series, int first, int end)
    {
        for (var i = first; i < end; i++)
        {
            if (series.TryGetPoint(i, out var timestampMs, out var value)) WritePoint(json, timestampMs, value);
        }
    }

    private static void WritePoint(Utf8JsonWriter json, long timestampMs, double value)
    {
        json.WriteStartArray();
        WriteTime(json, timestampMs);
        WriteValue(json, value);
        json.WriteEndArray();
    }
}
