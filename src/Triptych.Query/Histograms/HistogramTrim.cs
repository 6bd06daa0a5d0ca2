using Triptych.Model.Metrics;

namespace Triptych.Query.Histograms;

/// <summary>
/// Takes observations above or below a value out of a histogram. A bucket that holds the value is cut: linearly for custom buckets and the zero bucket,
/// else on a logarithmic scale. Of a bucket without a finite end nothing is known but its other end. The sum is estimated anew from what remains.
/// </summary>
public static class HistogramTrim
{
    /// <summary>Keeps what lies at or below <paramref name="limit"/>.</summary>
    public static FloatHistogram Below(FloatHistogram histogram, double limit) => new Trimming(histogram, limit, keepsBelow: true).Run();

    /// <summary>Keeps what lies above <paramref name="limit"/>.</summary>
    public static FloatHistogram Above(FloatHistogram histogram, double limit) => new Trimming(histogram, limit, keepsBelow: false).Run();

    private sealed class Trimming(FloatHistogram histogram, double limit, bool keepsBelow)
    {
        private readonly bool _isCustom = histogram.IsCustom();
        private double _count;
        private double _sum;
        private bool _changed;

        public FloatHistogram Run()
        {
            var buckets = new List<HistogramBucket>();
            HistogramBuckets.ReadPositive(histogram, buckets);
            var positive = Side(buckets, isPositive: true, out var hasPositive);
            buckets.Clear();
            HistogramBuckets.ReadNegative(histogram, buckets);
            var negative = Side(buckets, isPositive: false, out var hasNegative);
            var zero = histogram.ZeroCount;
            if (zero > 0)
            {
                var half = HistogramBuckets.Zero(histogram);
                if (hasNegative && !hasPositive) half = half with { Upper = 0 };
                if (hasPositive && !hasNegative) half = half with { Lower = 0 };
                zero = Keep(ZeroPart(half));
                _changed |= zero != histogram.ZeroCount;
            }

            if (!_changed) return histogram;
            return HistogramArithmetic.Compact(histogram with
            {
                PositiveBuckets = positive,
                NegativeBuckets = negative,
                ZeroCount = zero,
                Count = _count,
                Sum = _sum,
            });
        }

        private double[] Side(List<HistogramBucket> buckets, bool isPositive, out bool isPopulated)
        {
            var kept = new double[buckets.Count];
            isPopulated = false;
            for (var i = 0; i < kept.Length; i++)
            {
                var bucket = buckets[i];
                if (bucket.Count == 0) continue;
                isPopulated = true;
                var (count, middle) = Part(bucket, isPositive);
                kept[i] = Keep((count, middle));
                _changed |= count != bucket.Count;
            }

            return kept;
        }

        private double Keep((double Count, double Middle) part)
        {
            _count += part.Count;
            if (part.Count != 0) _sum += part.Middle * part.Count;
            return part.Count;
        }

        // What remains of a bucket, and where its middle is.
        private (double Count, double Middle) Part(HistogramBucket bucket, bool isPositive)
        {
            if (keepsBelow ? bucket.Upper <= limit : bucket.Lower >= limit) return (bucket.Count, Middle(bucket.Lower, bucket.Upper, isPositive));
            if (!(keepsBelow ? bucket.Lower < limit : bucket.Upper > limit)) return (0, 0);
            if (double.IsInfinity(bucket.Lower) || double.IsInfinity(bucket.Upper)) return OpenPart(bucket);
            var below = bucket.Count * bucket.ShareBelow(limit, _isCustom);
            return keepsBelow
                ? (below, Middle(bucket.Lower, limit, isPositive))
                : (bucket.Count - below, Middle(limit, bucket.Upper, isPositive));
        }

        private (double Count, double Middle) OpenPart(HistogramBucket bucket)
        {
            if (!double.IsNegativeInfinity(bucket.Lower)) return keepsBelow ? (0, 0) : (bucket.Count, limit);

            // A first bucket that ends above zero begins at zero, as for quantiles.
            var startsAtZero = bucket.Upper > 0 && double.IsFinite(bucket.Upper);
            if (keepsBelow)
            {
                if (startsAtZero && limit > 0) return (bucket.Count * limit / bucket.Upper, limit / 2);
                return bucket.Upper <= 0 ? (bucket.Count, limit) : (0, 0);
            }

            return startsAtZero && limit >= 0 ? (bucket.Count * (1 - (limit / bucket.Upper)), (limit + bucket.Upper) / 2) : (0, 0);
        }

        private (double Count, double Middle) ZeroPart(HistogramBucket zero)
        {
            if (keepsBelow ? limit <= zero.Lower : limit >= zero.Upper) return (0, 0);
            if (keepsBelow ? limit >= zero.Upper : limit <= zero.Lower) return (zero.Count, (zero.Lower + zero.Upper) / 2);
            var width = zero.Upper - zero.Lower;
            return keepsBelow
                ? (zero.Count * ((limit - zero.Lower) / width), (zero.Lower + limit) / 2)
                : (zero.Count * ((zero.Upper - limit) / width), (limit + zero.Upper) / 2);
        }

        private double Middle(double lower, double upper, bool isPositive)
        {
            if (double.IsInfinity(lower)) return double.IsInfinity(upper) ? 0 : upper > 0 ? upper / 2 : upper;
            if (double.IsInfinity(upper)) return lower;
            if (_isCustom) return (lower + upper) / 2;
            var middle = Math.Sqrt(Math.Abs(lower * upper));
            return isPositive ? middle : -middle;
        }
    }
}
