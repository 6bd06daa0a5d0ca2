using Triptych.Columnar.Symbols;
using Triptych.Model.Metrics;

namespace Triptych.Columnar.Samples;

/// <summary>
/// Some series of a scan, in arrays that the scan owns and reuses. Series of one target usually share their time vector: equal
/// <see cref="TimeVectorOf"/> means the same timestamps, so that a query finds its windows once per vector.
/// A series with native histograms has <see cref="HistogramsOf"/> as long as its timestamps, null where the sample is a float; then the value is NaN.
/// </summary>
public sealed class SampleBatch
{
    private LabelId[] _labels = new LabelId[1024];
    private int _labelCount;
    private int[] _labelStarts = new int[257];
    private int[] _timeVectors = new int[257];
    private int[] _valueStarts = new int[257];
    private long[] _timestamps = new long[4096];
    private int _timestampCount;
    private int[] _vectorStarts = new int[65];
    private double[] _values = new double[4096];
    private Dictionary<int, FloatHistogram?[]>? _histograms;
    private Dictionary<int, long[]>? _startTimes;
    private long _histogramBytes;
    private long _samplesBeyondOne;
    private long _startTimeBytes;

    /// <summary>A batch is handed out when it has about this many samples.</summary>
    public const int TargetSamples = 64 * 1024;

    /// <summary>How many series the batch has.</summary>
    public int SeriesCount { get; private set; }

    /// <summary>About how much memory the batch holds, in bytes.</summary>
    public long SizeBytes => (_labels.Length * 8L) + ((_labelStarts.Length + _timeVectors.Length + _valueStarts.Length + _vectorStarts.Length) * 4L)
        + ((_timestamps.Length + _values.Length) * 8L) + _histogramBytes + _startTimeBytes;

    /// <summary>How many time vectors the batch has.</summary>
    public int TimeVectorCount { get; private set; }

    /// <summary>How many samples the batch has.</summary>
    public int SampleCount => _valueStarts[SeriesCount];

    /// <summary>The same where a histogram counts for as many as its size is worth (<see cref="FloatHistogram.SizeInSamples"/>).</summary>
    public long SizeInSamples => SampleCount + _samplesBeyondOne;

    /// <summary>The labels of a series, ordered by the bytes of their names (not by number).</summary>
    public ReadOnlySpan<LabelId> LabelsOf(int series) => _labels.AsSpan(_labelStarts[series].._labelStarts[series + 1]);

    /// <summary>The number, within this batch, of the time vector that a series has.</summary>
    public int TimeVectorOf(int series) => _timeVectors[series];

    /// <summary>The timestamps of a time vector, Unix milliseconds, ascending, each once.</summary>
    public ReadOnlySpan<long> TimeVector(int vector) => _timestamps.AsSpan(_vectorStarts[vector].._vectorStarts[vector + 1]);

    /// <summary>The timestamps of a series.</summary>
    public ReadOnlySpan<long> TimestampsMsOf(int series) => TimeVector(_timeVectors[series]);

    /// <summary>The values of a series, as many as its timestamps. The stale marker is among them as it was stored.</summary>
    public ReadOnlySpan<double> ValuesOf(int series) => _values.AsSpan(_valueStarts[series].._valueStarts[series + 1]);

    /// <summary>The histograms of a series; empty for one of floats only.</summary>
    public ReadOnlySpan<FloatHistogram?> HistogramsOf(int series) =>
        _histograms is not null && _histograms.TryGetValue(series, out var found) ? found : default;

    /// <summary>
    /// When what each sample of a series counts began, Unix milliseconds, 0 where that is not known; empty for a series of which nothing is known.
    /// </summary>
    public ReadOnlySpan<long> StartTimesMsOf(int series) =>
        _startTimes is not null && _startTimes.TryGetValue(series, out var found) ? found : default;

    /// <summary>Empties the batch for the next round; memory is kept.</summary>
    public void Clear()
    {
        SeriesCount = 0;
        TimeVectorCount = 0;
        _labelCount = 0;
        _timestampCount = 0;
        _histograms?.Clear();
        _startTimes?.Clear();
        _histogramBytes = 0;
        _samplesBeyondOne = 0;
        _startTimeBytes = 0;
    }

    /// <summary>Adds a time vector and returns its number in this batch.</summary>
    public int AddTimeVector(ReadOnlySpan<long> timestampsMs)
    {
        if (TimeVectorCount + 2 > _vectorStarts.Length) Array.Resize(ref _vectorStarts, _vectorStarts.Length * 2);
        if (_timestampCount + timestampsMs.Length > _timestamps.Length)
        {
            Array.Resize(ref _timestamps, Math.Max(_timestamps.Length * 2, _timestampCount + timestampsMs.Length));
        }

        timestampsMs.CopyTo(_timestamps.AsSpan(_timestampCount));
        _timestampCount += timestampsMs.Length;
        _vectorStarts[++TimeVectorCount] = _timestampCount;
        return TimeVectorCount - 1;
    }

    /// <summary>Adds a series and returns the place for its values, as many as the time vector has timestamps.</summary>
    public Span<double> AddSeries(ReadOnlySpan<LabelId> labels, int timeVector)
    {
        if (SeriesCount + 2 > _labelStarts.Length)
        {
            Array.Resize(ref _labelStarts, _labelStarts.Length * 2);
            Array.Resize(ref _timeVectors, _timeVectors.Length * 2);
            Array.Resize(ref _valueStarts, _valueStarts.Length * 2);
        }

        if (_labelCount + labels.Length > _labels.Length) Array.Resize(ref _labels, Math.Max(_labels.Length * 2, _labelCount + labels.Length));
        labels.CopyTo(_labels.AsSpan(_labelCount));
        _labelCount += labels.Length;
        var start = _valueStarts[SeriesCount];
        var end = start + _vectorStarts[timeVector + 1] - _vectorStarts[timeVector];
        if (end > _values.Length) Array.Resize(ref _values, Math.Max(_values.Length * 2, end));
        _timeVectors[SeriesCount] = timeVector;
        SeriesCount++;
        _labelStarts[SeriesCount] = _labelCount;
        _valueStarts[SeriesCount] = end;
        return _values.AsSpan(start, end - start);
    }

    /// <summary>Gives the series added last its start times, one for each timestamp.</summary>
    public void SetStartTimes(long[] startTimesMs)
    {
        (_startTimes ??= [])[SeriesCount - 1] = startTimesMs;
        _startTimeBytes += startTimesMs.Length * sizeof(long);
    }

    /// <summary>Gives the series added last its histograms, one (or null) for each timestamp.</summary>
    public void SetHistograms(FloatHistogram?[] histograms)
    {
        (_histograms ??= [])[SeriesCount - 1] = histograms;
        foreach (var histogram in histograms)
        {
            _histogramBytes += sizeof(long) + (histogram?.SizeBytes ?? 0);
            _samplesBeyondOne += histogram is null ? 0 : histogram.SizeInSamples - 1;
        }
    }
}
