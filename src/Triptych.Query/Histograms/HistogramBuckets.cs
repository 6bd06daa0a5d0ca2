using Triptych.Model.Metrics;

namespace Triptych.Query.Histograms;

/// <summary>A bucket of a native histogram with what lies in it.</summary>
/// <param name="Lower">−Inf for the first custom bucket.</param>
/// <param name="Upper">+Inf for the last custom bucket.</param>
/// <param name="Count">Observations.</param>
public readonly record struct HistogramBucket(double Lower, double Upper, double Count)
{
    /// <summary>Whether observations equal to the lower bound belong to the bucket.</summary>
    public bool IncludesLower { get; init; }

    /// <summary>Whether observations equal to the upper bound belong to the bucket.</summary>
    public bool IncludesUpper { get; init; } = true;

    /// <summary>Which share of the bucket lies below a value inside of it: linear, or else on a logarithmic scale.</summary>
    public double ShareBelow(double value, bool isLinear)
    {
        if (isLinear) return (value - Lower) / (Upper - Lower);
        var logLower = Math.Log2(Math.Abs(Lower));
        var logUpper = Math.Log2(Math.Abs(Upper));
        var logValue = Math.Log2(Math.Abs(value));
        return Lower > 0 ? (logValue - logLower) / (logUpper - logLower) : 1 - ((logValue - logUpper) / (logLower - logUpper));
    }
}

/// <summary>Lists the buckets of a native histogram.</summary>
public static class HistogramBuckets
{
    /// <summary>
    /// All buckets, empty ones among them as they are stored, from the lowest to the highest: negative, zero (where it has observations), positive.
    /// </summary>
    public static void ReadAll(FloatHistogram histogram, List<HistogramBucket> into)
    {
        into.Clear();
        ReadNegative(histogram, into);
        into.Reverse();
        // A negative zero bucket is not among them, as in Prometheus: what differences and negated histograms are asked gives the same answers then.
        if (histogram.ZeroCount > 0) into.Add(Zero(histogram));
        ReadPositive(histogram, into);
    }

    /// <summary>The zero bucket.</summary>
    public static HistogramBucket Zero(FloatHistogram histogram) =>
        new(-histogram.ZeroThreshold, histogram.ZeroThreshold, histogram.ZeroCount) { IncludesLower = true };

    /// <summary>Adds the positive buckets (all custom ones) in ascending order.</summary>
    public static void ReadPositive(FloatHistogram histogram, List<HistogramBucket> into)
    {
        var walk = new BucketWalk(histogram.PositiveSpans, histogram.PositiveBuckets);
        while (walk.Next())
        {
            into.Add(
                histogram.IsCustom()
                    ? new HistogramBucket(CustomUpper(histogram, walk.Bucket - 1), CustomUpper(histogram, walk.Bucket), walk.Count)
                    {
                        IncludesLower = walk.Bucket == 0,
                    }
                    : new HistogramBucket(
                        HistogramBounds.Upper(walk.Bucket - 1, histogram.Schema), HistogramBounds.Upper(walk.Bucket, histogram.Schema), walk.Count));
        }
    }

    /// <summary>Adds the negative buckets, from that nearest to zero on.</summary>
    public static void ReadNegative(FloatHistogram histogram, List<HistogramBucket> into)
    {
        var walk = new BucketWalk(histogram.NegativeSpans, histogram.NegativeBuckets);
        while (walk.Next())
        {
            into.Add(new HistogramBucket(
                -HistogramBounds.Upper(walk.Bucket, histogram.Schema), -HistogramBounds.Upper(walk.Bucket - 1, histogram.Schema), walk.Count)
            {
                IncludesLower = true,
                IncludesUpper = false,
            });
        }
    }

    private static double CustomUpper(FloatHistogram histogram, long bucket) =>
        bucket < 0 ? double.NegativeInfinity
        : bucket < histogram.CustomBounds.Count ? histogram.CustomBounds[(int)bucket] : double.PositiveInfinity;
}

/// <summary>Goes through spans and counts side by side; ends where either ends.</summary>
internal struct BucketWalk(IReadOnlyList<BucketSpan> spans, IReadOnlyList<double> counts)
{
    private int _span = -1;
    private long _left;
    private int _place = -1;
    private long _bucket = -1;

    /// <summary>The number of the bucket.</summary>
    public readonly long Bucket => _bucket;

    /// <summary>What the bucket holds.</summary>
    public readonly double Count => counts[_place];

    public bool Next()
    {
        if (_place + 1 >= counts.Count) return false;
        _bucket++;
        while (_left == 0)
        {
            if (++_span >= spans.Count) return false;
            _left = spans[_span].Length;
            _bucket += spans[_span].Offset;
        }

        _left--;
        _place++;
        return true;
    }
}
