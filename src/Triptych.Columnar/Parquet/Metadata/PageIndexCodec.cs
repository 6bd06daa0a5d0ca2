using System.Collections.Immutable;
using Triptych.Columnar.Parquet.Thrift;
using Triptych.Primitives.Binary;

namespace Triptych.Columnar.Parquet.Metadata;

/// <summary>Where a data page lies: header and body.</summary>
/// <param name="FirstRow">Counted from the row group's first row.</param>
internal readonly record struct PageLocation(long Offset, int CompressedSize, long FirstRow);

/// <summary>Bounds of a data page. Min and max are null when the page has no values.</summary>
internal readonly record struct PageBounds(byte[]? Min, byte[]? Max, long? NullCount);

/// <summary>OffsetIndex and ColumnIndex of parquet.thrift.</summary>
internal static class PageIndexCodec
{
    public static void WriteOffsets(PooledBufferWriter output, IReadOnlyList<PageLocation> pages)
    {
        var writer = new ThriftWriter(output);
        writer.BeginStruct();
        writer.List(1, ThriftType.Struct, pages.Count);
        foreach (var page in pages)
        {
            writer.BeginStruct();
            writer.Int64(1, page.Offset);
            writer.Int32(2, page.CompressedSize);
            writer.Int64(3, page.FirstRow);
            writer.EndStruct();
        }

        writer.EndStruct();
    }

    /// <param name="boundaryOrder">0 unordered, 1 ascending, 2 descending: of the bounds of pages with values.</param>
    public static void WriteBounds(PooledBufferWriter output, IReadOnlyList<PageBounds> pages, int boundaryOrder)
    {
        var writer = new ThriftWriter(output);
        writer.BeginStruct();
        writer.List(1, ThriftType.True, pages.Count);
        foreach (var page in pages)
            writer.Element(page.Min is null);
        writer.List(2, ThriftType.Binary, pages.Count);
        foreach (var page in pages)
            writer.Element(page.Min ?? []);
        writer.List(3, ThriftType.Binary, pages.Count);
        foreach (var page in pages)
            writer.Element(page.Max ?? []);
        writer.Int32(4, boundaryOrder);
        writer.List(5, ThriftType.I64, pages.Count);
        foreach (var page in pages)
            writer.Element(page.NullCount ?? 0);
        writer.EndStruct();
    }

    /// <summary>Pages of a chunk, checked: ascending rows from 0, apart from each other, within the chunk.</summary>
    public static PageLocation[] ReadOffsets(ReadOnlySpan<byte> source, ColumnChunkInfo chunk, long rowCount)
    {
        var reader = new ThriftReader(source);
        PageLocation[] pages = [];
        var field = reader.BeginStruct();
        while (reader.Next(ref field))
        {
            if (field.Id != 1)
            {
                reader.Skip(field);
                continue;
            }

            pages = new PageLocation[reader.ReadList(field, ThriftType.Struct)];
            for (var i = 0; i < pages.Length; i++)
                pages[i] = ReadLocation(ref reader);
        }

        var end = chunk.StartOffset;
        var limit = chunk.StartOffset + chunk.CompressedBytes;
        for (var i = 0; i < pages.Length; i++)
        {
            var page = pages[i];
            var rowsAscend = i == 0 ? page.FirstRow == 0 : page.FirstRow >= pages[i - 1].FirstRow;
            if (!rowsAscend || page.FirstRow > rowCount || page.Offset < end || page.Offset > limit || page.CompressedSize > limit - page.Offset)
                reader.Fail($"page {i} of an offset index is out of place");
            end = page.Offset + page.CompressedSize;
        }

        return pages;
    }

    public static PageBounds[] ReadBounds(ReadOnlySpan<byte> source, int pageCount, int width)
    {
        var reader = new ThriftReader(source);
        bool[] nullPages = [];
        byte[][] mins = [], maxs = [];
        long[]? nullCounts = null;
        var field = reader.BeginStruct();
        while (reader.Next(ref field))
        {
            switch (field.Id)
            {
                case 1:
                    nullPages = new bool[reader.ReadList(field, ThriftType.True)];
                    for (var i = 0; i < nullPages.Length; i++)
                        nullPages[i] = reader.ReadBool();
                    break;
                case 2:
                    mins = ReadValues(ref reader, field);
                    break;
                case 3:
                    maxs = ReadValues(ref reader, field);
                    break;
                case 5:
                    nullCounts = new long[reader.ReadList(field, ThriftType.I64)];
                    for (var i = 0; i < nullCounts.Length; i++)
                        nullCounts[i] = reader.ReadSigned();
                    break;
                default:
                    reader.Skip(field);
                    break;
            }
        }

        if (nullPages.Length != pageCount || mins.Length != pageCount || maxs.Length != pageCount
            || (nullCounts is not null && nullCounts.Length != pageCount))
            reader.Fail("a column index has another number of pages than its offset index");
        var bounds = new PageBounds[pageCount];
        for (var i = 0; i < pageCount; i++)
        {
            if (!nullPages[i] && width > 0 && (mins[i].Length != width || maxs[i].Length != width))
                reader.Fail($"the bounds of page {i} are not {width} bytes");
            bounds[i] = new PageBounds(nullPages[i] ? null : mins[i], nullPages[i] ? null : maxs[i], nullCounts?[i]);
        }

        return bounds;
    }

    private static byte[][] ReadValues(ref ThriftReader reader, in ThriftField list)
    {
        var values = new byte[reader.ReadList(list, ThriftType.Binary)][];
        for (var i = 0; i < values.Length; i++)
            values[i] = reader.ReadBinary().ToArray();
        return values;
    }

    private static PageLocation ReadLocation(ref ThriftReader reader)
    {
        var page = new PageLocation(-1, -1, -1);
        var field = reader.BeginStruct();
        while (reader.Next(ref field))
        {
            switch (field.Id)
            {
                case 1:
                    page = page with { Offset = reader.ReadSize(field) };
                    break;
                case 2:
                    page = page with { CompressedSize = reader.ReadSize32(field) };
                    break;
                case 3:
                    page = page with { FirstRow = reader.ReadSize(field) };
                    break;
                default:
                    reader.Skip(field);
                    break;
            }
        }

        if (page.Offset < 0 || page.CompressedSize < 0 || page.FirstRow < 0)
            reader.Fail("a page location is incomplete");
        return page;
    }
}
