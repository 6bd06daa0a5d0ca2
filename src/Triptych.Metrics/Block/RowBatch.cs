using Triptych.Columnar.Parquet.Writing;
using Triptych.Metrics.Chunks;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;
using Triptych.Primitives.Binary;

namespace Triptych.Metrics.Block;

/// <summary>Rows of a metrics block on their way to the Parquet writer, column by column.</summary>
internal sealed class RowBatch : IDisposable
{
    private static readonly byte[] MetricName = "__name__"u8.ToArray();

    private readonly GrowingArray<int> _labelEnds = new();
    private readonly PooledBufferWriter _scratch = new();

    /// <summary>Metric names.</summary>
    public BytesRows Names { get; } = new();

    /// <summary>Names of the other labels, of all rows.</summary>
    public BytesRows LabelNames { get; } = new();

    /// <summary>Values of the other labels, of all rows.</summary>
    public BytesRows LabelValues { get; } = new();

    /// <summary>By row, the number of labels up to its end.</summary>
    public ReadOnlySpan<int> LabelEnds => _labelEnds.Span;

    /// <summary>Times of the first samples.</summary>
    public GrowingArray<long> MinTimes { get; } = new();

    /// <summary>Times of the last samples.</summary>
    public GrowingArray<long> MaxTimes { get; } = new();

    /// <summary>Counts of samples.</summary>
    public GrowingArray<long> Samples { get; } = new();

    /// <summary>Numbers of time vectors.</summary>
    public GrowingArray<int> TimeVectors { get; } = new();

    /// <summary>Coded values.</summary>
    public BytesRows Values { get; } = new();

    /// <summary>Coded histograms; no bytes where a series has none.</summary>
    public BytesRows Histograms { get; } = new();

    /// <summary>Which series have histograms.</summary>
    public GrowingArray<bool> HasHistograms { get; } = new();

    /// <summary>Coded start times; no bytes where a series has none.</summary>
    public BytesRows StartTimes { get; } = new();

    /// <summary>Which series have start times.</summary>
    public GrowingArray<bool> HasStartTimes { get; } = new();

    /// <summary>Bytes of coded values and histograms that wait.</summary>
    public long CodedBytes => Values.Data.Length + Histograms.Data.Length + StartTimes.Data.Length;

    /// <summary>Adds the labels of a row.</summary>
    public void AddLabels(ReadOnlySpan<byte> canonicalLabels)
    {
        ReadOnlySpan<byte> metric = default;
        var reader = new LabelSetReader(canonicalLabels);
        while (reader.TryRead(out var name, out var value))
        {
            if (name.SequenceEqual(MetricName))
            {
                metric = value;
                continue;
            }

            LabelNames.Add(name);
            LabelValues.Add(value);
        }

        Names.Add(metric);
        _labelEnds.Add(LabelNames.Count);
    }

    /// <summary>Adds the histograms of a row, one entry for each sample or none at all.</summary>
    public void AddHistograms(ReadOnlySpan<FloatHistogram?> histograms)
    {
        _scratch.Reset();
        for (var i = 0; i < histograms.Length; i++)
        {
            if (histograms[i] is not { } histogram) continue;
            _scratch.WriteUnsigned((ulong)i);
            HistogramCodec.Write(_scratch, histogram);
        }

        Histograms.Add(_scratch.WrittenSpan);
        HasHistograms.Add(_scratch.Length > 0);
    }

    /// <summary>Adds the start times of a row, one for each sample or none at all.</summary>
    public void AddStartTimes(ReadOnlySpan<long> startsMs)
    {
        _scratch.Reset();
        StartCodec.Write(_scratch, startsMs);
        StartTimes.Add(_scratch.WrittenSpan);
        HasStartTimes.Add(!startsMs.IsEmpty);
    }

    /// <inheritdoc/>
    public void Dispose() => _scratch.Dispose();

    /// <summary>Forgets all rows; memory is kept.</summary>
    public void Clear()
    {
        Names.Clear();
        LabelNames.Clear();
        LabelValues.Clear();
        _labelEnds.Clear();
        MinTimes.Clear();
        MaxTimes.Clear();
        Samples.Clear();
        TimeVectors.Clear();
        Values.Clear();
        Histograms.Clear();
        HasHistograms.Clear();
        StartTimes.Clear();
        HasStartTimes.Clear();
    }
}
