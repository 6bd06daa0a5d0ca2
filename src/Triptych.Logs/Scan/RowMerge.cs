namespace Triptych.Logs.Scan;

/// <summary>
/// The loaded rows of an ordered scan that were not returned yet. Gives them out in order of time as far as no row that is still to be loaded can come before, and each record once:
/// of equal ones the one from the oldest source stands.
/// </summary>
internal sealed class RowMerge(bool descending)
{
    private readonly PriorityQueue<(LoadedSlice Slice, int Row), Key> _rows = new();
    private readonly List<(LoadedSlice Slice, int Row)> _sameTime = [];
    private long _time;

    /// <summary>Whether the newest come first.</summary>
    public bool Descending => descending;

    /// <summary>Adds all rows of a slice.</summary>
    public void Add(LoadedSlice slice)
    {
        for (var row = 0; row < slice.Times.Length; row++)
        {
            _rows.Enqueue((slice, row), new Key(descending ? -slice.Times[row] : slice.Times[row], slice.Streams[row], slice.Slice.Source.Number, row));
        }
    }

    /// <summary>The next row, if it is certain to be the next. <paramref name="horizon"/> is the nearest time that is still to be loaded, null when all is.</summary>
    public bool TryTake(long? horizon, out LoadedSlice slice, out int row)
    {
        while (_rows.TryPeek(out var next, out _))
        {
            var time = next.Slice.Times[next.Row];

            // A row at the horizon itself has to wait: an equal one may be about to come.
            if (horizon is { } h && (descending ? time <= h : time >= h)) break;
            _rows.Dequeue();
            if (IsRepeat(next, time)) continue;
            (slice, row) = next;
            return true;
        }

        (slice, row) = (null!, 0);
        return false;
    }

    private bool IsRepeat((LoadedSlice Slice, int Row) next, long time)
    {
        if (!next.Slice.Slice.MayRepeat) return false;
        if (time != _time) _sameTime.Clear();
        _time = time;
        foreach (var (slice, row) in _sameTime)
        {
            if (slice.Slice.Source != next.Slice.Slice.Source && LoadedSlice.IsSame(slice, row, next.Slice, next.Row)) return true;
        }

        _sameTime.Add(next);
        return false;
    }

    /// <summary>Order of the rows: time, then stream, source and place, so that an answer does not depend on when slices were loaded.</summary>
    private readonly record struct Key(long Time, int Stream, int Source, int Row) : IComparable<Key>
    {
        public int CompareTo(Key other)
        {
            if (Time != other.Time) return Time.CompareTo(other.Time);
            if (Stream != other.Stream) return Stream.CompareTo(other.Stream);
            return Source != other.Source ? Source.CompareTo(other.Source) : Row.CompareTo(other.Row);
        }
    }
}
