using System.Runtime.CompilerServices;
using Triptych.Metrics.Chunks;
using Triptych.Metrics.Scan;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Memory;

namespace Triptych.Metrics.Head;

/// <summary>
/// Some series of a head as they were at one moment, to be decoded without the head's lock. Valid as long as the head is pinned.
/// </summary>
internal sealed class SeriesView(SlabArena arena)
{
    private readonly List<SampleChunk> _chunks = [];
    private readonly List<int> _chunkStarts = [];
    private readonly List<LateSample> _late = [];
    private readonly List<int> _lateStarts = [];
    private Dictionary<int, HistogramSample[]>? _histograms;

    /// <summary>About how much memory the view itself takes, in bytes; samples stay where they are.</summary>
    public long SizeBytes => (_chunks.Capacity * (long)Unsafe.SizeOf<SampleChunk>()) + (_late.Capacity * (long)Unsafe.SizeOf<LateSample>())
        + ((_chunkStarts.Capacity + _lateStarts.Capacity) * 4L);

    /// <summary>Begins the next series.</summary>
    public void Begin()
    {
        _chunkStarts.Add(_chunks.Count);
        _lateStarts.Add(_late.Count);
    }

    /// <summary>Adds a chunk of the series.</summary>
    public void AddChunk(in SampleChunk chunk) => _chunks.Add(chunk);

    /// <summary>Adds a late sample of the series, the one that came last first.</summary>
    public void AddLate(in LateSample late) => _late.Add(late);

    /// <summary>Gives the series its histograms.</summary>
    public void SetHistograms(HistogramSample[] histograms) => (_histograms ??= [])[_chunkStarts.Count - 1] = histograms;

    /// <summary>
    /// Adds the samples of a series, by its place in the view, to <paramref name="into"/>, in the order in which they were acknowledged
    /// where times are equal.
    /// </summary>
    public void Read(int place, SampleBuffer into)
    {
        var time = default(TimeCodec);
        var value = default(ValueCodec);
        var end = place + 1 < _chunkStarts.Count ? _chunkStarts[place + 1] : _chunks.Count;
        for (var i = _chunkStarts[place]; i < end; i++)
        {
            var reader = new BitReader(arena.Read(_chunks[i].Data));
            for (var n = _chunks[i].Count; n > 0; n--) into.Add(time.Decode(ref reader), value.Decode(ref reader));
        }

        // Chained backwards: the first to come has to be the first again.
        var lateEnd = place + 1 < _lateStarts.Count ? _lateStarts[place + 1] : _late.Count;
        for (var i = lateEnd - 1; i >= _lateStarts[place]; i--) into.Add(_late[i].TimestampMs, _late[i].Value);
        if (_histograms is null || !_histograms.TryGetValue(place, out var histograms)) return;
        foreach (var histogram in histograms) into.Add(histogram.TimestampMs, histogram.Histogram);
    }
}
