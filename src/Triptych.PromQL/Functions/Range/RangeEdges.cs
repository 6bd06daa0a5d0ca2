namespace Triptych.PromQL.Functions.Range;

/// <summary>Which samples of a window that reaches farther than its range stand for the range's edges.</summary>
internal readonly record struct RangeEdges(int First, int Last)
{
    /// <summary>
    /// First: the last sample at or before the start, or the first one at all. Last: the last one, or for smoothed ranges the first one at
    /// or after the end.
    /// </summary>
    public static RangeEdges Find(ReadOnlySpan<long> timesMs, long startMs, long endMs, bool smoothed)
    {
        var last = timesMs.Length - 1;
        var first = Math.Max(0, EdgeSearch.FirstAfter(timesMs[..last], startMs) - 1);
        if (smoothed)
            last = EdgeSearch.FirstAfter(timesMs[..last], endMs - 1);
        return new RangeEdges(first, last);
    }

    /// <summary>The value at the start of the range.</summary>
    public double Left(ReadOnlySpan<long> timesMs, ReadOnlySpan<double> values, long startMs, bool smoothed, bool isCounter) =>
        smoothed && timesMs[First] < startMs ? Interpolate(timesMs, values, First, startMs, isCounter) : values[First];

    /// <summary>The value at the end of the range.</summary>
    public double Right(ReadOnlySpan<long> timesMs, ReadOnlySpan<double> values, long endMs, bool smoothed, bool isCounter) =>
        smoothed && Last > 0 && timesMs[Last] > endMs ? Interpolate(timesMs, values, Last - 1, endMs, isCounter) : values[Last];

    /// <summary>The samples strictly between the edges; none where the last is before the first.</summary>
    public (int First, int Last) Inside(ReadOnlySpan<long> timesMs, long startMs, long endMs) =>
        (timesMs[First] <= startMs ? First + 1 : First, timesMs[Last] >= endMs ? Last - 1 : Last);

    /// <summary>
    /// The value at a time between the sample <paramref name="before"/> and the next one. A counter that fell began at zero again.
    /// </summary>
    public static double Interpolate(ReadOnlySpan<long> timesMs, ReadOnlySpan<double> values, int before, long atMs, bool isCounter)
    {
        var from = values[before];
        var to = values[before + 1];
        if (isCounter && to < from)
            from = 0;
        return from + ((to - from) * (atMs - timesMs[before]) / (timesMs[before + 1] - timesMs[before]));
    }
}

/// <summary>Binary search in timestamps.</summary>
internal static class EdgeSearch
{
    /// <summary>The index of the first timestamp after a time; the count where there is none.</summary>
    public static int FirstAfter(ReadOnlySpan<long> timesMs, long timeMs)
    {
        var (low, high) = (0, timesMs.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (timesMs[middle] > timeMs)
                high = middle;
            else
                low = middle + 1;
        }
        return low;
    }
}
