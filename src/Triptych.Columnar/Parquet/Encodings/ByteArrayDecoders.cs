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

    /// <summary>DELTA_LENGTH_BYTE_ARRAY, lengths: leaves the lengths in <paramref name="ends"/>, returns where the data begins.</summary>
    public static int DecodeLengths(ReadOnlySpan<byte> source, Span<int> ends, out long dataLength)
    {
        var read = DeltaBinaryPacked.Decode(source, ends);
        dataLength = 0;
        foreach (var length in ends)
        {
            if (length < 0)
                throw new MalformedDataException("a value has a negative length", read);
            dataLength += length;
        }

        return read;
    }

    /// <summary>Turns lengths into ends.</summary>
    public static void AccumulateLengths(Span<int> ends, int dataStart)
    {
        for (var i = 0; i < ends.Length; i++)
            ends[i] = dataStart += ends[i];
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
        for (var i = 0; i < prefixes.Length; i++)
        {
            if (prefixes[i] > previous)
                throw new MalformedDataException("a prefix is longer than the value before", read);
            previous = (long)prefixes[i] + suffixes[i];
        }

        dataLength = prefixLength + suffixLength;
        return read;
    }

    /// <summary>Puts prefixes and suffixes together; <paramref name="ends"/> holds the suffix lengths and is overwritten.</summary>
    public static void JoinPrefixes(ReadOnlySpan<byte> suffixes, ReadOnlySpan<int> prefixes, Span<int> ends, Span<byte> data, int dataStart)
    {
        var written = 0;
        var previousStart = 0;
        for (var i = 0; i < ends.Length; i++)
        {
            var suffix = ends[i];
            data.Slice(previousStart, prefixes[i]).CopyTo(data[written..]);
            suffixes[..suffix].CopyTo(data[(written + prefixes[i])..]);
            suffixes = suffixes[suffix..];
            previousStart = written;
            written += prefixes[i] + suffix;
            ends[i] = dataStart + written;
        }
    }
}
