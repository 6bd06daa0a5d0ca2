using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Triptych.LogQL.Stages;

internal enum JsonKind
{
    Object,
    Array,
    String,
    Number,
    True,
    False,
    Null,
    Invalid,
}

/// <summary>Reads JSON off a line without allocating and without exceptions: lines that are no JSON are everyday input here.</summary>
internal ref struct JsonText(ReadOnlySpan<byte> text)
{
    private static readonly SearchValues<byte> s_stringEnds = SearchValues.Create("\"\\"u8);
    private static readonly SearchValues<byte> s_structure = SearchValues.Create("\"{}[]"u8);
    private static readonly SearchValues<byte> s_numberCharacters = SearchValues.Create("0123456789+-.eE"u8);
    private static readonly SearchValues<byte> s_scalarEnds = SearchValues.Create(",}] \t\r\n"u8);

    private readonly ReadOnlySpan<byte> _text = text;
    private int _at;

    public bool TryTake(byte expected)
    {
        SkipBlanks();
        if (_at >= _text.Length || _text[_at] != expected) return false;
        _at++;
        return true;
    }

    public JsonKind Peek()
    {
        SkipBlanks();
        if (_at >= _text.Length) return JsonKind.Invalid;
        return _text[_at] switch
        {
            (byte)'{' => JsonKind.Object,
            (byte)'[' => JsonKind.Array,
            (byte)'"' => JsonKind.String,
            (byte)'t' => JsonKind.True,
            (byte)'f' => JsonKind.False,
            (byte)'n' => JsonKind.Null,
            (byte)'-' or (>= (byte)'0' and <= (byte)'9') => JsonKind.Number,
            _ => JsonKind.Invalid,
        };
    }

    /// <summary>A string's inside, still escaped.</summary>
    public bool TryReadString(out ReadOnlySpan<byte> raw, out bool escaped)
    {
        raw = default;
        escaped = false;
        if (!TryTake((byte)'"')) return false;
        var start = _at;
        while (true)
        {
            var found = _text[_at..].IndexOfAny(s_stringEnds);
            if (found < 0) return false;
            _at += found;
            if (_text[_at] == (byte)'"')
            {
                raw = _text[start.._at++];
                return true;
            }

            escaped = true;
            _at = Math.Min(_at + 2, _text.Length);
        }
    }

    /// <summary>A number, true, false or null as it stands.</summary>
    public bool TryReadScalar(out ReadOnlySpan<byte> raw)
    {
        var kind = Peek();
        var length = _text[_at..].IndexOfAny(s_scalarEnds);
        raw = length < 0 ? _text[_at..] : _text.Slice(_at, length);
        _at += raw.Length;
        return kind switch
        {
            JsonKind.True => raw.SequenceEqual("true"u8),
            JsonKind.False => raw.SequenceEqual("false"u8),
            JsonKind.Null => raw.SequenceEqual("null"u8),
            JsonKind.Number => raw.IndexOfAnyExcept(s_numberCharacters) < 0,
            _ => false,
        };
    }

    /// <summary>Any value, whole, as it stands.</summary>
    public bool TrySkip(out ReadOnlySpan<byte> raw)
    {
        raw = default;
        var kind = Peek();
        var start = _at;
        switch (kind)
        {
            case JsonKind.String:
                if (!TryReadString(out _, out _)) return false;
                break;
            case JsonKind.Object or JsonKind.Array:
                if (!TrySkipNested()) return false;
                break;
            default:
                if (!TryReadScalar(out _)) return false;
                break;
        }

        raw = _text[start.._at];
        return true;
    }

    /// <summary>Decodes the inside of a string by way of <paramref name="buffer"/>, which grows; lone surrogates become U+FFFD.</summary>
    public static ReadOnlySpan<byte> Unescape(ReadOnlySpan<byte> raw, ref byte[] buffer)
    {
        if (buffer.Length < raw.Length) buffer = new byte[raw.Length * 2];
        var used = 0;
        for (var i = 0; i < raw.Length; i++)
        {
            if (raw[i] != (byte)'\\' || i + 1 >= raw.Length)
            {
                buffer[used++] = raw[i];
                continue;
            }

            i++;
            if (raw[i] == (byte)'u')
            {
                used += DecodeUnicode(raw, ref i, buffer.AsSpan(used));
                continue;
            }

            buffer[used++] = raw[i] switch
            {
                (byte)'n' => (byte)'\n',
                (byte)'t' => (byte)'\t',
                (byte)'r' => (byte)'\r',
                (byte)'b' => (byte)'\b',
                (byte)'f' => (byte)'\f',
                var other => other,
            };
        }

        return buffer.AsSpan(0, used);
    }

    private static int DecodeUnicode(ReadOnlySpan<byte> raw, ref int at, Span<byte> into)
    {
        if (!TryHex(raw, at + 1, out var high))
        {
            into[0] = (byte)'u';
            return 1;
        }

        at += 4;
        if (char.IsHighSurrogate((char)high) && at + 2 < raw.Length && raw[at + 1] == (byte)'\\' && raw[at + 2] == (byte)'u'
            && TryHex(raw, at + 3, out var low) && char.IsLowSurrogate((char)low))
        {
            at += 6;
            return new Rune((char)high, (char)low).EncodeToUtf8(into);
        }

        return (Rune.TryCreate((char)high, out var rune) ? rune : Rune.ReplacementChar).EncodeToUtf8(into);
    }

    private static bool TryHex(ReadOnlySpan<byte> raw, int start, out ushort value)
    {
        value = 0;
        return start + 4 <= raw.Length && Utf8Parser.TryParse(raw.Slice(start, 4), out value, out var used, 'x') && used == 4;
    }

    private bool TrySkipNested()
    {
        var depth = 0;
        do
        {
            var found = _at < _text.Length ? _text[_at..].IndexOfAny(s_structure) : -1;
            if (found < 0) return false;
            _at += found;
            switch (_text[_at])
            {
                case (byte)'"':
                    if (!TryReadString(out _, out _)) return false;
                    break;
                case (byte)'{' or (byte)'[':
                    depth++;
                    _at++;
                    break;
                default:
                    depth--;
                    _at++;
                    break;
            }
        }
        while (depth > 0);
        return true;
    }

    private void SkipBlanks()
    {
        while (_at < _text.Length && _text[_at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n') _at++;
    }
}
