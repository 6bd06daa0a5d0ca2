using Triptych.Columnar.Parquet.Thrift;
using Triptych.Primitives.Binary;

namespace Triptych.Columnar.Parquet.Metadata;

/// <summary>FileMetaData of parquet.thrift.</summary>
internal static class FooterWriter
{
    private const int FormatVersion = 2;

    public static void Write(PooledBufferWriter output, ParquetFooter footer)
    {
        var writer = new ThriftWriter(output);
        writer.BeginStruct();
        writer.Int32(1, FormatVersion);
        SchemaCodec.Write(writer, 2, footer.Schema);
        writer.Int64(3, footer.RowCount);
        writer.List(4, ThriftType.Struct, footer.RowGroups.Length);
        foreach (var group in footer.RowGroups)
            WriteRowGroup(writer, group);
        WriteMetadata(writer, footer);
        writer.String(6, footer.CreatedBy);
        writer.List(7, ThriftType.Struct, footer.Schema.Columns.Length);
        for (var i = 0; i < footer.Schema.Columns.Length; i++)
        {
            // ColumnOrder.TYPE_ORDER: min and max follow the order of the type.
            writer.BeginStruct();
            writer.EmptyStruct(1);
            writer.EndStruct();
        }

        writer.EndStruct();
    }

    private static void WriteMetadata(ThriftWriter writer, ParquetFooter footer)
    {
        var pairs = footer.Metadata.Concat(footer.Sections.Select(section =>
            KeyValuePair.Create(FileLayout.SectionPrefix + section.Key, FileLayout.FormatSection(section.Value)))).ToList();
        pairs.Add(KeyValuePair.Create(FileLayout.ChecksumsKey, "1"));
        pairs.Sort((left, right) => string.CompareOrdinal(left.Key, right.Key));
        writer.List(5, ThriftType.Struct, pairs.Count);
        foreach (var (key, value) in pairs)
        {
            writer.BeginStruct();
            writer.String(1, key);
            writer.String(2, value);
            writer.EndStruct();
        }
    }

    private static void WriteRowGroup(ThriftWriter writer, RowGroupInfo group)
    {
        writer.BeginStruct();
        writer.List(1, ThriftType.Struct, group.Columns.Length);
        foreach (var chunk in group.Columns)
            WriteChunk(writer, chunk);
        writer.Int64(2, group.TotalBytes);
        writer.Int64(3, group.RowCount);
        if (group.SortingColumns.Length > 0)
        {
            writer.List(4, ThriftType.Struct, group.SortingColumns.Length);
            foreach (var sorting in group.SortingColumns)
            {
                writer.BeginStruct();
                writer.Int32(1, sorting.ColumnIndex);
                writer.Bool(2, sorting.Descending);
                writer.Bool(3, sorting.NullsFirst);
                writer.EndStruct();
            }
        }

        writer.Int64(5, group.Columns[0].StartOffset);
        writer.Int64(6, group.Columns.Sum(chunk => chunk.CompressedBytes));
        if (group.Index <= short.MaxValue)
            writer.Int16(7, (short)group.Index);
        writer.EndStruct();
    }

    private static void WriteChunk(ThriftWriter writer, ColumnChunkInfo chunk)
    {
        writer.BeginStruct();
        writer.Int64(2, 0);
        writer.BeginStruct(3);
        writer.Int32(1, (int)chunk.Column.Type);
        writer.List(2, ThriftType.I32, chunk.Encodings.Length);
        foreach (var encoding in chunk.Encodings)
            writer.Element((int)encoding);
        writer.List(3, ThriftType.Binary, chunk.Column.Path.Length);
        foreach (var name in chunk.Column.Path)
            writer.Element(System.Text.Encoding.UTF8.GetBytes(name));
        writer.Int32(4, (int)chunk.Codec);
        writer.Int64(5, chunk.ValueCount);
        writer.Int64(6, chunk.UncompressedBytes);
        writer.Int64(7, chunk.CompressedBytes);
        writer.Int64(9, chunk.DataPageOffset);
        if (chunk.DictionaryPageOffset > 0)
            writer.Int64(11, chunk.DictionaryPageOffset);
        WriteStatistics(writer, 12, chunk.Statistics);
        if (chunk.HasBloomFilter)
        {
            writer.Int64(14, chunk.BloomFilter.Offset);
            writer.Int32(15, chunk.BloomFilter.Length);
        }

        writer.EndStruct();
        if (chunk.HasPageIndex)
        {
            writer.Int64(4, chunk.OffsetIndex.Offset);
            writer.Int32(5, chunk.OffsetIndex.Length);
        }

        if (chunk.ColumnIndex.Length > 0)
        {
            writer.Int64(6, chunk.ColumnIndex.Offset);
            writer.Int32(7, chunk.ColumnIndex.Length);
        }

        writer.EndStruct();
    }

    private static void WriteStatistics(ThriftWriter writer, short id, ColumnStatistics statistics)
    {
        writer.BeginStruct(id);
        if (statistics.NullCount is { } nulls)
            writer.Int64(3, nulls);
        if (statistics is { Min: { } min, Max: { } max })
        {
            writer.Binary(5, max);
            writer.Binary(6, min);
            writer.Bool(7, statistics.IsMaxExact);
            writer.Bool(8, statistics.IsMinExact);
        }

        writer.EndStruct();
    }
}
