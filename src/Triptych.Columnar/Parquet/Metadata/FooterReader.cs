using System.Collections.Immutable;
using Triptych.Columnar.Parquet.Thrift;

namespace Triptych.Columnar.Parquet.Metadata;

/// <summary>
/// Parses FileMetaData. Everything that later reads rely on is checked here: each chunk lies within the file, in front of the footer, and
/// belongs to a column of the schema. Throws <see cref="MalformedDataException"/> with a position within the footer.
/// </summary>
internal static class FooterReader
{
    /// <param name="footer">All bytes of the footer.</param>
    /// <param name="endOfData">Offset in the file up to which chunks, indexes and sections may reach.</param>
    /// <param name="fileLength">Kept in the result.</param>
    public static ParquetFooter Read(ReadOnlySpan<byte> footer, long endOfData, long fileLength)
    {
        var reader = new ThriftReader(footer);
        ParquetSchema? schema = null;
        var rowCount = -1L;
        var groups = ImmutableArray<RowGroupInfo>.Empty;
        var pairs = ImmutableDictionary<string, string>.Empty;
        var createdBy = "";
        var field = reader.BeginStruct();
        while (reader.Next(ref field))
        {
            switch (field.Id)
            {
                case 2:
                    schema = SchemaCodec.Read(ref reader, field);
                    break;
                case 3:
                    rowCount = reader.ReadSize(field);
                    break;
                case 4:
                    groups = ReadRowGroups(ref reader, field, schema, endOfData);
                    break;
                case 5:
                    pairs = ReadPairs(ref reader, field);
                    break;
                case 6:
                    createdBy = reader.ReadString(field);
                    break;
                case 8:
                    throw new MalformedDataException("encrypted files cannot be read", reader.Position, unsupported: true);
                default:
                    reader.Skip(field);
                    break;
            }
        }

        if (schema is null || rowCount < 0 || reader.Position != footer.Length)
            reader.Fail("the footer is incomplete");
        if (groups.Sum(group => (decimal)group.RowCount) != rowCount)
            reader.Fail($"the footer says {rowCount} rows, its row groups do not");
        return new ParquetFooter
        {
            Schema = schema!,
            RowCount = rowCount,
            RowGroups = groups,
            Metadata = pairs.RemoveRange(pairs.Keys.Where(IsOurs)),
            Sections = Sections(pairs, endOfData),
            CreatedBy = createdBy,
            FileLength = fileLength,
            HasChecksums = pairs.ContainsKey(FileLayout.ChecksumsKey),
            SizeBytes = EstimateSize(footer.Length),
        };
    }

    /// <summary>Memory of a parsed footer: measured at two to four times its bytes.</summary>
    public static long EstimateSize(int footerBytes) => 1024 + (4L * footerBytes);

    private static bool IsOurs(string key) => key == FileLayout.ChecksumsKey || key.StartsWith(FileLayout.SectionPrefix, StringComparison.Ordinal);

    private static ImmutableDictionary<string, SectionInfo> Sections(ImmutableDictionary<string, string> pairs, long endOfData) =>
        pairs.Where(pair => pair.Key.StartsWith(FileLayout.SectionPrefix, StringComparison.Ordinal))
            .ToImmutableDictionary(pair => pair.Key[FileLayout.SectionPrefix.Length..], pair => FileLayout.ParseSection(pair.Value, endOfData));

    private static ImmutableDictionary<string, string> ReadPairs(ref ThriftReader reader, in ThriftField list)
    {
        var count = reader.ReadList(list, ThriftType.Struct);
        var pairs = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            string? key = null;
            var value = "";
            var field = reader.BeginStruct();
            while (reader.Next(ref field))
            {
                switch (field.Id)
                {
                    case 1:
                        key = reader.ReadString(field);
                        break;
                    case 2:
                        value = reader.ReadString(field);
                        break;
                    default:
                        reader.Skip(field);
                        break;
                }
            }

            if (key is null)
                reader.Fail("metadata without a key");
            pairs[key!] = value;
        }

