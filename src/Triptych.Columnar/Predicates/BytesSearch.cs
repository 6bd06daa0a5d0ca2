using Triptych.Columnar.Rows;

namespace Triptych.Columnar.Predicates;

/// <summary>
/// Looks for a needle in the rows of a column: where most rows are asked for, in all their bytes at once, and only what is found is
/// brought back to a row.
/// </summary>
internal static class BytesSearch
{
    // With fewer than one row in so many left, each is looked at alone.
    private const int SparseShare = 4;

    /// <summary>Unselects the rows that do not contain the needle, which is not empty. Missing values contain none.</summary>
    public static void Apply(BytesColumn column, ReadOnlySpan<byte> needle, Span<bool> selected)
    {
        if (selected.Count(true) * SparseShare < selected.Length)
        {
            for (var i = 0; i < selected.Length; i++) selected[i] = selected[i] && column[i].IndexOf(needle) >= 0;
            return;
        }

        var data = column.Data;
        var ends = column.Ends;
        var (row, at) = (0, 0);
        while (row < selected.Length && data[at..].IndexOf(needle) is >= 0 and var found)
        {
            at += found;
            for (; ends[row] <= at; row++) selected[row] = false;
            if (at + needle.Length <= ends[row])
            {
                at = ends[row];
                row++;
            }
            else
            {
                // It reaches over the end of the row.
                at++;
            }
        }

        selected[row..].Clear();
    }
}
