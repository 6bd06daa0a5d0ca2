using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Rows;
using Triptych.Metrics.Block;
using Triptych.Metrics.Chunks;
using Triptych.Metrics.Scan;
using Triptych.Model.Metrics;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Memory;
using Triptych.Storage.Compaction;

namespace Triptych.Metrics.Compaction;

/// <summary>One input of a merge, read series by series in the order of the file. One thread; the owner disposes it.</summary>
internal sealed class MetricMergeInput : IDisposable
{
    private readonly ParquetFile _file;
    private readonly TimeVectors _vectors;
    private readonly RowLabels _labels;
    private readonly string _key;
    private readonly int _readAheadBytes;
    private readonly ExemplarRow[] _exemplars;
    private readonly ScanCharge _charge;
    private readonly ParquetColumn? _starts;
    private RowCursor? _cursor;
    private int _inRun;
    private long _row;
    private int _nextExemplar;
    private byte[] _name = new byte[64];
    private byte[] _series = new byte[512];
    private byte[] _lastSeries = new byte[512];
    private int _nameLength;
    private int _seriesLength;

    private MetricMergeInput(
        int number, ParquetFile file, string key, TimeVectors vectors, ExemplarRow[] exemplars, ScanCharge charge, int readAheadBytes)
    {
        Number = number;
        _file = file;
        _key = key;
        _vectors = vectors;
        _exemplars = exemplars;
        _charge = charge;
        _readAheadBytes = readAheadBytes;
        _labels = new RowLabels(key);
        var histograms = file.Schema.Column(MetricBlockSchema.Histograms).Index;
        HasHistograms = file.RowGroups.Any(g => g.Info.Columns[histograms].Statistics.NullCount != g.RowCount);
        _starts = MetricBlock.StartsOf(file);
        for (var i = 0; i < vectors.Count; i++) MostSamples = Math.Max(MostSamples, vectors.LengthOf(i));
    }

    /// <summary>Its place in the order of acknowledgement.</summary>
    public int Number { get; }

    /// <summary>Whether a series has native histograms.</summary>
    public bool HasHistograms { get; }

    /// <summary>Whether a series has start times.</summary>
    public bool HasStarts => _starts is not null;

    /// <summary>The most samples that a series has.</summary>
    public int MostSamples { get; }

    /// <summary>What senders said about metrics.</summary>
    public required IReadOnlyList<MetadataEntry> Metadata { get; init; }

    /// <summary>The metric's name of the series at hand.</summary>
    public ReadOnlySpan<byte> Name => _name.AsSpan(0, _nameLength);

    /// <summary>The canonical labels of the series at hand.</summary>
    public ReadOnlySpan<byte> Series => _series.AsSpan(0, _seriesLength);

    /// <summary>Time of its first sample.</summary>
    public long MinTimeMs => _cursor!.Page(3).Int64s[Place(3)];

    /// <summary>Time of its last sample.</summary>
    public long MaxTimeMs => _cursor!.Page(4).Int64s[Place(4)];

    /// <summary>The time vectors of the file.</summary>
    public TimeVectors Vectors => _vectors;

    /// <summary>The number of the time vector of the series at hand.</summary>
    public int TimeVector
    {
        get
        {
            var vector = _cursor!.Page(5).Int32s[Place(5)];
            return (uint)vector < (uint)_vectors.Count ? vector : throw Corrupt("a series names a time vector that the file does not have");
        }
    }

    /// <summary>The exemplars of the series at hand, oldest first.</summary>
    public ReadOnlySpan<ExemplarRow> Exemplars
    {
        get
        {
            var end = _nextExemplar;
            while (end < _exemplars.Length && _exemplars[end].Row == _row) end++;
            return _exemplars.AsSpan(_nextExemplar..end);
        }
    }

