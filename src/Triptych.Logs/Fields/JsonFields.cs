using System.Buffers;

namespace Triptych.Logs.Fields;

/// <summary>
/// Reads the fields of lines that are one JSON object and nothing else, the way LogQL's <c>json</c> does. Refuses what that parser may see
/// otherwise or what is rare: escaped and empty keys, deep nesting, long keys, text behind the object. A line that is taken is one
/// that the parser reads without an error, with these very labels.
/// </summary>
internal ref struct JsonFields(ReadOnlySpan<byte> line, Span<byte> keys)
{
    private const int MaxDepth = 8;

    private static readonly SearchValues<byte> s_stringEnds = SearchValues.Create("\"\\"u8);
    private static readonly SearchValues<byte> s_structure = SearchValues.Create("\"{}[]"u8);
    private static readonly SearchValues<byte> s_numberCharacters = SearchValues.Create("0123456789+-.eE"u8);
    private static readonly SearchValues<byte> s_scalarEnds = SearchValues.Create(",}] \t\r\n"u8);

    private readonly ReadOnlySpan<byte> _line = line;

    // Where the keys of nested objects are joined.
    private readonly Span<byte> _keys = keys;
    private int _at;
    private int _place;

    /// <summary>Whether a line may be an object at all.</summary>
    public static bool MayRead(ReadOnlySpan<byte> line) => line.Length > 1 && line[0] == (byte)'{';

    /// <summary>Tells the fields; false where the line is not to be told, whatever was told before.</summary>
    public bool TryRead<TSink>(TSink sink)
        where TSink : IFieldSink
    {
        if (!TryTake((byte)'{') || !TryReadObject(sink, 0, 0)) return false;
        SkipBlanks();
        return _at == _line.Length;
    }

    private bool TryReadObject<TSink>(TSink sink, int prefixLength, int depth)
        where TSink : IFieldSink
    {
        if (depth > MaxDepth) return false;
        if (TryTake((byte)'}')) return true;
        do
        {
            if (!TryReadString(out var key, out var isEscaped) || isEscaped || key.IsEmpty || !TryTake((byte)':')) return false;
            if (!TryReadValue(sink, key, prefixLength, depth)) return false;
        }
        while (TryTake((byte)','));
        return TryTake((byte)'}');
    }

    private bool TryReadValue<TSink>(TSink sink, ReadOnlySpan<byte> key, int prefixLength, int depth)
        where TSink : IFieldSink
    {
        SkipBlanks();
        if (_at >= _line.Length) return false;
        ReadOnlySpan<byte> value;
        var isEscaped = false;
        switch (_line[_at])
        {
            case (byte)'"':
                if (!TryReadString(out value, out isEscaped)) return false;
                break;
            case (byte)'{':
                _at++;
                if (!TryJoin(ref key, prefixLength)) return false;
                if (prefixLength == 0)
                {
                    if (key.Length > _keys.Length) return false;
                    key.CopyTo(_keys);
                }

                return TryReadObject(sink, key.Length, depth + 1);
            case (byte)'[':
                return TrySkipNested();
            default:
                if (!TryReadScalar(out value)) return false;
                if (value[0] == (byte)'n') return true;
                break;
        }

        return TryJoin(ref key, prefixLength) && sink.Take(_place++, key, value, isEscaped);
    }

    /// <summary>Puts the keys above in front of a key.</summary>
    private readonly bool TryJoin(ref ReadOnlySpan<byte> key, int prefixLength)
    {
        if (prefixLength == 0) return true;
        if (prefixLength + 1 + key.Length > _keys.Length) return false;
        _keys[prefixLength] = (byte)'_';
        key.CopyTo(_keys[(prefixLength + 1)..]);
        key = _keys[..(prefixLength + 1 + key.Length)];
        return true;
    }

    private bool TryReadString(out ReadOnlySpan<byte> raw, out bool isEscaped)
    {
        raw = default;
        isEscaped = false;
        if (!TryTake((byte)'"')) return false;
        var start = _at;
        while (true)
        {
            var found = _line[_at..].IndexOfAny(s_stringEnds);
            if (found < 0) return false;
            _at += found;
            if (_line[_at] == (byte)'"')
            {
                raw = _line[start.._at++];
                return true;
            }

            isEscaped = true;
            _at = Math.Min(_at + 2, _line.Length);
        }
    }

    /// <summary>A number, true, false or null as it stands.</summary>
    private bool TryReadScalar(out ReadOnlySpan<byte> raw)
    {
        var length = _line[_at..].IndexOfAny(s_scalarEnds);
        raw = length < 0 ? _line[_at..] : _line.Slice(_at, length);
        if (raw.IsEmpty) return false;
        _at += raw.Length;
        return raw[0] switch
        {
            (byte)'t' => raw.SequenceEqual("true"u8),
            (byte)'f' => raw.SequenceEqual("false"u8),
            (byte)'n' => raw.SequenceEqual("null"u8),
            (byte)'-' or (>= (byte)'0' and <= (byte)'9') => !raw.ContainsAnyExcept(s_numberCharacters),
            _ => false,
        };
    }

    private bool TrySkipNested()
    {
        var depth = 0;
        do
        {
            var found = _at < _line.Length ? _line[_at..].IndexOfAny(s_structure) : -1;
            if (found < 0) return false;
            _at += found;
            switch (_line[_at])
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

    private bool TryTake(byte expected)
    {
        SkipBlanks();
        if (_at >= _line.Length || _line[_at] != expected) return false;
        _at++;
        return true;
    }

    private void SkipBlanks()
    {
        while (_at < _line.Length && _line[_at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n') _at++;
    }
}
