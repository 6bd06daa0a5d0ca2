using Triptych.Columnar.Parquet.Metadata;

namespace Triptych.Columnar.Parquet.Writing;

/// <summary>Gathers the bounds of a chunk's pages for the column index and for the chunk as a whole.</summary>
internal sealed class ChunkStatistics(ParquetColumn column, bool enabled, int maxBytes)
{
    private readonly List<PageBounds> _pages = [];
    private byte[]? _min;
    private byte[]? _max;
    private long _nullCount;
    private bool _boundsKnown = enabled;

    public IReadOnlyList<PageBounds> Pages => _pages;

    /// <summary>Whether each page with values has bounds, without which there is no column index.</summary>
    public bool HasBounds => _boundsKnown;

    /// <summary>Adds a page whose values have these codes in the dictionary: looks at each distinct one once.</summary>
    public void AddPage(PageValues values, long nullCount, DictionaryBuilder dictionary, ReadOnlySpan<int> codes)
    {
        if (!_boundsKnown || column.Type != ParquetType.ByteArray || codes.IsEmpty || dictionary.Count > codes.Length)
        {
            AddPage(values, nullCount);
            return;
        }

        _nullCount += nullCount;
        dictionary.Bounds(codes, out var min, out var max);
        AddBounds(min.ToArray(), max.ToArray(), nullCount);
    }

    public void AddPage(PageValues values, long nullCount)
    {
        _nullCount += nullCount;
        if (!_boundsKnown)
            return;
        if (values.Count == 0)
        {
            _pages.Add(new PageBounds(null, null, nullCount));
            return;
        }

        if (!PageStatistics.TryCompute(values, out var min, out var max))
        {
            _boundsKnown = false;
            return;
        }

        AddBounds(min, max, nullCount);
    }

    private void AddBounds(byte[] min, byte[] max, long nullCount)
    {
        if (_min is null || PageStatistics.Compare(column, min, _min) < 0)
            _min = min;
        if (_max is null || PageStatistics.Compare(column, max, _max) > 0)
            _max = max;
        _pages.Add(new PageBounds(PageStatistics.CutMin(min, Limit, IsText), PageStatistics.CutMax(max, Limit, IsText), nullCount));
    }

    public ColumnStatistics ForChunk()
    {
        if (!_boundsKnown || _min is null || _max is null)
            return new ColumnStatistics { NullCount = _nullCount };
        var min = PageStatistics.CutMin(_min, Limit, IsText);
        var max = PageStatistics.CutMax(_max, Limit, IsText);
        return new ColumnStatistics
        {
            Min = min,
            Max = max,
            NullCount = _nullCount,
            IsMinExact = min.Length == _min.Length,
            IsMaxExact = ReferenceEquals(max, _max),
        };
    }

    /// <summary>0 unordered, 1 ascending, 2 descending.</summary>
    public int BoundaryOrder()
    {
        bool ascending = true, descending = true;
        PageBounds? before = null;
        foreach (var page in _pages.Where(page => page.Min is not null))
        {
            if (before is { } last)
            {
                var mins = PageStatistics.Compare(column, last.Min, page.Min);
                var maxs = PageStatistics.Compare(column, last.Max, page.Max);
                ascending &= mins <= 0 && maxs <= 0;
                descending &= mins >= 0 && maxs >= 0;
            }

            before = page;
        }

        return ascending ? 1 : descending ? 2 : 0;
    }

    // Values of fixed width are not cut: readers expect the width.
    private int Limit => column.Type == ParquetType.ByteArray ? maxBytes : int.MaxValue;

    private bool IsText => column.LogicalType is ParquetLogicalType.String or ParquetLogicalType.Json or ParquetLogicalType.Enum;
}
