using System.Buffers;
using System.Globalization;
using Triptych.Primitives.Binary;

namespace Triptych.Ingest.Text;

/// <summary>Writes the pieces of JSON text, compact and with as few escapes as JSON allows.</summary>
internal static class JsonTextWriter
{
    private static readonly SearchValues<byte> Escaped = SearchValues.Create(
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, (byte)'"', (byte)'\\']);

    /// <summary>A string in quotes; the text is valid UTF-8.</summary>
    public static void WriteString(ReadOnlySpan<byte> text, PooledBufferWriter output)
    {
        output.WriteByte((byte)'"');
        while (true)
        {
            var special = text.IndexOfAny(Escaped);
            if (special < 0) break;
            output.Write(text[..special]);
            WriteEscape(text[special], output);
            text = text[(special + 1)..];
        }

        output.Write(text);
        output.WriteByte((byte)'"');
    }

    /// <summary>A number; those that JSON has no form for become strings, as protobuf's JSON has them.</summary>
    public static void WriteDouble(double value, PooledBufferWriter output)
    {
        if (double.IsFinite(value))
        {
            value.TryFormat(output.GetSpan(32), out var written, "R", CultureInfo.InvariantCulture);
            output.Advance(written);
            return;
        }

        output.Write(double.IsNaN(value) ? "\"NaN\""u8 : value > 0 ? "\"Infinity\""u8 : "\"-Infinity\""u8);
    }

    /// <summary>An integer.</summary>
    public static void WriteInt(long value, PooledBufferWriter output)
    {
        value.TryFormat(output.GetSpan(20), out var written, default, CultureInfo.InvariantCulture);
        output.Advance(written);
    }

    private static void WriteEscape(byte special, PooledBufferWriter output)
    {
        switch ((char)special)
        {
            case '"': output.Write("\\\""u8); break;
            case '\\': output.Write("\\\\"u8); break;
            case '\n': output.Write("\\n"u8); break;
            case '\r': output.Write("\\r"u8); break;
            case '\t': output.Write("\\t"u8); break;
            default:
                output.Write("\\u00"u8);
                output.WriteByte((byte)"0123456789abcdef"[special >> 4]);
                output.WriteByte((byte)"0123456789abcdef"[special & 15]);
                break;
        }
    }
}
