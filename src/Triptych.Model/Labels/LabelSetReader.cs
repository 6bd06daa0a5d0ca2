namespace Triptych.Model.Labels;

/// <summary>Walks the labels of a canonical label set (see <see cref="LabelSet"/>) without allocating.</summary>
public ref struct LabelSetReader(ReadOnlySpan<byte> canonical)
{
    private ReadOnlySpan<byte> _rest = canonical;

    /// <summary>The next label, or false at the end. Bytes that are not a canonical label set end the walk.</summary>
    public bool TryRead(out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        value = default;
        return TryReadPart(out name) && TryReadPart(out value);
    }

    private bool TryReadPart(out ReadOnlySpan<byte> part)
    {
        part = default;
        var length = 0;
        for (var i = 0; i < _rest.Length && i < 4; i++)
        {
            length |= (_rest[i] & 0x7f) << (7 * i);
            if ((_rest[i] & 0x80) != 0) continue;
            if (length > _rest.Length - i - 1) return false;
            part = _rest.Slice(i + 1, length);
            _rest = _rest[(i + 1 + length)..];
            return true;
        }

        return false;
    }
}
