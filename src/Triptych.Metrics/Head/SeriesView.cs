using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Triptych.Metrics.Chunks;
using Triptych.Metrics.Scan;
using Triptych.Primitives.Memory;

namespace Triptych.Metrics.Head;

/// <summary>
/// Some series of a head as they were at one moment, to be decoded without the head's lock. Valid as long as the head is pinned. One thread at a time.
/// </summary>
internal sealed class SeriesView(SlabArena arena, TimeTree.Reader times)
{
    // Times are read once for all series that share them; this many are kept.
    private const int MaxKeptTimes = 128 * 1024;

    private readonly List<SampleChunk> _chunks = [];
    private readonly List<(long TimestampMs, double Value, long StartMs)> _late = [];
    private readonly List<StartRun> _starts = [];
    private readonly List<Place> _places = [];
    private readonly Dictionary<int, long[]> _kept = [];
    private Dictionary<int, HistogramSample[]>? _histograms;
    private int _keptTimes;

    /// <summary>About how much memory the view itself takes, in bytes; samples stay where they are.</summary>
    public long SizeBytes => (_chunks.Capacity * (long)Unsafe.SizeOf<SampleChunk>()) + (_late.Capacity * 24L) + (_starts.Capacity * 24L)
        + (_places.Capacity * (long)Unsafe.SizeOf<Place>()) + (_keptTimes * 8L);

    /// <summary>Begins the next series, whose times end with <paramref name="time"/>.</summary>
    public void Begin(int time) => _places.Add(new Place(_chunks.Count, _late.Count, _starts.Count, time));

    /// <summary>Adds a series of which only one sample is wanted.</summary>
    public void AddOne(long timestampMs, double value, long startMs)
    {
        Begin(TimeTree.None);
        _late.Add((timestampMs, value, startMs));
    }

    /// <summary>Adds a chunk of the series, the newest first.</summary>
    public void AddChunk(in SampleChunk chunk) => _chunks.Add(chunk);

    /// <summary>Adds a late sample of the series, the one that came last first.</summary>
    public void AddLate(long timestampMs, double value, long startMs) => _late.Add((timestampMs, value, startMs));

    /// <summary>Adds a run of start times of the series' chunks, the newest first.</summary>
    public void AddStart(in StartRun run) => _starts.Add(run);

    /// <summary>Gives the series its histograms.</summary>
    public void SetHistograms(HistogramSample[] histograms) => (_histograms ??= [])[_places.Count - 1] = histograms;

    /// <summary>
    /// Adds the samples of a series, by its place in the view, to <paramref name="into"/>, in the order in which they were acknowledged
    /// where times are equal.
    /// </summary>
    public void Read(int place, SampleBuffer into)
    {
        var (firstChunk, firstLate, firstStart, time) = _places[place];
        var (endChunk, endLate, endStart, _) = place + 1 < _places.Count ? _places[place + 1] : new Place(_chunks.Count, _late.Count, _starts.Count, time);
        var count = 0;
        for (var i = firstChunk; i < endChunk; i++) count += _chunks[i].Count;
        if (count > 0)
        {
            var values = into.Add(Times(time, count));
            var stream = default(ValueStream);
            for (var i = endChunk - 1; i >= firstChunk; i--)
            {
                stream.Read(arena.Read(_chunks[i].Data), values[.._chunks[i].Count]);
                values = values[_chunks[i].Count..];
            }

            if (firstStart < endStart) FillStarts(CollectionsMarshal.AsSpan(_starts)[firstStart..endStart], Times(time, count), into.StartsOfLast(count));
        }

        // Chained backwards: the first to come has to be the first again.
        for (var i = endLate - 1; i >= firstLate; i--) into.Add(_late[i].TimestampMs, _late[i].Value, _late[i].StartMs);
        if (_histograms is null || !_histograms.TryGetValue(place, out var histograms)) return;
        foreach (var histogram in histograms) into.Add(histogram.TimestampMs, histogram.Histogram, histogram.StartMs);
    }

    private static void FillStarts(ReadOnlySpan<StartRun> runs, ReadOnlySpan<long> timesMs, Span<long> starts)
    {
        foreach (ref readonly var run in runs)
        {
            var from = timesMs.BinarySearch(run.FromMs);
            if (from < 0) from = ~from;
            starts[from..].Fill(run.StartMs);
            timesMs = timesMs[..from];
            starts = starts[..from];
        }
    }

    private long[] Times(int node, int count)
    {
        if (_kept.TryGetValue(node, out var known)) return known;
        if (_keptTimes + count > MaxKeptTimes)
        {
            _kept.Clear();
            _keptTimes = 0;
        }

        var read = new long[count];
        times.Read(node, read);
        _kept[node] = read;
        _keptTimes += count;
        return read;
    }

    private readonly record struct Place(int FirstChunk, int FirstLate, int FirstStart, int Time);
}
