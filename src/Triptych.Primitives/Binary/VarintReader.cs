using System.Buffers.Binary;

namespace Triptych.Primitives.Binary;

/// <summary>
/// Reads our own formats (varints, little-endian fixed values, length-prefixed bytes) from a span. Never reads outside. The first
/// malformed element sets <see cref="Failed"/>; from then on all reads give zero and nothing advances, so callers check once at the end.
/// </summary>
public ref struct VarintReader
{
    private readonly ReadOnlySpan<byte> _source;
    private int _position;

    public VarintReader(ReadOnlySpan<byte> source) => _source = source;

    /// <summary>Offset of the next element, or of the malformed one once <see cref="Failed"/>.</summary>
    public readonly int Position => _position;

    public readonly int Remaining => Failed ? 0 : _source.Length - _position;

    /// <summary>Whether nothing more can be read: the source is used up or malformed.</summary>
    public readonly bool AtEnd => Remaining == 0;

    public bool Failed { get; private set; }

    public ulong ReadUnsigned()
    {
        if (Failed)
            return 0;
        var length = Varint.Read(_source[_position..], out var value);
        if (length <= 0)
        {
            Failed = true;
            return 0;
        }

        _position += length;
        return value;
    }

    /// <summary>A zigzag value.</summary>
    public long ReadSigned() => Varint.ZigZagDecode(ReadUnsigned());

    /// <summary>An unsigned value that must lie in 0..<paramref name="max"/>, such as a count; larger ones are malformed.</summary>
    public int ReadCount(int max)
    {
        var start = _position;
        var value = ReadUnsigned();
        if (value <= (ulong)max)
            return (int)value;
        _position = start;
        Failed = true;
        return 0;
    }

    public byte ReadByte()
    {
        var bytes = ReadBytes(1);
        return bytes.Length == 1 ? bytes[0] : (byte)0;
    }

    public uint ReadFixed32()
    {
        var bytes = ReadBytes(sizeof(uint));
        return bytes.Length == sizeof(uint) ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : 0;
    }

    public ulong ReadFixed64()
    {
        var bytes = ReadBytes(sizeof(ulong));
        return bytes.Length == sizeof(ulong) ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : 0;
    }

    public double ReadDouble() => BitConverter.UInt64BitsToDouble(ReadFixed64());

    /// <summary>Exactly <paramref name="length"/> bytes, or empty and failed.</summary>
    public ReadOnlySpan<byte> ReadBytes(int length)
    {
        if (Failed || length < 0 || length > _source.Length - _position)
        {
            Failed = true;
            return default;
        }

        var bytes = _source.Slice(_position, length);
        _position += length;
        return bytes;
    }

    /// <summary>Bytes behind an unsigned length.</summary>
    public ReadOnlySpan<byte> ReadLengthPrefixed()
    {
        var start = _position;
        var length = ReadUnsigned();
        if (!Failed && length <= (ulong)(_source.Length - _position))
            return ReadBytes((int)length);
        _position = start;
        Failed = true;
        return default;
    }
}
