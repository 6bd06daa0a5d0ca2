using System.Buffers.Binary;

namespace Triptych.Columnar.Parquet.Encodings;

/// <summary>
/// The encodings of BYTE_ARRAY. Each knows first how many bytes come out (so that the caller makes room, within its limits) and then
/// writes ends, counted from <c>dataStart</c>, and data.
/// </summary>
internal static class ByteArrayDecoders
{
    /// <summary>PLAIN: each value behind its length in 4 bytes. Returns the bytes of data; checks no length.</summary>
    public static long PlainDataLength(ReadOnlySpan<byte> source, int count)
    {
        var length = source.Length - (4L * count);
        return length >= 0 ? length : throw new MalformedDataException($"{source.Length} bytes cannot hold {count} values");
    }

    /// <summary>The source may lie in the same buffer as the data, <see cref="ShortCopy.OverrunBytes"/> or more behind its start.</summary>
    public static void DecodePlain(ReadOnlySpan<byte> source, Span<int> ends, Span<byte> data, int dataStart)
    {
        var at = 0;
        var written = 0;
        for (var i = 0; i < ends.Length; i++)
        {
            if (source.Length - at < 4)
                throw new MalformedDataException("values are cut off", at);
            var length = BinaryPrimitives.ReadInt32LittleEndian(source[at..]);
            at += 4;
            if ((uint)length > (uint)(source.Length - at) || length > data.Length - written)
                throw new MalformedDataException($"a value claims {length} bytes", at);
            ShortCopy.Copy(source, at, length, data, written);
            at += length;
            written += length;
            ends[i] = dataStart + written;
        }

        if (at != source.Length)
            throw new MalformedDataException("bytes follow the last value", at);
    }

    /// <summary>DELTA_LENGTH_BYTE_ARRAY, lengths: returns where the data begins, which reaches to the end of the source.</summary>
    public static int DecodeEnds(ReadOnlySpan<byte> source, Span<int> ends, int dataStart)
    {
        var read = DeltaBinaryPacked.Decode(source, ends);
        var end = (long)dataStart;
        var signs = 0;
        for (var i = 0; i < ends.Length; i++)
        {
            signs |= ends[i];
            end += ends[i];
            ends[i] = unchecked((int)end);
        }

        if (signs < 0)
            throw new MalformedDataException("a value has a negative length", read);
        if (end - dataStart != source.Length - read)
            throw new MalformedDataException("lengths do not add up to their page", read);
        return read;
    }

    private static int DecodeLengths(ReadOnlySpan<byte> source, Span<int> lengths, out long dataLength)
    {
        var read = DeltaBinaryPacked.Decode(source, lengths);
        dataLength = 0;
        var signs = 0;
        foreach (var length in lengths)
        {
            signs |= length;
            dataLength += length;
        }

        return signs >= 0 ? read : throw new MalformedDataException("a value has a negative length", read);
    }

    /// <summary>
    /// DELTA_BYTE_ARRAY: how many bytes of the value before each one begins with, and the lengths of what follows. Both spans are filled.
    /// Returns where the suffixes begin.
    /// </summary>
    public static int DecodePrefixes(ReadOnlySpan<byte> source, Span<int> prefixes, Span<int> suffixes, out long dataLength)
    {
        var read = DecodeLengths(source, prefixes, out var prefixLength);
        read += DecodeLengths(source[read..], suffixes, out var suffixLength);
        if (suffixLength != source.Length - read)
            throw new MalformedDataException("suffixes do not end with their page", read);
        var previous = 0L;
        var isTooLong = false;
        for (var i = 0; i < prefixes.Length; i++)
        {
            isTooLong |= prefixes[i] > previous;
            previous = (long)prefixes[i] + suffixes[i];
        }

        if (isTooLong)
            throw new MalformedDataException("a prefix is longer than the value before", read);

        dataLength = prefixLength + suffixLength;
        return read;
    }

    /// <summary>Puts prefixes and suffixes together; <paramref name="ends"/> holds the suffix lengths and is overwritten.</summary>
    public static void JoinPrefixes(ReadOnlySpan<byte> suffixes, ReadOnlySpan<int> prefixes, Span<int> ends, Span<byte> data, int dataStart)
    {
        var at = 0;
        var written = 0;
        var previousStart = 0;
        for (var i = 0; i < ends.Length; i++)
        {
            var prefix = prefixes[i];
            var suffix = ends[i];
            ShortCopy.CopyUneven(data, previousStart, prefix, data, written);
            previousStart = written;
            written += prefix;
            ShortCopy.CopyUneven(suffixes, at, suffix, data, written);
            at += suffix;
            written += suffix;
            ends[i] = dataStart + written;
        }
    }
}
