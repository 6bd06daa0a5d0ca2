using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Triptych.Columnar.Parquet.Encodings;
using Triptych.Primitives.Binary;

namespace Triptych.Columnar.Parquet.Writing;

/// <summary>Writes the values of a page in an encoding without a dictionary.</summary>
internal static class PageEncoder
{
    /// <summary>The encoding that <paramref name="wanted"/> comes to for a column, when there is no dictionary.</summary>
    /// <exception cref="ArgumentException">The encoding is not one for the column's type.</exception>
    public static ParquetEncoding Choose(ParquetColumn column, ColumnEncoding wanted)
    {
        return (wanted, column.Type) switch
        {
            (ColumnEncoding.Dictionary, ParquetType.Boolean) => ParquetEncoding.Rle,
            (ColumnEncoding.Plain or ColumnEncoding.Dictionary, _) => ParquetEncoding.Plain,
            (ColumnEncoding.Delta or ColumnEncoding.DictionaryOrDelta, ParquetType.Int32 or ParquetType.Int64) => ParquetEncoding.DeltaBinaryPacked,
            (ColumnEncoding.DeltaLength, ParquetType.ByteArray) => ParquetEncoding.DeltaLengthByteArray,
            (ColumnEncoding.DeltaPrefix, ParquetType.ByteArray or ParquetType.FixedLenByteArray) => ParquetEncoding.DeltaByteArray,
            (ColumnEncoding.ByteStreamSplit, not (ParquetType.Boolean or ParquetType.ByteArray)) => ParquetEncoding.ByteStreamSplit,
            _ => throw new ArgumentException($"Column {column.Name} of type {column.Type} cannot be encoded as {wanted}."),
        };
    }

    /// <summary>
    /// The encoding of a chunk whose dictionary does not pay or is full, by the page with which it goes on. Lengths that are all the same, as those
    /// of ids, take nothing in DELTA_LENGTH_BYTE_ARRAY; where they differ PLAIN comes out smaller, for zstd finds a value that comes again
    /// together with its length.
    /// </summary>
    public static ParquetEncoding ChooseAfterDictionary(PageValues values, DataPageVersion version) =>
        version != DataPageVersion.V1 && values.Column.Type == ParquetType.ByteArray && HaveOneLength(values.Ends)
            ? ParquetEncoding.DeltaLengthByteArray
            : ParquetEncoding.Plain;

    public static void Encode(PageValues values, ParquetEncoding encoding, PooledBufferWriter output)
    {
        switch (encoding)
        {
            case ParquetEncoding.Rle:
                EncodeBooleans(values.Data, output);
                break;
            case ParquetEncoding.DeltaBinaryPacked when values.Column.Type == ParquetType.Int32:
                DeltaBinaryPacked.Encode(values.As<int>(), output);
                break;
            case ParquetEncoding.DeltaBinaryPacked:
                DeltaBinaryPacked.Encode(values.As<long>(), output);
                break;
            case ParquetEncoding.DeltaLengthByteArray:
                EncodeDeltaLength(values, output);
                break;
            case ParquetEncoding.DeltaByteArray:
                EncodePrefixes(values, output);
                break;
            case ParquetEncoding.ByteStreamSplit:
                var room = output.GetSpan(Math.Max(1, values.Data.Length));
                ByteStreamSplit.Encode(values.Data, values.Width, room);
                output.Advance(values.Data.Length);
                break;
            default:
                EncodePlain(values, output);
                break;
        }
    }

    private static bool HaveOneLength(ReadOnlySpan<int> ends)
    {
        for (var i = 1; i < ends.Length; i++)
        {
            if (ends[i] - ends[i - 1] != ends[0])
                return false;
        }

        return true;
    }

    /// <summary>RLE as a data encoding has its length in 4 bytes in front.</summary>
    private static void EncodeBooleans(ReadOnlySpan<byte> values, PooledBufferWriter output)
    {
        var start = output.Length;
        output.WriteFixed32(0);
        RleHybridEncoder.Encode(values, 1, output);
        BinaryPrimitives.WriteInt32LittleEndian(output.WrittenForEdit[start..], output.Length - start - sizeof(int));
    }

    private static void EncodeDeltaLength(PageValues values, PooledBufferWriter output)
    {
        using var lengths = new PooledBufferWriter(capacity: Math.Max(16, values.Count * sizeof(int)));
        var room = MemoryMarshal.Cast<byte, int>(lengths.GetSpan(values.Count * sizeof(int)))[..values.Count];
        var start = 0;
        var ends = values.Ends;
        for (var i = 0; i < ends.Length; i++)
        {
            room[i] = ends[i] - start;
            start = ends[i];
        }

        DeltaBinaryPacked.Encode<int>(room, output);
        output.Write(values.Data);
    }

    /// <summary>How much of the value before each one begins with, then what follows as DELTA_LENGTH_BYTE_ARRAY.</summary>
    private static void EncodePrefixes(PageValues values, PooledBufferWriter output)
    {
        var count = values.Count;
        using var lengths = new PooledBufferWriter(capacity: Math.Max(16, 2 * count * sizeof(int)));
        var room = MemoryMarshal.Cast<byte, int>(lengths.GetSpan(2 * count * sizeof(int)))[..(2 * count)];
        var prefixes = room[..count];
        var suffixes = room[count..];
        ReadOnlySpan<byte> previous = default;
        for (var i = 0; i < count; i++)
        {
            var value = values[i];
            prefixes[i] = value.CommonPrefixLength(previous);
            suffixes[i] = value.Length - prefixes[i];
            previous = value;
        }

        DeltaBinaryPacked.Encode<int>(prefixes, output);
        DeltaBinaryPacked.Encode<int>(suffixes, output);
        for (var i = 0; i < count; i++)
            output.Write(values[i][prefixes[i]..]);
    }

    private static void EncodePlain(PageValues values, PooledBufferWriter output)
    {
        if (values.Column.Type == ParquetType.Boolean)
        {
            // The packer writes whole words.
            var size = (int)BitPacking.SizeOf(values.Count, 1);
            BitPacking.Pack(values.Data, 1, output.GetSpan(size + sizeof(ulong)));
            output.Advance(size);
            return;
        }

        if (values.Width > 0)
        {
            output.Write(values.Data);
            return;
        }

        var ends = values.Ends;
        var data = values.Data;
        var room = output.GetSpan(data.Length + (ends.Length * sizeof(int)));
        var at = 0;
        var start = 0;
        foreach (var end in ends)
        {
            BinaryPrimitives.WriteInt32LittleEndian(room[at..], end - start);
            at += sizeof(int);
            ShortCopy.Copy(data, start, end - start, room, at);
            at += end - start;
            start = end;
        }

        output.Advance(at);
    }
}
