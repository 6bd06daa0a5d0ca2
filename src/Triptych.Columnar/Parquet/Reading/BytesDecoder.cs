using System.Runtime.InteropServices;
using Triptych.Columnar.Parquet.Encodings;
using Triptych.Columnar.Parquet.Pages;
using Triptych.Primitives.Memory;

namespace Triptych.Columnar.Parquet.Reading;

/// <summary>What <see cref="ValueDecoder"/> is, for BYTE_ARRAY: values become ends and bytes at the end of a column.</summary>
internal static class BytesDecoder
{
    public static void Decode(DecodedColumn column, ParquetEncoding encoding, ReadOnlySpan<byte> source, int count, int slots, MemoryBudget? budget)
    {
        var dataStart = column.ValueBuffer.Length;
        column.ReserveData(source.Length, slots);
        var ends = column.EndBuffer.Append<int>(slots);
        switch (encoding)
        {
            case ParquetEncoding.Plain:
                var size = ByteArrayDecoders.PlainDataLength(source, count);
                ByteArrayDecoders.DecodePlain(source, ends[..count], column.ValueBuffer.Append(size), dataStart);
                break;
            case ParquetEncoding.DeltaLengthByteArray:
                var at = ByteArrayDecoders.DecodeEnds(source, ends[..count], dataStart);
                source[at..].CopyTo(column.ValueBuffer.Append((long)source.Length - at));
                break;
            case ParquetEncoding.DeltaByteArray:
                using (var prefixBytes = ColumnMemory.Rent(Math.Max(1, count) * sizeof(int), budget))
                {
                    var prefixes = MemoryMarshal.Cast<byte, int>(prefixBytes.Span)[..count];
                    var suffixes = ByteArrayDecoders.DecodePrefixes(source, prefixes, ends[..count], out var joined);
                    ByteArrayDecoders.JoinPrefixes(source[suffixes..], prefixes, ends[..count], column.ValueBuffer.Append(joined), dataStart);
                }

                break;
            default:
                throw ValueDecoder.Unknown(column.Column, encoding);
        }

        SpreadEnds(ends, count, dataStart, count == slots ? default : column.Validity[^slots..]);
    }

    /// <summary>Whether <see cref="DecodeCompressed"/> can take pages of the encoding.</summary>
    public static bool CanDecodeCompressed(ParquetColumn column, ParquetEncoding encoding) =>
        column.Type == ParquetType.ByteArray && encoding is ParquetEncoding.Plain or ParquetEncoding.DeltaLengthByteArray;

    /// <summary>
    /// Decodes a compressed page of <paramref name="size"/> bytes without a buffer between: it is decompressed into the column, where the values
    /// move up over their lengths while they are still in the cache.
    /// </summary>
    public static void DecodeCompressed(
        DecodedColumn column, ParquetEncoding encoding, ParquetCodec codec, ReadOnlySpan<byte> stored, int size, int count, int slots)
    {
        var dataStart = column.ValueBuffer.Length;
        column.ReserveData(size, slots);
        var ends = column.EndBuffer.Append<int>(slots);
        var room = column.ValueBuffer.Append(ShortCopy.OverrunBytes + (long)size);
        var source = room[ShortCopy.OverrunBytes..];
        PageCompression.Decompress(codec, stored, source);
        var dataLength = size;
        if (encoding == ParquetEncoding.Plain)
        {
            dataLength = (int)ByteArrayDecoders.PlainDataLength(source, count);
            ByteArrayDecoders.DecodePlain(source, ends[..count], room[..dataLength], dataStart);
        }
        else
        {
            var at = ByteArrayDecoders.DecodeEnds(source, ends[..count], dataStart);
            source[at..].CopyTo(room);
            dataLength -= at;
        }

        column.ValueBuffer.Truncate(dataStart + dataLength);
        SpreadEnds(ends, count, dataStart, count == slots ? default : column.Validity[^slots..]);
    }

    /// <summary>Adds the values of codes, as <see cref="ValueDecoder.Gather"/> does.</summary>
    public static void Gather(DecodedColumn column, DecodedColumn dictionary, ReadOnlySpan<int> codes, ReadOnlySpan<bool> validity)
    {
        var dictionaryEnds = dictionary.Ends;
        var ends = column.EndBuffer.Append<int>(codes.Length);
        var dataStart = column.ValueBuffer.Length;
        var total = 0L;
        for (var i = 0; i < codes.Length; i++)
        {
            if (validity.IsEmpty || validity[i])
                total += dictionaryEnds[codes[i]] - (codes[i] == 0 ? 0 : dictionaryEnds[codes[i] - 1]);
        }

        column.ReserveData(total, codes.Length);
        var room = column.ValueBuffer.Append(total);
        var data = dictionary.Data;
        var written = 0;
        for (var i = 0; i < codes.Length; i++)
        {
            if (validity.IsEmpty || validity[i])
            {
                var start = codes[i] == 0 ? 0 : dictionaryEnds[codes[i] - 1];
                var length = dictionaryEnds[codes[i]] - start;
                ShortCopy.Copy(data, start, length, room, written);
                written += length;
            }

            ends[i] = dataStart + written;
        }
    }

    /// <summary>Moves the ends of values to the slots that have one; others end where the one before does.</summary>
    private static void SpreadEnds(Span<int> ends, int count, int dataStart, ReadOnlySpan<bool> validity)
    {
        // Backwards, so that ends not yet moved are not overwritten.
        for (int i = validity.Length - 1, from = count; i >= 0; i--)
        {
            if (validity[i])
                ends[i] = ends[--from];
            else
                ends[i] = from == 0 ? dataStart : ends[from - 1];
        }
    }
}
