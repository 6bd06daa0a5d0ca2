namespace Triptych.Columnar.Parquet.Reading;

/// <summary>Finds the rows of a row group that conditions do not rule out, by statistics, bloom filters and page bounds, without reading a page.</summary>
internal static class RowPruning
{
    public static async ValueTask<RowRange[]> FindAsync(RowGroupReader group, IReadOnlyList<ColumnBounds> conditions, CancellationToken cancellationToken)
    {
        RowRange[] rows = group.RowCount == 0 ? [] : [new RowRange(0, group.RowCount)];

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
                rows = Intersect(rows, index, condition);
        }

        return rows;
    }

    private static RowRange[] Intersect(RowRange[] rows, PageIndex index, ColumnBounds condition)
    {
        var kept = new List<RowRange>();
        var at = 0;
        foreach (var page in index.Pages)
        {
            if (page.IsAllNull || !condition.MayHold(page.Statistics))
                continue;
            var (first, end) = (page.FirstRow, page.FirstRow + page.RowCount);
            while (at < rows.Length && rows[at].End <= first)
                at++;
            for (var i = at; i < rows.Length && rows[i].Start < end; i++)
                Add(kept, Math.Max(first, rows[i].Start), Math.Min(end, rows[i].End));
        }

        return [.. kept];
    }

    private static void Add(List<RowRange> rows, long start, long end)
    {
        if (start >= end)
            return;
        if (rows.Count > 0 && rows[^1].End == start)
            rows[^1] = rows[^1] with { Count = end - rows[^1].Start };
        else
            rows.Add(new RowRange(start, end - start));
    }
}
