using System.Globalization;
using Triptych.Model.Metrics;
using Triptych.Query.Histograms;

namespace Triptych.PromQL.Tests.Conformance;

/// <summary>Makes native histograms with custom buckets of the classic ones that a script loads.</summary>
internal sealed class CustomBucketConversion
{
    private readonly Dictionary<(string Series, long TimestampMs), Parts> _parts = [];
    private readonly Dictionary<string, Dictionary<string, string>> _labels = new(StringComparer.Ordinal);

    /// <summary>Takes a sample, if it belongs to a classic histogram.</summary>
    public void Add(Dictionary<string, string> labels, long timestampMs, double value)
    {
        var name = labels.GetValueOrDefault("__name__", "");
        var suffix = Array.Find(["_bucket", "_count", "_sum"], end => name.EndsWith(end, StringComparison.Ordinal));
        if (suffix is null || SpecialValues.IsStale(value) || (suffix == "_bucket" && !labels.ContainsKey("le")))
            return;
        var series = new Dictionary<string, string>(labels, StringComparer.Ordinal) { ["__name__"] = name[..^suffix.Length] };
        series.Remove("le");
        var key = string.Join('\u0001', series.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Key + '\u0002' + pair.Value));
        _labels[key] = series;
        if (!_parts.TryGetValue((key, timestampMs), out var parts))
            _parts.Add((key, timestampMs), parts = new Parts());
        if (suffix == "_bucket")
            parts.Buckets[Bound(labels["le"])] = value;
        else if (suffix == "_count")
            parts.Count = value;
        else
            parts.Sum = value;
    }

    /// <summary>The histograms.</summary>
    public IEnumerable<(Dictionary<string, string> Labels, long TimestampMs, FloatHistogram Histogram)> Finish() =>
        _parts.Where(pair => pair.Value.Buckets.Count > 0 || pair.Value.Count is not null)
            .Select(pair => (_labels[pair.Key.Series], pair.Key.TimestampMs, pair.Value.ToHistogram()));

    private static double Bound(string text) =>
        text is "+Inf" or "Inf" or "inf" or "+inf" ? double.PositiveInfinity : double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

    private sealed class Parts
    {
        public SortedDictionary<double, double> Buckets { get; } = [];

        public double? Count { get; set; }

        public double Sum { get; set; }

        public FloatHistogram ToHistogram()
        {
            var count = Count ?? Buckets.Values.Last();
            Buckets.TryAdd(double.PositiveInfinity, count);
            var counts = new List<double>();
            var before = 0.0;
            foreach (var cumulative in Buckets.Values)
            {
                counts.Add(cumulative - before);
                before = cumulative;
            }

            return HistogramArithmetic.Compact(new FloatHistogram
            {
                Schema = FloatHistogram.CustomBoundsSchema,
                Count = count,
                Sum = Sum,
                CustomBounds = [.. Buckets.Keys.Where(double.IsFinite)],
                PositiveSpans = [new BucketSpan(0, (uint)counts.Count)],
                PositiveBuckets = counts,
            });
        }
    }
}
