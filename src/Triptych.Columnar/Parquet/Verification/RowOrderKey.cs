namespace Triptych.Columnar.Parquet.Verification;

/// <summary>One of the columns by which rows are sorted, most significant first. Only flat columns.</summary>
/// <param name="Column">Whose values.</param>
/// <param name="Descending">Largest first.</param>
/// <param name="NullsFirst">Else they come last.</param>
/// <param name="IsGrouped">Equal values stand together, in an order that the column itself does not show.</param>
public sealed record RowOrderKey(ParquetColumn Column, bool Descending = false, bool NullsFirst = false, bool IsGrouped = false);
