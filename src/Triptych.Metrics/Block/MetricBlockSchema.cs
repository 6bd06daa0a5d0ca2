using Triptych.Columnar.Parquet;

namespace Triptych.Metrics.Block;

/// <summary>
/// The columns of a metrics block (docs/formats/metrics-block.md): a row is a series. Timestamps stand apart from values, once for all
/// series that share them, in the section
/// <see cref="TimeVectorsSection"/>; a row names its vector.
/// </summary>
internal static class MetricBlockSchema
{
    /// <summary>Value of the metadata key <see cref="FormatKey"/>.</summary>
    public const string FormatValue = "metrics/1";

    /// <summary>Metadata key that names the format.</summary>
    public const string FormatKey = "triptych.format";

    /// <summary>
    /// <c>uvarint(vectors) { uvarint(timestamps) uvarint(length) bits }</c>, bits as <see cref="Chunks.TimeCodec"/> writes them.
    /// </summary>
    public const string TimeVectorsSection = "triptych.time_vectors";

    /// <summary><c>{ name type unit help }</c>, each with its length before it: what senders said about metrics.</summary>
    public const string MetadataSection = "triptych.metric_metadata";

    /// <summary>
    /// <c>{ uvarint(row) zigzag(time) f64 labels }</c>: exemplars, oldest first; labels a canonical label set with its length before it.
    /// </summary>
    public const string ExemplarsSection = "triptych.exemplars";

    /// <summary>The metric's name.</summary>
    public const string Name = "name";

    /// <summary>The other labels.</summary>
    public const string Labels = "labels";

    /// <summary>Time of the first sample.</summary>
    public const string MinTime = "min_time";

    /// <summary>Time of the last sample.</summary>
    public const string MaxTime = "max_time";

    /// <summary>How many samples.</summary>
    public const string Samples = "samples";

    /// <summary>Number of the time vector in the section.</summary>
    public const string TimeVector = "time_vector";

    /// <summary>The values, as <see cref="Chunks.ValueCodec"/> writes them, as many as the vector has timestamps.</summary>
    public const string Values = "values";

    /// <summary>Native histograms: <c>{ uvarint(index in the vector) histogram }</c>; null where the series has none.</summary>
    public const string Histograms = "histograms";

    /// <summary>
    /// When samples began to count, as <see cref="Chunks.StartCodec"/> writes it; null where a series does not say. Only blocks of which some series do have it.
    /// </summary>
    public const string StartTimes = "start_times";

    private static readonly ParquetField[] s_fields =
    [
        ParquetField.String(Name),
        ParquetField.MapOf(Labels, nullable: false, ParquetField.String("value")),
        ParquetField.TimestampMillis(MinTime),
        ParquetField.TimestampMillis(MaxTime),
        ParquetField.Int64(Samples),
        ParquetField.Int32(TimeVector),
        ParquetField.Binary(Values),
        ParquetField.Binary(Histograms, nullable: true),
    ];

    /// <summary>The schema.</summary>
    public static readonly ParquetSchema Schema = new(s_fields);

    /// <summary>The schema with <see cref="StartTimes"/>.</summary>
    public static readonly ParquetSchema SchemaWithStarts = new([.. s_fields, ParquetField.Binary(StartTimes, nullable: true)]);
}
