using System.Runtime.InteropServices;
using System.Text;
using Triptych.Model.Labels;
using Triptych.Primitives.Checksums;
using Triptych.Primitives.Memory;

namespace Triptych.Model.Metrics;

/// <summary>
/// Samples on their way from a decoder to the metrics store: series as canonical label sets in one buffer, samples in parallel arrays.
/// A decoder writes <c>AddSeries</c>, then the samples of that series, and so on; a series may come several times. Its memory, native or objects, is charged
/// to the budget of bytes in flight before it is made: every <c>Add</c> may throw <see cref="MemoryBudgetExceededException"/>. One owner disposes it. One
/// thread at a time.
/// </summary>
public sealed class MetricBatch(MemoryBudget budget) : IDisposable
{
    // What an entry takes in a list that grows by doubling, the old array included.
    private const int HistogramEntryBytes = 3 * 32;
    private const int MetadataEntryBytes = 3 * 32;
    private const int StringBytes = 32;

    private readonly NativeList<byte> _bytes = new(budget);
    private readonly NativeList<SeriesEntry> _series = new(budget);
    private readonly NativeList<SampleEntry> _samples = new(budget);
    private readonly NativeList<ExemplarEntry> _exemplars = new(budget);
    private readonly NativeList<long> _starts = new(budget);
    private readonly List<HistogramEntry> _histograms = [];
    private readonly List<MetadataEntry> _metadata = [];
    private long _objectBytes;
    private int _syntheticSamples;

    /// <summary>
    /// Reads the labels of series that came by <see cref="AddWireSeries"/>; set by the decoder before it adds one. The batch disposes one that can be disposed.
    /// </summary>
    public IWireLabels? WireLabels { get; set; }

    /// <summary>What the batch's memory is charged to; decoders charge their working memory to it as well.</summary>
    public MemoryBudget Budget { get; } = budget;

    /// <summary>The series, in order of arrival.</summary>
    public ReadOnlySpan<SeriesEntry> Series => _series.Span;

    /// <summary>The float samples; those of one series stand together in order of arrival.</summary>
    public ReadOnlySpan<SampleEntry> Samples => _samples.Span;

    /// <summary>Whether a sample (histograms aside) says when what it counts began.</summary>
    public bool HasStarts => _starts.Count > 0;

    /// <summary>The exemplars.</summary>
    public ReadOnlySpan<ExemplarEntry> Exemplars => _exemplars.Span;

    /// <summary>The native histograms.</summary>
    public IReadOnlyList<HistogramEntry> Histograms => _histograms;

    /// <summary>What the sender said about metrics.</summary>
    public IReadOnlyList<MetadataEntry> Metadata => _metadata;

    /// <summary>Samples and histograms together.</summary>
    public int SampleCount => _samples.Count + _histograms.Count;

    /// <summary>Samples and histograms that the sender sent: without those of synthetic series.</summary>
    public int SentCount => SampleCount - _syntheticSamples;

    /// <summary>The bytes that a slice names, valid until the batch grows.</summary>
    public ReadOnlySpan<byte> Read(ByteSlice slice) => _bytes.Span.Slice(slice.Start, slice.Length);

    /// <summary>The canonical labels of a series. Null when they are right, else what is wrong with them.</summary>
    /// <param name="series">A series of this batch.</param>
    /// <param name="writer">Holds the labels of one that came as it was.</param>
    /// <param name="canonical">The labels, valid until the batch grows or the writer is used again.</param>
    public string? ReadLabels(in SeriesEntry series, LabelSetWriter writer, out ReadOnlySpan<byte> canonical)
    {
        canonical = Read(series.Labels);
        return series.IsWire ? WireLabels!.Canonicalise(canonical, writer, out canonical) : null;
    }

    /// <summary>
    /// Makes room for the labels of series that a body of this size may have, in bytes, so that they are not moved again and again while it is read. A hint:
    /// where there is no such room the batch grows as it must.
    /// </summary>
    public void ExpectLabels(int sizeBytes) => _bytes.TryReserve(sizeBytes);

    /// <summary>Begins a series; samples that follow belong to it. Returns its index.</summary>
    /// <param name="canonicalLabels">Its labels.</param>
    /// <param name="isSynthetic">Whether we made it ourselves from what was sent: its samples count neither as accepted nor as refused.</param>
    public int AddSeries(ReadOnlySpan<byte> canonicalLabels, bool isSynthetic = false)
    {
        _series.Add(new SeriesEntry(Store(canonicalLabels), new Hash128(XxHash64.Compute(canonicalLabels), 0), isSynthetic, IsWire: false));
        return _series.Count - 1;
    }

