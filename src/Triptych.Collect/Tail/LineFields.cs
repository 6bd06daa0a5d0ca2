namespace Triptych.Collect.Tail;

/// <summary>
/// Walks the fields of a line without allocating: the members of a JSON object that are strings, numbers or words (nested objects and lists
/// are passed over), or the <c>name=value</c> pairs of logfmt. Stops without error where the line is neither. Escapes are not resolved: no
/// value that is looked for has any.
/// </summary>
internal ref struct LineFields(ReadOnlySpan<byte> line)
{
    private readonly bool _isJson = line.TrimStart(" \t"u8).StartsWith("{"u8);
    private ReadOnlySpan<byte> _rest = line.TrimStart(" \t"u8);
    private bool _hasBegun;

    /// <summary>Whether the line begins as a JSON object.</summary>
    public readonly bool IsJson => _isJson;

    /// <summary>Whether the value read last stood in quotes.</summary>
    public bool IsQuoted { get; private set; }

    /// <summary>The field's name.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>The field's value, without quotes.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Steps to the next field.</summary>
    public bool TryRead() => _isJson ? TryReadJson() : TryReadLogfmt();

    private bool TryReadJson()
    {
        while (true)
        {
            SkipSpace();
            if (_rest.IsEmpty || _rest[0] != (_hasBegun ? (byte)',' : (byte)'{')) return false;
            _hasBegun = true;
            _rest = _rest[1..];
            SkipSpace();
            if (!TryReadString()) return false;
            Name = Value;
            SkipSpace();
            if (_rest.IsEmpty || _rest[0] != ':') return false;
            _rest = _rest[1..];
            SkipSpace();
            if (_rest.IsEmpty) return false;
            IsQuoted = _rest[0] == '"';
            if (IsQuoted) return TryReadString();
            if (_rest[0] is (byte)'{' or (byte)'[')
            {
                if (!TrySkipNested()) return false;
                continue;
            }

            var end = _rest.IndexOfAny(",} \t"u8);
            if (end < 0) return false;
            Value = _rest[..end];
            _rest = _rest[end..];
            return true;
        }
    }

    private bool TryReadLogfmt()
    {
        var equals = _rest.IndexOf((byte)'=');
        if (equals < 0) return false;
        Name = _rest[(_rest[..equals].LastIndexOfAny(" \t"u8) + 1)..equals];
        _rest = _rest[(equals + 1)..];
        IsQuoted = _rest.StartsWith("\""u8);
        if (IsQuoted) return TryReadString();
        var end = _rest.IndexOfAny(" \t"u8);
        Value = end < 0 ? _rest : _rest[..end];
        _rest = end < 0 ? default : _rest[end..];
        return true;
    }

    private bool TryReadString()
    {
        if (_rest.IsEmpty || _rest[0] != '"') return false;
        var end = EndOfString(_rest);
        if (end < 0) return false;
        Value = _rest[1..end];
        _rest = _rest[(end + 1)..];
        return true;
    }

    private bool TrySkipNested()
    {
        var depth = 0;
        for (var at = 0; at < _rest.Length; at++)
        {
            switch (_rest[at])
            {
                case (byte)'{' or (byte)'[':
                    depth++;
                    break;
                case (byte)'}' or (byte)']':
                    if (--depth > 0) break;
                    _rest = _rest[(at + 1)..];
                    return true;
                case (byte)'"':
                    var length = EndOfString(_rest[at..]);
                    if (length < 0) return false;
                    at += length;
                    break;
            }
        }

        return false;
    }

    private static int EndOfString(ReadOnlySpan<byte> text)
    {
        for (var at = 1; at < text.Length; at++)
        {
            if (text[at] == '\\') at++;
            else if (text[at] == '"') return at;
        }

        return -1;
    }

    private void SkipSpace() => _rest = _rest.TrimStart(" \t"u8);
}
