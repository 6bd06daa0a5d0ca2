using Triptych.Model.Metrics;

namespace Triptych.Metrics.Scan;

/// <summary>
/// Collects one series' samples from several places and puts them in order: ascending in time, and for one time the sample that was added
/// first.
/// Add what was acknowledged earlier first: blocks and heads from the oldest to the newest. Reused from series to series.
/// </summary>
internal sealed class SampleBuffer
{
    private long[] _times = new long[1024];
    private double[] _values = new double[1024];
    private FloatHistogram?[]? _histograms;
    private long[] _starts = [];
    private bool _hasStarts;
    private int[] _order = [];
    private bool _inOrder = true;

    /// <summary>How many samples there are.</summary>
    public int Count { get; private set; }

    /// <summary>About how much memory the buffer holds, in bytes, without the histograms.</summary>
    public long SizeBytes => ((_times.Length + _values.Length) * 8L) + ((_histograms?.Length ?? 0) * 8L) + (_starts.Length * 8L) + (_order.Length * 4L);

    /// <summary>The times, Unix milliseconds.</summary>
    public ReadOnlySpan<long> TimestampsMs => _times.AsSpan(0, Count);

    /// <summary>The values; NaN where the sample is a histogram.</summary>
    public ReadOnlySpan<double> Values => _values.AsSpan(0, Count);

    /// <summary>The histograms, null where the sample is a float; empty where none is a histogram.</summary>
    public ReadOnlySpan<FloatHistogram?> Histograms => _histograms is null ? default : _histograms.AsSpan(0, Count);

    /// <summary>When what each sample counts began, 0 where that is not known; empty where nothing is known of any.</summary>
    public ReadOnlySpan<long> StartTimesMs => _hasStarts ? _starts.AsSpan(0, Count) : default;

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Count = 0;
        _hasStarts = false;
        _inOrder = true;
        _histograms = null;
    }

    /// <summary>Adds a float.</summary>
    public void Add(long timestampMs, double value)
    {
        if (Count == _times.Length) Grow();
        if (Count > 0 && timestampMs <= _times[Count - 1]) _inOrder = false;
        if (_hasStarts) _starts[Count] = 0;
        _times[Count] = timestampMs;
        _values[Count++] = value;
    }

    /// <summary>Adds a float that began to count at <paramref name="startMs"/>, 0 where that is not known.</summary>
    public void Add(long timestampMs, double value, long startMs)
    {
        Add(timestampMs, value);
        if (startMs != 0) StartsOfLast(1)[0] = startMs;
    }

    /// <summary>The start times of the samples added last, to be changed before anything else is added.</summary>
    public Span<long> StartsOfLast(int count)
    {
        if (!_hasStarts)
        {
            if (_starts.Length < _times.Length) _starts = new long[_times.Length];
            else _starts.AsSpan(0, Count).Clear();
            _hasStarts = true;
        }

        return _starts.AsSpan(Count - count, count);
    }

    /// <summary>Adds floats with ascending times; the caller fills in the values, before it adds anything else.</summary>
    public Span<double> Add(ReadOnlySpan<long> timestampsMs)
    {
        if (timestampsMs.IsEmpty) return default;
        while (_times.Length - Count < timestampsMs.Length) Grow();
        if (Count > 0 && timestampsMs[0] <= _times[Count - 1]) _inOrder = false;
        if (_hasStarts) _starts.AsSpan(Count, timestampsMs.Length).Clear();
        timestampsMs.CopyTo(_times.AsSpan(Count));
        var values = _values.AsSpan(Count, timestampsMs.Length);
        Count += timestampsMs.Length;
        return values;
    }

    /// <summary>Adds a histogram.</summary>
    public void Add(long timestampMs, FloatHistogram histogram, long startMs = 0)
    {
        Add(timestampMs, double.NaN, startMs);
        _histograms ??= new FloatHistogram?[_times.Length];
        _histograms[Count - 1] = histogram;
    }

    /// <summary>
    /// Puts the samples in order and drops those outside of [<paramref name="minTimeMs"/>, <paramref name="maxTimeMs"/>].
    /// </summary>
    public void Settle(long minTimeMs, long maxTimeMs)
    {
        if (!_inOrder) Sort();
        var first = 0;
        while (first < Count && _times[first] < minTimeMs) first++;
        var end = Count;
        while (end > first && _times[end - 1] > maxTimeMs) end--;
        if (first > 0)
        {
            Array.Copy(_times, first, _times, 0, end - first);
            Array.Copy(_values, first, _values, 0, end - first);
            if (_histograms is not null) Array.Copy(_histograms, first, _histograms, 0, end - first);
            if (_hasStarts) Array.Copy(_starts, first, _starts, 0, end - first);
        }

        Count = end - first;
        Trim();
    }

    /// <summary>Removes the samples with a time in [<paramref name="minTimeMs"/>, <paramref name="maxTimeMs"/>]; returns how many there were.</summary>
    public int Remove(long minTimeMs, long maxTimeMs)
    {
        var kept = 0;
        for (var i = 0; i < Count; i++)
        {
            if (_times[i] >= minTimeMs && _times[i] <= maxTimeMs) continue;
            _times[kept] = _times[i];
            _values[kept] = _values[i];
            if (_histograms is not null) _histograms[kept] = _histograms[i];
            if (_hasStarts) _starts[kept] = _starts[i];
            kept++;
        }

        var removed = Count - kept;
        Count = kept;
        Trim();
        return removed;
    }

    // What none of the samples that are left has is not there at all.
    private void Trim()
    {
        if (_histograms is not null && !Histograms.ContainsAnyExcept((FloatHistogram?)null)) _histograms = null;
        if (_hasStarts && !StartTimesMs.ContainsAnyExcept(0)) _hasStarts = false;
    }

    private void Sort()
    {
        if (_order.Length < Count) _order = new int[_times.Length];
        var order = _order.AsSpan(0, Count);
        for (var i = 0; i < order.Length; i++) order[i] = i;
        var times = _times;

        // By time, then by arrival: the order of equal times is the order of their places.
        order.Sort((a, b) => times[a] != times[b] ? times[a].CompareTo(times[b]) : a.CompareTo(b));
        var sortedTimes = new long[_times.Length];
        var sortedValues = new double[_times.Length];
        var sortedHistograms = _histograms is null ? null : new FloatHistogram?[_times.Length];
        var sortedStarts = _hasStarts ? new long[_times.Length] : [];
        var kept = 0;
        foreach (var i in order)
        {
            if (kept > 0 && sortedTimes[kept - 1] == _times[i]) continue;
            sortedTimes[kept] = _times[i];
            sortedValues[kept] = _values[i];
            if (sortedHistograms is not null) sortedHistograms[kept] = _histograms![i];
            if (_hasStarts) sortedStarts[kept] = _starts[i];
            kept++;
        }

        (_times, _values, _histograms, Count, _inOrder) = (sortedTimes, sortedValues, sortedHistograms, kept, true);
        if (_hasStarts) _starts = sortedStarts;
    }

    private void Grow()
    {
        Array.Resize(ref _times, _times.Length * 2);
        Array.Resize(ref _values, _times.Length);
        if (_histograms is not null) Array.Resize(ref _histograms, _times.Length);
        if (_hasStarts) Array.Resize(ref _starts, _times.Length);
    }
}
