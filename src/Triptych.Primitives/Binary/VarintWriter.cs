using System.Buffers.Binary;

namespace Triptych.Primitives.Binary;

/// <summary>
/// Writes what <see cref="VarintReader"/> reads into a span of fixed size. The first element that does not fit sets
/// <see cref="Overflowed"/> and is not written, nor is any later one. <see cref="PooledBufferWriter"/> is the form that grows.
/// </summary>
public ref struct VarintWriter
{
    private readonly Span<byte> _destination;
    private int _position;

    public VarintWriter(Span<byte> destination) => _destination = destination;

    /// <summary>Bytes written.</summary>
    public readonly int Position => _position;

    public readonly ReadOnlySpan<byte> Written => _destination[.._position];

    public bool Overflowed { get; private set; }

    public void WriteUnsigned(ulong value)
    {
        if (Overflowed)
            return;
        var length = Varint.Write(_destination[_position..], value);
        Overflowed = length == 0;
        _position += length;
    }

    /// <summary>In zigzag form.</summary>
    public void WriteSigned(long value) => WriteUnsigned(Varint.ZigZagEncode(value));

    public void WriteByte(byte value) => WriteBytes([value]);

    public void WriteFixed32(uint value)
    {
        if (Room(sizeof(uint), out var room))
            BinaryPrimitives.WriteUInt32LittleEndian(room, value);
    }

    public void WriteFixed64(ulong value)
    {
        if (Room(sizeof(ulong), out var room))
            BinaryPrimitives.WriteUInt64LittleEndian(room, value);
    }

    public void WriteDouble(double value) => WriteFixed64(BitConverter.DoubleToUInt64Bits(value));

    public void WriteBytes(scoped ReadOnlySpan<byte> bytes)
    {
        if (Room(bytes.Length, out var room))
            bytes.CopyTo(room);
    }

    public void WriteLengthPrefixed(scoped ReadOnlySpan<byte> bytes)
    {
        if (Overflowed || Varint.LengthOf((ulong)bytes.Length) + (long)bytes.Length > _destination.Length - _position)
        {
            Overflowed = true;
            return;
        }

        WriteUnsigned((ulong)bytes.Length);
        WriteBytes(bytes);
    }

    private bool Room(int length, out Span<byte> room)
    {
        if (Overflowed || length > _destination.Length - _position)
        {
            Overflowed = true;
            room = default;
            return false;
        }

        room = _destination.Slice(_position, length);
        _position += length;
        return true;
    }
}
