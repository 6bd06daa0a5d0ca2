using System.Buffers.Binary;
using System.Numerics;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Memory;

namespace Triptych.Api.Prometheus.RemoteRead;

/// <summary>
/// The bits of one of Prometheus' chunks, as they grow. Begins with the number of samples (16 bits), which <see cref="Finish"/> puts in. Memory is
/// kept from chunk to chunk.
/// </summary>
internal sealed class ChunkBits : IDisposable
{
    private const int CountBits = 16;
    private PooledBytes _bytes = PooledBytes.Rent(4096);
    private long _position = CountBits;

    // By the number of ones that stand before the number.
    private static ReadOnlySpan<byte> Widths => [0, 3, 6, 9, 12, 18, 25, 56, 64];

    /// <summary>Bytes so far, the last one perhaps in part.</summary>
    public int Length => (int)((_position + 7) >> 3);

    /// <summary>Begins a chunk.</summary>
    public void Begin()
    {
        _bytes.Span[..2].Clear();
        _position = CountBits;
    }

    /// <summary>Ends the chunk; the bytes are valid until the next <see cref="Begin"/>.</summary>
    public ReadOnlySpan<byte> Finish(int samples)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_bytes.Span, (ushort)samples);
        return _bytes.Span[..Length];
    }

    /// <summary>The low <paramref name="count"/> bits of a value.</summary>
    public void Write(ulong value, int count)
    {
        if (_position + count > _bytes.Length * 8L) Grow();
        var writer = new BitWriter(_bytes.Span, _position);
        writer.WriteBits(value, count);
        _position = writer.BitPosition;
    }

    /// <summary>All bits of a float.</summary>
    public void Write(double value) => Write(BitConverter.DoubleToUInt64Bits(value), 64);

    /// <summary>A varint as protobuf's unsigned ones are written.</summary>
    public void WriteVarint(ulong value)
    {
        for (; value >= 0x80; value >>= 7) Write(value | 0x80, 8);
        Write(value, 8);
    }

    /// <summary>A signed number of variable width in bits.</summary>
    public void WriteVarbit(long value)
    {
        var place = 0;
        while (place < 8 && !Fits(value, Widths[place])) place++;
        WritePrefixed((ulong)value, place);
    }

    /// <summary>An unsigned number of variable width in bits.</summary>
    public void WriteUnsignedVarbit(ulong value)
    {
        var place = 0;
        while (place < 8 && value >> Widths[place] != 0) place++;
        WritePrefixed(value, place);
    }

    /// <summary>Whether a signed number fits into a width: −2^(w−1)+1 … 2^(w−1).</summary>
    public static bool Fits(long value, int width) => width switch
    {
        0 => value == 0,
        64 => true,
        _ => value >= 1 - (1L << (width - 1)) && value <= 1L << (width - 1),
    };

    /// <inheritdoc/>
    public void Dispose() => _bytes.Dispose();

    // As many ones as the width's place, a zero where there may be more, and the number.
    private void WritePrefixed(ulong value, int place)
    {
        if (place == 8) Write(0xff, 8);
        else Write(((1UL << place) - 1) << 1, place + 1);
        Write(value, Widths[place]);
    }

    private void Grow()
    {
        var larger = PooledBytes.Rent(_bytes.Length * 2);
        _bytes.Span.CopyTo(larger.Span);
        _bytes.Dispose();
        _bytes = larger;
    }
}

/// <summary>A float that is written as its difference to the one before it.</summary>
internal struct XorField
{
    private ulong _bits;
    private int _leading;
    private int _length;

    /// <summary>Writes the first value, whole.</summary>
    public void Begin(ChunkBits bits, double value)
    {
        (_bits, _leading, _length) = (BitConverter.DoubleToUInt64Bits(value), 0, 0);
        bits.Write(_bits, 64);
    }

    /// <summary>Writes the next value: <c>0</c> where it is the same, <c>10</c> and the window of before, or <c>11</c> and a window of its own.</summary>
    public void Next(ChunkBits bits, double value)
    {
        var now = BitConverter.DoubleToUInt64Bits(value);
        var difference = now ^ _bits;
        _bits = now;
        if (difference == 0)
        {
            bits.Write(0, 1);
            return;
        }

        // There are five bits for it.
        var leading = Math.Min(BitOperations.LeadingZeroCount(difference), 31);
        var trailing = BitOperations.TrailingZeroCount(difference);
        if (_length > 0 && leading >= _leading && trailing >= 64 - _leading - _length)
        {
            bits.Write(0b10, 2);
        }
        else
        {
            (_leading, _length) = (leading, 64 - leading - trailing);
            bits.Write(0b11, 2);
            bits.Write((ulong)_leading, 5);
            bits.Write((ulong)_length, 6);
        }

        bits.Write(difference >> (64 - _leading - _length), _length);
    }
}
