using System.Buffers.Binary;

namespace Triptych.Model.Attributes;

/// <summary>
/// Walks an attribute set, the form in which batches, WAL records and heads carry typed attributes:
/// <code>
/// set   := attribute*                      in the order of arrival, keys at most once
/// attribute := uvarint(key length) key  kind:u8  value
/// value := String, Array, KeyValueList, Bytes: uvarint(length) bytes   (arrays and maps as JSON)
///          Int, Double: 8 bytes little endian (the double's bits)      Bool: 1 byte, 0 or 1
/// </code>
/// Allocates nothing. Bytes that are not such a set end the walk with <see cref="IsCorrupt"/>.
/// </summary>
public ref struct AttributeReader(ReadOnlySpan<byte> set)
{
    private ReadOnlySpan<byte> _rest = set;

    /// <summary>The attribute's name.</summary>
    public ReadOnlySpan<byte> Key { get; private set; }

    /// <summary>The type of its value.</summary>
    public AttributeKind Kind { get; private set; }

    /// <summary>The integer, the double's bits, or 1 and 0.</summary>
    public long Bits { get; private set; }

    /// <summary>Text, JSON or bytes.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>True when the walk ended before the bytes did.</summary>
    public readonly bool IsCorrupt => !_rest.IsEmpty;

    /// <summary>Steps to the next attribute; false at the end.</summary>
    public bool TryRead()
    {
        if (_rest.IsEmpty || !TryReadPart(_rest, out var key, out var rest) || rest.IsEmpty) return false;
        var kind = (AttributeKind)rest[0];
        rest = rest[1..];
        Bits = 0;
        Bytes = default;
        switch (kind)
        {
            case AttributeKind.String or AttributeKind.Array or AttributeKind.KeyValueList or AttributeKind.Bytes:
                if (!TryReadPart(rest, out var bytes, out rest)) return false;
                Bytes = bytes;
                break;
            case AttributeKind.Int or AttributeKind.Double:
                if (rest.Length < 8) return false;
                Bits = BinaryPrimitives.ReadInt64LittleEndian(rest);
                rest = rest[8..];
                break;
            case AttributeKind.Bool:
                if (rest.IsEmpty) return false;
                Bits = rest[0];
                rest = rest[1..];
                break;
            default:
                return false;
        }

        Key = key;
        Kind = kind;
        _rest = rest;
        return true;
    }

    /// <summary>Finds one attribute of a set.</summary>
    public static bool TryFind(ReadOnlySpan<byte> set, ReadOnlySpan<byte> key, out AttributeReader found)
    {
        found = new AttributeReader(set);

        // Most sets lack most names, and looking for bytes is quicker than walking.
        if (set.IndexOf(key) < 0) return false;
        while (found.TryRead())
        {
            if (found.Key.SequenceEqual(key)) return true;
        }

        return false;
    }

    private static bool TryReadPart(ReadOnlySpan<byte> from, out ReadOnlySpan<byte> part, out ReadOnlySpan<byte> rest)
    {
        part = default;
        rest = from;
        long length = 0;
        for (var i = 0; i < from.Length && i < 5; i++)
        {
            length |= (long)(from[i] & 0x7f) << (7 * i);
            if ((from[i] & 0x80) != 0) continue;
            if (length > from.Length - i - 1) return false;
            part = from.Slice(i + 1, (int)length);
            rest = from[(i + 1 + (int)length)..];
            return true;
        }

        return false;
    }
}
