namespace Triptych.Columnar.Parquet.Writing;

/// <summary>
/// How the values given to a <see cref="ColumnWriter"/> spread over rows. A slot is a row of a flat column or an element of a list;
/// there is one value for each slot, and that of a null slot is ignored (for byte arrays: give it no bytes).
/// </summary>
public readonly ref struct ColumnShape
{
    /// <summary>By slot, whether there is a value. Empty: all are there.</summary>
    public ReadOnlySpan<bool> Validity { get; init; }

    /// <summary>By row, the slot behind its last element, counted from the first slot of this call. Only for columns within lists and maps.</summary>
    public ReadOnlySpan<int> ListEnds { get; init; }

    /// <summary>By row, whether the list is there at all; a null list has no slots. Empty: all are there.</summary>
    public ReadOnlySpan<bool> ListValidity { get; init; }

    public static ColumnShape Nullable(ReadOnlySpan<bool> validity) => new() { Validity = validity };

    public static ColumnShape Lists(ReadOnlySpan<int> listEnds, ReadOnlySpan<bool> validity = default, ReadOnlySpan<bool> listValidity = default) =>
        new() { ListEnds = listEnds, Validity = validity, ListValidity = listValidity };
}
