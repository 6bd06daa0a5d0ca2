namespace Triptych.Columnar.Rows;

/// <summary>The columns that a log scan offers, with the column type that each arrives in.</summary>
public static class LogColumns
{
    /// <summary><see cref="Int64Column"/>: the record's time, Unix nanoseconds.</summary>
    public static readonly ColumnRef TimeUnixNanos = new("time");

    /// <summary><see cref="Int64Column"/>: the stream's number in <see cref="IRowScan.Streams"/>.</summary>
    public static readonly ColumnRef Stream = new("stream");

    /// <summary><see cref="BytesColumn"/>: the line.</summary>
    public static readonly ColumnRef Line = new("line");

    /// <summary><see cref="SymbolColumn"/>: the detected level (<c>error</c>, <c>info</c>, … <c>unknown</c>).</summary>
    public static readonly ColumnRef Level = new("level");

    /// <summary><see cref="BytesColumn"/>: all structured metadata as a canonical label set, without the detected level.</summary>
    public static readonly ColumnRef Metadata = new("metadata");

    /// <summary><see cref="BytesColumn"/>: the value of one key of the structured metadata; null where it is missing.</summary>
    public static ColumnRef MetadataValue(string key) => new("metadata", key);

    /// <summary><see cref="Int64Column"/>: the length of the line in bytes; of records that came as one row, of all their lines.</summary>
    public static readonly ColumnRef LineLengthBytes = new("line_length");

    /// <summary><see cref="Int64Column"/>: how many records the row stands for; 1 unless <see cref="RowScanRequest.Fold"/> allows more.</summary>
    public static readonly ColumnRef RecordCount = new("record_count");

    /// <summary><see cref="Int64Column"/>: 1 where the fields that <see cref="RowScanRequest.Fields"/> asks for are known, else 0.</summary>
    public static readonly ColumnRef HasFields = new("has_fields");

    /// <summary><see cref="FieldColumn"/>: one of these fields; nothing where they are not known.</summary>
    public static ColumnRef Field(string label) => new("field", label);
}
