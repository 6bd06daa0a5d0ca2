using System.Buffers;
using System.Globalization;
using System.Text;

namespace Triptych.LogQL.Syntax.Literals;

/// <summary>Quoted strings: double quotes with Go's escapes, backticks without any.</summary>
public static class StringLiteral
{
    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Offset after the closing quote of the string that opens at <paramref name="start"/>, or -1.</summary>
    public static int FindEnd(string text, int start)
    {
        var quote = text[start];
        for (var i = start + 1; i < text.Length; i++)
        {
            if (text[i] == quote)
                return i + 1;
            if (quote == '"' && text[i] == '\n')
                return -1;
            if (quote == '"' && text[i] == '\\')
                i++;
        }
        return -1;
    }

    /// <summary>Decodes the string with its quotes. Escaped bytes must form UTF-8, for stored lines are matched as UTF-8.</summary>
    public static bool TryUnquote(ReadOnlySpan<char> quoted, out string value, out string problem)
    {
        problem = "";
        var inner = quoted[1..^1];
        if (quoted[0] == '`' || inner.IndexOf('\\') < 0)
        {
            value = inner.ToString();
            return true;
        }
        var bytes = new ArrayBufferWriter<byte>(inner.Length + 8);
        value = "";
        for (var i = 0; i < inner.Length;)
        {
            if (inner[i] != '\\')
            {
                var run = inner[i..].IndexOf('\\');
                var plain = run < 0 ? inner[i..] : inner.Slice(i, run);
                Encoding.UTF8.GetBytes(plain, bytes);
                i += plain.Length;
                continue;
            }
            var used = TryUnescape(inner[i..], bytes);
            if (used == 0)
            {
                problem = "invalid escape sequence in string";
                return false;
            }
            i += used;
        }
        try
        {
            value = s_strictUtf8.GetString(bytes.WrittenSpan);
            return true;
        }
        catch (DecoderFallbackException)
        {
            problem = "escaped bytes in string are not valid UTF-8";
            return false;
        }
    }

    /// <summary>The string in double quotes, on one line.</summary>
    public static string Quote(string value)
    {
        var text = new StringBuilder(value.Length + 2);
        text.Append('"');
        foreach (var c in value)
        {
            switch (c)
            {
                case '"': text.Append("\\\""); break;
                case '\\': text.Append(@"\\"); break;
                case '\n': text.Append("\\n"); break;
                case '\r': text.Append("\\r"); break;
                case '\t': text.Append("\\t"); break;
                case < ' ' or '\x7f': text.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}"); break;
                default: text.Append(c); break;
            }
        }
        return text.Append('"').ToString();
    }

    /// <summary>Characters used by the escape at the start of <paramref name="text"/>, 0 if it is none.</summary>
    private static int TryUnescape(ReadOnlySpan<char> text, ArrayBufferWriter<byte> bytes)
    {
        if (text.Length < 2)
            return 0;
        var simple = text[1] switch
        {
            'a' => 7,
            'b' => 8,
            'f' => 12,
            'n' => 10,
            'r' => 13,
            't' => 9,
            'v' => 11,
            '\\' => '\\',
            '"' => '"',
            _ => -1,
        };
        if (simple >= 0)
        {
            Append(bytes, (byte)simple);
            return 2;
        }
        return text[1] switch
        {
            'x' => Coded(text, 2, 2, 16, bytes),
            'u' => Coded(text, 2, 4, 16, bytes),
            'U' => Coded(text, 2, 8, 16, bytes),
            >= '0' and <= '7' => Coded(text, 1, 3, 8, bytes),
            _ => 0,
        };
    }

    private static int Coded(ReadOnlySpan<char> text, int start, int digits, int radix, ArrayBufferWriter<byte> bytes)
    {
        if (text.Length < start + digits)
            return 0;
        uint code = 0;
        foreach (var c in text.Slice(start, digits))
        {
            if (!char.IsAsciiHexDigit(c) || (radix == 8 && c > '7'))
                return 0;
            code = (code * (uint)radix) + (uint)Convert.ToInt32(c.ToString(), 16);
        }
        if (digits <= 3)
        {
            if (code > 0xff)
                return 0;
            Append(bytes, (byte)code);
        }
        else
        {
            if (!Rune.IsValid(code))
                return 0;
            Span<byte> utf8 = stackalloc byte[4];
            bytes.Write(utf8[..new Rune(code).EncodeToUtf8(utf8)]);
        }
        return start + digits;
    }

    private static void Append(ArrayBufferWriter<byte> bytes, byte value)
    {
        bytes.GetSpan(1)[0] = value;
        bytes.Advance(1);
    }
}
