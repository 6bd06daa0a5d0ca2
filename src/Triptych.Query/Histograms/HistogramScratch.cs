namespace Triptych.Query.Histograms;

/// <summary>Working memory for adding histograms. One thread at a time.</summary>
public sealed class HistogramScratch
{
    /// <summary>Positive buckets of the histogram that is being added.</summary>
    internal BucketList Positive { get; } = new();

    /// <summary>Its negative buckets.</summary>
    internal BucketList Negative { get; } = new();
}
