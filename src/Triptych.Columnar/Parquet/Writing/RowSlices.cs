namespace Triptych.Columnar.Parquet.Writing;

/// <summary>Rows of one write call and the slots they take; checks that shape and values agree.</summary>
internal readonly ref struct RowSlices
{
    private readonly ReadOnlySpan<int> _listEnds;
    private readonly bool _isRepeated;

    public RowSlices(ParquetColumn column, ColumnShape shape, int slotCount)
    {
        _isRepeated = column.IsRepeated;
        _listEnds = shape.ListEnds;
        Count = _isRepeated ? _listEnds.Length : slotCount;
        if (!shape.Validity.IsEmpty && (shape.Validity.Length != slotCount || !column.IsNullable))
            throw new ArgumentException($"Column {column.Name}: {shape.Validity.Length} flags for {slotCount} slots, nullable {column.IsNullable}.");
        if (!_isRepeated)
        {
            if (!shape.ListEnds.IsEmpty || !shape.ListValidity.IsEmpty)
                throw new ArgumentException($"Column {column.Name} is not in a list.");
            return;
        }

        if (!shape.ListValidity.IsEmpty && (shape.ListValidity.Length != Count || !column.IsListNullable))
            throw new ArgumentException($"Column {column.Name}: {shape.ListValidity.Length} flags for {Count} lists, nullable {column.IsListNullable}.");
        var previous = 0;
        for (var row = 0; row < Count; row++)
        {
            var isNull = !shape.ListValidity.IsEmpty && !shape.ListValidity[row];
            if (_listEnds[row] < previous || (isNull && _listEnds[row] != previous))
                throw new ArgumentException($"Column {column.Name}: list ends fall, or a null list has elements.");
            previous = _listEnds[row];
        }

        if (previous != slotCount)
            throw new ArgumentException($"Column {column.Name}: lists end at slot {previous}, there are {slotCount}.");
    }

    /// <summary>Rows of the call.</summary>
    public int Count { get; }

    /// <summary>The first slot of a row; that behind the last for <see cref="Count"/>.</summary>
    public int SlotAt(int row) => !_isRepeated ? row : row == 0 ? 0 : _listEnds[row - 1];

    /// <summary>
    /// The row behind those, one at least, that fit: at most <paramref name="maxRows"/>, and no more than the first that reaches
    /// <paramref name="roomBytes"/>, each slot counting <paramref name="slotBytes"/> and what <paramref name="ends"/> says.
    /// </summary>
    public int Take(int row, int maxRows, int roomBytes, ReadOnlySpan<int> ends, int slotBytes)
    {
        var low = row + 1;
        var high = (int)Math.Min(Count, (long)row + maxRows);
        var start = Bytes(row, ends, slotBytes);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (Bytes(middle, ends, slotBytes) - start < roomBytes)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    private long Bytes(int row, ReadOnlySpan<int> ends, int slotBytes)
    {
        var slot = SlotAt(row);
        return ((long)slot * slotBytes) + (ends.IsEmpty || slot == 0 ? 0 : ends[slot - 1]);
    }
}
