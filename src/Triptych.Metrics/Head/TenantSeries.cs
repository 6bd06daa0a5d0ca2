using Triptych.Metrics.Chunks;
using Triptych.Storage.Index;
using Triptych.Model.Metrics;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Checksums;
using Triptych.Primitives.Memory;

namespace Triptych.Metrics.Head;

/// <summary>How a sample relates to what is there.</summary>
internal enum SamplePlace
{
    /// <summary>After all others of its series.</summary>
    Newest,

    /// <summary>Before the newest: kept aside and merged when read.</summary>
    Late,

    /// <summary>The newest one again.</summary>
    Duplicate,

    /// <summary>Another value at the newest one's time: the first stands.</summary>
    Conflict,
}

/// <summary>
/// One tenant's series in a head: labels, values as compressed bit streams in slabs, times that series share, late samples, native histograms, exemplars,
/// metadata. A series is a number.
/// Not synchronised: <see cref="MetricHead"/> holds its lock; only <see cref="SeriesView"/>s are read outside it.
/// </summary>
internal sealed class TenantSeries : IDisposable
{
    /// <summary>Exemplars kept for a tenant; past it the oldest go.</summary>
    public const int MaxExemplars = 100_000;

    /// <summary>The most that is kept of what senders say differently about one metric.</summary>
    public const int MaxMetadataPerMetric = 8;

    // What an item takes beside its own bytes: its places in lists and dictionaries that grow by doubling, and objects' headers.
    private const int HistogramListBytes = 256;
    private const int HistogramItemBytes = 64;
    private const int ExemplarItemBytes = 192;
    private const int MetadataItemBytes = 160;
    private const int SmallestChunkBytes = 64;
    private const int SmallestOverflowChunkBytes = 24;
    private const int LargestChunkBytes = 512;
    private const int GrowingChunks = 3;

    // Series looked for at once: enough that the processor fetches one while another is waited for.
    private const int FindAhead = 16;

    private readonly MemoryBudget _budget;
    private readonly int _smallestChunkBytes;
    private readonly SeriesMap _byLabels;
    private readonly SeriesMap _byWire;
    private readonly NativeList<SeriesState> _states;
    private readonly NativeList<SampleChunk> _fullChunks;
    private readonly NativeList<LateSample> _late;
    private readonly SlabArena _arena;
    private readonly TimeTree _times;
    private readonly StartTimes _starts;
    private readonly Dictionary<int, List<HistogramSample>> _histograms = [];
    private readonly Queue<ExemplarSample> _exemplars = new();
    private readonly Dictionary<string, List<MetadataEntry>> _metadata = new(StringComparer.Ordinal);
    private readonly Dictionary<int, ExemplarSample> _lastExemplar = [];
    private (long SizeBytes, long Samples, long Series) _published;

    // Histograms, exemplars and metadata are objects; they are charged to the budget like all else here.
    private long _objectBytes;

    /// <param name="slabs">Where samples are kept.</param>
    /// <param name="budget">Charged for all else.</param>
    /// <param name="sums">Running sums of all tenants of the head; null where this one is alone.</param>
    /// <param name="isOverflow">Whether it holds the series beyond a tenant's limit: as compact as can be, found by looking at all of them.</param>
    public TenantSeries(SlabPool slabs, MemoryBudget budget, SumCount? sums = null, bool isOverflow = false)
    {
        Index = new LabelIndex(withPostings: !isOverflow);
        _smallestChunkBytes = isOverflow ? SmallestOverflowChunkBytes : SmallestChunkBytes;
        _budget = budget;
        _byLabels = new SeriesMap(budget);
        _byWire = new SeriesMap(budget);
        _states = new NativeList<SeriesState>(budget);
        _fullChunks = new NativeList<SampleChunk>(budget);
        _late = new NativeList<LateSample>(budget);
        _arena = new SlabArena(slabs);
        _times = new TimeTree(_arena, budget);
        _starts = new StartTimes(budget);
        Sums = new RunningSums(budget, sums ?? new SumCount());
    }

    /// <summary>The labels of the series.</summary>
    public LabelIndex Index { get; }

    /// <summary>What changes have come to.</summary>
    public RunningSums Sums { get; }

    /// <summary>Samples and histograms taken.</summary>
    public long SampleCount { get; private set; }

