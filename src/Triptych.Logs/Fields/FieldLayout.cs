using System.Globalization;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Rows;
using Triptych.Logs.Block;

namespace Triptych.Logs.Fields;

/// <summary>A column of a field.</summary>
/// <param name="Format">Of which lines.</param>
/// <param name="Name">The label that the format's parser makes.</param>
/// <param name="IsText">Whether values are texts; else they are numbers (<see cref="FieldNumber"/>).</param>
/// <param name="Decimals">Digits behind the point that a number's integer includes.</param>
/// <param name="LeastDecimals">Digits behind the point that a number's text has at least.</param>
internal sealed record FieldSpec(FieldFormat Format, string Name, bool IsText, byte Decimals, byte LeastDecimals)
{
    private static readonly (FieldFormat Format, string Prefix)[] s_prefixes = [(FieldFormat.Json, "json"), (FieldFormat.Logfmt, "logfmt")];

    /// <summary>
    /// The column's name: the format, digits behind the point where there are any, and the label: <c>json_status</c>, <c>logfmt3_duration</c>.
    /// </summary>
    public string Column { get; } = string.Create(
        CultureInfo.InvariantCulture, $"{s_prefixes.First(p => p.Format == Format).Prefix}{(Decimals == 0 ? "" : Decimals)}_{Name}");

    /// <summary>What a column is for; null for one that is about no field. How many decimals a text has at least the schema does not say.</summary>
    public static FieldSpec? Of(ParquetColumn column)
    {
        foreach (var (format, prefix) in s_prefixes)
        {
            var separator = column.Name.IndexOf('_', StringComparison.Ordinal);
            if (separator < prefix.Length || !column.Name.StartsWith(prefix, StringComparison.Ordinal)) continue;
            var digits = column.Name.AsSpan(prefix.Length, separator - prefix.Length);
            byte decimals = 0;
            var isNumber = byte.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out decimals) && decimals <= FieldNumber.MaxDigits;
            if (digits.Length > 0 && !isNumber) continue;
            return new FieldSpec(format, column.Name[(separator + 1)..], column.Type == ParquetType.ByteArray, decimals, 0);
        }

        return null;
    }

    /// <summary>Whether a column of the other holds the same: text or integers of the same kind.</summary>
    public bool IsLike(FieldSpec other) => Column == other.Column && IsText == other.IsText;
}

/// <summary>The columns of fields that a file has. Immutable.</summary>
internal sealed class FieldLayout(IReadOnlyList<FieldSpec> columns)
{
    /// <summary>No columns.</summary>
    public static readonly FieldLayout None = new([]);

    /// <summary>The most columns of a file.</summary>
    public const int MostColumns = 24;

    /// <summary>The columns.</summary>
    public IReadOnlyList<FieldSpec> Columns => columns;

    /// <summary>Whether there are none, and no column that says which rows have them.</summary>
    public bool IsEmpty => columns.Count == 0;

    /// <summary>The columns of a file, as far as its schema tells.</summary>
    public static FieldLayout Of(ParquetFile file) => file.Schema.TryFind(LogBlockSchema.Parsed, out _)
        ? new FieldLayout([.. file.Schema.Columns.Where(c => !c.IsRepeated).Select(FieldSpec.Of).OfType<FieldSpec>()])
        : None;

    /// <summary>The columns as Parquet has them; none where there are no fields.</summary>
    public IReadOnlyList<ParquetField> Parquet => IsEmpty
        ? []
        :
        [
            ParquetField.Int32(LogBlockSchema.Parsed),
            .. columns.Select(c => c.IsText ? ParquetField.String(c.Column, nullable: true) : ParquetField.Int64(c.Column, nullable: true)),
        ];
}
