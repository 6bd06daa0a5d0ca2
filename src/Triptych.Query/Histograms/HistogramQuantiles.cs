using Triptych.Model.Metrics;
using Triptych.Query.Operators;

namespace Triptych.Query.Histograms;

/// <summary>What a quantile or fraction of a histogram is worth where NaN was observed.</summary>
public enum NanObservations
{
    /// <summary>There are none.</summary>
    None,

    /// <summary>There are some, and the answer lies among them: it is NaN.</summary>
    Answer,

    /// <summary>There are some beside what the answer counts.</summary>
    Beside,
}

/// <summary>Quantiles, fractions and the variance of native histograms. Keeps scratch memory; one thread at a time.</summary>
public sealed class HistogramQuantiles
{
    private readonly List<HistogramBucket> _buckets = [];

    /// <summary>The value below which the share <paramref name="quantile"/> of the observations lies.</summary>
    public double Quantile(double quantile, FloatHistogram histogram, out NanObservations nan)
    {
        nan = NanObservations.None;
        if (quantile < 0) return double.NegativeInfinity;
        if (quantile > 1) return double.PositiveInfinity;
        if (histogram.Count == 0 || double.IsNaN(quantile)) return double.NaN;
        HistogramBuckets.ReadAll(histogram, _buckets);

        // NaNs count but are in no bucket, so that only ranks from below are right; else the nearer end loses less by rounding.
        var hasNanSum = double.IsNaN(histogram.Sum);
        var forward = hasNanSum || quantile < 0.5;
        var rank = (forward ? quantile : 1 - quantile) * histogram.Count;
        var (place, count) = Find(rank, forward);
        var bucket = place < 0 ? default : _buckets[place];
        if (!histogram.IsCustom())
        {
            bucket = Narrow(bucket, histogram);
        }
        else
        {
            if (double.IsNegativeInfinity(bucket.Lower))
            {
                if (bucket.Upper <= 0) return bucket.Upper;
                bucket = bucket with { Lower = 0 };
            }
            else if (double.IsPositiveInfinity(bucket.Upper))
            {
                return bucket.Lower;
            }
        }

        count = Math.Min(count, histogram.Count);
        if (count < rank)
        {
            if (!hasNanSum) return bucket.Upper;
            nan = NanObservations.Answer;
            return double.NaN;
        }

        rank = forward ? rank - (count - bucket.Count) : count - rank;
        if (hasNanSum)
        {
            for (var i = place + 1; i < _buckets.Count; i++) count += _buckets[i].Count;
            if (count < histogram.Count) nan = NanObservations.Beside;
        }

        return Interpolate(bucket, rank / bucket.Count, histogram.IsCustom());
    }

    /// <summary>The share of the observations between two values.</summary>
    public double Fraction(double lower, double upper, FloatHistogram histogram, out NanObservations nan)
    {
        nan = NanObservations.None;
        if (histogram.Count == 0 || double.IsNaN(lower) || double.IsNaN(upper)) return double.NaN;
        if (lower >= upper) return 0;
        HistogramBuckets.ReadAll(histogram, _buckets);
        var total = histogram.Count;
        if (double.IsNaN(histogram.Sum))
        {
            // What is in no bucket was NaN, and lies between no two values.
            total = 0;
            foreach (var bucket in _buckets) total += bucket.Count;
            if (total < histogram.Count) nan = NanObservations.Beside;
        }

        return (CountBelow(upper, histogram, total) - CountBelow(lower, histogram, total)) / histogram.Count;
    }

    /// <summary>The variance, with all observations of a bucket in its middle.</summary>
    public double Variance(FloatHistogram histogram)
    {
        HistogramBuckets.ReadAll(histogram, _buckets);
        var mean = histogram.Sum / histogram.Count;
        double variance = 0, lost = 0;
        foreach (var bucket in _buckets)
        {
            if (bucket.Count == 0) continue;
            var distance = Middle(bucket, histogram.IsCustom()) - mean;
            KahanSum.Add(bucket.Count * distance * distance, ref variance, ref lost);
        }

        return (variance + lost) / histogram.Count;
    }

    private static double Middle(HistogramBucket bucket, bool isCustom)
    {
        if (isCustom) return (bucket.Lower + bucket.Upper) / 2;
        if (bucket.Lower <= 0 && bucket.Upper >= 0) return 0;
        var middle = Math.Sqrt(bucket.Lower * bucket.Upper);
        return bucket.Upper < 0 ? -middle : middle;
    }

    // The bucket at which the count reaches the rank, or the last that is not empty; and that count.
    private (int Place, double Count) Find(double rank, bool forward)
    {
        var place = -1;
        var count = 0.0;
        for (var i = 0; i < _buckets.Count; i++)
        {
            var at = forward ? i : _buckets.Count - 1 - i;
            place = at;
            if (_buckets[at].Count == 0) continue;
            count += _buckets[at].Count;
            if (count >= rank) break;
        }

        return (place, count);
    }

    // With observations on one side of zero only, those in the zero bucket are thought to be on that side.
    private static HistogramBucket Narrow(HistogramBucket bucket, FloatHistogram histogram)
    {
        if (bucket.Lower > 0 || bucket.Upper < 0) return bucket;
        if (histogram.NegativeBuckets.Count == 0 && histogram.PositiveBuckets.Count > 0) return bucket with { Lower = 0 };
        return histogram.PositiveBuckets.Count == 0 && histogram.NegativeBuckets.Count > 0 ? bucket with { Upper = 0 } : bucket;
    }

    private static double Interpolate(HistogramBucket bucket, double share, bool isCustom)
    {
        if (isCustom || (bucket.Lower <= 0 && bucket.Upper >= 0)) return bucket.Lower + ((bucket.Upper - bucket.Lower) * share);
        var logLower = Math.Log2(Math.Abs(bucket.Lower));
        var logUpper = Math.Log2(Math.Abs(bucket.Upper));
        return bucket.Lower > 0
            ? Math.Pow(2, logLower + ((logUpper - logLower) * share))
            : -Math.Pow(2, logUpper + ((logLower - logUpper) * (1 - share)));
    }

    private double CountBelow(double value, FloatHistogram histogram, double total)
    {
        var before = 0.0;
        foreach (var original in _buckets)
        {
            var isZero = original.Lower <= 0 && original.Upper >= 0;
            var bucket = Narrow(original, histogram);
            if (bucket.Lower >= value) return Math.Min(before, total);
            if (bucket.Upper > value)
            {
                // Inside of a bucket without a finite end nothing can be told apart.
                var below = double.IsNegativeInfinity(bucket.Lower) ? bucket.Count
                    : double.IsPositiveInfinity(bucket.Upper) ? before
                    : before + (bucket.Count * bucket.ShareBelow(value, histogram.IsCustom() || isZero));
                return Math.Min(below, total);
            }

            before += original.Count;
        }

        return total;
    }
}
