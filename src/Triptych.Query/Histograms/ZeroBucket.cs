namespace Triptych.Query.Histograms;

/// <summary>Widening of zero buckets.</summary>
internal static class ZeroBucket
{
    /// <summary>
    /// Widens the zero bucket to <paramref name="threshold"/>, or farther where that lies inside a bucket with observations, and takes the buckets that it
    /// then holds out of the lists.
    /// </summary>
    public static (double Count, double Threshold) Widen(
        BucketList positive, BucketList negative, int schema, double zeroCount, double threshold)
    {
        var (count, wider) = Measure(positive, negative, schema, zeroCount, threshold);
        positive.RemoveFirst(BucketsBelow(positive, schema, wider));
        negative.RemoveFirst(BucketsBelow(negative, schema, wider));
        return (count, wider);
    }

    /// <summary>As <see cref="Widen"/>, without changing anything.</summary>
    public static (double Count, double Threshold) Measure(
        BucketList positive, BucketList negative, int schema, double zeroCount, double threshold)
    {
        while (true)
        {
            var count = zeroCount + Swallow(positive, schema, ref threshold);
            var before = threshold;
            count += Swallow(negative, schema, ref threshold);

            // A negative bucket that widened it may make it cut into positive ones.
            if (threshold == before) return (count, threshold);
        }
    }

    // The observations in buckets that begin below the threshold, which moves to the end of a bucket with observations that it cuts.
    private static double Swallow(BucketList buckets, int schema, ref double threshold)
    {
        var swallowed = 0.0;
        for (var i = 0; i < buckets.Length; i++)
        {
            if (HistogramBounds.Upper(buckets.Buckets[i] - 1, schema) >= threshold) break;
            var count = buckets.CountAt(i);
            swallowed += count;
            var upper = HistogramBounds.Upper(buckets.Buckets[i], schema);
            if (upper <= threshold) continue;
            if (count != 0) threshold = upper;
            break;
        }

        return swallowed;
    }

    private static int BucketsBelow(BucketList buckets, int schema, double threshold)
    {
        var count = 0;
        while (count < buckets.Length && HistogramBounds.Upper(buckets.Buckets[count] - 1, schema) < threshold) count++;
        return count;
    }
}
