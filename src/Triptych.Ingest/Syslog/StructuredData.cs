using Triptych.Primitives.Binary;

namespace Triptych.Ingest.Syslog;

/// <summary>Reads RFC 5424's structured data, <c>[id name="value" …]</c>, in whose values <c>"</c>, <c>\</c> and <c>]</c> stand behind a backslash.</summary>
internal ref struct StructuredData(ReadOnlySpan<byte> data, PooledBufferWriter value)
{
    private ReadOnlySpan<byte> _rest = data;
    private ReadOnlySpan<byte> _id;

    /// <summary>Bytes of the element at the start of a text, brackets included; 0 where none stands there.</summary>
    public static int LengthOfElement(ReadOnlySpan<byte> text)
    {
        var isQuoted = false;
        for (var i = 1; i < text.Length; i++)
        {
            if (isQuoted && text[i] == '\\') i++;
            else if (text[i] == '"') isQuoted = !isQuoted;
            else if (text[i] == ']' && !isQuoted) return i + 1;
        }

        return 0;
    }

    /// <summary>The next parameter. What is not one is passed over up to the end of its element.</summary>
    /// <param name="id">The element's name.</param>
    /// <param name="name">The parameter's name.</param>
    public bool TryRead(out ReadOnlySpan<byte> id, out ReadOnlySpan<byte> name)
    {
        id = default;
        name = default;
        while (!_rest.IsEmpty)
        {
            if (_rest[0] == '[')
            {
                var end = _rest.IndexOfAny((byte)' ', (byte)']');
                _id = end < 0 ? default : _rest[1..end];
                _rest = end < 0 ? default : _rest[end..];
                continue;
            }

            if (_rest[0] == ']' || _rest[0] == ' ')
            {
                _rest = _rest[1..];
                continue;
            }

            if (!TryParameter(out name)) continue;
            id = _id;
            return true;
        }

        return false;
    }

    private bool TryParameter(out ReadOnlySpan<byte> name)
    {
        var equals = _rest.IndexOf("=\""u8);
        var close = _rest.IndexOf((byte)']');
        name = default;
        if (equals <= 0 || (close >= 0 && close < equals))
        {
            _rest = close < 0 ? default : _rest[close..];
            return false;
        }

        name = _rest[..equals];
        _rest = _rest[(equals + 2)..];
        value.Reset();
        for (var i = 0; i < _rest.Length; i++)
        {
            if (_rest[i] == '"')
            {
                _rest = _rest[(i + 1)..];
                return true;
            }

            if (_rest[i] == '\\' && i + 1 < _rest.Length && (_rest[i + 1] is (byte)'"' or (byte)'\\' or (byte)']')) i++;
            value.WriteByte(_rest[i]);
        }

        _rest = default;
        return false;
    }
}
