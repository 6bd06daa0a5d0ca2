namespace Triptych.PromQL.Functions.Range;

/// <summary>What the start times of a counter's samples tell. 0 is a start time that is not known.</summary>
internal static class StartTimes
{
    /// <summary>Whether the counter began anew between a sample and the next one.</summary>
    public static bool IsReset(ReadOnlySpan<long> startTimesMs, ReadOnlySpan<long> timesMs, int previous)
    {
        if (previous + 1 >= startTimesMs.Length)
            return false;
        var (start, before) = (startTimesMs[previous + 1], timesMs[previous]);

        // A start that is not before its own sample says nothing.
        if (start == 0 || start >= timesMs[previous + 1] || start < before)
            return false;
        if (start > before)
            return true;

        // Each sample begins where the one before it ends: a series of differences, or one whose first start was not known.
        var previousStart = startTimesMs[previous];
        return previousStart != 0 && previousStart < before;
    }

    /// <summary>Whether what a sample counts began before the sample ahead of it, and not together with that.</summary>
    public static bool Overlap(ReadOnlySpan<long> startTimesMs, ReadOnlySpan<long> timesMs, int previous)
    {
        var start = startTimesMs[previous + 1];
        return start != 0 && start < timesMs[previous] && start != startTimesMs[previous];
    }

    /// <summary>The start of the first sample where that lies inside the range; else null.</summary>
    public static long? InsideRange(ReadOnlySpan<long> startTimesMs, ReadOnlySpan<long> timesMs, long rangeStartMs) =>
        !startTimesMs.IsEmpty && startTimesMs[0] is var start && start != 0 && start > rangeStartMs && start < timesMs[0] ? start : null;
}
