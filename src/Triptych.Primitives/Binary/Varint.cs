using System.Runtime.CompilerServices;

namespace Triptych.Primitives.Binary;

/// <summary>
/// Base-128 integers as in protobuf and Go: seven bits a byte, least significant first, the top bit set on all bytes but the last.
/// Signed values go through zigzag (0, -1, 1, -2, … become 0, 1, 2, 3, …).
/// </summary>
public static class Varint
{
    /// <summary>Most bytes that a 64-bit value takes.</summary>
    public const int MaxLength = 10;

    /// <summary>Bytes that <paramref name="value"/> takes, 1 to <see cref="MaxLength"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int LengthOf(ulong value) => (int)(((uint)System.Numerics.BitOperations.Log2(value | 1) * 9) + 73) >> 6;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong ZigZagEncode(long value) => (ulong)((value << 1) ^ (value >> 63));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long ZigZagDecode(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);

    /// <summary>Writes <paramref name="value"/> and returns the bytes written, or 0 when it does not fit.</summary>
    public static int Write(Span<byte> destination, ulong value)
    {
        var i = 0;
        while (value >= 0x80)
        {
            if (i >= destination.Length)
                return 0;
            destination[i++] = (byte)(value | 0x80);
            value >>= 7;
        }

        if (i >= destination.Length)
            return 0;
        destination[i++] = (byte)value;
        return i;
    }

    /// <summary>Writes <paramref name="value"/> in zigzag form and returns the bytes written, or 0 when it does not fit.</summary>
    public static int WriteSigned(Span<byte> destination, long value) => Write(destination, ZigZagEncode(value));

    /// <summary>
    /// Reads one value. Returns the bytes read, 0 when <paramref name="source"/> ends within the value, or -1 when the value passes
    /// 64 bits. Padded forms (leading zero groups, within ten bytes) are accepted, as protobuf demands.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Read(ReadOnlySpan<byte> source, out ulong value)
    {
        if (source.Length > 0 && source[0] < 0x80)
        {
            value = source[0];
            return 1;
        }

        return ReadLong(source, out value);
    }

    /// <summary>As <see cref="Read"/>, for zigzag values.</summary>
    public static int ReadSigned(ReadOnlySpan<byte> source, out long value)
    {
        var length = Read(source, out var encoded);
        value = ZigZagDecode(encoded);
        return length;
    }

    private static int ReadLong(ReadOnlySpan<byte> source, out ulong value)
    {
        ulong result = 0;
        value = 0;
        var end = Math.Min(source.Length, MaxLength);
        for (var i = 0; i < end; i++)
        {
            var b = source[i];
            if (i == MaxLength - 1 && b > 1)
                return -1;
            result |= (ulong)(b & 0x7F) << (7 * i);
            if (b < 0x80)
            {
                value = result;
                return i + 1;
            }
        }

        return 0;
    }
}
