using Triptych.Model.Metrics;
using Triptych.Query.Histograms;

namespace Triptych.Query.Tests.Histograms;

/// <summary>Histograms for properties, from a seed.</summary>
internal sealed class HistogramSamples(int seed)
{
    private readonly Random _random = new(seed);

    public FloatHistogram Exponential(int? schema = null, double? zeroThreshold = null)
    {
        var resolution = schema ?? _random.Next(-4, 9);
        var threshold = zeroThreshold ?? 0.001;

        // No bucket lies inside of the zero bucket.
        var lowest = -20;
        while (HistogramBounds.Upper(lowest - 1, resolution) < threshold) lowest++;
        var (positiveSpans, positive) = Side(lowest);
        var (negativeSpans, negative) = Side(lowest);
        double zero = _random.Next(10);
        return new FloatHistogram
        {
            Schema = resolution,
            ZeroThreshold = threshold,
            ZeroCount = zero,
            Count = zero + positive.Sum() + negative.Sum(),
            Sum = _random.NextDouble() * 1000,
            PositiveSpans = positiveSpans,
            PositiveBuckets = positive,
            NegativeSpans = negativeSpans,
            NegativeBuckets = negative,
        };
    }

    public FloatHistogram Custom()
    {
        double[] bounds = [.. Enumerable.Range(0, 12).Where(_ => _random.Next(2) == 0).Select(i => i - 3.5)];
        double[] counts = [.. Enumerable.Range(0, bounds.Length + 1).Select(_ => (double)_random.Next(9))];
        return new FloatHistogram
        {
            Schema = FloatHistogram.CustomBoundsSchema,
            Count = counts.Sum(),
            Sum = _random.NextDouble() * 50,
            CustomBounds = bounds,
            PositiveSpans = [new BucketSpan(0, (uint)counts.Length)],
            PositiveBuckets = counts,
        };
    }

    private (BucketSpan[] Spans, double[] Counts) Side(int lowest)
    {
        var spans = new List<BucketSpan>();
        var counts = new List<double>();
        for (var i = _random.Next(4); i > 0; i--)
        {
            var length = _random.Next(1, 6);
            spans.Add(new BucketSpan(spans.Count == 0 ? lowest + _random.Next(40) : _random.Next(1, 9), (uint)length));
            for (var j = 0; j < length; j++) counts.Add(_random.Next(4) == 0 ? 0 : _random.NextDouble() * 100);
        }

        return ([.. spans], [.. counts]);
    }
}
