namespace Triptych.Columnar.Parquet.Reading;

/// <summary>Finds the rows of a row group that conditions do not rule out, by statistics, bloom filters and page bounds, without reading a page.</summary>
internal static class RowPruning
{
    public static async ValueTask<RowRange[]> FindAsync(RowGroupReader group, IReadOnlyList<ColumnBounds> conditions, CancellationToken cancellationToken)
    {
        var rows = RowRanges.All(group.RowCount);

        // What costs nothing first, then what costs a read.
        if (conditions.Any(condition => !condition.MayHold(group.Info.Columns[condition.Column.Index].Statistics)))
            return [];
        foreach (var condition in conditions.Where(condition => condition.Single is not null))
        {
            if (!await group.MightContainAsync(condition.Column, condition.Single, cancellationToken))
                return [];
        }

        foreach (var condition in conditions)
        {
            if (rows.Length > 0 && await group.ReadPageIndexAsync(condition.Column, cancellationToken) is { } index)
                rows = RowRanges.Intersect(rows, PagesOf(index, condition));
        }

        return rows;
    }

    private static RowRange[] PagesOf(PageIndex index, ColumnBounds condition)
    {
        var rows = new List<RowRange>();
        foreach (var page in index.Pages)
        {
            if (!page.IsAllNull && condition.MayHold(page.Statistics))
                RowRanges.Add(rows, page.FirstRow, page.FirstRow + page.RowCount);
        }

        return [.. rows];
    }
}
