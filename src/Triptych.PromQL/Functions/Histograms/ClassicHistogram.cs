namespace Triptych.PromQL.Functions.Histograms;

/// <summary>One bucket of a classic histogram: how many observations were at most <paramref name="UpperBound"/>.</summary>
internal record struct ClassicBucket(double UpperBound, double Count);

/// <summary>What was changed where the counts of a histogram fell from one bucket to the next.</summary>
internal record struct MonotonicFix(double MinBucket, double MaxBucket, double MaxDifference)
{
    /// <summary>Nothing was.</summary>
    public static MonotonicFix None => new(double.PositiveInfinity, double.NegativeInfinity, 0);

    public readonly bool Any => MinBucket <= MaxBucket;

    public void Add(double upperBound, double difference)
    {
        MinBucket = Math.Min(MinBucket, upperBound);
        MaxBucket = Math.Max(MaxBucket, upperBound);
        MaxDifference = Math.Max(MaxDifference, difference);
    }

    public readonly MonotonicFix With(MonotonicFix other) => new(
        Math.Min(MinBucket, other.MinBucket), Math.Max(MaxBucket, other.MaxBucket), Math.Max(MaxDifference, other.MaxDifference));
}

/// <summary>
/// Quantiles and fractions of classic histograms. All methods take the buckets of one histogram in any order and rework them in place.
/// </summary>
internal static class ClassicHistogram
{
    // Counts that differ by less are equal but for what floating point lost on the way.
    private const double SmallDifference = 1e-12;
    private const double MinNormal = 2.2250738585072014e-308;

    /// <summary>The value below which the share <paramref name="quantile"/> of the observations lies.</summary>
    /// <param name="fix">Told where counts fell from one bucket to the next and were lifted.</param>
    public static double Quantile(double quantile, Span<ClassicBucket> buckets, ref MonotonicFix fix)
    {
        if (double.IsNaN(quantile))
            return double.NaN;
        if (quantile < 0)
            return double.NegativeInfinity;
        if (quantile > 1)
            return double.PositiveInfinity;
        if (!TryPrepare(ref buckets, ref fix) || buckets.Length < 2 || buckets[^1].Count == 0)
            return double.NaN;

        var rank = quantile * buckets[^1].Count;
        var found = 0;
        while (found < buckets.Length - 1 && !(buckets[found].Count >= rank))
            found++;
        if (found == buckets.Length - 1)
            return buckets[^2].UpperBound;
        if (found == 0 && buckets[0].UpperBound <= 0)
            return buckets[0].UpperBound;
        var start = found == 0 ? 0 : buckets[found - 1].UpperBound;
        var before = found == 0 ? 0 : buckets[found - 1].Count;
        return start + ((buckets[found].UpperBound - start) * ((rank - before) / (buckets[found].Count - before)));
    }

    /// <summary>The share of observations between two values.</summary>
    public static double Fraction(double lower, double upper, Span<ClassicBucket> buckets, ref MonotonicFix fix)
    {
        if (!TryPrepare(ref buckets, ref fix) || buckets[^1].Count == 0 || double.IsNaN(lower) || double.IsNaN(upper))
            return double.NaN;
        return lower >= upper ? 0 : (CountBelow(upper, buckets) - CountBelow(lower, buckets)) / buckets[^1].Count;
    }

    private static double CountBelow(double value, ReadOnlySpan<ClassicBucket> buckets)
    {
        var before = 0.0;
        for (var i = 0; i < buckets.Length; i++)
        {
            var start = i > 0 ? buckets[i - 1].UpperBound : double.NegativeInfinity;
            if (start >= value)
                return before;
            var end = buckets[i].UpperBound;
            if (end > value)
            {
                // The lowest bucket starts at 0 if its bound is positive; else there is nothing to interpolate from.
                if (i == 0 && end > 0)
                    start = 0;
                if (start >= value)
                    return before;
                if (double.IsNegativeInfinity(start))
                    return buckets[i].Count;
                return double.IsPositiveInfinity(end) ? before : before + ((buckets[i].Count - before) * (value - start) / (end - start));
            }
            before = buckets[i].Count;
        }
        return buckets[^1].Count;
    }

    private static bool TryPrepare(ref Span<ClassicBucket> buckets, ref MonotonicFix fix)
    {
        if (buckets.IsEmpty)
            return false;
        buckets.Sort((a, b) => a.UpperBound.CompareTo(b.UpperBound));
        if (!double.IsPositiveInfinity(buckets[^1].UpperBound))
            return false;
        buckets = Coalesce(buckets);
        MakeMonotonic(buckets, ref fix);
        return true;
    }

    // Bounds written differently ("1", "1.0") are one bucket.
    private static Span<ClassicBucket> Coalesce(Span<ClassicBucket> buckets)
    {
        var last = 0;
        for (var i = 1; i < buckets.Length; i++)
        {
            if (buckets[i].UpperBound == buckets[last].UpperBound)
                buckets[last].Count += buckets[i].Count;
            else
                buckets[++last] = buckets[i];
        }
        return buckets[..(last + 1)];
    }

    private static void MakeMonotonic(Span<ClassicBucket> buckets, ref MonotonicFix fix)
    {
        var previous = buckets[0].Count;
        for (var i = 1; i < buckets.Length; i++)
        {
            var current = buckets[i].Count;
            if (current == previous)
                continue;
            if (AlmostEqual(previous, current))
            {
                buckets[i].Count = previous;
            }
            else if (current < previous)
            {
                buckets[i].Count = previous;
                fix.Add(buckets[i].UpperBound, previous - current);
            }
            else
            {
                previous = current;
            }
        }
    }

    private static bool AlmostEqual(double a, double b)
    {
        var sum = Math.Abs(a) + Math.Abs(b);
        var difference = Math.Abs(a - b);
        return a == 0 || b == 0 || sum < MinNormal
            ? difference < SmallDifference * MinNormal
            : difference / Math.Min(sum, double.MaxValue) < SmallDifference;
    }
}