    /// <summary>The exemplars, oldest first.</summary>
    public IEnumerable<ExemplarSample> Exemplars => _exemplars;

    /// <summary>What senders said about metrics: for each metric all that they say differently, the newest first.</summary>
    public IEnumerable<MetadataEntry> Metadata => _metadata.Values.SelectMany(said => said);

    /// <summary>Memory held, in bytes.</summary>
    public long SizeBytes =>
        Index.SizeBytes + _byLabels.SizeBytes + _byWire.SizeBytes + _states.SizeBytes + _fullChunks.SizeBytes + _late.SizeBytes + _arena.SizeBytes
        + _starts.SizeBytes + Sums.SizeBytes + _objectBytes;

    /// <summary>
    /// Whether a float says when what it counts began: those that do not have to be told to <see cref="Append(int, long, double, long)"/> then.
    /// </summary>
    public bool HasStarts => _starts.HasAny;

    /// <summary>Whether a float or histogram says it.</summary>
    public bool HasAnyStarts { get; private set; }

    /// <summary>How many bytes, samples and series have come since the last call.</summary>
    public (long SizeBytes, long Samples, long Series) TakeGrowth()
    {
        var before = _published;
        _published = (SizeBytes, SampleCount, Index.Count);
        return (_published.SizeBytes - before.SizeBytes, _published.Samples - before.Samples, _published.Series - before.Series);
    }

    /// <summary>
    /// The series whose labels a sender wrote with this hash before; null where that is not known. The labels are not compared: the hash has 128 bits under a
    /// seed that no sender knows, of which 96 are looked at.
    /// </summary>
    public int? FindWire(Hash128 hash)
    {
        var probe = _byWire.Find(Tag(hash.Hi));
        while (probe.TryNext(out var series))
        {
            if (_states[series].WireHash == hash.Lo) return series;
        }

        return null;
    }

    /// <summary>
    /// <see cref="FindWire(Hash128)"/> for all series of a batch that came in a sender's bytes; entries of others are left alone, as are those not known.
    /// What is found is in the processor's cache afterwards, with the place of its next sample.
    /// </summary>
    public void FindWire(ReadOnlySpan<SeriesEntry> entries, Span<int> numbers)
    {
        for (var start = 0; start < entries.Length; start += FindAhead)
        {
            var part = entries.Slice(start, Math.Min(FindAhead, entries.Length - start));
            foreach (ref readonly var entry in part) _byWire.Prefetch(Tag(entry.Hash.Hi));
            foreach (ref readonly var entry in part)
            {
                if (_byWire.Find(Tag(entry.Hash.Hi)).TryNext(out var likely)) _states.Prefetch(likely);
            }

            for (var i = 0; i < part.Length; i++)
            {
                if (!part[i].IsWire || FindWire(part[i].Hash) is not { } series) continue;
                numbers[start + i] = series;
                ref var state = ref _states[series];
                _arena.Prefetch(state.Open, state.OpenBits / 8);
            }
        }
    }

    /// <summary>Remembers how a sender wrote a series' labels, for <see cref="FindWire"/>. One way per series is known at a time, the last.</summary>
    /// <exception cref="MemoryBudgetExceededException">There is no memory for it; nothing changed.</exception>
    public void RememberWire(int series, Hash128 hash)
    {
        var probe = _byWire.Find(Tag(hash.Hi));
        while (probe.TryNext(out var known))
        {
            if (known != series) continue;
            _states[series].WireHash = hash.Lo;
            return;
        }

        // Labels can be written in any order: what is remembered of it stays within the number of series.
        if (_byWire.Count >= (2 * Index.Count) + 16) return;
        _byWire.Add(Tag(hash.Hi), series);
        _states[series].WireHash = hash.Lo;
    }

    /// <summary>The series with these labels; null where there is none.</summary>
    public int? Find(ReadOnlySpan<byte> canonicalLabels, ulong hash)
    {
        var probe = _byLabels.Find(Tag(hash));
        while (probe.TryNext(out var known))
        {
            if (Index.HasKey(known, canonicalLabels)) return known;
        }

        return null;
    }

