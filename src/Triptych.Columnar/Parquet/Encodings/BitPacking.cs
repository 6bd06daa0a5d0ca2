using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Triptych.Columnar.Parquet.Encodings;

/// <summary>
/// Integers of a fixed number of bits, least significant bit first, one after the other (the order of RLE and DELTA_BINARY_PACKED).
/// </summary>
internal static class BitPacking
{
    /// <summary>Bytes that <paramref name="count"/> values take.</summary>
    public static long SizeOf(long count, int bitWidth) => ((count * bitWidth) + 7) >> 3;

    /// <summary>Bits that values up to <paramref name="max"/> need.</summary>
    public static int WidthOf(ulong max) => 64 - BitOperations.LeadingZeroCount(max);

    /// <summary>
    /// Unpacks as many values as <paramref name="destination"/> holds; <paramref name="source"/> must have them all, and is read faster
    /// where it goes on behind them.
    /// </summary>
    /// <typeparam name="T">byte, int or long; wide enough for <paramref name="bitWidth"/>, which is 0 to 64.</typeparam>
    public static void Unpack<T>(ReadOnlySpan<byte> source, int bitWidth, Span<T> destination)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (bitWidth == 0)
        {
            destination.Clear();
            return;
        }

        if (source.Length < SizeOf(destination.Length, bitWidth))
            throw new ArgumentException("The source has fewer values than the destination.", nameof(source));
        var done = 0;
        if (VectorUnpacking.IsSupported && typeof(T) == typeof(int))
            done = VectorUnpacking.Unpack(source, bitWidth, MemoryMarshal.Cast<T, uint>(destination));
        else if (VectorUnpacking.IsSupported && typeof(T) == typeof(long))
            done = VectorUnpacking.Unpack(source, bitWidth, MemoryMarshal.Cast<T, ulong>(destination));
        if (bitWidth == 1 && typeof(T) == typeof(byte))
            done = UnpackBits(source, MemoryMarshal.Cast<T, byte>(destination));
        if (bitWidth <= 57)
            done = UnpackByWords(source, bitWidth, destination, done);
        UnpackEnd(source, bitWidth, destination, done);
    }

    /// <summary>Packs values below 2^<paramref name="bitWidth"/>; <paramref name="destination"/> is cleared first and must have room.</summary>
    public static void Pack<T>(ReadOnlySpan<T> values, int bitWidth, Span<byte> destination)
        where T : unmanaged, IBinaryInteger<T>
    {
        ulong pending = 0;
        var pendingBits = 0;
        var at = 0;
        foreach (var item in values)
        {
            var value = ulong.CreateTruncating(item);
            pending |= value << pendingBits;
            var free = 64 - pendingBits;
            if (bitWidth >= free)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(destination[at..], pending);
                at += sizeof(ulong);
                pending = free == 64 ? 0 : value >> free;
                pendingBits = bitWidth - free;
            }
            else
            {
                pendingBits += bitWidth;
            }
        }

        for (; pendingBits > 0; pendingBits -= 8)
        {
            destination[at++] = (byte)pending;
            pending >>= 8;
        }
    }

    /// <summary>A byte of eight bits becomes eight bytes: multiplied, each bit comes to lie at the top of a byte of its own.</summary>
    private static int UnpackBits(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(destination);
        for (var i = 0; i < words.Length; i++)
        {
            // The lowest seven bits, 7 apart from byte to byte; the eighth would carry into its neighbour.
            var low = (source[i] & 0x7FUL) * 0x0002_0408_1020_4081UL;
            words[i] = (low & 0x0001_0101_0101_0101UL) | ((ulong)(source[i] >> 7) << 56);
        }

        return words.Length * sizeof(ulong);
    }

    /// <summary>One unaligned 64-bit load a value, for as long as there are 8 bytes to load. Returns the values unpacked.</summary>
    private static int UnpackByWords<T>(ReadOnlySpan<byte> source, int bitWidth, Span<T> destination, int from)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (source.Length < sizeof(ulong))
            return from;
        var mask = (1UL << bitWidth) - 1;

        // The last value whose load at (i * width) / 8 still lies within the source.
        var count = (int)Math.Min(destination.Length, (((long)(source.Length - sizeof(ulong)) * 8) + 7) / bitWidth + 1);
        var bit = (long)from * bitWidth;
        for (var i = from; i < count; i++, bit += bitWidth)
        {
            var word = BinaryPrimitives.ReadUInt64LittleEndian(source[(int)(bit >> 3)..]);
            destination[i] = T.CreateTruncating((word >> (int)(bit & 7)) & mask);
        }

        return Math.Max(from, count);
    }

    private static void UnpackEnd<T>(ReadOnlySpan<byte> source, int bitWidth, Span<T> destination, int from)
        where T : unmanaged, IBinaryInteger<T>
    {
        for (var i = from; i < destination.Length; i++)
        {
            var bit = (long)i * bitWidth;
            destination[i] = T.CreateTruncating(ReadBits(source, bit, bitWidth));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong ReadBits(ReadOnlySpan<byte> source, long bit, int bitWidth)
    {
        ulong value = 0;
        var got = 0;
        while (got < bitWidth)
        {
            var shift = (int)(bit & 7);
            var take = Math.Min(8 - shift, bitWidth - got);
            var bits = ((ulong)source[(int)(bit >> 3)] >> shift) & ((1UL << take) - 1);
            value |= bits << got;
            got += take;
            bit += take;
        }

        return value;
    }
}
