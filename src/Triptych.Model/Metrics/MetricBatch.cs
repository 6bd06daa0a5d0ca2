using Triptych.Primitives.Checksums;
using Triptych.Primitives.Memory;

namespace Triptych.Model.Metrics;

/// <summary>
/// Samples on their way from a decoder to the metrics store: series as canonical label sets in one buffer, samples in parallel arrays.
/// A decoder writes <c>AddSeries</c>, then the samples of that series, and so on; a series may come several times. Its memory is native and charged to
/// the budget of bytes in flight; one owner disposes it. One thread at a time.
/// </summary>
public sealed class MetricBatch(MemoryBudget budget) : IDisposable
{
    private readonly NativeList<byte> _bytes = new(budget);
    private readonly NativeList<SeriesEntry> _series = new(budget);
    private readonly NativeList<SampleEntry> _samples = new(budget);
    private readonly NativeList<ExemplarEntry> _exemplars = new(budget);
    private readonly List<HistogramEntry> _histograms = [];
    private readonly List<MetadataEntry> _metadata = [];

    /// <summary>What the batch's memory is charged to; decoders charge their working memory to it as well.</summary>
    public MemoryBudget Budget { get; } = budget;

    /// <summary>The series, in order of arrival.</summary>
    public ReadOnlySpan<SeriesEntry> Series => _series.Span;

    /// <summary>The float samples; those of one series stand together in order of arrival.</summary>
    public ReadOnlySpan<SampleEntry> Samples => _samples.Span;

    /// <summary>The exemplars.</summary>
    public ReadOnlySpan<ExemplarEntry> Exemplars => _exemplars.Span;

    /// <summary>The native histograms.</summary>
    public IReadOnlyList<HistogramEntry> Histograms => _histograms;

    /// <summary>What the sender said about metrics.</summary>
    public IReadOnlyList<MetadataEntry> Metadata => _metadata;

    /// <summary>Samples and histograms together.</summary>
    public int SampleCount => _samples.Count + _histograms.Count;

    /// <summary>The bytes that a slice names, valid until the batch grows.</summary>
    public ReadOnlySpan<byte> Read(ByteSlice slice) => _bytes.Span.Slice(slice.Start, slice.Length);

    /// <summary>Begins a series; samples that follow belong to it. Returns its index.</summary>
    public int AddSeries(ReadOnlySpan<byte> canonicalLabels)
    {
        _series.Add(new SeriesEntry(Store(canonicalLabels), XxHash64.Compute(canonicalLabels)));
        return _series.Count - 1;
    }

    /// <summary>Adds a sample to the series begun last.</summary>
    public void AddSample(long timestampMs, double value) => AddSample(_series.Count - 1, timestampMs, value);

    /// <summary>Adds a sample to a series by its index.</summary>
    public void AddSample(int series, long timestampMs, double value) => _samples.Add(new SampleEntry(series, timestampMs, value));

    /// <summary>Adds a native histogram to the series begun last.</summary>
    public void AddHistogram(long timestampMs, FloatHistogram histogram) =>
        _histograms.Add(new HistogramEntry(_series.Count - 1, timestampMs, histogram));

    /// <summary>Adds an exemplar to the series begun last.</summary>
    public void AddExemplar(long timestampMs, double value, ReadOnlySpan<byte> canonicalLabels) =>
        _exemplars.Add(new ExemplarEntry(_series.Count - 1, timestampMs, value, Store(canonicalLabels)));

    /// <summary>Adds what the sender said about a metric.</summary>
    public void AddMetadata(MetadataEntry metadata) => _metadata.Add(metadata);

    /// <summary>Forgets everything; memory is kept.</summary>
    public void Clear()
    {
        _bytes.Clear();
        _series.Clear();
        _samples.Clear();
        _exemplars.Clear();
        _histograms.Clear();
        _metadata.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _bytes.Dispose();
        _series.Dispose();
        _samples.Dispose();
        _exemplars.Dispose();
    }

    private ByteSlice Store(ReadOnlySpan<byte> bytes)
    {
        var slice = new ByteSlice(_bytes.Count, bytes.Length);
        _bytes.AddRange(bytes);
        return slice;
    }
}

/// <summary>A series: its canonical labels in the batch and their <see cref="XxHash64"/>.</summary>
public readonly record struct SeriesEntry(ByteSlice Labels, ulong Hash);

/// <summary>A float sample of the batch's series with the given index.</summary>
public readonly record struct SampleEntry(int Series, long TimestampMs, double Value);

/// <summary>A native histogram of the batch's series with the given index.</summary>
public readonly record struct HistogramEntry(int Series, long TimestampMs, FloatHistogram Histogram);

/// <summary>An exemplar of the batch's series with the given index; its labels are a canonical label set in the batch.</summary>
public readonly record struct ExemplarEntry(int Series, long TimestampMs, double Value, ByteSlice Labels);

/// <summary>What a sender said about a metric. Type: counter, gauge, histogram, gaugehistogram, summary, info, stateset or unknown.</summary>
public readonly record struct MetadataEntry(string MetricName, string Type, string Unit, string Help);
