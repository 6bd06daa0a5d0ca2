namespace Triptych.Model.Metrics;

/// <summary>Whether a histogram says that its counter started anew.</summary>
public enum CounterResetHint : byte
{
    /// <summary>It does not say.</summary>
    Unknown = 0,

    /// <summary>It did.</summary>
    Reset = 1,

    /// <summary>It did not.</summary>
    NotReset = 2,

    /// <summary>It is a gauge; resets have no meaning.</summary>
    Gauge = 3,
}

/// <summary>
/// A run of buckets: <paramref name="Offset"/> buckets after the end of the run before it (after index 0 for the first),
/// <paramref name="Length"/> long.
/// </summary>
public readonly record struct BucketSpan(int Offset, uint Length);

/// <summary>
/// A native histogram as queries see it: counts are floats, buckets absolute. Schemas -4 to 8 have bounds at powers of
/// 2^(2^-schema); schema -53 has the bounds of <see cref="CustomBounds"/>. Immutable; shared freely between threads.
/// </summary>
public sealed record FloatHistogram
{
    /// <summary>The schema whose bounds are <see cref="CustomBounds"/>.</summary>
    public const int CustomBoundsSchema = -53;

    /// <summary>Memory of a histogram without spans, buckets and bounds, in bytes.</summary>
    public const int FixedSizeBytes = 128;

    /// <summary>Resolution of the exponential buckets.</summary>
    public required int Schema { get; init; }

    /// <summary>What the histogram says about its counter.</summary>
    public CounterResetHint ResetHint { get; init; }

    /// <summary>Half the width of the zero bucket.</summary>
    public double ZeroThreshold { get; init; }

    /// <summary>Observations in the zero bucket.</summary>
    public double ZeroCount { get; init; }

    /// <summary>All observations.</summary>
    public double Count { get; init; }

    /// <summary>The sum of all observations; the stale marker's NaN where the series ended.</summary>
    public double Sum { get; init; }

    /// <summary>Where positive buckets lie.</summary>
    public IReadOnlyList<BucketSpan> PositiveSpans { get; init; } = [];

    /// <summary>Counts of the positive buckets, one for each place in the spans.</summary>
    public IReadOnlyList<double> PositiveBuckets { get; init; } = [];

    /// <summary>Where negative buckets lie.</summary>
    public IReadOnlyList<BucketSpan> NegativeSpans { get; init; } = [];

    /// <summary>Counts of the negative buckets.</summary>
    public IReadOnlyList<double> NegativeBuckets { get; init; } = [];

    /// <summary>Upper bounds for <see cref="CustomBoundsSchema"/>, ascending, +Inf left out.</summary>
    public IReadOnlyList<double> CustomBounds { get; init; } = [];

    /// <summary>Memory that the histogram holds, in bytes, as far as one can tell: at least what it is.</summary>
    public long SizeBytes =>
        SizeOf(PositiveSpans.Count) + SizeOf(PositiveBuckets.Count) + SizeOf(NegativeSpans.Count) + SizeOf(NegativeBuckets.Count)
        + SizeOf(CustomBounds.Count) + FixedSizeBytes;

    /// <summary>
    /// How many samples of a time and a float it counts for where queries are limited and told about, as Prometheus counts it: a sample is 16 bytes,
    /// a histogram with its time 176 and 8 for each span, bucket and bound.
    /// </summary>
    public int SizeInSamples =>
        (176 + (8 * (PositiveSpans.Count + PositiveBuckets.Count + NegativeSpans.Count + NegativeBuckets.Count + CustomBounds.Count))) / 16;

    /// <summary>Memory of one of its lists, in bytes: spans and counts have 8 bytes each.</summary>
    public static long SizeOf(int count) => count == 0 ? 0 : 64 + (8L * count);
}
