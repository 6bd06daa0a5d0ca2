using System.Buffers;
using System.Globalization;
using System.Text;

namespace Triptych.PromQL.Syntax;

/// <summary>
/// Escapes of quoted strings, Go's rules. Bytes written with <c>\x</c> or octal escapes that do not form UTF-8 become lone
/// surrogates U+DC80–U+DCFF: they cannot be confused with text, and <see cref="IsWellFormed"/> tells them apart.
/// </summary>
public static class QuotedString
{
    private const char InvalidByteBase = '\uDC00';

    /// <summary>True if no byte of the string was invalid UTF-8.</summary>
    public static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                i++;
            else if (char.IsSurrogate(text[i]))
                return false;
        }
        return true;
    }

    /// <summary>Writes <paramref name="text"/> in double quotes.</summary>
    public static void Append(StringBuilder target, string text)
    {
        target.Append('"');
        foreach (var c in text)
        {
            switch (c)
            {
                case '"': target.Append("\\\""); break;
                case '\\': target.Append("\\\\"); break;
                case '\n': target.Append("\\n"); break;
                case '\r': target.Append("\\r"); break;
                case '\t': target.Append("\\t"); break;
                case >= '\uDC80' and <= '\uDCFF' when target[^1] is < '\uD800' or > '\uDBFF':
                    target.Append(CultureInfo.InvariantCulture, $"\\x{c - InvalidByteBase:x2}");
                    break;
                case < ' ' or '\u007f':
                    target.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}");
                    break;
                default: target.Append(c); break;
            }
        }
        target.Append('"');
    }

    /// <summary>Unescapes the inside of a quoted string.</summary>
    /// <param name="inside">The text between the quotes.</param>
    /// <param name="quote">The quote character: the other one needs no escape and must have none.</param>
    /// <param name="text">The string that was meant.</param>
    /// <returns>False if an escape is malformed.</returns>
    public static bool TryUnescape(ReadOnlySpan<char> inside, char quote, out string text)
    {
        text = "";
        if (inside.IndexOf('\\') < 0)
        {
            text = inside.ToString();
            return true;
        }
        var result = new StringBuilder(inside.Length);
        Span<byte> pending = stackalloc byte[64];
        var pendingCount = 0;
        var at = 0;
        while (at < inside.Length)
        {
            var c = inside[at];
            if (c == '\\' && TryReadByteEscape(inside[at..], out var value, out var length))
            {
                if (pendingCount == pending.Length)
                    FlushComplete(result, pending, ref pendingCount);
                pending[pendingCount++] = value;
                at += length;
                continue;
            }
            FlushAll(result, pending[..pendingCount]);
            pendingCount = 0;
            if (c != '\\')
            {
                result.Append(c);
                at++;
                continue;
            }
            if (!TryReadEscape(inside[at..], quote, result, out length))
                return false;
            at += length;
        }
        FlushAll(result, pending[..pendingCount]);
        text = result.ToString();
        return true;
    }

    private static bool TryReadByteEscape(ReadOnlySpan<char> text, out byte value, out int length)
    {
        value = 0;
        length = 4;
        if (text.Length < 4)
            return false;
        if (text[1] == 'x')
            return byte.TryParse(text[2..4], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
        var octal = 0;
        for (var i = 1; i < 4; i++)
        {
            if (text[i] is < '0' or > '7')
                return false;
            octal = (octal * 8) + (text[i] - '0');
        }
        value = (byte)octal;
        return octal <= 255;
    }

    private static bool TryReadEscape(ReadOnlySpan<char> text, char quote, StringBuilder result, out int length)
    {
        length = 2;
        if (text.Length < 2)
            return false;
        const string Letters = "abfnrtv\\";
        const string Meanings = "\a\b\f\n\r\t\v\\";
        var letter = Letters.IndexOf(text[1], StringComparison.Ordinal);
        if (letter >= 0)
        {
            result.Append(Meanings[letter]);
            return true;
        }
        if (text[1] == quote)
        {
            result.Append(quote);
            return true;
        }
        length = text[1] switch { 'u' => 6, 'U' => 10, _ => 0 };
        if (length == 0 || text.Length < length
            || !uint.TryParse(text[2..length], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
            || !Rune.IsValid(code))
            return false;
        result.Append(new Rune(code).ToString());
        return true;
    }

    // Keeps an unfinished UTF-8 sequence for the next byte.
    private static void FlushComplete(StringBuilder result, Span<byte> pending, ref int count)
    {
        var at = 0;
        while (at < count)
        {
            var status = Rune.DecodeFromUtf8(pending[at..count], out var rune, out var consumed);
            if (status == OperationStatus.NeedMoreData)
                break;
            AppendDecoded(result, pending.Slice(at, consumed), status, rune);
            at += consumed;
        }
        pending[at..count].CopyTo(pending);
        count -= at;
    }

    private static void FlushAll(StringBuilder result, ReadOnlySpan<byte> pending)
    {
        while (!pending.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(pending, out var rune, out var consumed);
            AppendDecoded(result, pending[..consumed], status, rune);
            pending = pending[consumed..];
        }
    }

    private static void AppendDecoded(StringBuilder result, ReadOnlySpan<byte> bytes, OperationStatus status, Rune rune)
    {
        if (status == OperationStatus.Done)
        {
            result.Append(rune.ToString());
            return;
        }
        foreach (var b in bytes)
            result.Append((char)(InvalidByteBase + b));
    }
}
