using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Writing;

namespace Triptych.Logs.Block;

/// <summary>
/// The columns of a logs block (docs/formats/logs-block.md): a row is a log record. Row groups are time slices; rows within one are sorted
/// by stream, then time. Stream labels are told twice:
/// by number for us (<see cref="StreamsSection"/>), and as a map, which dictionary and compression make cheap, for other readers.
/// </summary>
internal static class LogBlockSchema
{
    /// <summary>Metadata key that names the format.</summary>
    public const string FormatKey = "triptych.format";

    /// <summary>Its value.</summary>
    public const string FormatValue = "logs/1";

    /// <summary>Its value where names of the metadata have columns of their own, which readers of the other do not look into.</summary>
    public const string FormatWithMetadata = "logs/2";

    /// <summary><c>uvarint(n) { labels:uvarint-length bytes }</c>: the canonical labels of each stream, by its number.</summary>
    public const string StreamsSection = "triptych.streams";

    /// <summary>The record's time.</summary>
    public const string Time = "time_unix_nanos";

    /// <summary>The stream's number in the section.</summary>
    public const string Stream = "stream";

    /// <summary>The stream's labels, for other readers.</summary>
    public const string Labels = "labels";

    /// <summary>The detected level, by name.</summary>
    public const string Level = "level";

    /// <summary>The line.</summary>
    public const string Line = "line";

    /// <summary>The structured metadata's trace_id, which the map does not repeat.</summary>
    public const string TraceId = "trace_id";

    /// <summary>The structured metadata's span_id, which the map does not repeat.</summary>
    public const string SpanId = "span_id";

    /// <summary>The structured metadata that has no column of its own (<see cref="MetadataLayout"/>).</summary>
    public const string Metadata = "metadata";

    /// <summary>Where a file has columns of fields (<see cref="Fields.FieldLayout"/>): by which format a row's fields are told exactly, 0 for none, 1 json, 2 logfmt.</summary>
    public const string Parsed = "parsed";

    /// <summary>The columns that each block has.</summary>
    public static readonly ParquetSchema Schema = new(
        ParquetField.TimestampNanos(Time),
        ParquetField.Int32(Stream),
        ParquetField.MapOf(Labels, nullable: false, ParquetField.String("value")),
        ParquetField.String(Level),
        ParquetField.String(Line),
        ParquetField.String(TraceId, nullable: true),
        ParquetField.String(SpanId, nullable: true),
        ParquetField.MapOf(Metadata, nullable: false, ParquetField.String("value")));

    /// <summary>How the columns are written.</summary>
    public static ParquetWriterOptions WriterOptions() => new ParquetWriterOptions()
        .WithColumn(Time, new ColumnOptions { Encoding = ColumnEncoding.Delta })
        .WithColumn(Line, new ColumnOptions { Encoding = ColumnEncoding.Plain, PageSizeBytes = 256 * 1024, PageRows = 1024, Statistics = false })
        .WithColumn(TraceId, new ColumnOptions { BloomFilter = true });
}