    /// <summary>Reads all that is not read series by series.</summary>
    public static async ValueTask<MetricMergeInput> OpenAsync(int number, MergeJob job, CancellationToken cancellationToken)
    {
        var budget = job.Memory;

        // Of each input two pages or so of eight or nine columns are in memory.
        var share = budget.Limit / job.Inputs.Count;
        var readAhead = (int)Math.Clamp(share / 48, 16 * 1024, 256 * 1024);
        var meta = job.Inputs[number];
        var file = await MetricBlock.OpenFileAsync(job.Objects, meta, MergeScale.Reading(budget), cancellationToken);
        var charge = new ScanCharge(budget);
        TimeVectors? vectors = null;
        try
        {
            charge.Add(file.Footer.SizeBytes);
            vectors = await TimeVectors.OpenAsync(file, meta.ObjectKey, budget, share / 8, cancellationToken);
            var exemplars = await MetricBlock.ReadExemplarsAsync(file, meta.ObjectKey, cancellationToken);
            charge.Add(exemplars.Sum(e => e.Labels.Length + 96L));
            var metadata = await MetricBlock.ReadMetadataAsync(file, meta.ObjectKey, cancellationToken);
            charge.Add(metadata.Sum(m => m.SizeBytes));

            // Stable, so that those of a series keep their order.
            ExemplarRow[] byRow = [.. exemplars.OrderBy(e => e.Row)];
            return new MetricMergeInput(number, file, meta.ObjectKey, vectors, byRow, charge, readAhead) { Metadata = metadata };
        }
        catch
        {
            vectors?.Dispose();
            charge.Dispose();
            throw;
        }
    }

    /// <summary>Adds the windows that have timestamps.</summary>
    public void AddWindows(MergeJob job, SortedSet<long> windows)
    {
        var meta = job.Inputs[Number];
        if (meta.Rows == 0) return;
        if (job.WindowOf(meta.MinTime) == job.WindowOf(meta.MaxTime))
        {
            windows.Add(job.WindowOf(meta.MinTime));
            return;
        }

        for (var i = 0; i < _vectors.Count; i++)
        {
            long? last = null;
            for (var times = _vectors.Walk(i); times.MoveNext();)
            {
                var window = job.WindowOf(times.Current);
                if (window != last) windows.Add(window);
                last = window;
            }
        }
    }

    /// <summary>The most samples that a series can have in a range.</summary>
    public int MostSamplesIn(SampleRange range)
    {
        var most = 0;
        for (var i = 0; i < _vectors.Count; i++)
        {
            if (_vectors.LengthOf(i) <= most) continue;
            var count = 0;
            for (var times = _vectors.Walk(i); times.MoveNext();)
            {
                if (times.Current >= range.MinTimeMs && times.Current <= range.MaxTimeMs) count++;
            }

            most = Math.Max(most, count);
        }

        return most;
    }

    /// <summary>Goes back to before the first series.</summary>
    /// <param name="withValues">Whether samples are to be read too.</param>
    public void Rewind(bool withValues = true)
    {
        _cursor?.Dispose();
        var schema = _file.Schema;
        List<ParquetColumn> columns =
        [
            schema.Column(MetricBlockSchema.Name), schema.Column(MetricBlockSchema.Labels, "key"), schema.Column(MetricBlockSchema.Labels, "value"),
            schema.Column(MetricBlockSchema.MinTime), schema.Column(MetricBlockSchema.MaxTime), schema.Column(MetricBlockSchema.TimeVector),
        ];
        if (withValues) columns.Add(schema.Column(MetricBlockSchema.Values));
        if (withValues && HasHistograms) columns.Add(schema.Column(MetricBlockSchema.Histograms));
        if (withValues && _starts is not null) columns.Add(_starts);
        _cursor = _file.ReadRows([.. columns], readAheadBytes: _readAheadBytes);
        _inRun = 0;
        _row = -1;
        _nextExemplar = 0;
        _seriesLength = 0;
        _nameLength = 0;
    }

    /// <summary>Goes on to the next series; false when there is none.</summary>
    public async ValueTask<bool> MoveNextAsync(CancellationToken cancellationToken)
    {
        if (_row >= 0 && ++_inRun < _cursor!.RowCount)
        {
            Take();
            return true;
        }

        _inRun = 0;
        if (!await _cursor!.MoveNextAsync(cancellationToken)) return false;
        Take();
        return true;
    }

