namespace Triptych.Logs.Scan;

/// <summary>
/// The loaded rows of an ordered scan that were not returned yet. Gives them out in order of time, as far as no row that is still to be loaded can come before;
/// those of one stream and time in the order in which they came or, where the newest come first, the other way round. Each record comes once: of equal ones the
/// one from the oldest source stands, at its place. Each slice is sorted once; between slices the one with the next row is taken for as long as it has it, so
/// that slices that do not overlap cost nothing. Owns the slices, and lets one go when its last row and all that could be equal to it are out.
/// </summary>
internal sealed class RowMerge(bool descending, StreamUnion streams) : IDisposable
{
    private readonly List<LoadedSlice> _spent = [];
    private readonly RowKeyOrder _order = new(streams);
    private readonly PriorityQueue<SortedSlice, RowKey> _waiting = new(new RowKeyOrder(streams));
    private readonly EqualRows _equal = new();
    private readonly List<(LoadedSlice Slice, int Row)> _atOneTime = [];
    private SortedSlice? _current;
    private int _given;

    /// <summary>Whether the newest come first.</summary>
    public bool Descending => descending;

    /// <summary>Adds all rows of a slice.</summary>
    public void Add(LoadedSlice slice)
    {
        if (slice.Times.Length == 0)
        {
            slice.Dispose();
            return;
        }

        var sorted = new SortedSlice(slice, descending, streams);
        _waiting.Enqueue(sorted, sorted.Next);
    }

    /// <summary>
    /// The next row, if it is certain to be the next. <paramref name="horizon"/> is the nearest time that is still to be loaded, null when
    /// all is.
    /// </summary>
    public bool TryTake(long? horizon, out LoadedSlice slice, out int row)
    {
        if (_atOneTime.Count == _given && !TryCollect(horizon))
        {
            (slice, row) = (null!, 0);
            return false;
        }

        (slice, row) = _atOneTime[_given++];
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        LetGo();
        _current?.Slice.Dispose();
        _current = null;
        while (_waiting.TryDequeue(out var slice, out _)) slice.Slice.Dispose();
    }

    /// <summary>Collects the rows of the next time, each once; false where it is not certain which they are.</summary>
    private bool TryCollect(long? horizon)
    {
        if (TryFindNext() is not { } first) return false;
        var key = first.Next.Time;
        var time = descending ? -key : key;

        // A row at the horizon itself has to wait: an equal one may be about to come.
        if (horizon is { } h && (descending ? time <= h : time >= h)) return false;
        LetGo();
        while (TryFindNext() is { } next && next.Next.Time == key)
        {
            var (slice, row) = (next.Slice, next.Next.Row);
            if (!next.TryAdvance())
            {
                _current = null;
                _spent.Add(slice);
            }

            if (!slice.Slice.MayRepeat || _equal.TryAdd(slice, row)) _atOneTime.Add((slice, row));
        }

        if (descending) ReverseWithinStreams();
        return true;
    }

    private void ReverseWithinStreams()
    {
        for (var start = 0; start < _atOneTime.Count;)
        {
            var end = start + 1;
            while (end < _atOneTime.Count && StreamOf(_atOneTime[end]) == StreamOf(_atOneTime[start])) end++;
            _atOneTime.Reverse(start, end - start);
            start = end;
        }
    }

    private static int StreamOf((LoadedSlice Slice, int Row) place) => place.Slice.Streams[place.Row];

    /// <summary>Lets go of what was kept for the rows of the time before.</summary>
    private void LetGo()
    {
        _atOneTime.Clear();
        _given = 0;
        _equal.Clear();
        foreach (var slice in _spent) slice.Dispose();
        _spent.Clear();
    }

    private SortedSlice? TryFindNext()
    {
        if (_current is null)
        {
            _waiting.TryDequeue(out _current, out _);
        }
        else if (_waiting.TryPeek(out _, out var other) && _order.Compare(other, _current.Next) < 0)
        {
            _current = _waiting.EnqueueDequeue(_current, _current.Next);
        }

        return _current;
    }
}
