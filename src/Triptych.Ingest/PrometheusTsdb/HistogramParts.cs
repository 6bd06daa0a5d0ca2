using Triptych.Ingest.Histograms;
using Triptych.Model.Metrics;

namespace Triptych.Ingest.PrometheusTsdb;

/// <summary>What holds for native histograms wherever Prometheus stores them.</summary>
internal static class HistogramParts
{
    /// <summary>The end of a series of histograms; nothing but its sum means anything.</summary>
    public static readonly FloatHistogram Stale = new() { Schema = 0, Sum = SpecialValues.StaleMarker };

    private const int FinestKept = 8;

    /// <summary>What is wrong with a schema, or null. Those above 8, which are kept as 8, are known to Prometheus: see <see cref="Reduce"/>.</summary>
    public static string? CheckSchema(int schema) =>
        schema is (>= -4 and <= 52) or FloatHistogram.CustomBoundsSchema ? null : $"a histogram has the schema {schema}, which this version does not know";

    /// <summary>A histogram whose parts have been checked as it is kept: of schema 8 where it was finer, as remote write takes it.</summary>
    public static FloatHistogram Reduce(FloatHistogram histogram)
    {
        var steps = histogram.Schema - FinestKept;
        if (steps <= 0) return histogram;
        var (positiveSpans, positive) = Reduce(histogram.PositiveSpans, histogram.PositiveBuckets, steps);
        var (negativeSpans, negative) = Reduce(histogram.NegativeSpans, histogram.NegativeBuckets, steps);
        return histogram with
        {
            Schema = FinestKept,
            PositiveSpans = positiveSpans,
            PositiveBuckets = positive,
            NegativeSpans = negativeSpans,
            NegativeBuckets = negative,
        };
    }

    /// <summary>What is wrong with spans and the buckets that they place, or null.</summary>
    public static string? CheckBuckets(BucketSpan[] spans, double[] buckets)
    {
        long places = 0;
        foreach (var span in spans) places += span.Length;
        if (places != buckets.Length) return $"a histogram has {buckets.Length} buckets for spans of {places}";
        foreach (var count in buckets)
        {
            if (count < 0) return "a histogram has a negative bucket count";
        }

        return null;
    }

    private static (BucketSpan[] Spans, double[] Buckets) Reduce(IReadOnlyList<BucketSpan> spans, IReadOnlyList<double> buckets, int steps)
    {
        List<BucketSpan> wider = [.. spans];
        List<double> counts = [.. buckets];
        BucketReduction.Reduce(wider, counts, steps);
        return ([.. wider], [.. counts]);
    }
}
