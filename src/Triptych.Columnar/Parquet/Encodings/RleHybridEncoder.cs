using System.Numerics;
using Triptych.Primitives.Binary;

namespace Triptych.Columnar.Parquet.Encodings;

/// <summary>Writes the form that <see cref="RleHybridDecoder"/> reads: runs of 8 and more equal values as runs, what is between packed.</summary>
internal static class RleHybridEncoder
{
    /// <param name="values">All below 2^<paramref name="bitWidth"/>.</param>
    public static void Encode<T>(ReadOnlySpan<T> values, int bitWidth, PooledBufferWriter output)
        where T : unmanaged, IBinaryInteger<T>
    {
        var packedFrom = 0;
        var at = 0;
        while (at < values.Length)
        {
            var rest = values[at..];
            var run = rest.IndexOfAnyExcept(rest[0]);
            if (run < 0)
                run = rest.Length;
            if (run < 8)
            {
                at += Math.Min(8, rest.Length);
                continue;
            }

            WritePacked(values[packedFrom..at], bitWidth, output);
            WriteRun(ulong.CreateTruncating(rest[0]), run, bitWidth, output);
            at += run;
            packedFrom = at;
        }

        WritePacked(values[packedFrom..], bitWidth, output);
    }

    private static void WriteRun(ulong value, int count, int bitWidth, PooledBufferWriter output)
    {
        output.WriteUnsigned((ulong)count << 1);
        for (var bits = 0; bits < bitWidth; bits += 8)
            output.WriteByte((byte)(value >> bits));
    }

    private static void WritePacked<T>(ReadOnlySpan<T> values, int bitWidth, PooledBufferWriter output)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (values.IsEmpty)
            return;
        var groups = (values.Length + 7) / 8;
        output.WriteUnsigned(((ulong)groups << 1) | 1);
        var size = groups * bitWidth;

        // The packer writes whole words.
        var room = output.GetSpan(size + sizeof(ulong));
        room[..size].Clear();
        BitPacking.Pack(values, bitWidth, room);
        var used = (int)BitPacking.SizeOf(values.Length, bitWidth);
        room[used..size].Clear();
        output.Advance(size);
    }
}
