using Triptych.Model.Metrics;

namespace Triptych.Ingest.PrometheusTsdb;

/// <summary>What holds for native histograms wherever Prometheus stores them.</summary>
internal static class HistogramParts
{
    /// <summary>The end of a series of histograms; nothing but its sum means anything.</summary>
    public static readonly FloatHistogram Stale = new() { Schema = 0, Sum = SpecialValues.StaleMarker };

    /// <summary>What is wrong with a schema, or null.</summary>
    public static string? CheckSchema(int schema) =>
        schema is (>= -4 and <= 8) or FloatHistogram.CustomBoundsSchema ? null : $"a histogram has the schema {schema}, which this version does not know";

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
}
