using Triptych.Columnar.Parquet.Reading;

namespace Triptych.Columnar.Predicates;

/// <summary>
/// Finds the rows of a row group that a predicate does not rule out, by what a store knows of its parts: conditions on columns of the file, all of
/// which a row that satisfies the part fulfils.
/// </summary>
public static class PredicatePruning
{
    /// <summary>Rows that may satisfy the predicate, ascending. Reads page indexes and bloom filters, no page.</summary>
    /// <param name="group">The row group.</param>
    /// <param name="predicate">The condition.</param>
    /// <param name="boundsOf">What has to hold in the file where a part holds, or null where nothing is known. Asked for each part before its own parts are.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async ValueTask<RowRange[]> FindRowsAsync(
        RowGroupReader group, RowPredicate predicate, Func<RowPredicate, IReadOnlyList<ColumnBounds>?> boundsOf, CancellationToken cancellationToken)
    {
        if (boundsOf(predicate) is { } bounds) return await group.FindRowsAsync(bounds, cancellationToken);
        switch (predicate)
        {
            case RowPredicate.And and:
                return await FindAllAsync(group, and.Parts, boundsOf, cancellationToken);
            case RowPredicate.Or or:
                RowRange[] any = [];
                foreach (var part in or.Parts)
                {
                    if (RowRanges.Count(any) == group.RowCount) break;
                    any = RowRanges.Union(any, await FindRowsAsync(group, part, boundsOf, cancellationToken));
                }

                return any;
            default:
                return RowRanges.All(group.RowCount);
        }
    }

    /// <summary>Conditions on columns come first and together: statistics of all of them are looked at before anything is read.</summary>
    private static async ValueTask<RowRange[]> FindAllAsync(
        RowGroupReader group, IReadOnlyList<RowPredicate> parts, Func<RowPredicate, IReadOnlyList<ColumnBounds>?> boundsOf, CancellationToken cancellationToken)
    {
        var bounds = new List<ColumnBounds>();
        var others = new List<RowPredicate>();
        foreach (var part in parts)
        {
            if (boundsOf(part) is { } ofPart) bounds.AddRange(ofPart);
            else if (part is RowPredicate.And or RowPredicate.Or) others.Add(part);
        }

        var rows = await group.FindRowsAsync(bounds, cancellationToken);
        foreach (var other in others)
        {
            if (rows.Length == 0) break;
            rows = RowRanges.Intersect(rows, await FindRowsAsync(group, other, boundsOf, cancellationToken));
        }

        return rows;
    }
}