    /// <summary>The series with these labels, a new one where there is none.</summary>
    /// <exception cref="MemoryBudgetExceededException">There is no memory for it; nothing changed.</exception>
    public int FindOrAdd(ReadOnlySpan<byte> canonicalLabels, ulong hash)
    {
        if (Find(canonicalLabels, hash) is { } known) return known;
        _byLabels.MakeRoom();

        // The state first: it is what a budget may refuse, and then nothing has changed.
        _states.Add(new SeriesState
        {
            MinTimeMs = long.MaxValue,
            MaxTimeMs = long.MinValue,
            Time = TimeTree.None,
            LastFull = SeriesState.None,
            LastLate = SeriesState.None,
            LastStart = SeriesState.None,
            DefinedInSegment = -1,
        });
        var series = Index.Add(canonicalLabels);
        _byLabels.Add(Tag(hash), series);
        return series;
    }

    /// <summary>Whether the series' labels have to be written again because this is another WAL segment.</summary>
    public bool TryDefineIn(int series, long segment)
    {
        ref var state = ref _states[series];
        if (state.DefinedInSegment == segment) return false;
        state.DefinedInSegment = segment;
        return true;
    }

    /// <summary>The smallest and largest time of a series.</summary>
    public (long MinTimeMs, long MaxTimeMs) RangeOf(int series) => (_states[series].MinTimeMs, _states[series].MaxTimeMs);

    /// <summary>
    /// Pieces that the samples of all series lie in, late ones apart, and the smallest and largest time of a sample (min past max where there is none).
    /// </summary>
    public (long Chunks, long MinTimeMs, long MaxTimeMs) Describe()
    {
        var (chunks, minMs, maxMs) = ((long)_fullChunks.Count, long.MaxValue, long.MinValue);
        for (var series = 0; series < Index.Count; series++)
        {
            ref var state = ref _states[series];
            if (state.MinTimeMs > state.MaxTimeMs) continue;
            if (state.OpenCount > 0 || state.LastFull == SeriesState.None) chunks++;
            (minMs, maxMs) = (Math.Min(minMs, state.MinTimeMs), Math.Max(maxMs, state.MaxTimeMs));
        }

        return (chunks, minMs, maxMs);
    }

    /// <summary>Samples of a series, late ones among them.</summary>
    public int CountOf(int series)
    {
        ref var state = ref _states[series];
        int count = state.OpenCount;
        for (var chunk = state.LastFull; chunk != SeriesState.None; chunk = _fullChunks[chunk].Before) count += _fullChunks[chunk].Count;
        for (var late = state.LastLate; late != SeriesState.None; late = _late[late].Before) count++;
        return count;
    }

    /// <summary>The value of a series' newest float, unless there is none or it ended the series.</summary>
    public double? NewestFloatOf(int series)
    {
        ref var state = ref _states[series];
        var hasNone = state is { OpenCount: 0, LastFull: SeriesState.None };
        return hasNone || SpecialValues.IsStale(state.Value.Last) ? null : state.Value.Last;
    }

    /// <summary>Takes a sample.</summary>
    /// <exception cref="MemoryBudgetExceededException">There is no memory for it; nothing changed.</exception>
    public SamplePlace Append(int series, long timestampMs, double value)
    {
        ref var state = ref _states[series];
        if (timestampMs == state.MaxTimeMs) return IsNewest(state, value) ? SamplePlace.Duplicate : SamplePlace.Conflict;
        var place = SamplePlace.Newest;
        if (timestampMs < state.MaxTimeMs)
        {
            // Late floats merge among themselves when they are read; a histogram that came first has to be looked for.
            if (_histograms.TryGetValue(series, out var histograms) && Holds(histograms, timestampMs)) return SamplePlace.Duplicate;
            _late.Add(new LateSample(timestampMs, value, state.LastLate));
            state.LastLate = _late.Count - 1;
            state.MinTimeMs = Math.Min(state.MinTimeMs, timestampMs);
            place = SamplePlace.Late;
        }
        else
        {
            Encode(ref state, timestampMs, value);
            state.MaxTimeMs = timestampMs;
        }

        SampleCount++;
        return place;
    }

