namespace Triptych.Derive.Series;

/// <summary>Which histograms are made of latencies.</summary>
public enum HistogramForm
{
    /// <summary>Series <c>_bucket</c>, <c>_sum</c> and <c>_count</c>.</summary>
    Classic,

    /// <summary>Native histograms.</summary>
    Native,

    /// <summary>Both, native ones under the plain name.</summary>
    Both,
}

/// <summary>How native histograms are made.</summary>
/// <param name="BucketFactor">The most that the upper bound of a bucket is above its lower one, as a factor.</param>
/// <param name="MaxBuckets">Beyond so many buckets a histogram becomes coarser.</param>
public sealed record NativeHistogramOptions(double BucketFactor = 1.1, int MaxBuckets = 100);

/// <summary>What the values of a label set are: counters, then histograms of one shape.</summary>
/// <param name="counters">How many counters.</param>
/// <param name="histograms">How many histograms.</param>
/// <param name="bounds">Upper bounds of classic buckets, ascending, +Inf left out.</param>
/// <param name="native">How native histograms are made; null for none.</param>
internal sealed class SeriesLayout(int counters, int histograms, IReadOnlyList<double> bounds, NativeHistogramOptions? native)
{
    private readonly double[] _bounds = [.. bounds];

    /// <summary>How many counters.</summary>
    public int Counters { get; } = counters;

    /// <summary>How many histograms.</summary>
    public int Histograms { get; } = histograms;

    /// <summary>Upper bounds of classic buckets.</summary>
    public ReadOnlySpan<double> Bounds => _bounds;

    /// <summary>How native histograms are made, or null.</summary>
    public NativeHistogramOptions? Native { get; } = native;

    /// <summary>Buckets of a histogram, that of +Inf among them.</summary>
    public int Buckets => _bounds.Length + 1;

    /// <summary>Values of a label set: counters; of each histogram the sum, then a count for each bucket by itself.</summary>
    public int ValueCount => Counters + (Histograms * (Buckets + 1));

    /// <summary>Where the sum of a histogram is.</summary>
    public int SumOf(int histogram) => Counters + (histogram * (Buckets + 1));

    /// <summary>The bucket of a value.</summary>
    public int BucketOf(double value)
    {
        var bucket = 0;
        while (bucket < _bounds.Length && !(value <= _bounds[bucket])) bucket++;
        return bucket;
    }

    /// <summary>About how many series a label set becomes, which is what limits count.</summary>
    public int SeriesCount => Counters + (Histograms * (Buckets + 2));
}
