using Triptych.Ingest.PrometheusTsdb;
using Triptych.Metrics.Import;
using Triptych.Model.Metrics;

namespace Triptych.Server.Import;

/// <summary>Hands the samples of chunks over to the series that is being filled.</summary>
internal sealed class SampleSink : ITsdbSamples
{
    private ImportedSeries? _series;

    /// <summary>Samples that were handed over.</summary>
    public long Count { get; private set; }

    /// <summary>Where samples go from now on.</summary>
    public SampleSink Into(ImportedSeries series)
    {
        _series = series;
        return this;
    }

    /// <inheritdoc/>
    public void Add(long timestampMs, double value)
    {
        Count++;
        _series!.Add(timestampMs, value);
    }

    /// <inheritdoc/>
    public void Add(long timestampMs, FloatHistogram histogram)
    {
        Count++;
        _series!.Add(timestampMs, histogram);
    }
}
