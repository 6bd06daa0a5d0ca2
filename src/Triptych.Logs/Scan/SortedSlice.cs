namespace Triptych.Logs.Scan;

/// <summary>Where a row stands among others; the time is negative where the newest come first.</summary>
internal readonly record struct RowKey(long Time, int Stream, int Source, int Slice, int Row);

/// <summary>
/// Order of rows: time, then the stream's labels, source, slice and place, so that an answer hangs neither on when slices were loaded nor on where rows lie,
/// and rows of one stream at one time are in the order in which they came.
/// </summary>
internal sealed class RowKeyOrder(StreamUnion streams) : IComparer<RowKey>
{
    /// <inheritdoc/>
    public int Compare(RowKey x, RowKey y)
    {
        if (x.Time != y.Time) return x.Time.CompareTo(y.Time);
        if (x.Stream != y.Stream) return streams.Compare(x.Stream, y.Stream);
        if (x.Source != y.Source) return x.Source.CompareTo(y.Source);
        return x.Slice != y.Slice ? x.Slice.CompareTo(y.Slice) : x.Row.CompareTo(y.Row);
    }
}

/// <summary>
/// The rows of a loaded slice in the order of a merge, and how far it has come. Has a next row until <see cref="TryAdvance"/> is false.
/// </summary>
internal sealed class SortedSlice
{
    private readonly int[] _order;
    private readonly long[] _times;
    private int _next;

    /// <summary>Sorts the rows, of which there is at least one.</summary>
    public SortedSlice(LoadedSlice slice, bool descending, StreamUnion union)
    {
        Slice = slice;
        _times = descending ? Array.ConvertAll(slice.Times, static time => -time) : (long[])slice.Times.Clone();
        _order = new int[_times.Length];
        for (var i = 0; i < _order.Length; i++) _order[i] = i;
        Array.Sort(_times, _order);
        SortTies(union);
    }

    /// <summary>The slice.</summary>
    public LoadedSlice Slice { get; }

    /// <summary>The next row.</summary>
    public RowKey Next =>
        new(_times[_next], Slice.Streams[_order[_next]], Slice.Slice.Source.Number, Slice.Slice.Place, _order[_next]);

    /// <summary>Goes on to the row after; false when there is none.</summary>
    public bool TryAdvance() => ++_next < _order.Length;

    private void SortTies(StreamUnion union)
    {
        var streams = Slice.Streams;
        Comparison<int> byStream = (a, b) => streams[a] != streams[b] ? union.Compare(streams[a], streams[b]) : a.CompareTo(b);
        for (var start = 0; start < _times.Length;)
        {
            var end = start + 1;
            while (end < _times.Length && _times[end] == _times[start]) end++;
            if (end - start > 1) _order.AsSpan(start..end).Sort(byStream);
            start = end;
        }
    }
}
