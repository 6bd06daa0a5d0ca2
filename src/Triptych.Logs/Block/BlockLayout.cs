using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Writing;
using Triptych.Logs.Fields;

namespace Triptych.Logs.Block;

/// <summary>The columns that a block has besides those that each has: of frequent metadata, and of frequent fields of lines. Immutable.</summary>
internal sealed class BlockLayout(FieldLayout fields, MetadataLayout metadata)
{
    /// <summary>Columns of fields.</summary>
    public FieldLayout Fields => fields;

    /// <summary>Columns of structured metadata.</summary>
    public MetadataLayout Metadata => metadata;

    /// <summary>The format's name: readers of the first look for metadata in the map alone.</summary>
    public string Format => metadata.IsEmpty ? LogBlockSchema.FormatValue : LogBlockSchema.FormatWithMetadata;

    /// <summary>The schema of the block.</summary>
    public ParquetSchema Schema => metadata.IsEmpty && fields.IsEmpty
        ? LogBlockSchema.Schema
        : new ParquetSchema(
            [.. LogBlockSchema.Schema.Fields, .. metadata.Columns.Select(c => ParquetField.String(c.Column, nullable: true)), .. fields.Parquet]);

    /// <summary>How its columns are written.</summary>
    public ParquetWriterOptions WriterOptions()
    {
        var options = LogBlockSchema.WriterOptions();
        foreach (var column in fields.Columns.Where(c => !c.IsText))
            options = options.WithColumn(column.Column, new ColumnOptions { Encoding = ColumnEncoding.DictionaryOrDelta });
        foreach (var column in metadata.Columns)
        {
            var encoding = column.IsDistinct ? ColumnEncoding.DeltaLength : ColumnEncoding.Dictionary;
            options = options.WithColumn(column.Column, new ColumnOptions { Encoding = encoding, BloomFilter = column.HasFilter });
        }

        return options;
    }
}
