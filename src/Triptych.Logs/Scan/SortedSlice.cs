namespace Triptych.Logs.Scan;

/// <summary>
/// Order of rows: time (negative where the newest come first), then stream, source, slice and place, so that an answer does not depend on when slices were
/// loaded, and rows of one stream at one time are in the order in which they came.
/// </summary>
internal readonly record struct RowKey(long Time, int Stream, int Source, int Slice, int Row) : IComparable<RowKey>
{
    /// <inheritdoc/>
    public int CompareTo(RowKey other)
    {
        if (Time != other.Time) return Time.CompareTo(other.Time);
        if (Stream != other.Stream) return Stream.CompareTo(other.Stream);
        if (Source != other.Source) return Source.CompareTo(other.Source);
        return Slice != other.Slice ? Slice.CompareTo(other.Slice) : Row.CompareTo(other.Row);
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
    public SortedSlice(LoadedSlice slice, bool descending)
    {
        Slice = slice;
        _times = descending ? Array.ConvertAll(slice.Times, static time => -time) : (long[])slice.Times.Clone();
        _order = new int[_times.Length];
        for (var i = 0; i < _order.Length; i++) _order[i] = i;
        Array.Sort(_times, _order);
        SortTies();
    }

    /// <summary>The slice.</summary>
    public LoadedSlice Slice { get; }

    /// <summary>The next row.</summary>
    public RowKey Next =>
        new(_times[_next], Slice.Streams[_order[_next]], Slice.Slice.Source.Number, Slice.Slice.Place, _order[_next]);

    /// <summary>Goes on to the row after; false when there is none.</summary>
    public bool TryAdvance() => ++_next < _order.Length;

    private void SortTies()
    {
        var streams = Slice.Streams;
        Comparison<int> byStream = (a, b) => streams[a] != streams[b] ? streams[a].CompareTo(streams[b]) : a.CompareTo(b);
        for (var start = 0; start < _times.Length;)
        {
            var end = start + 1;
            while (end < _times.Length && _times[end] == _times[start]) end++;
            if (end - start > 1) _order.AsSpan(start..end).Sort(byStream);
            start = end;
        }
    }
}
