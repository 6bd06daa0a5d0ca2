namespace Triptych.PromQL.Functions.Range;

/// <summary>How far a difference between the first and the last sample of a range is extended to the range's edges.</summary>
internal static class Extrapolation
{
    // An edge farther away than this many average sample distances is taken as the start or end of the series.
    private const double EdgeThreshold = 1.1;

    /// <summary>What the difference is to be multiplied by.</summary>
    /// <param name="timesMs">Times of the samples, at least two.</param>
    /// <param name="startMs">The range's left edge.</param>
    /// <param name="endMs">The range's right edge.</param>
    /// <param name="untilZero">Of a counter, how long before the first sample it would have been zero, in units of the time between the first and the last;
    /// infinite where it does not matter.</param>
    /// <param name="perSecond">Whether the answer is one for each second of the range.</param>
    public static double Factor(ReadOnlySpan<long> timesMs, long startMs, long endMs, double untilZero, bool perSecond)
    {
        // Milliseconds throughout: only ratios of times matter until the last line.
        var toStart = ToStart(timesMs, startMs);
        double toEnd = endMs - timesMs[^1];
        double sampled = timesMs[^1] - timesMs[0];
        var average = sampled / (timesMs.Length - 1);

        // A counter cannot have been below zero: do not extend farther than to where it would have been zero.
        if (!double.IsPositiveInfinity(untilZero))
            toStart = Math.Min(toStart, sampled * untilZero);
        if (toEnd >= average * EdgeThreshold)
            toEnd = average / 2;
        var factor = (sampled + toStart + toEnd) / sampled;
        return perSecond ? factor / ((endMs - startMs) / 1000.0) : factor;
    }

    /// <summary>How far before the first sample the difference is extended, in milliseconds, as long as nothing is known of a zero there.</summary>
    /// <param name="timesMs">Times of the samples, at least two.</param>
    /// <param name="startMs">The range's left edge.</param>
    public static double ToStart(ReadOnlySpan<long> timesMs, long startMs)
    {
        double toStart = timesMs[0] - startMs;
        var average = (double)(timesMs[^1] - timesMs[0]) / (timesMs.Length - 1);
        return toStart >= average * EdgeThreshold ? average / 2 : toStart;
    }

    /// <summary>The same for a counter that is known to have begun at zero inside the range: then nothing is guessed before its first sample.</summary>
    /// <param name="beganMs">When it began.</param>
    /// <param name="timesMs">Times of the samples, at least one.</param>
    /// <param name="startMs">The range's left edge.</param>
    /// <param name="endMs">The range's right edge.</param>
    /// <param name="perSecond">Whether the answer is one for each second of the range.</param>
    public static double FactorSince(long beganMs, ReadOnlySpan<long> timesMs, long startMs, long endMs, bool perSecond)
    {
        double toEnd = endMs - timesMs[^1];
        double sampled = timesMs[^1] - beganMs;
        var average = timesMs.Length > 1 ? (double)(timesMs[^1] - timesMs[0]) / (timesMs.Length - 1) : 0;
        if (toEnd >= average * EdgeThreshold)
            toEnd = average / 2;
        var factor = (sampled + toEnd) / sampled;
        return perSecond ? factor / ((endMs - startMs) / 1000.0) : factor;
    }
}
