using Triptych.Model.Metrics;

namespace Triptych.Query.Histograms;

/// <summary>Whether the counter behind a histogram started anew since another one.</summary>
public static class HistogramResets
{
    /// <summary>
    /// True where the hint says so, or, where it says nothing, where any count fell, resolution rose or a bucket got lost.
    /// </summary>
    public static bool IsReset(FloatHistogram current, FloatHistogram previous) => current.ResetHint switch
    {
        CounterResetHint.Reset => true,
        CounterResetHint.NotReset => false,
        _ => current.Count < previous.Count
            || (current.IsCustom() ? IsCustomReset(current, previous) : IsExponentialReset(current, previous)),
    };

    private static bool IsExponentialReset(FloatHistogram current, FloatHistogram previous)
    {
        if (current.Schema > previous.Schema || current.ZeroThreshold < previous.ZeroThreshold) return true;
        if (previous.IsCustom()) return false;
        if (HaveEqualLayouts(current, previous))
        {
            return current.ZeroCount < previous.ZeroCount
                || AnyFell(current.PositiveBuckets, previous.PositiveBuckets) || AnyFell(current.NegativeBuckets, previous.NegativeBuckets);
        }

        BucketList positive = new(), negative = new(), currentPositive = new(), currentNegative = new();
        Func<long, long>? map = current.Schema == previous.Schema
            ? null : bucket => HistogramBounds.Coarser(bucket, previous.Schema, current.Schema);
        positive.Load(previous.PositiveSpans, previous.PositiveBuckets, map);
        negative.Load(previous.NegativeSpans, previous.NegativeBuckets, map);
        var (zeroCount, threshold) = previous.ZeroThreshold == current.ZeroThreshold
            ? (previous.ZeroCount, previous.ZeroThreshold)
            : ZeroBucket.Widen(positive, negative, current.Schema, previous.ZeroCount, current.ZeroThreshold);
        if (threshold != current.ZeroThreshold || current.ZeroCount < zeroCount) return true;
        currentPositive.Load(current.PositiveSpans, current.PositiveBuckets);
        currentNegative.Load(current.NegativeSpans, current.NegativeBuckets);
        return AnyFell(currentPositive, positive) || AnyFell(currentNegative, negative);
    }

    private static bool IsCustomReset(FloatHistogram current, FloatHistogram previous)
    {
        if (!previous.IsCustom()) return true;
        BucketList now = new(), before = new();
        if (current.CustomBounds.SequenceEqual(previous.CustomBounds))
        {
            now.Load(current.PositiveSpans, current.PositiveBuckets);
            before.Load(previous.PositiveSpans, previous.PositiveBuckets);
            return AnyFell(now, before);
        }

        // With different bounds only what lies between common ones can be compared.
        var common = CustomBounds.Intersect(current.CustomBounds, previous.CustomBounds);
        now.Load(current.PositiveSpans, current.PositiveBuckets, bucket => CustomBounds.Target(Math.Max(0, bucket), current.CustomBounds, common));
        before.Load(
            previous.PositiveSpans, previous.PositiveBuckets, bucket => CustomBounds.Target(Math.Max(0, bucket), previous.CustomBounds, common));
        return AnyFell(now, before);
    }

    // From scrape to scrape nothing changes but counts, most of the time.
    private static bool HaveEqualLayouts(FloatHistogram a, FloatHistogram b) =>
        a.Schema == b.Schema && a.ZeroThreshold == b.ZeroThreshold
        && a.PositiveBuckets.Count == b.PositiveBuckets.Count && a.NegativeBuckets.Count == b.NegativeBuckets.Count
        && a.PositiveSpans.SequenceEqual(b.PositiveSpans) && a.NegativeSpans.SequenceEqual(b.NegativeSpans);

    private static bool AnyFell(IReadOnlyList<double> current, IReadOnlyList<double> previous)
    {
        for (var i = 0; i < current.Count; i++)
        {
            if (current[i] < previous[i]) return true;
        }

        return false;
    }

    private static bool AnyFell(BucketList current, BucketList previous)
    {
        var place = 0;
        for (var i = 0; i < previous.Length; i++)
        {
            while (place < current.Length && current.Buckets[place] < previous.Buckets[i]) place++;
            var count = place < current.Length && current.Buckets[place] == previous.Buckets[i] ? current.CountAt(place) : 0;
            if (count < previous.CountAt(i)) return true;
        }

        return false;
    }
}
