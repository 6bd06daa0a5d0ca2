using Triptych.Model.Metrics;

namespace Triptych.Ingest.PrometheusTsdb;

/// <summary>Takes the samples of a chunk, in the order of the chunk.</summary>
public interface ITsdbSamples
{
    /// <summary>A float, every bit of it.</summary>
    void Add(long timestampMs, double value);

    /// <summary>A native histogram; integer counts come as floats, bucket deltas as counts.</summary>
    void Add(long timestampMs, FloatHistogram histogram);
}
