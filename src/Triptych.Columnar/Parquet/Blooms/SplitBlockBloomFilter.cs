using System.Buffers.Binary;
using System.Numerics;
using Triptych.Primitives.Checksums;

namespace Triptych.Columnar.Parquet.Blooms;

/// <summary>
/// The split-block bloom filter of BloomFilter.md: blocks of 8 words of 32 bits; a hash picks a block by its upper half and one bit in
/// each word by its lower half. Works on the bytes as they lie in the file.
/// </summary>
internal static class SplitBlockBloomFilter
{
    public const int BlockBytes = 32;

    private static ReadOnlySpan<uint> Salts =>
        [0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31];

    /// <summary>The hash of a value in PLAIN form without length.</summary>
    public static ulong Hash(ReadOnlySpan<byte> value) => XxHash64.Compute(value);

    /// <summary>Bytes of a filter for that many distinct values: a power of two, as some readers demand.</summary>
    public static int SizeFor(int distinctValues, int bitsPerValue, int maxBytes)
    {
        var wanted = Math.Max(BlockBytes, (long)distinctValues * bitsPerValue / 8);
        var largest = 1L << BitOperations.Log2((uint)Math.Max(BlockBytes, maxBytes));
        return (int)Math.Min(largest, (long)BitOperations.RoundUpToPowerOf2((ulong)wanted));
    }

    public static void Add(Span<byte> filter, ulong hash)
    {
        var block = filter.Slice(BlockOffset(filter.Length, hash), BlockBytes);
        var key = (uint)hash;
        for (var i = 0; i < Salts.Length; i++)
        {
            var word = block[(4 * i)..];
            BinaryPrimitives.WriteUInt32LittleEndian(word, BinaryPrimitives.ReadUInt32LittleEndian(word) | (1u << (int)((key * Salts[i]) >> 27)));
        }
    }

    public static bool MightContain(ReadOnlySpan<byte> filter, ulong hash)
    {
        var block = filter.Slice(BlockOffset(filter.Length, hash), BlockBytes);
        var key = (uint)hash;
        for (var i = 0; i < Salts.Length; i++)
        {
            if ((BinaryPrimitives.ReadUInt32LittleEndian(block[(4 * i)..]) & (1u << (int)((key * Salts[i]) >> 27))) == 0)
                return false;
        }

        return true;
    }

    private static int BlockOffset(int filterBytes, ulong hash) => (int)(((hash >> 32) * (ulong)(filterBytes / BlockBytes)) >> 32) * BlockBytes;
}
