namespace Triptych.Storage.Wal;

/// <summary>
/// Closed ranges of time that together cover all that was added, and as little besides as <see cref="MaxRanges"/> of them can: late rows
/// far from the others are a range of their own. One thread changes it, none reads meanwhile.
/// </summary>
public sealed class TimeRanges
{
    /// <summary>How many are kept apart; beyond it the two with the smallest gap between them become one.</summary>
    public const int MaxRanges = 64;

    // Sorted, with a gap after each.
    private readonly List<RecordTimes> _ranges = [];

    /// <summary>Every time there is.</summary>
    public static TimeRanges Everything()
    {
        var ranges = new TimeRanges();
        ranges.Add(RecordTimes.Unknown);
        return ranges;
    }

    /// <summary>The ranges, sorted.</summary>
    public IReadOnlyList<RecordTimes> Ranges => _ranges;

    /// <summary>Adds a range; what has no time adds nothing.</summary>
    public void Add(RecordTimes times)
    {
        if (times.IsEmpty)
            return;
        var first = FirstReaching(times.Min);
        var end = first;
        while (end < _ranges.Count && _ranges[end].Min <= times.Max)
            end++;
        if (end - first == 1 && _ranges[first].Min <= times.Min && times.Max <= _ranges[first].Max)
            return;
        if (end > first)
            times = new RecordTimes(Math.Min(times.Min, _ranges[first].Min), Math.Max(times.Max, _ranges[end - 1].Max));
        _ranges.RemoveRange(first, end - first);
        _ranges.Insert(first, times);
        if (_ranges.Count > MaxRanges)
            JoinClosest();
    }

    /// <summary>Whether a row of the closed range may be among what was added.</summary>
    public bool Overlaps(long min, long max)
    {
        if (min > max)
            return false;
        var first = FirstReaching(min);
        return first < _ranges.Count && _ranges[first].Min <= max;
    }

    /// <summary>Index of the first range that ends at or after the time.</summary>
    private int FirstReaching(long time)
    {
        var (low, high) = (0, _ranges.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_ranges[middle].Max < time)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    private void JoinClosest()
    {
        var closest = 0;
        var smallestGap = UInt128.MaxValue;
        for (var i = 0; i + 1 < _ranges.Count; i++)
        {
            var gap = (UInt128)((Int128)_ranges[i + 1].Min - _ranges[i].Max);
            if (gap < smallestGap)
                (smallestGap, closest) = (gap, i);
        }

        _ranges[closest] = new RecordTimes(_ranges[closest].Min, _ranges[closest + 1].Max);
        _ranges.RemoveAt(closest + 1);
    }
}
