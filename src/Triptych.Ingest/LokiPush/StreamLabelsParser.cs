using System.Globalization;
using System.Text;
using Triptych.Ingest.Labels;
using Triptych.Primitives.Binary;

namespace Triptych.Ingest.LokiPush;

/// <summary>
/// Parses a stream's labels as text into a collector. Returns what is wrong, or null.
/// <code>
/// labels := '{' [ pair { ',' pair } [ ',' ] ] '}'      pair := name '=' ( '"' Go escapes '"' | '`' raw '`' )      name := [a-zA-Z_:][a-zA-Z0-9_:]*
/// </code>
/// </summary>
internal ref struct StreamLabelsParser(ReadOnlySpan<byte> text)
{
    private readonly ReadOnlySpan<byte> _text = text;
    private int _at;

    /// <summary>Whether a label may have this name.</summary>
    public static bool IsName(ReadOnlySpan<byte> name)
    {
        for (var i = 0; i < name.Length; i++)
        {
            if (!IsNameByte(name[i], isFirst: i == 0)) return false;
        }

        return !name.IsEmpty;
    }

    /// <summary>Adds the labels; those with an empty value are left out.</summary>
    public string? Parse(LabelCollector into)
    {
        SkipSpace();
        if (!TryTake('{')) return $"'{{' is expected at {_at}";
        while (true)
        {
            SkipSpace();
            if (TryTake('}')) break;
            if (ParsePair(into) is { } error) return error;
            SkipSpace();
            if (TryTake(',')) continue;
            if (TryTake('}')) break;
            return $"',' or '}}' is expected at {_at}";
        }

        SkipSpace();
        return _at == _text.Length ? null : $"something stands after the labels at {_at}";
    }

    private string? ParsePair(LabelCollector into)
    {
        var output = into.Output;
        var start = output.Length;
        var nameStart = _at;
        while (_at < _text.Length && IsNameByte(_text[_at], isFirst: _at == nameStart)) _at++;
        if (_at == nameStart) return $"a label name is expected at {_at}";
        output.Write(_text[nameStart.._at]);
        var nameEnd = output.Length;
        SkipSpace();
        if (!TryTake('=')) return $"'=' is expected at {_at}";
        SkipSpace();
        if (TryTake('`'))
        {
            var end = _text[_at..].IndexOf((byte)'`');
            if (end < 0) return $"the string at {_at - 1} has no end";
            output.Write(_text.Slice(_at, end));
            _at += end + 1;
        }
        else if (!TryTake('"'))
        {
            return $"a quoted string is expected at {_at}";
        }
        else if (!ParseQuoted(output))
        {
            return $"the string that ends at {_at} is not valid";
        }

        if (output.Length == nameEnd) output.Truncate(start);
        else into.Add(start, nameEnd, nameEnd, default);
        return null;
    }

    private bool ParseQuoted(PooledBufferWriter output)
    {
        while (_at < _text.Length)
        {
            var plain = _text[_at..].IndexOfAny((byte)'"', (byte)'\\');
            if (plain < 0) break;
            output.Write(_text.Slice(_at, plain));
            _at += plain + 1;
            if (_text[_at - 1] == '"') return true;
            if (_at == _text.Length || !ParseEscape(output)) return false;
        }

        _at = _text.Length;
        return false;
    }

    private bool ParseEscape(PooledBufferWriter output)
    {
        var kind = (char)_text[_at++];
        switch (kind)
        {
            case 'x':
                if (!TryHex(2, out var value)) return false;
                output.WriteByte((byte)value);
                return true;
            case 'u' or 'U':
                if (!TryHex(kind == 'u' ? 4 : 8, out value) || !Rune.IsValid(value)) return false;
                output.Advance(new Rune(value).EncodeToUtf8(output.GetSpan(4)));
                return true;
            case >= '0' and <= '3':
                if (_at + 2 > _text.Length || !IsOctal(_text[_at]) || !IsOctal(_text[_at + 1])) return false;
                output.WriteByte((byte)(((kind - '0') << 6) | ((_text[_at] - '0') << 3) | (_text[_at + 1] - '0')));
                _at += 2;
                return true;
        }

        var at = "abfnrtv\\\"'".IndexOf(kind, StringComparison.Ordinal);
        if (at < 0) return false;
        output.WriteByte((byte)"\a\b\f\n\r\t\v\\\"'"[at]);
        return true;
    }

    private bool TryHex(int digits, out uint value)
    {
        value = 0;
        if (_at + digits > _text.Length) return false;
        var hex = _text.Slice(_at, digits);
        _at += digits;
        return uint.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }

    private static bool IsOctal(byte b) => b is >= (byte)'0' and <= (byte)'7';

    private static bool IsNameByte(byte b, bool isFirst) =>
        b == '_' || b == ':' || char.IsAsciiLetter((char)b) || (!isFirst && char.IsAsciiDigit((char)b));

    private bool TryTake(char c)
    {
        if (_at >= _text.Length || _text[_at] != c) return false;
        _at++;
        return true;
    }

    private void SkipSpace()
    {
        while (_at < _text.Length && " \t\n\r"u8.Contains(_text[_at])) _at++;
    }
}
