using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Triptych.Columnar.Parquet.Pages;

/// <summary>
/// The CRC-32 of gzip (polynomial 0x04C11DB7, reflected), which Parquet demands for pages. Where the processor multiplies without carry, 64
/// bytes a step are folded into 64 others that have the same remainder; the rest, and all of it elsewhere, goes by tables.
/// </summary>
internal static class Crc32
{
    private const int Tables = 8;
    private const int FoldBytes = 64;

    // x^(distance + 32) and x^(distance - 32) modulo the polynomial, reflected, for distances of 512 and 128 bits: "Fast CRC Computation for
    // Generic Polynomials Using PCLMULQDQ", Intel 2009.
    private static readonly Vector128<long> FoldBy512 = Vector128.Create(0x154442BD4, 0x1C6E41596);
    private static readonly Vector128<long> FoldBy128 = Vector128.Create(0x1751997D0, 0x0CCAA009E);

    private static readonly uint[] Table = BuildTable();

    public static uint Compute(ReadOnlySpan<byte> data) => Append(0, data);

    /// <summary>Goes on from the checksum of the bytes before.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> data)
    {
        var state = ~crc;
        if (Pclmulqdq.IsSupported && data.Length >= 2 * FoldBytes)
            state = Fold(state, ref data);
        return ~AppendByTables(state, data);
    }

    internal static uint AppendByTables(uint state, ReadOnlySpan<byte> data)
    {
        var table = Table.AsSpan(0, Tables * 256);
        while (data.Length >= 8)
        {
            var low = BinaryPrimitives.ReadUInt32LittleEndian(data) ^ state;
            var high = BinaryPrimitives.ReadUInt32LittleEndian(data[4..]);
            state = table[(7 * 256) + (int)(low & 0xFF)] ^ table[(6 * 256) + (int)((low >> 8) & 0xFF)]
                ^ table[(5 * 256) + (int)((low >> 16) & 0xFF)] ^ table[(4 * 256) + (int)(low >> 24)]
                ^ table[(3 * 256) + (int)(high & 0xFF)] ^ table[(2 * 256) + (int)((high >> 8) & 0xFF)]
                ^ table[256 + (int)((high >> 16) & 0xFF)] ^ table[(int)(high >> 24)];
            data = data[8..];
        }

        foreach (var b in data)
            state = table[(int)((state ^ b) & 0xFF)] ^ (state >> 8);
        return state;
    }

    /// <summary>Takes whole vectors off the front and returns the state behind them.</summary>
    private static uint Fold(uint state, ref ReadOnlySpan<byte> data)
    {
        var vectors = MemoryMarshal.Cast<byte, Vector128<long>>(data);
        var a = vectors[0] ^ Vector128.CreateScalar(state).AsInt64();
        var b = vectors[1];
        var c = vectors[2];
        var d = vectors[3];
        var at = 4;
        for (; at + 4 <= vectors.Length; at += 4)
        {
            var next = vectors.Slice(at, 4);
            a = Fold(a, FoldBy512) ^ next[0];
            b = Fold(b, FoldBy512) ^ next[1];
            c = Fold(c, FoldBy512) ^ next[2];
            d = Fold(d, FoldBy512) ^ next[3];
        }

        a = Fold(a, FoldBy128) ^ b;
        a = Fold(a, FoldBy128) ^ c;
        a = Fold(a, FoldBy128) ^ d;
        for (; at < vectors.Length; at++)
            a = Fold(a, FoldBy128) ^ vectors[at];
        data = data[(at * Vector128<byte>.Count)..];

        // The 16 bytes that are left have the remainder of all before them.
        Span<byte> rest = stackalloc byte[Vector128<byte>.Count];
        a.AsByte().CopyTo(rest);
        return AppendByTables(0, rest);
    }

    private static Vector128<long> Fold(Vector128<long> value, Vector128<long> by) =>
        Pclmulqdq.CarrylessMultiply(value, by, 0x00) ^ Pclmulqdq.CarrylessMultiply(value, by, 0x11);

    private static uint[] BuildTable()
    {
        var table = new uint[Tables * 256];
        for (var i = 0u; i < 256; i++)
        {
            var value = i;
            for (var bit = 0; bit < 8; bit++)
                value = (value & 1) != 0 ? (value >> 1) ^ 0xEDB88320 : value >> 1;
            table[i] = value;
        }

        for (var i = 256; i < table.Length; i++)
            table[i] = table[(int)(table[i - 256] & 0xFF)] ^ (table[i - 256] >> 8);
        return table;
    }
}
