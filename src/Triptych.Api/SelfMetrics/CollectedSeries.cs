namespace Triptych.Api.SelfMetrics;

/// <summary>The value of one instrument for one combination of tags. Any thread may call.</summary>
public sealed class CollectedSeries(int bucketCount)
{
    private readonly Lock _lock = new();
    private readonly long[] _buckets = new long[bucketCount];
    private double _value;
    private long _count;

    /// <summary>The counter, the gauge, or the sum of a histogram, with the histogram's count and its buckets (not cumulative).</summary>
    public (double Value, long Count, long[] Buckets) Read()
    {
        lock (_lock) return (_value, _count, (long[])_buckets.Clone());
    }

    internal void Add(double value)
    {
        lock (_lock) _value += value;
    }

    internal void Set(double value)
    {
        lock (_lock) _value = value;
    }

    internal void Observe(double value, double[] bounds)
    {
        var bucket = 0;
        while (bucket < bounds.Length && value > bounds[bucket]) bucket++;
        lock (_lock)
        {
            _value += value;
            _count++;
            _buckets[bucket]++;
        }
    }
}
