using System.Text.Json;

namespace Triptych.Api.Tempo;

/// <summary>Lists and maps among attributes, which the stores keep as JSON.</summary>
internal static class NestedValue
{
    /// <summary>The value; null where the text is no JSON or nests deeper than 64, to be shown as the text that it is.</summary>
    public static JsonDocument? Parse(ReadOnlySpan<byte> text)
    {
        try
        {
            var reader = new Utf8JsonReader(text);
            return JsonDocument.ParseValue(ref reader);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
