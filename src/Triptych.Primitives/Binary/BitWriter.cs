using System.Buffers.Binary;

namespace Triptych.Primitives.Binary;

/// <summary>
/// Writes bits, most significant first, into a span; the stream format of Gorilla-style chunks. Writing may go on at the position where
/// an earlier writer over the same bytes stopped. Bits behind the position are undefined. A value that does not fit sets
/// <see cref="Overflowed"/> and is not written, nor is any later one.
/// </summary>
public ref struct BitWriter
{
    private readonly Span<byte> _destination;
    private long _position;

    /// <param name="destination">Where the stream starts.</param>
    /// <param name="bitPosition">Bits written before.</param>
    public BitWriter(Span<byte> destination, long bitPosition = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bitPosition);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bitPosition, destination.Length * 8L);
        _destination = destination;
        _position = bitPosition;
    }

    /// <summary>Bits written.</summary>
    public readonly long BitPosition => _position;

    /// <summary>Bytes that the written bits occupy, the last one perhaps in part.</summary>
    public readonly int ByteLength => (int)((_position + 7) >> 3);

    /// <summary>Bits that still fit.</summary>
    public readonly long RemainingBits => (_destination.Length * 8L) - _position;

    public bool Overflowed { get; private set; }

    public void WriteBit(bool bit) => WriteBits(bit ? 1UL : 0UL, 1);

    /// <summary>Writes the low <paramref name="count"/> (0 to 64) bits of <paramref name="value"/>.</summary>
    public void WriteBits(ulong value, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, 64u);
        if (Overflowed || count > RemainingBits)
        {
            Overflowed = true;
            return;
        }

        if (count == 0)
            return;
        if (count < 64)
            value &= (1UL << count) - 1;
        var index = (int)(_position >> 3);
        var used = (int)(_position & 7);
        if (used + count <= 64 && index + sizeof(ulong) <= _destination.Length)
        {
            var room = _destination.Slice(index, sizeof(ulong));
            var kept = (room[0] & (0xFF00UL >> used) & 0xFF) << 56;
            BinaryPrimitives.WriteUInt64BigEndian(room, kept | (value << (64 - used - count)));
        }
        else
        {
            WriteSlowly(value, count, index, used);
        }

        _position += count;
    }

    private readonly void WriteSlowly(ulong value, int count, int index, int used)
    {
        while (count > 0)
        {
            var free = 8 - used;
            var take = Math.Min(free, count);
            var bits = (int)(value >> (count - take)) & ((1 << take) - 1);
            var kept = _destination[index] & (0xFF00 >> used) & 0xFF;
            _destination[index] = (byte)(kept | (bits << (free - take)));
            count -= take;
            used = 0;
            index++;
        }
    }
}