    /// <summary>Begins a series whose labels are kept as they came; see <see cref="WireLabels"/>. Returns its index.</summary>
    /// <param name="wire">The labels as <see cref="WireLabels"/> reads them, not empty.</param>
    /// <param name="hash">Equal for equal label sets only; the same bytes should have the same hash in every batch of this process.</param>
    public int AddWireSeries(ReadOnlySpan<byte> wire, Hash128 hash)
    {
        _series.Add(new SeriesEntry(Store(wire), hash, IsSynthetic: false, IsWire: true));
        return _series.Count - 1;
    }

    /// <summary>Adds a sample to the series begun last.</summary>
    public void AddSample(long timestampMs, double value) => AddSample(_series.Count - 1, timestampMs, value);

    /// <summary>Adds a sample to a series by its index.</summary>
    public void AddSample(int series, long timestampMs, double value)
    {
        _samples.Add(new SampleEntry(series, timestampMs, value));
        if (_series[series].IsSynthetic) _syntheticSamples++;
    }

    /// <summary>Adds a sample to the series begun last.</summary>
    /// <param name="startMs">When what it counts began, Unix milliseconds; 0 where that is not known.</param>
    /// <param name="timestampMs">Its time, Unix milliseconds.</param>
    /// <param name="value">Its value.</param>
    public void AddSampleSince(long startMs, long timestampMs, double value)
    {
        AddSample(_series.Count - 1, timestampMs, value);
        if (startMs == 0) return;

        // Samples of one process mostly began together.
        if (_starts.Count == 0 || _starts[_starts.Count - 1] != startMs) _starts.Add(startMs);
        _samples[_samples.Count - 1] = _samples[_samples.Count - 1] with { Detail = -_starts.Count };
    }

    /// <summary>When what a sample of this batch counts began, Unix milliseconds; 0 where that is not known.</summary>
    public long StartOf(in SampleEntry sample) => sample.Detail < 0 && !sample.IsChange ? _starts[-sample.Detail - 1] : 0;

    /// <summary>
    /// Adds what a counter of the series begun last has grown by. The store adds it to the newest sample of the series, or to a zero just after
    /// <paramref name="startMs"/> where it knows none, so that no growth is lost and rates are right.
    /// </summary>
    /// <param name="startMs">When counting began, Unix milliseconds; 0 where that is not known.</param>
    /// <param name="timestampMs">Until when it was counted.</param>
    /// <param name="growth">By how much it grew.</param>
    public void AddDelta(long startMs, long timestampMs, double growth)
    {
        var zeroMs = startMs > 0 && startMs < timestampMs - 1 ? startMs + 1 : timestampMs - 1;
        _samples.Add(new SampleEntry(_series.Count - 1, timestampMs, growth) { Detail = (int)Math.Clamp(timestampMs - zeroMs, 1, int.MaxValue) });
    }

    /// <summary>
    /// Adds by what a sum of the series begun last, which may fall too, has changed. The store adds it to what the changes before came to; the first is the
    /// sum.
    /// </summary>
    public void AddChange(long timestampMs, double change) =>
        _samples.Add(new SampleEntry(_series.Count - 1, timestampMs, change) { Detail = SampleEntry.Change });

    /// <summary>Adds a native histogram to the series begun last.</summary>
    public void AddHistogram(long timestampMs, FloatHistogram histogram, long startMs = 0)
    {
        Charge(HistogramEntryBytes + histogram.SizeBytes);
        _histograms.Add(new HistogramEntry(_series.Count - 1, timestampMs, histogram, startMs));
    }

    /// <summary>Adds a native histogram that is built once its memory, <see cref="FloatHistogram.SizeBytes"/>, is granted.</summary>
    public void AddHistogram(long timestampMs, long sizeBytes, Func<FloatHistogram> build, long startMs = 0)
    {
        Charge(HistogramEntryBytes + sizeBytes);
        _histograms.Add(new HistogramEntry(_series.Count - 1, timestampMs, build(), startMs));
    }

    /// <summary>
    /// Adds a native histogram of what was counted from a start on, Unix milliseconds, 0 where that is not known. It is kept as it is; the store puts a zero at
    /// its start where rates need one.
    /// </summary>
    public void AddDeltaHistogram(long startMs, long timestampMs, long sizeBytes, Func<FloatHistogram> build)
    {
        Charge(HistogramEntryBytes + sizeBytes);
        _histograms.Add(new HistogramEntry(_series.Count - 1, timestampMs, build()) { DeltaFromMs = Math.Max(startMs, 0) });
    }

    /// <summary>Adds an exemplar to the series begun last.</summary>
    public void AddExemplar(long timestampMs, double value, ReadOnlySpan<byte> canonicalLabels) =>
        _exemplars.Add(new ExemplarEntry(_series.Count - 1, timestampMs, value, Store(canonicalLabels)));

