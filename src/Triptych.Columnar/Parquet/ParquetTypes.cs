namespace Triptych.Columnar.Parquet;

/// <summary>Physical types; the numbers are those of parquet.thrift.</summary>
public enum ParquetType
{
    Boolean = 0,
    Int32 = 1,
    Int64 = 2,

    /// <summary>Only named in errors: neither read nor written.</summary>
    Int96 = 3,
    Float = 4,
    Double = 5,
    ByteArray = 6,
    FixedLenByteArray = 7,
}

/// <summary>What the values of a column mean to other readers.</summary>
public enum ParquetLogicalType
{
    None,
    String,
    Json,
    Enum,
    Uuid,

    /// <summary>INT64, milliseconds since 1970 in UTC.</summary>
    TimestampMillis,

    /// <summary>INT64, microseconds since 1970 in UTC.</summary>
    TimestampMicros,

    /// <summary>INT64, nanoseconds since 1970 in UTC.</summary>
    TimestampNanos,
    Int8,
    Int16,
    Int32,
    Int64,
    UInt8,
    UInt16,
    UInt32,
    UInt64,

    /// <summary>Annotation of a group: its child is the repeated group of a list.</summary>
    List,

    /// <summary>Annotation of a group: its child is the repeated group of keys and values.</summary>
    Map,

    /// <summary>Another annotation (decimal, date, …); the physical values are read as they are.</summary>
    Other,
}

/// <summary>Whether a field is there once, at most once or any number of times in its parent.</summary>
public enum ParquetRepetition
{
    Required = 0,
    Optional = 1,
    Repeated = 2,
}

/// <summary>How the values of a page are encoded; the numbers are those of parquet.thrift.</summary>
public enum ParquetEncoding
{
    Plain = 0,
    PlainDictionary = 2,
    Rle = 3,
    BitPacked = 4,
    DeltaBinaryPacked = 5,
    DeltaLengthByteArray = 6,
    DeltaByteArray = 7,
    RleDictionary = 8,
    ByteStreamSplit = 9,
}

/// <summary>
/// How pages are compressed; the numbers are those of parquet.thrift. Uncompressed, Snappy and Zstd are written and read, the others refused.
/// </summary>
public enum ParquetCodec
{
    Uncompressed = 0,
    Snappy = 1,
    Gzip = 2,
    Lzo = 3,
    Brotli = 4,
    Lz4 = 5,
    Zstd = 6,
    Lz4Raw = 7,
}
