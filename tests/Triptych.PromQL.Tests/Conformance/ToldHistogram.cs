using System.Globalization;
using Triptych.Model.Metrics;

namespace Triptych.PromQL.Tests.Conformance;

/// <summary>
/// A histogram as an answer in JSON tells it: without schema, hint and empty buckets. The bounds of what a script expects are computed here from the
/// definition of the schemas, not by the code that answers.
/// </summary>
internal sealed record ToldHistogram(double Count, double Sum, IReadOnlyList<ToldBucket> Buckets)
{
    private const int UpperBound = 0;
    private const int LowerBound = 1;
    private const int BothBounds = 3;

    public static ToldHistogram Of(FloatHistogram histogram)
    {
        var buckets = new List<ToldBucket>();
        foreach (var (index, count) in Places(histogram.NegativeSpans, histogram.NegativeBuckets).Reverse())
            buckets.Add(new ToldBucket(LowerBound, -Bound(histogram, index), -Bound(histogram, index - 1), count));
        if (histogram.ZeroCount > 0)
            buckets.Add(new ToldBucket(BothBounds, -histogram.ZeroThreshold, histogram.ZeroThreshold, histogram.ZeroCount));
        foreach (var (index, count) in Places(histogram.PositiveSpans, histogram.PositiveBuckets))
        {
            var isFirstCustom = histogram.Schema == FloatHistogram.CustomBoundsSchema && index == 0;
            buckets.Add(new ToldBucket(isFirstCustom ? BothBounds : UpperBound, Bound(histogram, index - 1), Bound(histogram, index), count));
        }
        return new ToldHistogram(histogram.Count, histogram.Sum, buckets);
    }

    /// <summary>What differs; null where nothing does.</summary>
    public string? DifferenceTo(ToldHistogram got) =>
        !AnswerCheck.Near(Count, got.Count) ? "count"
        : !AnswerCheck.Near(Sum, got.Sum) ? "sum"
        : Buckets.Count != got.Buckets.Count ? "buckets"
        : Buckets.Zip(got.Buckets).All(pair => pair.First.IsLike(pair.Second)) ? null : "a bucket";

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"count {Count} sum {Sum} {string.Join(' ', Buckets)}");

    private static IEnumerable<(int Index, double Count)> Places(IReadOnlyList<BucketSpan> spans, IReadOnlyList<double> counts)
    {
        var index = 0;
        var place = 0;
        foreach (var span in spans)
        {
            index += span.Offset;
            for (var i = 0; i < span.Length; i++, index++, place++)
            {
                if (counts[place] != 0)
                    yield return (index, counts[place]);
            }
        }
    }

    // The upper bound of a bucket.
    private static double Bound(FloatHistogram histogram, int index)
    {
        if (histogram.Schema != FloatHistogram.CustomBoundsSchema)
            return Math.Pow(2, index * Math.Pow(2, -histogram.Schema));
        return index < 0 ? double.NegativeInfinity
            : index < histogram.CustomBounds.Count ? histogram.CustomBounds[index] : double.PositiveInfinity;
    }
}

/// <summary>A bucket: which bounds belong to it (0 the upper, 1 the lower, 2 neither, 3 both), the bounds, and how many are in it.</summary>
internal readonly record struct ToldBucket(int Code, double Lower, double Upper, double Count)
{
    public bool IsLike(ToldBucket other) =>
        Code == other.Code && AnswerCheck.Near(Lower, other.Lower) && AnswerCheck.Near(Upper, other.Upper) && AnswerCheck.Near(Count, other.Count);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"[{Code} {Lower} {Upper} {Count}]");
}