    /// <summary>Adds what the sender said about a metric.</summary>
    public void AddMetadata(MetadataEntry metadata)
    {
        Charge(MetadataEntryBytes + metadata.SizeBytes);
        _metadata.Add(metadata);
    }

    /// <summary>Adds what the sender said about a metric, in UTF-8; the strings are made once their memory is granted.</summary>
    public void AddMetadata(ReadOnlySpan<byte> metricName, string type, ReadOnlySpan<byte> unit, ReadOnlySpan<byte> help)
    {
        // No text has more UTF-16 units than UTF-8 bytes.
        Charge(MetadataEntryBytes + (3 * StringBytes) + (2L * ((long)metricName.Length + unit.Length + help.Length)));
        _metadata.Add(new MetadataEntry(Encoding.UTF8.GetString(metricName), type, Encoding.UTF8.GetString(unit), Encoding.UTF8.GetString(help)));
    }

    /// <summary>Forgets everything; native memory is kept, that of objects returned.</summary>
    public void Clear()
    {
        _bytes.Clear();
        _series.Clear();
        _samples.Clear();
        _exemplars.Clear();
        _starts.Clear();
        _syntheticSamples = 0;
        DropObjects();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _bytes.Dispose();
        _series.Dispose();
        _samples.Dispose();
        _exemplars.Dispose();
        _starts.Dispose();
        (WireLabels as IDisposable)?.Dispose();
        DropObjects();
    }

    private void Charge(long bytes)
    {
        Budget.Take(bytes);
        _objectBytes += bytes;
    }

    private void DropObjects()
    {
        _histograms.Clear();
        _metadata.Clear();
        _histograms.Capacity = 0;
        _metadata.Capacity = 0;
        Budget.Return(_objectBytes);
        _objectBytes = 0;
    }

    private ByteSlice Store(ReadOnlySpan<byte> bytes)
    {
        var slice = new ByteSlice(_bytes.Count, bytes.Length);
        _bytes.AddRange(bytes);
        return slice;
    }
}

/// <summary>
/// A series of a batch: its labels in the batch, canonical or, where <c>IsWire</c>, as <see cref="MetricBatch.WireLabels"/> reads them; whether we made it
/// ourselves. The hash of canonical labels is their <see cref="XxHash64"/> in <see cref="Hash128.Hi"/>.
/// </summary>
public readonly record struct SeriesEntry(ByteSlice Labels, Hash128 Hash, bool IsSynthetic, bool IsWire);

/// <summary>A float sample of the batch's series with the given index.</summary>
[StructLayout(LayoutKind.Auto)] // 24 bytes: the two integers stand together.
public readonly record struct SampleEntry(int Series, long TimestampMs, double Value)
{
    internal const int Change = int.MinValue;

    /// <summary>Whether the value is by what a sum has changed.</summary>
    public bool IsChange => Detail == Change;

    /// <summary>
    /// 0 for a value that nothing more is said of, so that the store need look no further; more for the growth of a counter, see
    /// <see cref="ZeroBeforeMs"/>; less for a value with a start time, see <see cref="MetricBatch.StartOf"/>, or for a change, see <see cref="IsChange"/>.
    /// </summary>
    public int Detail { get; init; }

    /// <summary>
    /// For a value that is the growth of a counter: how long before the sample's time the counter was at zero, in milliseconds. 0 for all other values.
    /// </summary>
    public int ZeroBeforeMs => Math.Max(Detail, 0);
}

/// <summary>
/// A native histogram of the batch's series with the given index; when what it counts began, Unix milliseconds, 0 where that is not known.
/// </summary>
public readonly record struct HistogramEntry(int Series, long TimestampMs, FloatHistogram Histogram, long StartMs = 0)
{
    /// <summary>
    /// Where the histogram counts from the end of the one before: the start of its interval, Unix milliseconds, 0 for one not known; else null.
    /// </summary>
    public long? DeltaFromMs { get; init; }
}

/// <summary>An exemplar of the batch's series with the given index; its labels are a canonical label set in the batch.</summary>
public readonly record struct ExemplarEntry(int Series, long TimestampMs, double Value, ByteSlice Labels);

/// <summary>What a sender said about a metric. Type: counter, gauge, histogram, gaugehistogram, summary, info, stateset or unknown.</summary>
public readonly record struct MetadataEntry(string MetricName, string Type, string Unit, string Help)
{
    /// <summary>Memory of its strings, in bytes.</summary>
    public long SizeBytes => (4 * 32) + (2L * ((long)MetricName.Length + Type.Length + Unit.Length + Help.Length));
}