    /// <summary>Takes a sample, and when what it counts began: Unix milliseconds, 0 where that is not known.</summary>
    /// <exception cref="MemoryBudgetExceededException">There is no memory for it; nothing changed.</exception>
    public SamplePlace Append(int series, long timestampMs, double value, long startMs)
    {
        _starts.Reserve();
        var place = Append(series, timestampMs, value);
        ref var state = ref _states[series];
        if (place == SamplePlace.Newest) state.LastStart = _starts.Continue(state.LastStart, timestampMs, startMs);
        else if (place == SamplePlace.Late && startMs != 0) _starts.AddLate(state.LastLate, startMs);
        HasAnyStarts |= startMs != 0;
        return place;
    }

    /// <summary>Takes a native histogram; false where the series has one at that time.</summary>
    /// <exception cref="MemoryBudgetExceededException">There is no memory for it; nothing changed.</exception>
    public bool AppendHistogram(int series, long timestampMs, FloatHistogram histogram, long startMs = 0)
    {
        var list = _histograms.GetValueOrDefault(series);
        ref var state = ref _states[series];

        // Nearly all come in order, and then there is nothing to look through.
        if (list is not null && timestampMs <= state.MaxTimeMs && Holds(list, timestampMs)) return false;
        Charge(HistogramItemBytes + histogram.SizeBytes + (list is null ? HistogramListBytes : 0));
        if (list is null) _histograms[series] = list = [];
        list.Add(new HistogramSample(timestampMs, histogram, startMs));
        HasAnyStarts |= startMs != 0;
        state.MinTimeMs = Math.Min(state.MinTimeMs, timestampMs);
        state.MaxTimeMs = Math.Max(state.MaxTimeMs, timestampMs);
        SampleCount++;
        return true;
    }

    /// <summary>
    /// Takes an exemplar and returns it; null where it equals the series' last one, which senders repeat until there is another.
    /// </summary>
    /// <exception cref="MemoryBudgetExceededException">There is no memory for it; nothing changed.</exception>
    public ExemplarSample? AppendExemplar(int series, long timestampMs, double value, ReadOnlySpan<byte> canonicalLabels)
    {
        if (_lastExemplar.TryGetValue(series, out var last) && last.TimestampMs == timestampMs && last.Value.Equals(value)
            && canonicalLabels.SequenceEqual(last.Labels))
        {
            return null;
        }

        Charge(ExemplarItemBytes + canonicalLabels.Length);
        if (_exemplars.Count == MaxExemplars) DropOldestExemplar();
        var exemplar = new ExemplarSample(series, timestampMs, value, canonicalLabels.ToArray());
        _exemplars.Enqueue(exemplar);
        _lastExemplar[series] = exemplar;
        return exemplar;
    }

    /// <summary>
    /// Takes what a sender said about a metric; false where it says nothing new. Several senders may say different things about one, of which the oldest
    /// goes where there are too many.
    /// </summary>
    /// <exception cref="MemoryBudgetExceededException">There is no memory for it; nothing changed.</exception>
    public bool AddMetadata(MetadataEntry entry)
    {
        var said = _metadata.GetValueOrDefault(entry.MetricName);
        if (said?.Contains(entry) == true) return false;
        Charge(MetadataItemBytes + entry.SizeBytes);
        if (said is null) _metadata[entry.MetricName] = said = [];
        if (said.Count == MaxMetadataPerMetric)
        {
            Uncharge(MetadataItemBytes + said[^1].SizeBytes);
            said.RemoveAt(said.Count - 1);
        }

        said.Insert(0, entry);
        return true;
    }

    /// <summary>
    /// What is needed to read series without the lock: which chunks they have now and how many samples are in each. Bits behind those
    /// samples may still be written; those before never change.
    /// </summary>
    public SeriesView View(ReadOnlySpan<int> series)
    {
        var view = new SeriesView(_arena, _times.Open());
        foreach (var number in series) AddTo(view, number);
        return view;
    }

