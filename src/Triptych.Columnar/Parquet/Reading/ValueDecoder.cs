using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Triptych.Columnar.Parquet.Encodings;
using Triptych.Primitives.Memory;

namespace Triptych.Columnar.Parquet.Reading;

/// <summary>
/// Decodes the values of pages to the end of a column. The slots they belong to have been added: validity says which of the last
/// <c>slots</c> have one of the <c>count</c> values.
/// </summary>
internal static class ValueDecoder
{
    public static void Decode(DecodedColumn column, ParquetEncoding encoding, ReadOnlySpan<byte> source, int count, int slots, MemoryBudget? budget)
    {
        if (column.Column.Type == ParquetType.ByteArray)
        {
            BytesDecoder.Decode(column, encoding, source, count, slots, budget);
            return;
        }

        var validity = count == slots ? default : column.Validity[^slots..];
        var width = column.Width;
        var room = column.ValueBuffer.Append((long)slots * width);
        DecodeFixed(column.Column, encoding, source, room[..(count * width)], width, budget);
        Spread(room, width, count, validity);
    }

    /// <summary>Reads codes, one for each value, and checks them against the dictionary.</summary>
    public static void DecodeCodes(ReadOnlySpan<byte> source, int dictionaryCount, Span<int> codes)
    {
        if (codes.IsEmpty)
            return;
        if (source.IsEmpty || source[0] > 32)
            throw new MalformedDataException("codes have no known bit width");
        var read = 1 + RleHybridDecoder.Decode(source[1..], source[0], codes);
        if (read != source.Length)
            throw new MalformedDataException("bytes follow the last code", read);
        var max = Max(MemoryMarshal.Cast<int, uint>(codes));
        if (max >= (uint)dictionaryCount)
            throw new MalformedDataException($"code {max} in a dictionary of {dictionaryCount}");
    }

    /// <summary>Moves packed codes to the slots that have a value; others get 0.</summary>
    public static void SpreadCodes(Span<int> codes, int count, ReadOnlySpan<bool> validity) =>
        Spread(MemoryMarshal.AsBytes(codes), sizeof(int), count, validity);

    /// <summary>Adds the values of codes, one for each slot; null slots have any code and get nothing.</summary>
    public static void Gather(DecodedColumn column, DecodedColumn dictionary, ReadOnlySpan<int> codes, ReadOnlySpan<bool> validity)
    {
        if (column.Width == 0)
        {
            BytesDecoder.Gather(column, dictionary, codes, validity);
            return;
        }

        var width = column.Width;
        var room = column.ValueBuffer.Append((long)codes.Length * width);
        var values = dictionary.Data;
        if (dictionary.SlotCount == 0)
            room.Clear();
        else if (width == sizeof(ulong))
            GatherWords(MemoryMarshal.Cast<byte, ulong>(values), codes, MemoryMarshal.Cast<byte, ulong>(room));
        else if (width == sizeof(uint))
            GatherWords(MemoryMarshal.Cast<byte, uint>(values), codes, MemoryMarshal.Cast<byte, uint>(room));
        else
            GatherFixed(values, width, codes, room);
        for (var i = 0; i < validity.Length; i++)
        {
            if (!validity[i])
                room.Slice(i * width, width).Clear();
        }
    }

    private static void DecodeFixed(ParquetColumn column, ParquetEncoding encoding, ReadOnlySpan<byte> source, Span<byte> room, int width, MemoryBudget? budget)
    {
        switch (encoding)
        {
            case ParquetEncoding.Plain when column.Type == ParquetType.Boolean:
                if (source.Length != BitPacking.SizeOf(room.Length, 1))
                    throw new MalformedDataException($"{source.Length} bytes of {room.Length} booleans");
                BitPacking.Unpack(source, 1, room);
                break;
            case ParquetEncoding.Rle when column.Type == ParquetType.Boolean:
                DecodeBooleans(source, room);
                break;
            case ParquetEncoding.Plain:
                if (source.Length != room.Length)
                    throw new MalformedDataException($"{source.Length} bytes of values, {room.Length} expected");
                source.CopyTo(room);
                break;
            case ParquetEncoding.DeltaBinaryPacked when column.Type == ParquetType.Int64:
                RequireEnd(source, DeltaBinaryPacked.Decode(source, MemoryMarshal.Cast<byte, long>(room)));
                break;
            case ParquetEncoding.DeltaBinaryPacked when column.Type == ParquetType.Int32:
                RequireEnd(source, DeltaBinaryPacked.Decode(source, MemoryMarshal.Cast<byte, int>(room)));
                break;
            case ParquetEncoding.DeltaByteArray when column.Type == ParquetType.FixedLenByteArray:
                DecodePrefixedFixed(source, room, width, budget);
                break;
            case ParquetEncoding.ByteStreamSplit when column.Type != ParquetType.Boolean:
                ByteStreamSplit.Decode(source, width, room);
                break;
            default:
                throw Unknown(column, encoding);
        }
    }

