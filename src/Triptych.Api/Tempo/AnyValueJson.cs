using System.Text.Json;
using Triptych.Model.Attributes;

namespace Triptych.Api.Tempo;

/// <summary>
/// Typed attributes as protobuf's JSON writes OTLP's KeyValue and AnyValue: <c>{"key":"a","value":{"intValue":"1"}}</c>. The member that is
/// set is written even
/// where it is the default.
/// </summary>
internal static class AnyValueJson
{
    private static readonly JsonEncodedText Key = JsonEncodedText.Encode("key");
    private static readonly JsonEncodedText Value = JsonEncodedText.Encode("value");
    private static readonly JsonEncodedText StringValue = JsonEncodedText.Encode("stringValue");

    /// <summary>Writes <c>"attributes":[…]</c>, or nothing for an empty set.</summary>
    public static void WriteSet(Utf8JsonWriter json, ReadOnlySpan<byte> set)
    {
        var reader = new AttributeReader(set);
        if (!reader.TryRead()) return;
        json.WriteStartArray("attributes"u8);
        do
        {
            json.WriteStartObject();
            json.WriteString(Key, reader.Key);
            json.WriteStartObject(Value);
            WriteOne(json, reader);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        while (reader.TryRead());
        json.WriteEndArray();
    }

    /// <summary>Writes a list of attributes under a name, or nothing for an empty one.</summary>
    public static void WriteList(Utf8JsonWriter json, string name, IReadOnlyList<KeyValuePair<string, AttributeValue>> attributes)
    {
        if (attributes.Count == 0) return;
        json.WriteStartArray(name);
        foreach (var (key, value) in attributes)
        {
            json.WriteStartObject();
            json.WriteString(Key, key);
            json.WriteStartObject(Value);
            switch (value.Kind)
            {
                case AttributeKind.String:
                    json.WriteString(StringValue, value.Text);
                    break;
                case AttributeKind.Bytes:
                    json.WriteString("bytesValue"u8, value.Text);
                    break;
                case AttributeKind.Array or AttributeKind.KeyValueList:
                    WriteNested(json, System.Text.Encoding.UTF8.GetBytes(value.Text ?? ""));
                    break;
                default:
                    WriteScalar(json, value.Kind, value.Bits);
                    break;
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>A double as protobuf's JSON writes it: what is no number becomes a text.</summary>
    public static void WriteDouble(Utf8JsonWriter json, ReadOnlySpan<byte> name, double value)
    {
        if (double.IsFinite(value)) json.WriteNumber(name, value);
        else json.WriteString(name, double.IsNaN(value) ? "NaN"u8 : value > 0 ? "Infinity"u8 : "-Infinity"u8);
    }

    private static void WriteOne(Utf8JsonWriter json, scoped in AttributeReader attribute)
    {
        switch (attribute.Kind)
        {
            case AttributeKind.String:
                json.WriteString(StringValue, attribute.Bytes);
                break;
            case AttributeKind.Bytes:
                json.WriteBase64String("bytesValue"u8, attribute.Bytes);
                break;
            case AttributeKind.Array or AttributeKind.KeyValueList:
                WriteNested(json, attribute.Bytes);
                break;
            default:
                WriteScalar(json, attribute.Kind, attribute.Bits);
                break;
        }
    }

    private static void WriteScalar(Utf8JsonWriter json, AttributeKind kind, long bits)
    {
        switch (kind)
        {
            case AttributeKind.Bool:
                json.WriteBoolean("boolValue"u8, bits != 0);
                break;
            case AttributeKind.Int:
                Int64Text.Write(json, "intValue"u8, bits);
                break;
            case AttributeKind.Double:
                WriteDouble(json, "doubleValue"u8, BitConverter.Int64BitsToDouble(bits));
                break;
        }
    }

    private static void WriteNested(Utf8JsonWriter json, ReadOnlySpan<byte> text)
    {
        using var document = NestedValue.Parse(text);
        if (document is null) json.WriteString(StringValue, text);
        else WriteElement(json, document.RootElement);
    }

    private static void WriteElement(Utf8JsonWriter json, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                json.WriteString(StringValue, element.GetString());
                break;
            case JsonValueKind.True or JsonValueKind.False:
                json.WriteBoolean("boolValue"u8, element.GetBoolean());
                break;
            case JsonValueKind.Number when element.TryGetInt64(out var integer):
                Int64Text.Write(json, "intValue"u8, integer);
                break;
            case JsonValueKind.Number:
                WriteDouble(json, "doubleValue"u8, element.GetDouble());
                break;
            case JsonValueKind.Array:
                json.WriteStartObject("arrayValue"u8);
                json.WriteStartArray("values"u8);
                foreach (var item in element.EnumerateArray())
                {
                    json.WriteStartObject();
                    WriteElement(json, item);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteEndObject();
                break;
            case JsonValueKind.Object:
                json.WriteStartObject("kvlistValue"u8);
                json.WriteStartArray("values"u8);
                foreach (var member in element.EnumerateObject())
                {
                    json.WriteStartObject();
                    json.WriteString(Key, member.Name);
                    json.WriteStartObject(Value);
                    WriteElement(json, member.Value);
                    json.WriteEndObject();
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteEndObject();
                break;
        }
    }
}
