namespace Triptych.Columnar.Parquet.Reading;

/// <summary>Ascending ranges of rows, apart from each other, within one row group.</summary>
internal readonly struct RowSelection
{
    private readonly ReadOnlyMemory<RowRange> _ranges;

    /// <exception cref="ArgumentException">The ranges overlap, fall, or pass the row group.</exception>
    public RowSelection(ReadOnlyMemory<RowRange> ranges, long rowCount)
    {
        _ranges = ranges;
        RowCount = rowCount;
        var end = 0L;
        foreach (var range in ranges.Span)
        {
            if (range.Start < end || range.Count < 0 || range.Count > rowCount - range.Start)
                throw new ArgumentException($"Rows {range.Start}..{range.End} overlap, fall, or pass the {rowCount} rows of the group.", nameof(ranges));
            end = range.End;
            Count += range.Count;
        }

        IsAll = Count == rowCount;
    }

    public long Count { get; }

    /// <summary>Of the row group.</summary>
    public long RowCount { get; }

    public bool IsAll { get; }

    public bool Overlaps(long start, long end)
    {
        var ranges = _ranges.Span;
        int low = 0, high = ranges.Length;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (ranges[middle].End <= start)
                low = middle + 1;
            else
                high = middle;
        }

        for (; low < ranges.Length && ranges[low].Start < end; low++)
        {
            if (ranges[low].Count > 0)
                return true;
        }

        return false;
    }

    /// <summary>
    /// Drops from the end of <paramref name="column"/> the rows that are not selected: its rows from <paramref name="baseRow"/> on are
    /// the rows from <paramref name="firstRow"/> on of the row group.
    /// </summary>
    public void Retain(DecodedColumn column, int baseRow, long firstRow)
    {
        if (IsAll)
            return;
        var compaction = new RowCompaction(column, baseRow);
        var end = firstRow + column.RowCount - baseRow;
        foreach (var range in _ranges.Span)
        {
            var from = Math.Max(range.Start, firstRow);
            var to = Math.Min(range.End, end);
            if (from < to)
                compaction.Keep((int)(from - firstRow) + baseRow, (int)(to - firstRow) + baseRow);
        }

        compaction.Finish();
    }
}
