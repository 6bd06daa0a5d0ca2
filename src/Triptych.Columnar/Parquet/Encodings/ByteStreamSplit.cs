using System.Runtime.InteropServices;

namespace Triptych.Columnar.Parquet.Encodings;

/// <summary>BYTE_STREAM_SPLIT: the first bytes of all values, then the second bytes, …</summary>
internal static class ByteStreamSplit
{
    public static void Decode(ReadOnlySpan<byte> source, int width, Span<byte> destination)
    {
        if (source.Length != destination.Length)
            throw new MalformedDataException($"{source.Length} bytes of split streams, {destination.Length} expected");
        var count = destination.Length / width;
        if (width == sizeof(ulong))
            DecodeWords(source, count, MemoryMarshal.Cast<byte, ulong>(destination));
        else if (width == sizeof(uint))
            DecodeWords(source, count, MemoryMarshal.Cast<byte, uint>(destination));
        else
            DecodeStreams(source, count, width, destination);
    }

    /// <summary>The reverse.</summary>
    public static void Encode(ReadOnlySpan<byte> source, int width, Span<byte> destination)
    {
        var count = source.Length / width;
        for (var stream = 0; stream < width; stream++)
        {
            var bytes = destination.Slice(stream * count, count);
            for (var i = 0; i < bytes.Length; i++)
                bytes[i] = source[(i * width) + stream];
        }
    }

    private static void DecodeStreams(ReadOnlySpan<byte> source, int count, int width, Span<byte> destination)
    {
        for (var stream = 0; stream < width; stream++)
        {
            var bytes = source.Slice(stream * count, count);
            for (var i = 0; i < bytes.Length; i++)
                destination[(i * width) + stream] = bytes[i];
        }
    }

    // Value by value in registers: writing stream by stream would go through the destination once for each.
    private static void DecodeWords(ReadOnlySpan<byte> source, int count, Span<ulong> values)
    {
        var s0 = source.Slice(0, count);
        var s1 = source.Slice(count, count);
        var s2 = source.Slice(2 * count, count);
        var s3 = source.Slice(3 * count, count);
        var s4 = source.Slice(4 * count, count);
        var s5 = source.Slice(5 * count, count);
        var s6 = source.Slice(6 * count, count);
        var s7 = source.Slice(7 * count, count);
        for (var i = 0; i < values.Length; i++)
        {
            var low = (uint)(s0[i] | (s1[i] << 8) | (s2[i] << 16) | (s3[i] << 24));
            var high = (uint)(s4[i] | (s5[i] << 8) | (s6[i] << 16) | (s7[i] << 24));
            values[i] = low | ((ulong)high << 32);
        }
    }

    private static void DecodeWords(ReadOnlySpan<byte> source, int count, Span<uint> values)
    {
        var s0 = source.Slice(0, count);
        var s1 = source.Slice(count, count);
        var s2 = source.Slice(2 * count, count);
        var s3 = source.Slice(3 * count, count);
        for (var i = 0; i < values.Length; i++)
            values[i] = (uint)(s0[i] | (s1[i] << 8) | (s2[i] << 16) | (s3[i] << 24));
    }
}
