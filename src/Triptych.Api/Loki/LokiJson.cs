using System.Buffers.Text;
using System.Text.Json;
using Triptych.Columnar.Symbols;
using Triptych.LogQL.Planning;

namespace Triptych.Api.Loki;

/// <summary>The parts that Loki's answers and the frames of its tails are made of.</summary>
internal static class LokiJson
{
    /// <summary>The name of the form in which labels come apart by where they are from.</summary>
    public const string CategorizeLabels = "categorize-labels";

    /// <summary>Writes the property that says in which form labels come, where it is not the usual one.</summary>
    public static void WriteEncodingFlags(Utf8JsonWriter json, bool categorize)
    {
        if (!categorize) return;
        json.WriteStartArray("encodingFlags");
        json.WriteStringValue(CategorizeLabels);
        json.WriteEndArray();
    }

    /// <summary>Writes labels as an object, in the order given.</summary>
    public static void WriteLabels(Utf8JsonWriter json, ReadOnlySpan<LabelId> labels, SymbolTable symbols)
    {
        json.WriteStartObject();
        foreach (var label in labels) json.WriteString(symbols.GetUtf8(label.Name), symbols.GetUtf8(label.Value));
        json.WriteEndObject();
    }

    /// <summary>Writes a time as a text of nanoseconds.</summary>
    public static void WriteNanos(Utf8JsonWriter json, long unixNanos)
    {
        Span<byte> text = stackalloc byte[20];
        Utf8Formatter.TryFormat(unixNanos, text, out var length);
        json.WriteStringValue(text[..length]);
    }

    /// <summary>Writes a line of a stream: its time, its text and, where wanted, the labels that are not the stream's.</summary>
    public static void WriteLine(Utf8JsonWriter json, LogLine line, SymbolTable symbols, bool categorize)
    {
        json.WriteStartArray();
        WriteNanos(json, line.TimeUnixNanos);
        json.WriteStringValue(line.Line.Span);
        if (categorize)
        {
            json.WriteStartObject();
            WriteCategory(json, "structuredMetadata", line.Metadata, symbols);
            WriteCategory(json, "parsed", line.Parsed, symbols);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteCategory(Utf8JsonWriter json, string name, LabelId[] labels, SymbolTable symbols)
    {
        if (labels.Length == 0) return;
        json.WritePropertyName(name);
        WriteLabels(json, LabelText.Sorted(labels, symbols), symbols);
    }
}
