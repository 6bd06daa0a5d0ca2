namespace Triptych.Columnar.Parquet.Reading;

/// <summary>Sets of rows of a row group as ascending ranges that neither overlap nor touch.</summary>
public static class RowRanges
{
    /// <summary>All rows of a row group.</summary>
    public static RowRange[] All(long rowCount) => rowCount == 0 ? [] : [new RowRange(0, rowCount)];

    /// <summary>How many rows there are.</summary>
    public static long Count(RowRange[] rows)
    {
        var count = 0L;
        foreach (var range in rows)
            count += range.Count;
        return count;
    }

    /// <summary>The rows that both have.</summary>
    public static RowRange[] Intersect(RowRange[] left, RowRange[] right)
    {
        var kept = new List<RowRange>();
        for (int l = 0, r = 0; l < left.Length && r < right.Length;)
        {
            Add(kept, Math.Max(left[l].Start, right[r].Start), Math.Min(left[l].End, right[r].End));
            if (left[l].End < right[r].End)
                l++;
            else
                r++;
        }

        return [.. kept];
    }

    /// <summary>The rows that either has.</summary>
    public static RowRange[] Union(RowRange[] left, RowRange[] right)
    {
        var all = new List<RowRange>();
        for (int l = 0, r = 0; l < left.Length || r < right.Length;)
        {
            var next = r == right.Length || (l < left.Length && left[l].Start <= right[r].Start) ? left[l++] : right[r++];
            Add(all, next.Start, next.End);
        }

        return [.. all];
    }

    /// <summary>Adds a range that begins no earlier than the last one, and joins the two where they meet.</summary>
    internal static void Add(List<RowRange> rows, long start, long end)
    {
        if (start >= end)
            return;
        if (rows.Count > 0 && rows[^1].End >= start)
            rows[^1] = rows[^1] with { Count = Math.Max(rows[^1].End, end) - rows[^1].Start };
        else
            rows.Add(new RowRange(start, end - start));
    }
}
