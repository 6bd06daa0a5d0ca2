using System.Buffers.Text;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Triptych.Model.Attributes;
using Triptych.Primitives.Binary;

namespace Triptych.Traces.Block;

/// <summary>
/// Attribute values as the texts of a block, and back: integers in decimal digits; doubles in the shortest digits that give the same bits, <c>NaN</c> with other bits than the usual as
/// <c>NaN:</c> and 16 hexadecimal digits; <c>true</c> and <c>false</c>; bytes in base64; texts, lists and maps as they are. With the kind each text has one value.
/// </summary>
internal static class AttributeText
{
    private const long UsualNaN = 0x7FF8_0000_0000_0000;

    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Writes the text of the attribute that a reader stands on.</summary>
    public static void Write(PooledBufferWriter output, in AttributeReader attribute)
    {
        int length;
        switch (attribute.Kind)
        {
            case AttributeKind.Int:
                Utf8Formatter.TryFormat(attribute.Bits, output.GetSpan(24), out length);
                output.Advance(length);
                break;
            case AttributeKind.Double:
                WriteDouble(output, attribute.Bits);
                break;
            case AttributeKind.Bool:
                output.Write(attribute.Bits != 0 ? "true"u8 : "false"u8);
                break;
            case AttributeKind.Bytes:
                Base64.EncodeToUtf8(attribute.Bytes, output.GetSpan(Base64.GetMaxEncodedToUtf8Length(attribute.Bytes.Length)), out _, out length);
                output.Advance(length);
                break;
            default:
                output.Write(attribute.Bytes);
                break;
        }
    }

    /// <summary>Reads a text of a kind; the text's own bytes stand in <paramref name="bytes"/>, or in <paramref name="scratch"/> until it is used again. False when there is no such value.</summary>
    public static bool TryRead(AttributeKind kind, ReadOnlySpan<byte> text, PooledBufferWriter scratch, out long bits, out ReadOnlySpan<byte> bytes)
    {
        bits = 0;
        bytes = default;
        switch (kind)
        {
            case AttributeKind.Int:
                return Utf8Parser.TryParse(text, out bits, out var used) && used == text.Length;
            case AttributeKind.Double:
                return TryReadDouble(text, out bits);
            case AttributeKind.Bool:
                bits = text.SequenceEqual("true"u8) ? 1 : 0;
                return bits == 1 || text.SequenceEqual("false"u8);
            case AttributeKind.Bytes:
                scratch.Reset();
                var status = Base64.DecodeFromUtf8(text, scratch.GetSpan(Base64.GetMaxDecodedFromUtf8Length(text.Length)), out _, out var length);
                scratch.Advance(length);
                bytes = scratch.WrittenSpan;
                return status == System.Buffers.OperationStatus.Done;
            case AttributeKind.String or AttributeKind.Array or AttributeKind.KeyValueList:
                bytes = text;
                return true;
            default:
                return false;
        }
    }

    /// <summary>Writes an attribute as one of an attribute set (<see cref="AttributeReader"/>), out of its text. False when there is no such value.</summary>
    public static bool TryWriteAttribute(PooledBufferWriter set, ReadOnlySpan<byte> key, AttributeKind kind, ReadOnlySpan<byte> text, PooledBufferWriter scratch)
    {
        if (!TryRead(kind, text, scratch, out var bits, out var bytes)) return false;
        set.WriteLengthPrefixed(key);
        set.WriteByte((byte)kind);
        switch (kind)
        {
            case AttributeKind.Int or AttributeKind.Double:
                set.WriteFixed64((ulong)bits);
                break;
            case AttributeKind.Bool:
                set.WriteByte((byte)bits);
                break;
            default:
                set.WriteLengthPrefixed(bytes);
                break;
        }

        return true;
    }

    /// <summary>Writes an attribute set as a JSON object of texts and, into <paramref name="kinds"/>, a byte for each attribute.</summary>
    public static void WriteJson(PooledBufferWriter output, PooledBufferWriter kinds, ReadOnlySpan<byte> set, PooledBufferWriter scratch)
    {
        if (set.IsEmpty)
        {
            output.Write("{}"u8);
            return;
        }

        using var json = new Utf8JsonWriter(output, Json);
        json.WriteStartObject();
        var attributes = new AttributeReader(set);
        while (attributes.TryRead())
        {
            kinds.WriteByte((byte)attributes.Kind);
            scratch.Reset();
            Write(scratch, attributes);
            json.WriteString(attributes.Key, scratch.WrittenSpan);
        }

        json.WriteEndObject();
    }

    /// <summary>Reads what <see cref="WriteJson"/> wrote back into an attribute set. False when the bytes are not that.</summary>
    public static bool TryReadJson(PooledBufferWriter set, ReadOnlySpan<byte> text, ReadOnlySpan<byte> kinds, PooledBufferWriter key, PooledBufferWriter value, PooledBufferWriter scratch)
    {
        try
        {
            var json = new Utf8JsonReader(text);
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject) return false;
            for (var i = 0; json.Read() && json.TokenType == JsonTokenType.PropertyName; i++)
            {
                Copy(ref json, key);
                if (!json.Read() || json.TokenType != JsonTokenType.String || i >= kinds.Length) return false;
                Copy(ref json, value);
                if (!TryWriteAttribute(set, key.WrittenSpan, (AttributeKind)kinds[i], value.WrittenSpan, scratch)) return false;
            }

            return json.TokenType == JsonTokenType.EndObject;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static void Copy(ref Utf8JsonReader json, PooledBufferWriter into)
    {
        into.Reset();
        into.Advance(json.CopyString(into.GetSpan(json.ValueSpan.Length)));
    }

    private static void WriteDouble(PooledBufferWriter output, long bits)
    {
        var value = BitConverter.Int64BitsToDouble(bits);
        int length;
        if (double.IsNaN(value) && bits != UsualNaN)
        {
            output.Write("NaN:"u8);
            Utf8Formatter.TryFormat((ulong)bits, output.GetSpan(16), out length, new System.Buffers.StandardFormat('x', 16));
        }
        else
        {
            value.TryFormat(output.GetSpan(40), out length, "R", CultureInfo.InvariantCulture);
        }

        output.Advance(length);
    }

    private static bool TryReadDouble(ReadOnlySpan<byte> text, out long bits)
    {
        bits = UsualNaN;
        if (text.SequenceEqual("NaN"u8)) return true;
        if (text.StartsWith("NaN:"u8)) return Utf8Parser.TryParse(text[4..], out bits, out var used, 'x') && used == text.Length - 4;
        var isNumber = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value);
        bits = BitConverter.DoubleToInt64Bits(value);
        return isNumber;
    }
}
