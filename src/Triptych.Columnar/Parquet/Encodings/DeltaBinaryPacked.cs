using System.Numerics;
using Triptych.Primitives.Binary;

namespace Triptych.Columnar.Parquet.Encodings;

/// <summary>
/// DELTA_BINARY_PACKED for 32- and 64-bit integers; arithmetic wraps in the width of the type.
/// <code>
/// header := varint blockSize, varint miniblocks, varint count, zigzag first
/// block  := zigzag minDelta, one bit width a miniblock, (delta - minDelta) packed, miniblock by miniblock
/// </code>
/// Written with 4 miniblocks of 32 values.
/// </summary>
internal static class DeltaBinaryPacked
{
    private const int BlockSize = 128;
    private const int Miniblocks = 4;
    private const int MiniblockSize = BlockSize / Miniblocks;
    private const int MaxBlockSize = 1 << 20;

    public static void Encode<T>(ReadOnlySpan<T> values, PooledBufferWriter output)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        output.WriteUnsigned(BlockSize);
        output.WriteUnsigned(Miniblocks);
        output.WriteUnsigned((ulong)values.Length);
        output.WriteSigned(values.IsEmpty ? 0 : long.CreateTruncating(values[0]));
        Span<T> deltas = stackalloc T[BlockSize];
        for (var at = 1; at < values.Length; at += BlockSize)
        {
            var count = Math.Min(BlockSize, values.Length - at);
            var min = T.MaxValue;
            for (var i = 0; i < count; i++)
            {
                var delta = unchecked(values[at + i] - values[at + i - 1]);
                deltas[i] = delta;
                min = T.Min(min, delta);
            }

            EncodeBlock(deltas, count, min, output);
        }
    }

    /// <summary>Fills <paramref name="destination"/>, whose length must be the count in the header. Returns the bytes read.</summary>
    public static int Decode<T>(ReadOnlySpan<byte> source, Span<T> destination)
        where T : unmanaged, IBinaryInteger<T>
    {
        var reader = new VarintReader(source);
        var blockSize = reader.ReadCount(MaxBlockSize);
        var miniblocks = reader.ReadCount(MaxBlockSize);
        var count = reader.ReadCount(int.MaxValue);
        var first = reader.ReadSigned();
        if (reader.Failed || blockSize == 0 || miniblocks == 0 || blockSize % miniblocks != 0 || blockSize / miniblocks % 32 != 0)
            throw new MalformedDataException("a delta header is malformed", reader.Position);
        if (count != destination.Length)
            throw new MalformedDataException($"a delta header says {count} values, its page {destination.Length}", reader.Position);
        if (count == 0)
            return reader.Position;
        destination[0] = T.CreateTruncating(first);
        var at = 1;
        while (at < count)
        {
            var minDelta = T.CreateTruncating(reader.ReadSigned());
            var widths = reader.ReadBytes(miniblocks);
            if (reader.Failed)
                throw new MalformedDataException("a delta block is cut off", reader.Position);
            for (var m = 0; m < miniblocks && at < count; m++)
                at += DecodeMiniblock(source, ref reader, blockSize / miniblocks, widths[m], minDelta, destination, at);
        }

        return reader.Position;
    }

    private static void EncodeBlock<T>(Span<T> deltas, int count, T min, PooledBufferWriter output)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        deltas[count..].Fill(min);
        output.WriteSigned(long.CreateTruncating(min));
        var typeMask = ulong.MaxValue >> (64 - BitsOf<T>());
        Span<ulong> offsets = stackalloc ulong[BlockSize];
        Span<int> widths = stackalloc int[Miniblocks];
        for (var m = 0; m < Miniblocks; m++)
        {
            ulong all = 0;
            for (var i = m * MiniblockSize; i < (m + 1) * MiniblockSize; i++)
            {
                offsets[i] = ulong.CreateTruncating(unchecked(deltas[i] - min)) & typeMask;
                all |= offsets[i];
            }

            widths[m] = BitPacking.WidthOf(all);
            output.WriteByte((byte)widths[m]);
        }

        // Miniblocks behind the last value have width 0 and no bytes.
        for (var m = 0; m < Miniblocks && m * MiniblockSize < count; m++)
        {
            var size = widths[m] * MiniblockSize / 8;
            BitPacking.Pack<ulong>(offsets.Slice(m * MiniblockSize, MiniblockSize), widths[m], output.GetSpan(size + sizeof(ulong)));
            output.Advance(size);
        }
    }

    private static int DecodeMiniblock<T>(
        ReadOnlySpan<byte> source, ref VarintReader reader, int size, int width, T minDelta, Span<T> destination, int at)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (width > BitsOf<T>())
            throw new MalformedDataException($"a delta miniblock claims {width} bits a value", reader.Position);
        var packed = source[Math.Min(reader.Position, source.Length)..];
        reader.ReadBytes((int)BitPacking.SizeOf(size, width));
        if (reader.Failed)
            throw new MalformedDataException("a delta miniblock is cut off", reader.Position);
        var count = Math.Min(size, destination.Length - at);
        var values = destination.Slice(at, count);
        var previous = destination[at - 1];
        if (width == 0 && T.IsZero(minDelta))
        {
            values.Fill(previous);
            return count;
        }

        if (width == 0)
        {
            for (var i = 0; i < values.Length; i++)
                values[i] = previous = unchecked(previous + minDelta);
            return count;
        }

        BitPacking.Unpack(packed, width, values);

        // The sum in brackets does not wait for the value before.
        for (var i = 0; i < values.Length; i++)
            values[i] = previous = unchecked(previous + (minDelta + values[i]));
        return count;
    }

    private static int BitsOf<T>()
        where T : unmanaged, IBinaryInteger<T> => typeof(T) == typeof(int) ? 32 : 64;
}
