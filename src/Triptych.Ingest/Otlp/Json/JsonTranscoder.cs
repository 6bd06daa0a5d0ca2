using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Triptych.Ingest.Text;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Memory;
using Triptych.Primitives.Protobuf;
using Triptych.Primitives.Text;

namespace Triptych.Ingest.Otlp.Json;

/// <summary>
/// Writes one JSON body as protobuf. Lengths of messages are varints padded to five bytes, so that they can be filled in afterwards. Methods return what
/// is wrong with the token the reader stands on, or null.
/// </summary>
internal sealed class JsonTranscoder(NativeList<byte> output) : IDisposable
{
    private const int LengthBytes = 5;
    private readonly PooledBufferWriter _text = new(capacity: 0);
    private readonly PooledBufferWriter _bytes = new(capacity: 0);

    /// <summary>Writes the whole body.</summary>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    public string? Transcode(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, JsonMessage message)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return "an object is expected";
        if (WriteFields(ref reader, body, message) is { } error) return error;
        return reader.Read() ? "something stands after the end" : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _text.Dispose();
        _bytes.Dispose();
    }

    private string? WriteFields(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, JsonMessage message)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = message.Find(JsonUnescape.Read(reader, body, _text));
            reader.Read();
            if (field is null) reader.Skip();
            else if (reader.TokenType == JsonTokenType.Null) continue;
            else if (WriteField(ref reader, body, field) is { } error) return error;
        }

        return null;
    }

    private string? WriteField(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, JsonField field)
    {
        if (!field.IsRepeated) return WriteValue(ref reader, body, field);
        if (reader.TokenType != JsonTokenType.StartArray) return "an array is expected";
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (WriteValue(ref reader, body, field) is { } error) return error;
        }

        return null;
    }

    private string? WriteValue(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, JsonField field) => field.Kind switch
    {
        JsonFieldKind.Text => WriteText(reader, body, field),
        JsonFieldKind.Base64 => WriteBase64(reader, body, field),
        JsonFieldKind.HexId => WriteHexId(reader, body, field),
        JsonFieldKind.Bool => WriteBool(reader, field),
        JsonFieldKind.Double => WriteDouble(reader, body, field),
        JsonFieldKind.Message => WriteMessage(ref reader, body, field),
        _ => WriteInteger(reader, body, field),
    };

    private string? WriteMessage(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, JsonField field)
    {
        if (reader.TokenType != JsonTokenType.StartObject) return "an object is expected";
        WriteTag(field, WireType.LengthDelimited);
        var start = output.Count;
        output.AddRange([0x80, 0x80, 0x80, 0x80, 0]);
        if (WriteFields(ref reader, body, field.Message!()) is { } error) return error;
        var length = (uint)(output.Count - start - LengthBytes);
        var room = output.Span.Slice(start, LengthBytes);
        for (var i = 0; i < LengthBytes; i++)
        {
            room[i] = (byte)((length & 0x7f) | (i < LengthBytes - 1 ? 0x80u : 0));
            length >>= 7;
        }

        return null;
    }

    private string? WriteText(scoped in Utf8JsonReader reader, ReadOnlySpan<byte> body, JsonField field)
    {
        if (reader.TokenType != JsonTokenType.String) return "a string is expected";
        WriteBytes(field, JsonUnescape.Read(reader, body, _text));
        return null;
    }

    private string? WriteBase64(scoped in Utf8JsonReader reader, ReadOnlySpan<byte> body, JsonField field)
    {
        if (reader.TokenType != JsonTokenType.String) return "a string is expected";
        var text = JsonUnescape.Read(reader, body, _text);
        _bytes.Reset();
        if (Base64.DecodeFromUtf8(text, _bytes.GetSpan(Base64.GetMaxDecodedFromUtf8Length(text.Length)), out _, out var written) != OperationStatus.Done)
            return "the string is not base64";
        _bytes.Advance(written);
        WriteBytes(field, _bytes.WrittenSpan);
        return null;
    }

    private string? WriteHexId(scoped in Utf8JsonReader reader, ReadOnlySpan<byte> body, JsonField field)
    {
        if (reader.TokenType != JsonTokenType.String) return "a string is expected";
        var text = JsonUnescape.Read(reader, body, _text);
        Span<byte> id = stackalloc byte[16];
        id = id[..Math.Min(16, text.Length / 2)];

        // What is no id goes on as one byte, a length that no id has: the decoders refuse the item that has it and take the others.
        WriteBytes(field, HexId.TryDecode(text, id) ? id : [0xff]);
        return null;
    }

    private string? WriteBool(scoped in Utf8JsonReader reader, JsonField field)
    {
        if (reader.TokenType is not (JsonTokenType.True or JsonTokenType.False)) return "true or false is expected";
        WriteTag(field, WireType.Varint);
        output.Add(reader.TokenType == JsonTokenType.True ? (byte)1 : (byte)0);
        return null;
    }

    private string? WriteDouble(scoped in Utf8JsonReader reader, ReadOnlySpan<byte> body, JsonField field)
    {
        if (reader.TokenType is not (JsonTokenType.Number or JsonTokenType.String)) return "a number is expected";
        var text = reader.TokenType == JsonTokenType.Number ? reader.ValueSpan : JsonUnescape.Read(reader, body, _text);
        if (!TryParseDouble(text, out var value)) return "a number is expected";
        WriteTag(field, WireType.Fixed64);
        Span<byte> bits = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(bits, value);
        output.AddRange(bits);
        return null;
    }

    private string? WriteInteger(scoped in Utf8JsonReader reader, ReadOnlySpan<byte> body, JsonField field)
    {
        if (reader.TokenType is not (JsonTokenType.Number or JsonTokenType.String)) return "an integer is expected";
        var text = reader.TokenType == JsonTokenType.Number ? reader.ValueSpan : JsonUnescape.Read(reader, body, _text);
        if (!TryParseInteger(text, out var value) && !TryFindEnum(field, text, out value)) return "an integer is expected";
        if (field.Kind is JsonFieldKind.Int64 or JsonFieldKind.SignedFixed64 && value > long.MaxValue && !text.StartsWith((byte)'-'))
            return "an integer of 64 bits with a sign is expected";
        Span<byte> bytes = stackalloc byte[Varint.MaxLength];
        switch (field.Kind)
        {
            case JsonFieldKind.Fixed64:
            case JsonFieldKind.SignedFixed64:
                WriteTag(field, WireType.Fixed64);
                BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
                output.AddRange(bytes[..8]);
                break;
            case JsonFieldKind.Fixed32:
                WriteTag(field, WireType.Fixed32);
                BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)value);
                output.AddRange(bytes[..4]);
                break;
            default:
                WriteTag(field, WireType.Varint);
                var coded = field.Kind == JsonFieldKind.SignedVarint ? Varint.ZigZagEncode((long)value) : value;
                output.AddRange(bytes[..Varint.Write(bytes, coded)]);
                break;
        }

        return null;
    }

    private static bool TryParseDouble(ReadOnlySpan<byte> text, out double value)
    {
        if (text.SequenceEqual("NaN"u8)) value = double.NaN;
        else if (text.SequenceEqual("Infinity"u8)) value = double.PositiveInfinity;
        else if (text.SequenceEqual("-Infinity"u8)) value = double.NegativeInfinity;
        else return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);
        return true;
    }

    private static bool TryParseInteger(ReadOnlySpan<byte> text, out ulong value)
    {
        if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value)) return true;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var signed))
        {
            value = (ulong)signed;
            return true;
        }

        // Some encoders write whole numbers as 1e3 or 5.0. What has only digits is too large.
        if (text.IndexOfAny((byte)'.', (byte)'e', (byte)'E') < 0) return false;
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)) return false;
        if (number != Math.Floor(number) || number < long.MinValue || number >= ulong.MaxValue) return false;
        value = number < 0 ? (ulong)(long)number : (ulong)number;
        return true;
    }

    private static bool TryFindEnum(JsonField field, ReadOnlySpan<byte> name, out ulong value)
    {
        value = 0;
        if (field.Kind != JsonFieldKind.Enum || name.Length > 64) return false;
        var index = Array.IndexOf(field.EnumNames, Encoding.UTF8.GetString(name));
        value = (ulong)Math.Max(index, 0);
        return index >= 0;
    }

    private void WriteBytes(JsonField field, ReadOnlySpan<byte> bytes)
    {
        WriteTag(field, WireType.LengthDelimited);
        Span<byte> length = stackalloc byte[Varint.MaxLength];
        output.AddRange(length[..Varint.Write(length, (ulong)bytes.Length)]);
        output.AddRange(bytes);
    }

    // All field numbers of OTLP are below 2048: two bytes at most.
    private void WriteTag(JsonField field, WireType wire)
    {
        var tag = (field.Number << 3) | (int)wire;
        if (tag >= 0x80) output.Add((byte)(tag | 0x80));
        output.Add((byte)(tag >= 0x80 ? tag >> 7 : tag));
    }
}
