using System.Globalization;
using System.Text;
using System.Text.Json;
using Triptych.Primitives.Binary;

namespace Triptych.Ingest.Text;

/// <summary>
/// The content of JSON strings as UTF-8 bytes. The reader's own methods throw on lone surrogates and malformed UTF-8; here a lone surrogate becomes
/// U+FFFD and other bytes stay as they are, for the caller to repair.
/// </summary>
internal static class JsonUnescape
{
    /// <summary>The string or property name that the reader stands on; points into the body or into <paramref name="scratch"/>, which is reset.</summary>
    public static ReadOnlySpan<byte> Read(scoped in Utf8JsonReader reader, ReadOnlySpan<byte> body, PooledBufferWriter scratch)
    {
        var start = (int)reader.TokenStartIndex + 1;
        var raw = body.Slice(start, reader.ValueSpan.Length);
        if (!reader.ValueIsEscaped) return raw;
        scratch.Reset();
        Write(raw, scratch);
        return scratch.WrittenSpan;
    }

    private static void Write(ReadOnlySpan<byte> raw, PooledBufferWriter output)
    {
        while (!raw.IsEmpty)
        {
            var escape = raw.IndexOf((byte)'\\');
            if (escape < 0 || escape + 1 >= raw.Length)
            {
                output.Write(raw);
                return;
            }

            output.Write(raw[..escape]);
            var kind = raw[escape + 1];
            raw = raw[(escape + 2)..];
            if (kind == 'u') raw = WriteUnicode(raw, output);
            else output.WriteByte(Single(kind));
        }
    }

    private static byte Single(byte kind) => (char)kind switch
    {
        'b' => 8,
        'f' => 12,
        'n' => 10,
        'r' => 13,
        't' => 9,
        _ => kind,
    };

    private static ReadOnlySpan<byte> WriteUnicode(ReadOnlySpan<byte> rest, PooledBufferWriter output)
    {
        if (!TryReadUnit(rest, out var unit)) return rest;
        rest = rest[4..];
        var rune = Rune.ReplacementChar;
        if (char.IsHighSurrogate(unit) && rest.Length >= 6 && rest[0] == '\\' && rest[1] == 'u' && TryReadUnit(rest[2..], out var low)
            && char.IsLowSurrogate(low))
        {
            rune = new Rune(unit, low);
            rest = rest[6..];
        }
        else if (!char.IsSurrogate(unit))
        {
            rune = new Rune(unit);
        }

        output.Advance(rune.EncodeToUtf8(output.GetSpan(4)));
        return rest;
    }

    private static bool TryReadUnit(ReadOnlySpan<byte> hex, out char unit)
    {
        unit = default;
        if (hex.Length < 4 || !ushort.TryParse(hex[..4], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)) return false;
        unit = (char)value;
        return true;
    }
}
