using System.Collections.Immutable;

namespace Triptych.Columnar.Parquet.Writing;

/// <summary>How the values of a column are encoded.</summary>
public enum ColumnEncoding
{
    /// <summary>
    /// A dictionary as long as it pays, else PLAIN, or in pages of version 2 DELTA_LENGTH_BYTE_ARRAY for equally long BYTE_ARRAY. Booleans: RLE.
    /// </summary>
    Dictionary,
    Plain,

    /// <summary>DELTA_BINARY_PACKED, for INT32 and INT64 that grow slowly.</summary>
    Delta,

    /// <summary>A dictionary as long as it pays, else DELTA_BINARY_PACKED, for INT32 and INT64 of which it is not known whether few differ.</summary>
    DictionaryOrDelta,

    /// <summary>DELTA_LENGTH_BYTE_ARRAY, for BYTE_ARRAY whose values differ.</summary>
    DeltaLength,

    /// <summary>DELTA_BYTE_ARRAY, for BYTE_ARRAY and FIXED_LEN_BYTE_ARRAY whose neighbours begin alike, such as sorted ones.</summary>
    DeltaPrefix,

    /// <summary>BYTE_STREAM_SPLIT, for numbers and FIXED_LEN_BYTE_ARRAY: pays with compression where neighbours are near each other.</summary>
    ByteStreamSplit,
}

/// <summary>The two forms of data pages. Version 2 keeps levels outside of what is compressed, and a page that does not shrink as it is.</summary>
public enum DataPageVersion
{
    /// <summary>For readers that know no other.</summary>
    V1 = 1,
    V2 = 2,
}

/// <summary>Choices for one column.</summary>
public sealed record ColumnOptions
{
    /// <summary>Null: <see cref="ColumnEncoding.Dictionary"/>.</summary>
    public ColumnEncoding? Encoding { get; init; }

    /// <summary>Null: the codec of the file.</summary>
    public ParquetCodec? Codec { get; init; }

    /// <summary>Uncompressed bytes of values after which a page ends; null: that of the file.</summary>
    public int? PageSizeBytes { get; init; }

    /// <summary>Rows after which a page ends; null: that of the file.</summary>
    public int? PageRows { get; init; }

    /// <summary>Whether a split-block bloom filter over the values is written for each chunk.</summary>
    public bool BloomFilter { get; init; }

    /// <summary>Whether min and max are kept; off for columns of opaque bytes.</summary>
    public bool Statistics { get; init; } = true;
}

/// <summary>Choices for a file. Immutable.</summary>
public sealed record ParquetWriterOptions
{
    public ParquetCodec Codec { get; init; } = ParquetCodec.Zstd;

    public DataPageVersion PageVersion { get; init; } = DataPageVersion.V2;

    /// <summary>1 to 19.</summary>
    public int ZstdLevel { get; init; } = 1;

    /// <summary>Uncompressed bytes of values after which a page ends. One value larger than that makes a page of its own.</summary>
    public int PageSizeBytes { get; init; } = 128 * 1024;

    /// <summary>Rows after which a page ends.</summary>
    public int PageRows { get; init; } = 8192;

    /// <summary>Bytes of distinct values after which a column chunk goes on without its dictionary.</summary>
    public int DictionarySizeBytes { get; init; } = 1024 * 1024;

    /// <summary>Bits of a bloom filter for each distinct value: 10 gives about 1 % false answers.</summary>
    public int BloomBitsPerValue { get; init; } = 10;

    /// <summary>Bytes at which a bloom filter stops growing.</summary>
    public int BloomMaxBytes { get; init; } = 1024 * 1024;

    /// <summary>Bytes to which min and max values are cut.</summary>
    public int StatisticsBytes { get; init; } = 64;

    /// <summary>By <see cref="ParquetColumn.Name"/>; others have the defaults.</summary>
    public ImmutableDictionary<string, ColumnOptions> Columns { get; init; } = ImmutableDictionary<string, ColumnOptions>.Empty;

    /// <summary>How all row groups are sorted; recorded, not checked.</summary>
    public ImmutableArray<SortingColumn> SortingColumns { get; init; } = [];

    /// <summary>Written as the program that made the file.</summary>
    public string CreatedBy { get; init; } = "triptych";

    /// <summary>These options with <paramref name="options"/> for the column of that name.</summary>
    public ParquetWriterOptions WithColumn(string name, ColumnOptions options) => this with { Columns = Columns.SetItem(name, options) };
}
