using System.Collections.Immutable;
using Triptych.Columnar.Parquet.Thrift;

namespace Triptych.Columnar.Parquet.Metadata;

/// <summary>ColumnChunk, ColumnMetaData and Statistics of parquet.thrift.</summary>
internal static class ChunkReader
{
    public static ColumnChunkInfo Read(ref ThriftReader reader, ParquetColumn column, long endOfData)
    {
        ColumnChunkInfo? chunk = null;
        long offsetIndex = 0, offsetIndexLength = 0, columnIndex = 0, columnIndexLength = 0;
        var field = reader.BeginStruct();
        while (reader.Next(ref field))
        {
            switch (field.Id)
            {
                case 1:
                    throw new MalformedDataException("columns in other files cannot be read", reader.Position, unsupported: true);
                case 3:
                    chunk = ReadMetadata(ref reader, field, column, endOfData);
                    break;
                case 4:
                    offsetIndex = reader.ReadSize(field);
                    break;
                case 5:
                    offsetIndexLength = reader.ReadSize(field);
                    break;
                case 6:
                    columnIndex = reader.ReadSize(field);
                    break;
                case 7:
                    columnIndexLength = reader.ReadSize(field);
                    break;
                case 8:
                    throw new MalformedDataException("encrypted columns cannot be read", reader.Position, unsupported: true);
                default:
                    reader.Skip(field);
                    break;
            }
        }

        if (chunk is null)
            reader.Fail($"column {column.Name} has no metadata");
        return new ColumnChunkInfo
        {
            Column = column,
            Codec = chunk!.Codec,
            Encodings = chunk.Encodings,
            ValueCount = chunk.ValueCount,
            UncompressedBytes = chunk.UncompressedBytes,
            CompressedBytes = chunk.CompressedBytes,
            DataPageOffset = chunk.DataPageOffset,
            DictionaryPageOffset = chunk.DictionaryPageOffset,
            Statistics = chunk.Statistics,
            BloomFilter = chunk.BloomFilter,
            OffsetIndex = Range(ref reader, offsetIndex, offsetIndexLength, endOfData),
            ColumnIndex = Range(ref reader, columnIndex, columnIndexLength, endOfData),
        };
    }

    private static ColumnChunkInfo ReadMetadata(ref ThriftReader reader, in ThriftField parent, ParquetColumn column, long endOfData)
    {
        var type = -1;
        var codec = -1;
        long values = -1, uncompressed = -1, compressed = -1, dataOffset = -1, dictionaryOffset = 0, bloom = 0, bloomLength = 0;
        var encodings = ImmutableArray<ParquetEncoding>.Empty;
        var statistics = ColumnStatistics.None;
        var field = reader.BeginStruct(parent);
        while (reader.Next(ref field))
        {
            switch (field.Id)
            {
                case 1:
                    type = reader.ReadInt32(field);
                    break;
                case 2:
                    encodings = ReadEncodings(ref reader, field);
                    break;
                case 4:
                    codec = reader.ReadInt32(field);
                    break;
                case 5:
                    values = reader.ReadSize(field);
                    break;
                case 6:
                    uncompressed = reader.ReadSize(field);
                    break;
                case 7:
                    compressed = reader.ReadSize(field);
                    break;
                case 9:
                    dataOffset = reader.ReadSize(field);
                    break;
                case 11:
                    dictionaryOffset = reader.ReadSize(field);
                    break;
                case 12:
                    statistics = ReadStatistics(ref reader, field, column);
                    break;
                case 14:
                    bloom = reader.ReadSize(field);
                    break;
                case 15:
                    bloomLength = reader.ReadSize(field);
                    break;
                default:
                    reader.Skip(field);
                    break;
            }
        }

        if (type != (int)column.Type || codec < 0 || values < 0 || uncompressed < 0 || compressed < 0 || dataOffset < 0)
            reader.Fail($"the metadata of column {column.Name} is incomplete or of another type");
        var chunk = new ColumnChunkInfo
        {
            Column = column,
            Codec = (ParquetCodec)codec,
            Encodings = encodings,
            ValueCount = values,
            UncompressedBytes = uncompressed,
            CompressedBytes = compressed,
            DataPageOffset = dataOffset,
            DictionaryPageOffset = dictionaryOffset,
            Statistics = statistics,
            BloomFilter = Range(ref reader, bloom, bloomLength, endOfData),
        };
        if (chunk.StartOffset > endOfData || compressed > endOfData - chunk.StartOffset || chunk.DataPageOffset > chunk.StartOffset + compressed)
            reader.Fail($"column {column.Name} reaches beyond the file");
        return chunk;
    }

    private static FileRange Range(ref ThriftReader reader, long offset, long length, long endOfData)
    {
        if (offset > endOfData || length > Math.Min(int.MaxValue - 64, endOfData - offset))
            reader.Fail("an index or filter reaches beyond the file");
        return new FileRange(offset, (int)length);
    }

    private static ImmutableArray<ParquetEncoding> ReadEncodings(ref ThriftReader reader, in ThriftField list)
    {
        var count = reader.ReadList(list, ThriftType.I32);
        if (count > 32)
            reader.Fail($"a column lists {count} encodings");
        var encodings = ImmutableArray.CreateBuilder<ParquetEncoding>(count);
        for (var i = 0; i < count; i++)
            encodings.Add((ParquetEncoding)reader.ReadInt32());
        return encodings.MoveToImmutable();
    }

    private static ColumnStatistics ReadStatistics(ref ThriftReader reader, in ThriftField parent, ParquetColumn column)
    {
        byte[]? min = null, max = null;
        long? nulls = null;
        bool? isMinExact = null, isMaxExact = null;
        var field = reader.BeginStruct(parent);
        while (reader.Next(ref field))
        {
            switch (field.Id)
            {
                case 3:
                    nulls = reader.ReadSize(field);
                    break;
                case 5:
                    max = reader.ReadBinary(field).ToArray();
                    break;
                case 6:
                    min = reader.ReadBinary(field).ToArray();
                    break;
                case 7:
                    isMaxExact = reader.ReadBool(field);
                    break;
                case 8:
                    isMinExact = reader.ReadBool(field);
                    break;
                default:
                    reader.Skip(field);
                    break;
            }
        }

        var width = column.Type == ParquetType.Boolean ? 1 : column.Type == ParquetType.FixedLenByteArray ? 0 : column.Width;
        if (width > 0 && ((min is not null && min.Length != width) || (max is not null && max.Length != width)))
            reader.Fail($"the bounds of column {column.Name} are not {width} bytes");

        // Files that do not say are taken as exact only where values are never cut.
        var isFixed = width > 0;
        return new ColumnStatistics { Min = min, Max = max, NullCount = nulls, IsMinExact = isMinExact ?? isFixed, IsMaxExact = isMaxExact ?? isFixed };
    }
}