    /// <summary>Adds the samples of the series at hand that lie in a range; of a series that is short also others.</summary>
    public void Read(SampleBuffer into, SampleRange range)
    {
        var vector = TimeVector;
        var histograms = HasHistograms ? _cursor!.Page(7).Bytes(Place(7)) : default;
        var values = _cursor!.Page(6).Bytes(Place(6));
        var startsAt = HasHistograms ? 8 : 7;
        var starts = HasStarts ? _cursor!.Page(startsAt).Bytes(Place(startsAt)) : default;
        if (_vectors.IsShort(vector)) SeriesDecoder.Read(_vectors.Read(vector), values, histograms, starts, into);
        else ReadLong(_vectors.Walk(vector), values, histograms, starts, into, range);
    }

    /// <summary>Whether the series at hand has a sample in a range.</summary>
    public bool HasSampleIn(SampleRange range)
    {
        if (MinTimeMs > range.MaxTimeMs || MaxTimeMs < range.MinTimeMs) return false;
        if (MinTimeMs >= range.MinTimeMs || MaxTimeMs <= range.MaxTimeMs) return true;
        for (var times = _vectors.Walk(TimeVector); times.MoveNext();)
        {
            if (times.Current >= range.MinTimeMs && times.Current <= range.MaxTimeMs) return true;
        }

        return false;
    }

    /// <summary>By metric name, then by labels; of equal series that of the earlier input first.</summary>
    public static int Compare(MetricMergeInput a, MetricMergeInput b) =>
        CompareSeries(a.Name, a.Series, b.Name, b.Series) is var order && order != 0 ? order : a.Number.CompareTo(b.Number);

    /// <inheritdoc/>
    public void Dispose()
    {
        _cursor?.Dispose();
        _vectors.Dispose();
        _charge.Dispose();
    }

    private static int CompareSeries(ReadOnlySpan<byte> nameA, ReadOnlySpan<byte> seriesA, ReadOnlySpan<byte> nameB, ReadOnlySpan<byte> seriesB) =>
        nameA.SequenceCompareTo(nameB) is var order && order != 0 ? order : seriesA.SequenceCompareTo(seriesB);

    private static void ReadLong(
        TimeVectors.TimestampReader times, ReadOnlySpan<byte> values, ReadOnlySpan<byte> histograms, ReadOnlySpan<byte> starts, SampleBuffer into,
        SampleRange range)
    {
        var startReader = new StartCodec.Reader(starts);
        var codec = default(ValueCodec);
        var reader = new BitReader(values);
        var histogramReader = new VarintReader(histograms);
        var nextHistogram = histogramReader.AtEnd ? -1 : histogramReader.ReadCount(int.MaxValue);
        for (var i = 0; times.MoveNext(); i++)
        {
            var value = codec.Decode(ref reader);
            var startMs = startReader.Next();
            var isIn = times.Current >= range.MinTimeMs && times.Current <= range.MaxTimeMs;
            if (i != nextHistogram)
            {
                if (isIn) into.Add(times.Current, value, startMs);
                continue;
            }

            var histogram = HistogramCodec.Read(ref histogramReader);
            if (isIn) into.Add(times.Current, histogram, startMs);
            nextHistogram = histogramReader.AtEnd ? -1 : histogramReader.ReadCount(int.MaxValue);
        }
    }

    private int Place(int column) => _cursor!.Offset(column) + _inRun;

    private void Take()
    {
        _row++;
        while (_nextExemplar < _exemplars.Length && _exemplars[_nextExemplar].Row < _row) _nextExemplar++;
        var name = _cursor!.Page(0).Bytes(Place(0));
        var series = _labels.Read(name, _cursor.Page(1), _cursor.Page(2), Place(1), Place(2));
        if (_row > 0 && CompareSeries(name, series, Name, Series) <= 0) throw Corrupt($"series {_row} is out of order");
        _nameLength = Copy(name, ref _name);
        (_series, _lastSeries) = (_lastSeries, _series);
        _seriesLength = Copy(series, ref _series);
    }

    private static int Copy(ReadOnlySpan<byte> bytes, ref byte[] into)
    {
        if (into.Length < bytes.Length) into = new byte[Math.Max(bytes.Length, into.Length * 2)];
        bytes.CopyTo(into);
        return bytes.Length;
    }

    private CorruptFileException Corrupt(string problem) => new(_key, 0, problem);
}
