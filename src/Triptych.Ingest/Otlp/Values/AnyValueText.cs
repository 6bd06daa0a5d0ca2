using System.Buffers.Text;
using Triptych.Ingest.Text;
using Triptych.Model.Attributes;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Protobuf;
using Triptych.Primitives.Text;

namespace Triptych.Ingest.Otlp.Values;

/// <summary>Writes values as text: plain for labels and lines, JSON for lists and maps. Text that is not valid UTF-8 is repaired.</summary>
internal static class AnyValueText
{
    /// <summary>Appends the value as a label shows it: text as it is, numbers in plain notation, bytes in base64, lists and maps as JSON.</summary>
    /// <param name="parent">Takes the error of a malformed nested value.</param>
    public static void WritePlain(scoped ref ProtoReader parent, scoped in AnyValue value, PooledBufferWriter output)
    {
        switch (value.Kind)
        {
            case AttributeKind.String:
                WriteValid(value.Bytes, output);
                break;
            case AttributeKind.Double:
                output.Advance(FloatFormat.WritePrometheus(BitConverter.Int64BitsToDouble(value.Bits), output.GetSpan(FloatFormat.MaxLength)));
                break;
            case AttributeKind.Bytes:
                WriteBase64(value.Bytes, output);
                break;
            case AttributeKind.None:
                break;
            default:
                WriteJson(ref parent, value, output, 0);
                break;
        }
    }

    /// <summary>Appends the value as JSON.</summary>
    /// <param name="parent">Takes the error of a malformed nested value, or the refusal of one nested too deep.</param>
    public static void WriteJson(scoped ref ProtoReader parent, scoped in AnyValue value, PooledBufferWriter output, int depth)
    {
        switch (value.Kind)
        {
            case AttributeKind.String:
                WriteJsonString(value.Bytes, output);
                break;
            case AttributeKind.Bool:
                output.Write(value.Bits != 0 ? "true"u8 : "false"u8);
                break;
            case AttributeKind.Int:
                JsonTextWriter.WriteInt(value.Bits, output);
                break;
            case AttributeKind.Double:
                JsonTextWriter.WriteDouble(BitConverter.Int64BitsToDouble(value.Bits), output);
                break;
            case AttributeKind.Bytes:
                output.WriteByte((byte)'"');
                WriteBase64(value.Bytes, output);
                output.WriteByte((byte)'"');
                break;
            case AttributeKind.Array:
                WriteArray(ref parent, value.Nested, output, depth + 1);
                break;
            case AttributeKind.KeyValueList:
                WriteMap(ref parent, value.Nested, output, depth + 1);
                break;
            default:
                output.Write("null"u8);
                break;
        }
    }

    /// <summary>Appends text with U+FFFD for what is not valid UTF-8.</summary>
    public static void WriteValid(ReadOnlySpan<byte> text, PooledBufferWriter output)
    {
        if (Utf8Text.IsValid(text)) output.Write(text);
        else Utf8Text.Repair(text, output);
    }

    private static void WriteArray(scoped ref ProtoReader parent, ProtoReader list, PooledBufferWriter output, int depth)
    {
        if (depth > AnyValue.MaxDepth)
        {
            parent.Fail();
            return;
        }

        output.WriteByte((byte)'[');
        var first = true;
        while (list.TryReadTag(out var field, out _))
        {
            if (field != 1) continue;
            if (!first) output.WriteByte((byte)',');
            first = false;
            var value = AnyValue.Read(ref list, list.ReadMessage());
            WriteJson(ref list, value, output, depth);
        }

        output.WriteByte((byte)']');
        parent.Absorb(list);
    }

    private static void WriteMap(scoped ref ProtoReader parent, ProtoReader map, PooledBufferWriter output, int depth)
    {
        if (depth > AnyValue.MaxDepth)
        {
            parent.Fail();
            return;
        }

        output.WriteByte((byte)'{');
        var first = true;
        while (map.TryReadTag(out var field, out _))
        {
            if (field != 1 || !AnyValue.TryReadPair(ref map, map.ReadMessage(), out var key, out var value)) continue;
            if (!first) output.WriteByte((byte)',');
            first = false;
            WriteJsonString(key, output);
            output.WriteByte((byte)':');
            WriteJson(ref map, value, output, depth);
        }

        output.WriteByte((byte)'}');
        parent.Absorb(map);
    }

    private static void WriteJsonString(ReadOnlySpan<byte> text, PooledBufferWriter output)
    {
        if (Utf8Text.IsValid(text))
        {
            JsonTextWriter.WriteString(text, output);
            return;
        }

        using var repaired = new PooledBufferWriter(capacity: text.Length);
        Utf8Text.Repair(text, repaired);
        JsonTextWriter.WriteString(repaired.WrittenSpan, output);
    }

    private static void WriteBase64(ReadOnlySpan<byte> bytes, PooledBufferWriter output)
    {
        Base64.EncodeToUtf8(bytes, output.GetSpan(Base64.GetMaxEncodedToUtf8Length(bytes.Length)), out _, out var written);
        output.Advance(written);
    }
}
