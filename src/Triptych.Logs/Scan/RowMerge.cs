namespace Triptych.Logs.Scan;

/// <summary>
/// The loaded rows of an ordered scan that were not returned yet. Gives them out in order of time as far as no row that is still to be
/// loaded
/// can come before, and each record once: of equal ones the one from the oldest source stands. Each slice is sorted once; between slices
/// the
/// one with the next row is taken for as long as it has it, so that slices that do not overlap cost nothing.
/// </summary>
internal sealed class RowMerge(bool descending)
{
    private readonly PriorityQueue<SortedSlice, RowKey> _waiting = new();
    private readonly EqualRows _equal = new();
    private SortedSlice? _current;

    /// <summary>Whether the newest come first.</summary>
    public bool Descending => descending;

    /// <summary>Adds all rows of a slice.</summary>
    public void Add(LoadedSlice slice)
    {
        if (slice.Times.Length == 0) return;
        var sorted = new SortedSlice(slice, descending);
        _waiting.Enqueue(sorted, sorted.Next);
    }

    /// <summary>
    /// The next row, if it is certain to be the next. <paramref name="horizon"/> is the nearest time that is still to be loaded, null when
    /// all is.
    /// </summary>
    public bool TryTake(long? horizon, out LoadedSlice slice, out int row)
    {
        while (TryFindNext() is { } next)
        {
            var time = descending ? -next.Next.Time : next.Next.Time;

            // A row at the horizon itself has to wait: an equal one may be about to come.
            if (horizon is { } h && (descending ? time <= h : time >= h)) break;
            (slice, row) = (next.Slice, next.Next.Row);
            if (!next.TryAdvance()) _current = null;
            if (!slice.Slice.MayRepeat || _equal.TryAdd(time, slice, row)) return true;
        }

        (slice, row) = (null!, 0);
        return false;
    }

    private SortedSlice? TryFindNext()
    {
        if (_current is null)
        {
            _waiting.TryDequeue(out _current, out _);
        }
        else if (_waiting.TryPeek(out _, out var other) && other.CompareTo(_current.Next) < 0)
        {
            _current = _waiting.EnqueueDequeue(_current, _current.Next);
        }

        return _current;
    }
}
