using Triptych.Ingest.PrometheusTsdb;
using Triptych.Model.Metrics;

namespace Triptych.Ingest.Tests.PrometheusTsdb;

/// <summary>Keeps what a decoder gives.</summary>
public sealed class CollectedSamples : ITsdbSamples
{
    public List<(long TimeMs, double Value)> Floats { get; } = [];

    public List<(long TimeMs, FloatHistogram Value)> Histograms { get; } = [];

    public void Add(long timestampMs, double value) => Floats.Add((timestampMs, value));

    public void Add(long timestampMs, FloatHistogram histogram) => Histograms.Add((timestampMs, histogram));

    public IEnumerable<(long, long)> FloatBits => Floats.Select(static f => (f.TimeMs, BitConverter.DoubleToInt64Bits(f.Value)));
}
