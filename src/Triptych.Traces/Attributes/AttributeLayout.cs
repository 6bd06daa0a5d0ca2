using System.Text;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Parquet.Writing;
using Triptych.Model.Attributes;
using Triptych.Traces.Block;

namespace Triptych.Traces.Attributes;

/// <summary>A column of one attribute of spans.</summary>
/// <param name="Name">The attribute's name.</param>
/// <param name="Kind">The type of its values: String, Bool, Int or Double.</param>
internal sealed record AttributeSpec(string Name, AttributeKind Kind)
{
    /// <summary>What the names of such columns begin with.</summary>
    public const string Prefix = "span.";

    /// <summary>The most bytes of a name.</summary>
    public const int MostNameBytes = 128;

    /// <summary>The column's name: <c>span.http.route</c>.</summary>
    public string Column => Prefix + Name;

    /// <summary>The attribute's name as it stands in attribute sets.</summary>
    public byte[] Key { get; } = Encoding.UTF8.GetBytes(Name);

    /// <inheritdoc/>
    public bool Equals(AttributeSpec? other) => other is not null && Name == other.Name && Kind == other.Kind;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(StringComparer.Ordinal.GetHashCode(Name), Kind);

    /// <summary>The field of a schema.</summary>
    public ParquetField Field => Kind switch
    {
        AttributeKind.String => ParquetField.String(Column, nullable: true),
        AttributeKind.Bool => ParquetField.Boolean(Column, nullable: true),
        AttributeKind.Int => ParquetField.Int64(Column, nullable: true),
        AttributeKind.Double => ParquetField.Double(Column, nullable: true),
        _ => throw new InvalidOperationException($"Attributes of kind {Kind} have no columns."),
    };

    /// <summary>Whether values of a kind can have a column.</summary>
    public static bool IsColumnKind(AttributeKind kind) => kind is AttributeKind.String or AttributeKind.Bool or AttributeKind.Int or AttributeKind.Double;

    /// <summary>Whether an attribute of that name can have a column: other readers see the name too.</summary>
    public static bool IsColumnName(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || name.Length > MostNameBytes || !System.Text.Unicode.Utf8.IsValid(name)) return false;
        foreach (var c in name)
        {
            if (c is < 0x20 or 0x7f) return false;
        }

        return true;
    }

    /// <summary>Writes nulls for all rows of a row group, to a column of which no row has a value.</summary>
    public void WriteNulls(ColumnWriter column, int rows)
    {
        var shape = ColumnShape.Nullable(new bool[rows]);
        switch (Kind)
        {
            case AttributeKind.String:
                column.WriteBytes(new int[rows], [], shape);
                break;
            case AttributeKind.Bool:
                column.WriteBool(new bool[rows], shape);
                break;
            case AttributeKind.Int:
                column.WriteInt64(new long[rows], shape);
                break;
            default:
                column.WriteDouble(new double[rows], shape);
                break;
        }
    }

    /// <summary>Whether a file has a column of this name and type.</summary>
    public bool IsIn(ParquetFile file) => file.Schema.TryFind(Column, out var column)
        && column.Type == Field.Type && column is { IsRepeated: false, MaxDefinitionLevel: 1 };
}

/// <summary>The columns of attributes that a file has, ordered by name. Immutable.</summary>
internal sealed class AttributeLayout(IReadOnlyList<AttributeSpec> columns)
{
    /// <summary>No columns.</summary>
    public static readonly AttributeLayout None = new([]);

    /// <summary>The most columns of a file; a byte of the column of kinds says which.</summary>
    public const int MostColumns = 64;

    /// <summary>The columns.</summary>
    public IReadOnlyList<AttributeSpec> Columns => columns;

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => columns.Count == 0;

    /// <summary>What the footer says of the format.</summary>
    public string FormatValue => IsEmpty ? TraceBlockSchema.FormatValue : TraceBlockSchema.FormatWithColumns;

    /// <summary>The schema of a block with these columns.</summary>
    public ParquetSchema Schema => IsEmpty
        ? TraceBlockSchema.Schema
        : new ParquetSchema([.. TraceBlockSchema.Schema.Fields, .. columns.Select(c => c.Field)]);

    /// <summary>How the columns of a block are written.</summary>
    public ParquetWriterOptions WriterOptions()
    {
        var options = TraceBlockSchema.WriterOptions();
        foreach (var column in columns.Where(c => c.Kind == AttributeKind.Int))
            options = options.WithColumn(column.Column, new ColumnOptions { Encoding = ColumnEncoding.DictionaryOrDelta });
        return options;
    }
}
