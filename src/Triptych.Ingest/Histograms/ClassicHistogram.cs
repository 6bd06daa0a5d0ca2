using System.Runtime.InteropServices;
using Triptych.Ingest.Exposition;
using Triptych.Model.Metrics;

namespace Triptych.Ingest.Histograms;

/// <summary>
/// Collects the series of one classic histogram and makes a native histogram with their bounds, by Prometheus' rules: buckets in any order, the first of
/// equal bounds stands, counts may not fall from bucket to bucket, and the last bucket has all observations. Used for one histogram after another:
/// <see cref="Clear"/>, what there is, <see cref="Finish"/>, then <see cref="Build"/>. One thread at a time.
/// </summary>
public sealed class ClassicHistogram
{
    /// <summary>The most buckets: they are put in order one by one.</summary>
    public const int MaxBuckets = 10_000;

    private readonly NativeHistogramBuilder _builder = new();
    private readonly List<(double Bound, double Count)> _buckets = [];
    private readonly List<double> _counts = [];
    private double? _count;
    private double _sum;
    private string? _problem;

    /// <summary>Makes the histogram that was finished last.</summary>
    public Func<FloatHistogram> Build => _builder.Build;

    /// <summary>What <see cref="Build"/> will take, in bytes.</summary>
    public long SizeBytes => _builder.SizeBytes;

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _buckets.Clear();
        (_count, _sum, _problem) = (null, 0, null);
    }

    /// <summary>Takes the series <c>_count</c>.</summary>
    public void SetCount(double count)
    {
        if (count < 0) _problem ??= "a negative count";
        _count = count;
    }

    /// <summary>Takes the series <c>_sum</c>.</summary>
    public void SetSum(double sum) => _sum = sum;

    /// <summary>Takes a series <c>_bucket</c>.</summary>
    /// <param name="bound">Its upper bound, a number.</param>
    /// <param name="count">Observations up to the bound.</param>
    public void AddBucket(double bound, double count)
    {
        if (count < 0) _problem ??= "a negative bucket count";
        if (_problem is not null) return;
        if (_buckets.Count == MaxBuckets)
        {
            _problem = $"more than {MaxBuckets} buckets";
            return;
        }

        var place = _buckets.Count;
        while (place > 0 && _buckets[place - 1].Bound >= bound) place--;
        if (place < _buckets.Count && _buckets[place].Bound == bound) return;
        var isFalling = (place > 0 && count < _buckets[place - 1].Count) || (place < _buckets.Count && count > _buckets[place].Count);
        if (isFalling) _problem = "counts that fall from bucket to bucket";
        else _buckets.Insert(place, (bound, count));
    }

    /// <summary>Ends the histogram. Returns what is wrong with it, or null.</summary>
    /// <param name="isGauge">Whether it counts what is there now, and not all that ever was.</param>
    public string? Finish(bool isGauge)
    {
        if (_problem is not null) return _problem;
        var all = _count ?? (_buckets.Count > 0 ? _buckets[^1].Count : 0);
        if (_buckets.Count == 0 || !double.IsPositiveInfinity(_buckets[^1].Bound)) _buckets.Add((double.PositiveInfinity, all));
        if (_buckets[^1].Count != all) return "another count than its last bucket";
        _builder.Clear();
        (_builder.Schema, _builder.Count, _builder.Sum) = (FloatHistogram.CustomBoundsSchema, all, _sum);
        if (isGauge) _builder.ResetHint = CounterResetHint.Gauge;
        _counts.Clear();
        var before = 0.0;
        foreach (var (bound, count) in _buckets)
        {
            _counts.Add(count - before);
            before = count;
            if (!double.IsPositiveInfinity(bound)) _builder.Bounds.Add(bound);
        }

        DenseBuckets.Add(CollectionsMarshal.AsSpan(_counts), 0, 0, _builder.PositiveSpans, _builder.PositiveCounts);
        return _builder.Finish();
    }

    /// <summary>What keeps a finished histogram from being taken by a scrape, or null.</summary>
    public string? Limit(in HistogramKinds kinds) => _builder.Limit(kinds);
}
