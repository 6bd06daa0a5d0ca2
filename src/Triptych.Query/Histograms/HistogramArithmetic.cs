using Triptych.Model.Metrics;

namespace Triptych.Query.Histograms;

/// <summary>Operations on one or two histograms. Results are new histograms without empty buckets.</summary>
public static class HistogramArithmetic
{
    /// <summary>a + b; null where their schemas do not go together.</summary>
    public static FloatHistogram? Add(FloatHistogram a, FloatHistogram b, out HistogramIssues issues)
    {
        var sum = new HistogramSum(a);
        issues = sum.Add(b);
        return (issues & HistogramIssues.SchemasMixed) != 0 ? null : sum.ToHistogram();
    }

    /// <summary>a − b, which is a gauge; null where their schemas do not go together.</summary>
    public static FloatHistogram? Subtract(FloatHistogram a, FloatHistogram b, out HistogramIssues issues)
    {
        var sum = new HistogramSum(a);
        issues = sum.Subtract(b);
        return (issues & HistogramIssues.SchemasMixed) != 0 ? null : sum.ToHistogram(CounterResetHint.Gauge);
    }

    /// <summary>All counts and the sum multiplied.</summary>
    public static FloatHistogram Multiply(FloatHistogram histogram, double factor)
    {
        var sum = new HistogramSum(histogram);
        sum.Scale(factor);
        return sum.ToHistogram();
    }

    /// <summary>All counts and the sum divided.</summary>
    public static FloatHistogram Divide(FloatHistogram histogram, double divisor)
    {
        var sum = new HistogramSum(histogram);
        sum.Divide(divisor);
        return sum.ToHistogram();
    }

    /// <summary>The histogram without empty buckets.</summary>
    public static FloatHistogram Compact(FloatHistogram histogram) => new HistogramSum(histogram).ToHistogram();

    /// <summary>
    /// Whether two are the same bit for bit, in the buckets that they list too; hints apart. NaN counts as equal to itself.
    /// </summary>
    public static bool AreEqual(FloatHistogram a, FloatHistogram b) =>
        a.Schema == b.Schema && a.Count.Equals(b.Count) && a.Sum.Equals(b.Sum)
        && a.ZeroThreshold == b.ZeroThreshold && a.ZeroCount.Equals(b.ZeroCount)
        && (!a.IsCustom() || a.CustomBounds.SequenceEqual(b.CustomBounds))
        && HaveEqualBuckets(a.NegativeSpans, a.NegativeBuckets, b.NegativeSpans, b.NegativeBuckets)
        && HaveEqualBuckets(a.PositiveSpans, a.PositiveBuckets, b.PositiveSpans, b.PositiveBuckets);

    private static bool HaveEqualBuckets(
        IReadOnlyList<BucketSpan> spansA, IReadOnlyList<double> countsA, IReadOnlyList<BucketSpan> spansB, IReadOnlyList<double> countsB)
    {
        var a = new BucketWalk(spansA, countsA);
        var b = new BucketWalk(spansB, countsB);
        while (a.Next())
        {
            if (!b.Next() || a.Bucket != b.Bucket || !a.Count.Equals(b.Count)) return false;
        }

        return !b.Next();
    }
}
