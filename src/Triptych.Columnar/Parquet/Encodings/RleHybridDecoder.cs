using System.Numerics;
using Triptych.Primitives.Binary;

namespace Triptych.Columnar.Parquet.Encodings;

/// <summary>
/// Reads the RLE / bit-packed hybrid of levels, booleans and dictionary codes.
/// <code>
/// run := varint(count &lt;&lt; 1) value in ceil(width / 8) bytes, little-endian   |   varint(groups &lt;&lt; 1 | 1) groups of 8 packed values
/// </code>
/// Each run takes a byte or more, so decoding ends.
/// </summary>
internal static class RleHybridDecoder
{
    /// <summary>Fills <paramref name="destination"/> and returns the bytes read. Values are below 2^<paramref name="bitWidth"/> (0 to 32).</summary>
    public static int Decode<T>(ReadOnlySpan<byte> source, int bitWidth, Span<T> destination)
        where T : unmanaged, IBinaryInteger<T>
    {
        var at = 0;
        while (!destination.IsEmpty)
        {
            var length = Varint.Read(source[at..], out var head);
            if (length <= 0)
                throw new MalformedDataException("runs end before all values are there", at);
            if (head > uint.MaxValue)
                throw new MalformedDataException("a run is too long", at);
            at += length;
            var count = (head & 1) == 0
                ? ReadRun(source, ref at, (long)(head >> 1), bitWidth, destination)
                : ReadPacked(source, ref at, (long)(head >> 1) * 8, bitWidth, destination);
            destination = destination[count..];
        }

        return at;
    }

    private static int ReadRun<T>(ReadOnlySpan<byte> source, ref int at, long runLength, int bitWidth, Span<T> destination)
        where T : unmanaged, IBinaryInteger<T>
    {
        var bytes = (bitWidth + 7) >> 3;
        if (bytes > source.Length - at)
            throw new MalformedDataException("a run has no value", at);
        ulong value = 0;
        for (var i = 0; i < bytes; i++)
            value |= (ulong)source[at++] << (8 * i);
        if (value >> bitWidth != 0)
            throw new MalformedDataException("the value of a run passes its bit width", at);
        var count = (int)Math.Min(runLength, destination.Length);
        destination[..count].Fill(T.CreateTruncating(value));
        return count;
    }

    private static int ReadPacked<T>(ReadOnlySpan<byte> source, ref int at, long runLength, int bitWidth, Span<T> destination)
        where T : unmanaged, IBinaryInteger<T>
    {
        // The last run may be cut where its values end: some writers do not pad it to whole groups.
        var count = (int)Math.Min(runLength, destination.Length);
        if (BitPacking.SizeOf(count, bitWidth) > source.Length - at)
            throw new MalformedDataException("a packed run is cut off", at);
        BitPacking.Unpack(source[at..], bitWidth, destination[..count]);
        at = (int)Math.Min(source.Length, at + BitPacking.SizeOf(runLength, bitWidth));
        return count;
    }
}
