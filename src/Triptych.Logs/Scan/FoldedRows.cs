using Triptych.Columnar.Rows;

namespace Triptych.Logs.Scan;

/// <summary>
/// Records of a slice counted by stream and stretch between the bounds of a <see cref="RowFold"/>. Records come in any order; cheapest are those that
/// follow others of their stream and stretch.
/// </summary>
internal sealed class FoldedRows(RowFold fold)
{
    private readonly List<Entry> _entries = [];
    private readonly Dictionary<int, int> _lastOfStream = [];
    private int _at = -1;

    /// <summary>How many rows there are.</summary>
    public int Count => _entries.Count;

    /// <summary>How many records they stand for.</summary>
    public long RecordCount { get; private set; }

    /// <summary>Whether no bound lies between two times.</summary>
    public bool IsOne(long minTime, long maxTime) => maxTime <= StretchOf(minTime).High;

    /// <summary>Adds records of one stream and stretch.</summary>
    public void Add(int stream, long timeUnixNanos, long count, long lineBytes)
    {
        RecordCount += count;
        if (_at < 0 || _entries[_at].Stream != stream) _at = _lastOfStream.GetValueOrDefault(stream, -1);
        if (_at >= 0 && timeUnixNanos > _entries[_at].Low && timeUnixNanos <= _entries[_at].High)
        {
            _entries[_at] = _entries[_at] with { Count = _entries[_at].Count + count, LineBytes = _entries[_at].LineBytes + lineBytes };
            return;
        }

        var (low, high) = StretchOf(timeUnixNanos);
        _lastOfStream[stream] = _at = _entries.Count;
        _entries.Add(new Entry(stream, timeUnixNanos, low, high, count, lineBytes));
    }

    /// <summary>Adds records of one stream that are in a range of time; how long their lines are is not asked.</summary>
    public void AddAll(int stream, ReadOnlySpan<long> times, long minTime, long maxTimeExclusive)
    {
        for (var i = 0; i < times.Length;)
        {
            var (low, high) = StretchOf(times[i]);
            var end = i;
            while (end < times.Length && times[end] > low && times[end] <= high && times[end] >= minTime && times[end] < maxTimeExclusive) end++;
            if (end > i) Add(stream, times[i], end - i, lineBytes: 0);
            i = Math.Max(end, i + 1);
        }
    }

    /// <summary>A row's stream, as the source numbers it.</summary>
    public int StreamOf(int row) => _entries[row].Stream;

    /// <summary>The time of one of the records that a row stands for.</summary>
    public long TimeOf(int row) => _entries[row].Time;

    /// <summary>How many records a row stands for.</summary>
    public long CountOf(int row) => _entries[row].Count;

    /// <summary>How many bytes the lines have that a row stands for.</summary>
    public long LineBytesOf(int row) => _entries[row].LineBytes;

    /// <summary>The stretch (low, high] that a time is in.</summary>
    private (long Low, long High) StretchOf(long time)
    {
        var bounds = fold.Bounds.Span;
        var next = bounds.BinarySearch(time);
        if (next < 0) next = ~next;
        while (next > 0 && bounds[next - 1] == time) next--;
        return (next == 0 ? long.MinValue : bounds[next - 1], next == bounds.Length ? long.MaxValue : bounds[next]);
    }

    private readonly record struct Entry(int Stream, long Time, long Low, long High, long Count, long LineBytes);
}