    private static void DecodePrefixedFixed(ReadOnlySpan<byte> source, Span<byte> room, int width, MemoryBudget? budget)
    {
        var count = room.Length / width;
        using var bytes = ColumnMemory.Rent(Math.Max(1, 2 * count) * sizeof(int), budget);
        var lengths = MemoryMarshal.Cast<byte, int>(bytes.Span)[..(2 * count)];
        var prefixes = lengths[..count];
        var suffixes = lengths[count..];
        var at = ByteArrayDecoders.DecodePrefixes(source, prefixes, suffixes, out var joined);
        for (var i = 0; i < count; i++)
        {
            if (prefixes[i] + (long)suffixes[i] != width)
                throw new MalformedDataException($"a value of {prefixes[i] + (long)suffixes[i]} bytes in a column of {width}", at);
        }

        ByteArrayDecoders.JoinPrefixes(source[at..], prefixes, suffixes, room, dataStart: 0);
    }

    public static MalformedDataException Unknown(ParquetColumn column, ParquetEncoding encoding) =>
        new($"column {column.Name}: values of {column.Type} encoded as {encoding} cannot be read", unsupported: true);

    private static void RequireEnd(ReadOnlySpan<byte> source, int read)
    {
        if (read != source.Length)
            throw new MalformedDataException("bytes follow the last value", read);
    }

    private static void DecodeBooleans(ReadOnlySpan<byte> source, Span<byte> room)
    {
        if (source.Length < sizeof(int) || BinaryPrimitives.ReadInt32LittleEndian(source) != source.Length - sizeof(int))
            throw new MalformedDataException("runs of booleans do not have the length they say");
        RequireEnd(source, sizeof(int) + RleHybridDecoder.Decode(source[sizeof(int)..], 1, room));
    }

    private static void Spread(Span<byte> room, int width, int count, ReadOnlySpan<bool> validity)
    {
        if (validity.IsEmpty)
            return;
        if (width == sizeof(ulong))
            SpreadWords(MemoryMarshal.Cast<byte, ulong>(room), count, validity);
        else if (width == sizeof(uint))
            SpreadWords(MemoryMarshal.Cast<byte, uint>(room), count, validity);
        else
            SpreadFixed(room, width, count, validity);
    }

    private static void SpreadWords<T>(Span<T> room, int count, ReadOnlySpan<bool> validity)
        where T : unmanaged
    {
        for (int i = validity.Length - 1, from = count; i >= 0; i--)
            room[i] = validity[i] ? room[--from] : default;
    }

    private static void SpreadFixed(Span<byte> room, int width, int count, ReadOnlySpan<bool> validity)
    {
        for (int i = validity.Length - 1, from = count; i >= 0; i--)
        {
            var slot = room.Slice(i * width, width);
            if (validity[i])
                room.Slice(--from * width, width).CopyTo(slot);
            else
                slot.Clear();
        }
    }

    private static void GatherWords<T>(ReadOnlySpan<T> values, ReadOnlySpan<int> codes, Span<T> room)
        where T : unmanaged
    {
        for (var i = 0; i < codes.Length; i++)
            room[i] = values[codes[i]];
    }

    private static void GatherFixed(ReadOnlySpan<byte> values, int width, ReadOnlySpan<int> codes, Span<byte> room)
    {
        for (var i = 0; i < codes.Length; i++)
            values.Slice(codes[i] * width, width).CopyTo(room[(i * width)..]);
    }

    private static uint Max(ReadOnlySpan<uint> codes)
    {
        var max = 0u;
        if (codes.Length >= Vector<uint>.Count)
        {
            var maxs = Vector<uint>.Zero;
            for (; codes.Length >= Vector<uint>.Count; codes = codes[Vector<uint>.Count..])
                maxs = Vector.Max(maxs, new Vector<uint>(codes));
            for (var i = 0; i < Vector<uint>.Count; i++)
                max = Math.Max(max, maxs[i]);
        }

        foreach (var code in codes)
            max = Math.Max(max, code);
        return max;
    }
}