    /// <summary>
    /// As <see cref="View"/>, where of each series only the newest sample in the range is needed: where that is its newest of all it is known without decoding,
    /// and the view has no other.
    /// </summary>
    public SeriesView ViewNewest(ReadOnlySpan<int> series, long minTimeMs, long maxTimeMs)
    {
        var view = new SeriesView(_arena, _times.Open());
        foreach (var number in series)
        {
            ref var state = ref _states[number];
            var isKnown = state.MaxTimeMs >= minTimeMs && state.MaxTimeMs <= maxTimeMs && state.OpenCount > 0 && !_histograms.ContainsKey(number);
            if (isKnown) view.AddOne(state.MaxTimeMs, state.Value.Last, state.LastStart == SeriesState.None ? 0 : _starts[state.LastStart].StartMs);
            else AddTo(view, number);
        }

        return view;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _byLabels.Dispose();
        _byWire.Dispose();
        _states.Dispose();
        _fullChunks.Dispose();
        _late.Dispose();
        _starts.Dispose();
        Sums.Dispose();
        _arena.Dispose();
        Uncharge(_objectBytes);
    }

    private void AddTo(SeriesView view, int series)
    {
        ref var state = ref _states[series];
        view.Begin(state.Time);
        if (state.OpenCount > 0) view.AddChunk(new SampleChunk(state.Open, state.OpenCount, state.LastFull));
        for (var chunk = state.LastFull; chunk != SeriesState.None; chunk = _fullChunks[chunk].Before) view.AddChunk(_fullChunks[chunk]);
        for (var late = state.LastLate; late != SeriesState.None; late = _late[late].Before)
            view.AddLate(_late[late].TimestampMs, _late[late].Value, _starts.OfLate(late));
        for (var run = state.LastStart; run != SeriesState.None; run = _starts[run].Before) view.AddStart(_starts[run]);
        if (_histograms.TryGetValue(series, out var histograms)) view.SetHistograms([.. histograms]);
    }

    private static uint Tag(ulong hash) => (uint)(hash >> 32);

    private void DropOldestExemplar()
    {
        var oldest = _exemplars.Dequeue();
        Uncharge(ExemplarItemBytes + oldest.Labels.Length);
        if (ReferenceEquals(_lastExemplar.GetValueOrDefault(oldest.Series), oldest)) _lastExemplar.Remove(oldest.Series);
    }

    private void Charge(long bytes)
    {
        _budget.Take(bytes);
        _objectBytes += bytes;
    }

    private void Uncharge(long bytes)
    {
        _budget.Return(bytes);
        _objectBytes -= bytes;
    }

    private static bool IsNewest(in SeriesState state, double value) =>
        state is not { OpenCount: 0, LastFull: SeriesState.None } && BitConverter.DoubleToInt64Bits(state.Value.Last) == BitConverter.DoubleToInt64Bits(value);

    private static bool Holds(List<HistogramSample> list, long timestampMs)
    {
        for (var i = list.Count - 1; i >= 0; i--)
        {
            if (list[i].TimestampMs == timestampMs) return true;
        }

        return false;
    }

    private void Encode(ref SeriesState state, long timestampMs, double value)
    {
        if ((state.Open.Length * 8) - state.OpenBits < ValueCodec.MaxBits) OpenChunk(ref state);
        var before = state.Time;
        state.Time = _times.Next(before, timestampMs);
        var writer = new BitWriter(_arena.Edit(state.Open), state.OpenBits);
        state.Value.Encode(ref writer, value);
        state.OpenBits = (int)writer.BitPosition;
        state.OpenCount++;
        if (before == TimeTree.None) state.MinTimeMs = Math.Min(state.MinTimeMs, timestampMs);
    }

    private void OpenChunk(ref SeriesState state)
    {
        var length = Math.Min(_smallestChunkBytes << state.ChunkCount, LargestChunkBytes);
        if (state.OpenCount > 0)
        {
            _fullChunks.Add(new SampleChunk(state.Open, state.OpenCount, state.LastFull));
            state.LastFull = _fullChunks.Count - 1;
            (state.Open, state.OpenBits, state.OpenCount) = (default, 0, 0);
        }

        if (!_arena.TryAllocate(length, out var data, out _)) throw new MemoryBudgetExceededException(_budget, length);
        state.Open = data;
        if (state.ChunkCount < GrowingChunks) state.ChunkCount++;
    }
}

/// <summary>A native histogram of a series, and when what it counts began: 0 where that is not known.</summary>
internal readonly record struct HistogramSample(long TimestampMs, FloatHistogram Histogram, long StartMs);

/// <summary>An exemplar of a series; its labels are a canonical label set.</summary>
internal sealed record ExemplarSample(int Series, long TimestampMs, double Value, byte[] Labels);
