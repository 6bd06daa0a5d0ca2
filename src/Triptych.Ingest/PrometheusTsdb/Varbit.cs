using Triptych.Primitives.Binary;

namespace Triptych.Ingest.PrometheusTsdb;

/// <summary>
/// The numbers of variable width in histogram chunks: as many ones as the width's place in the table and a zero (none behind eight ones), then the bits.
/// Signed numbers of a width w lie in −2^(w−1)+1 … 2^(w−1).
/// </summary>
internal static class Varbit
{
    private static ReadOnlySpan<byte> Widths => [0, 3, 6, 9, 12, 18, 25, 56, 64];

    public static ulong ReadUnsigned(ref BitReader reader)
    {
        var ones = 0;
        while (ones < 8 && reader.ReadBit()) ones++;
        return reader.ReadBits(Widths[ones]);
    }

    public static long ReadSigned(ref BitReader reader)
    {
        var ones = 0;
        while (ones < 8 && reader.ReadBit()) ones++;
        int width = Widths[ones];
        return Signed(reader.ReadBits(width), width);
    }

    /// <summary>A number of a width with its sign.</summary>
    public static long Signed(ulong bits, int width) => width is > 0 and < 64 && bits > 1UL << (width - 1) ? (long)(bits - (1UL << width)) : (long)bits;
}

/// <summary>
/// A value that is stored as its difference to the one before: <c>0</c> for none; <c>10</c> and the bits of the window before; or <c>11</c>, leading zeros (5),
/// length (6, 0 is 64) and the bits of that window.
/// </summary>
internal struct XorValue
{
    private byte _leading;
    private byte _length;

    /// <summary>The bits of the value.</summary>
    public ulong Bits { get; set; }

    public readonly double Value => BitConverter.UInt64BitsToDouble(Bits);

    /// <summary>Goes on to the next value; false when the bits make no sense.</summary>
    public bool TryRead(ref BitReader reader)
    {
        if (!reader.ReadBit()) return true;
        if (reader.ReadBit())
        {
            _leading = (byte)reader.ReadBits(5);
            _length = (byte)reader.ReadBits(6);
            if (_length == 0) _length = 64;
        }

        var trailing = 64 - _leading - _length;
        if (_length == 0 || trailing < 0) return false;
        Bits ^= reader.ReadBits(_length) << trailing;
        return true;
    }
}
