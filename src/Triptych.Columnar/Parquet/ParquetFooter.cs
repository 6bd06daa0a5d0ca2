using System.Collections.Immutable;

namespace Triptych.Columnar.Parquet;

/// <summary>
/// What the footer of a file says, parsed. Immutable and independent of the input it came from: stores keep it in their caches, charged
/// with <see cref="SizeBytes"/>, and open the file again by it without reading.
/// </summary>
public sealed class ParquetFooter
{
    internal ParquetFooter()
    {
    }

    public required ParquetSchema Schema { get; init; }

    public required long RowCount { get; init; }

    public required ImmutableArray<RowGroupInfo> RowGroups { get; init; }

    /// <summary>Key-value metadata other than our sections.</summary>
    public required ImmutableDictionary<string, string> Metadata { get; init; }

    /// <summary>Our own sections by name.</summary>
    public required ImmutableDictionary<string, SectionInfo> Sections { get; init; }

    /// <summary>The program that wrote the file; empty when it does not say.</summary>
    public required string CreatedBy { get; init; }

    public required long FileLength { get; init; }

    /// <summary>Whether indexes and filters carry checksums, as our writer adds them.</summary>
    public required bool HasChecksums { get; init; }

    /// <summary>A fair estimate of the memory this object holds.</summary>
    public required long SizeBytes { get; init; }
}

/// <summary>A run of rows: one chunk for each column of the schema.</summary>
public sealed class RowGroupInfo
{
    internal RowGroupInfo()
    {
    }

    public required int Index { get; init; }

    public required long RowCount { get; init; }

    /// <summary>Number of the group's first row in the file.</summary>
    public required long FirstRow { get; init; }

    /// <summary>By <see cref="ParquetColumn.Index"/>.</summary>
    public required ImmutableArray<ColumnChunkInfo> Columns { get; init; }

    /// <summary>How the rows are sorted, most significant first; empty when unknown.</summary>
    public required ImmutableArray<SortingColumn> SortingColumns { get; init; }

    /// <summary>Uncompressed bytes of all pages.</summary>
    public required long TotalBytes { get; init; }
}

/// <param name="ColumnIndex">See <see cref="ParquetColumn.Index"/>.</param>
public readonly record struct SortingColumn(int ColumnIndex, bool Descending = false, bool NullsFirst = false);

/// <summary>Where the values of one column in one row group lie.</summary>
public sealed class ColumnChunkInfo
{
    internal ColumnChunkInfo()
    {
    }

    public required ParquetColumn Column { get; init; }

    public required ParquetCodec Codec { get; init; }

    public required ImmutableArray<ParquetEncoding> Encodings { get; init; }

    /// <summary>Slots including nulls and, for lists, one for each empty or null list.</summary>
    public required long ValueCount { get; init; }

    public required long UncompressedBytes { get; init; }

    /// <summary>Bytes in the file, from <see cref="StartOffset"/> on.</summary>
    public required long CompressedBytes { get; init; }

    public required long DataPageOffset { get; init; }

    /// <summary>0 when there is no dictionary.</summary>
    public required long DictionaryPageOffset { get; init; }

    public required ColumnStatistics Statistics { get; init; }

    internal FileRange OffsetIndex { get; init; }

    internal FileRange ColumnIndex { get; init; }

    internal FileRange BloomFilter { get; init; }

    internal ColumnChunkInfo WithIndexes(FileRange columnIndex, FileRange offsetIndex) => new()
    {
        Column = Column,
        Codec = Codec,
        Encodings = Encodings,
        ValueCount = ValueCount,
        UncompressedBytes = UncompressedBytes,
        CompressedBytes = CompressedBytes,
        DataPageOffset = DataPageOffset,
        DictionaryPageOffset = DictionaryPageOffset,
        Statistics = Statistics,
        BloomFilter = BloomFilter,
        ColumnIndex = columnIndex,
        OffsetIndex = offsetIndex,
    };

    public bool HasPageIndex => OffsetIndex.Length > 0;

    public bool HasBloomFilter => BloomFilter.Offset > 0;

    /// <summary>Where the first page begins.</summary>
    public long StartOffset => DictionaryPageOffset > 0 && DictionaryPageOffset < DataPageOffset ? DictionaryPageOffset : DataPageOffset;
}

/// <summary>Bytes of a file.</summary>
internal readonly record struct FileRange(long Offset, int Length);

/// <summary>An extra section of ours within the file.</summary>
/// <param name="Crc32">The gzip CRC-32 of the bytes.</param>
public readonly record struct SectionInfo(long Offset, long Length, uint Crc32);

/// <summary>
/// The smallest and largest value (PLAIN form without length), in the order of the column's type: signed or unsigned integers, doubles,
/// bytes by unsigned comparison. Null where the file does not say. Long values are cut: they then bound the values but are none of them.
/// </summary>
public sealed class ColumnStatistics
{
    public static ColumnStatistics None { get; } = new();

    public byte[]? Min { get; init; }

    public byte[]? Max { get; init; }

    /// <summary>Null when unknown.</summary>
    public long? NullCount { get; init; }

    public bool IsMinExact { get; init; }

    public bool IsMaxExact { get; init; }

    /// <summary>Bounds of an INT64 or INT32 column; false when unknown.</summary>
    public bool TryGetInt64(out long min, out long max)
    {
        min = max = 0;
        return TryRead(Min, out min) && TryRead(Max, out max);
    }

    private static bool TryRead(byte[]? bytes, out long value)
    {
        value = bytes?.Length switch
        {
            8 => System.Buffers.Binary.BinaryPrimitives.ReadInt64LittleEndian(bytes),
            4 => System.Buffers.Binary.BinaryPrimitives.ReadInt32LittleEndian(bytes),
            _ => 0,
        };
        return bytes?.Length is 4 or 8;
    }
}
