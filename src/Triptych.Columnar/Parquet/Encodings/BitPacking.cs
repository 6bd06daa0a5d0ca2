using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

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

    /// <summary>Unpacks as many values as <paramref name="destination"/> holds; <paramref name="source"/> must have them all.</summary>
    /// <typeparam name="T">byte, int or long; wide enough for <paramref name="bitWidth"/>, which is 0 to 64.</typeparam>
    public static void Unpack<T>(ReadOnlySpan<byte> source, int bitWidth, Span<T> destination)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (bitWidth == 0)
        {
            destination.Clear();
            return;
        }

        source = source[..(int)SizeOf(destination.Length, bitWidth)];
        var done = bitWidth <= 57 ? UnpackByWords(source, bitWidth, destination) : 0;
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

    /// <summary>One unaligned 64-bit load a value, for as long as there are 8 bytes to load. Returns the values unpacked.</summary>
    private static int UnpackByWords<T>(ReadOnlySpan<byte> source, int bitWidth, Span<T> destination)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (source.Length < sizeof(ulong))
            return 0;
        var mask = (1UL << bitWidth) - 1;

        // The last value whose load at (i * width) / 8 still lies within the source.
        var count = (int)Math.Min(destination.Length, (((long)(source.Length - sizeof(ulong)) * 8) + 7) / bitWidth + 1);
        var bit = 0L;
        for (var i = 0; i < count; i++, bit += bitWidth)
        {
            var word = BinaryPrimitives.ReadUInt64LittleEndian(source[(int)(bit >> 3)..]);
            destination[i] = T.CreateTruncating((word >> (int)(bit & 7)) & mask);
        }

        return count;
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