        return pairs.ToImmutable();
    }

    private static ImmutableArray<RowGroupInfo> ReadRowGroups(ref ThriftReader reader, in ThriftField list, ParquetSchema? schema, long endOfData)
    {
        var count = reader.ReadList(list, ThriftType.Struct);
        if (schema is null)
            reader.Fail("row groups stand in front of the schema");
        var groups = ImmutableArray.CreateBuilder<RowGroupInfo>();
        var firstRow = 0L;
        for (var i = 0; i < count; i++)
        {
            var group = ReadRowGroup(ref reader, i, firstRow, schema!, endOfData);
            groups.Add(group);
            if (group.RowCount > long.MaxValue - firstRow)
                reader.Fail("the row groups have too many rows");
            firstRow += group.RowCount;
        }

        return groups.ToImmutable();
    }

    private static RowGroupInfo ReadRowGroup(ref ThriftReader reader, int index, long firstRow, ParquetSchema schema, long endOfData)
    {
        var chunks = ImmutableArray<ColumnChunkInfo>.Empty;
        var sorting = ImmutableArray<SortingColumn>.Empty;
        var rowCount = -1L;
        var totalBytes = 0L;
        var field = reader.BeginStruct();
        while (reader.Next(ref field))
        {
            switch (field.Id)
            {
                case 1:
                    chunks = ReadChunks(ref reader, field, schema, endOfData);
                    break;
                case 2:
                    totalBytes = reader.ReadInt64(field);
                    break;
                case 3:
                    rowCount = reader.ReadSize(field);
                    break;
                case 4:
                    sorting = ReadSorting(ref reader, field, schema.Columns.Length);
                    break;
                default:
                    reader.Skip(field);
                    break;
            }
        }

        if (rowCount < 0 || chunks.Length != schema.Columns.Length)
            reader.Fail($"row group {index} is incomplete");
        return new RowGroupInfo
        {
            Index = index,
            RowCount = rowCount,
            FirstRow = firstRow,
            Columns = chunks,
            SortingColumns = sorting,
            TotalBytes = totalBytes,
        };
    }

    private static ImmutableArray<ColumnChunkInfo> ReadChunks(ref ThriftReader reader, in ThriftField list, ParquetSchema schema, long endOfData)
    {
        var count = reader.ReadList(list, ThriftType.Struct);
        if (count != schema.Columns.Length)
            reader.Fail($"a row group has {count} columns, the schema {schema.Columns.Length}");
        var chunks = ImmutableArray.CreateBuilder<ColumnChunkInfo>(count);
        foreach (var column in schema.Columns)
            chunks.Add(ChunkReader.Read(ref reader, column, endOfData));
        return chunks.MoveToImmutable();
    }

    private static ImmutableArray<SortingColumn> ReadSorting(ref ThriftReader reader, in ThriftField list, int columnCount)
    {
        var count = reader.ReadList(list, ThriftType.Struct);
        var sorting = ImmutableArray.CreateBuilder<SortingColumn>();
        for (var i = 0; i < count; i++)
        {
            var column = new SortingColumn(-1);
            var field = reader.BeginStruct();
            while (reader.Next(ref field))
            {
                switch (field.Id)
                {
                    case 1:
                        column = column with { ColumnIndex = reader.ReadInt32(field) };
                        break;
                    case 2:
                        column = column with { Descending = reader.ReadBool(field) };
                        break;
                    case 3:
                        column = column with { NullsFirst = reader.ReadBool(field) };
                        break;
                    default:
                        reader.Skip(field);
                        break;
                }
            }

            if ((uint)column.ColumnIndex >= (uint)columnCount)
                reader.Fail("a sorting column is none of the schema");
            sorting.Add(column);
        }

        return sorting.ToImmutable();
    }
}
