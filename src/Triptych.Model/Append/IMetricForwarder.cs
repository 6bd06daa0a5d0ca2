using Triptych.Model.Metrics;

namespace Triptych.Model.Append;

/// <summary>Who else gets samples that were made here.</summary>
public interface IMetricForwarder
{
    /// <summary>Takes a batch; it is read before this returns. Never waits.</summary>
    void Offer(MetricBatch batch);
}
