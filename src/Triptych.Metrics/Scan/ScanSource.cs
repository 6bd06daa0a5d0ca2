using Triptych.Columnar;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Samples;
using Triptych.Columnar.Symbols;
using Triptych.Metrics.Block;
using Triptych.Metrics.Head;
using Triptych.Storage.Blocks;
using Triptych.Storage.Index;
using Triptych.Model;
using Triptych.Model.Labels;

namespace Triptych.Metrics.Scan;

/// <summary>
/// One place that a scan reads from: a head generation or a block. First <see cref="Select"/>, then for each batch <see cref="LoadAsync"/>
/// and <see cref="Read"/>. Its own symbols are
/// translated into the query's as they are met. One scan's; one thread at a time.
/// </summary>
internal abstract class ScanSource(SymbolTable symbols)
{
    private int[] _symbolOf = [];

    /// <summary>Series of the source that may have samples in the range, ascending.</summary>
    public List<int> Selected { get; protected set; } = [];

    /// <summary>Finds the series, and calls back with the canonical labels of each, in the order of <see cref="Selected"/>.</summary>
    public abstract void Select(IReadOnlyList<LabelMatcher> matchers, long minTimeMs, long maxTimeMs, KeyHandler? onKey);

    /// <summary>What may be worth knowing about answers from here, once series are selected; null for nothing.</summary>
    public virtual string? Info => null;

    /// <summary>What kept the source from being read, once it did; it then has no samples for what was loaded.</summary>
    public CorruptFileException? Problem { get; protected set; }

    /// <summary>Tells of the problem, once.</summary>
    public virtual ValueTask ReportAsync(CorruptFileException problem, ScanStatistics statistics, CancellationToken cancellationToken) =>
        ValueTask.CompletedTask;

    /// <summary>Makes samples and labels of some series readable until the next call; <paramref name="series"/> ascends.</summary>
    /// <param name="series">Numbers out of <see cref="Selected"/>.</param>
    /// <param name="withSamples">False where only labels and <see cref="HasSampleIn"/> are asked for.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public abstract ValueTask LoadAsync(IReadOnlyList<int> series, bool withSamples, CancellationToken cancellationToken);

    /// <summary>Whether the series at a place of what was loaded has a sample in [minTimeMs, maxTimeMs].</summary>
    public abstract bool HasSampleIn(int place, long minTimeMs, long maxTimeMs);

    /// <summary>Adds the samples of the series at a place of what was loaded.</summary>
    public abstract void Read(int place, SampleBuffer into);

    /// <summary>The labels of the series at a place of what was loaded, as the query's numbers.</summary>
    public abstract ReadOnlySpan<LabelId> LabelsAt(int place);

    /// <summary>Bytes read from storage so far.</summary>
    public long BytesRead { get; protected set; }

    /// <summary>Pages of blocks decoded so far.</summary>
    public long PagesRead { get; protected set; }

    /// <summary>About how much memory what was loaded takes, in bytes.</summary>
    public abstract long LoadedBytes { get; }

    /// <summary>Lets go of what was loaded.</summary>
    public virtual void Release()
    {
    }

    /// <summary>Told the canonical labels of a series.</summary>
    public delegate void KeyHandler(int place, ReadOnlySpan<byte> canonicalLabels);

    /// <summary>Translates labels, only those wanted.</summary>
    protected void Translate(LabelIndex index, int series, HashSet<int>? wantedNames, List<LabelId> into)
    {
        if (_symbolOf.Length < index.Symbols.Count) Array.Resize(ref _symbolOf, index.Symbols.Count);
        foreach (var label in index.LabelsOf(series))
        {
            if (wantedNames is not null && !wantedNames.Contains(label.Name)) continue;
            into.Add(new LabelId(Translate(index, label.Name), Translate(index, label.Value)));
        }
    }

    /// <summary>The numbers of the wanted label names in the source's own symbols.</summary>
    protected static HashSet<int>? OwnNumbers(LabelIndex index, IReadOnlyList<string>? names) =>
        names is null ? null : [.. names.Select(index.Symbols.Find).Where(n => n >= 0)];

    private int Translate(LabelIndex index, int own)
    {
        ref var known = ref _symbolOf[own];
        if (known == 0) known = symbols.Intern(index.Symbols.GetUtf8(own)) + 1;
        return known - 1;
    }
}

/// <summary>A head generation as a source.</summary>
internal sealed class HeadSource(MetricHead head, SampleScanRequest request) : ScanSource(request.Symbols)
{
    private readonly List<LabelId> _labels = [];
    private readonly List<int> _labelEnds = [];
    private readonly List<(long MinTimeMs, long MaxTimeMs)> _ranges = [];
    private readonly SampleBuffer _buffer = new();
    private TenantSeries? _series;
    private int[] _loaded = [];
    private SeriesView? _view;

    /// <inheritdoc/>
    public override string? Info => head.IsSide && Selected.Count > 0
        ? $"tenant {request.Tenant.Name} sends more series than the {head.MaxSeries} that are indexed in memory (ingest.max_active_series); the answer has the others as well"
        : null;

    /// <inheritdoc/>
    public override void Select(IReadOnlyList<LabelMatcher> matchers, long minTimeMs, long maxTimeMs, KeyHandler? onKey)
    {
        lock (head.Gate)
        {
            if (head.Find(request.Tenant) is not { } series) return;
            _series = series;
            Selected = series.Index.Select(matchers);

            // A series that has exemplars only has a range of nothing.
            Selected.RemoveAll(s => series.RangeOf(s) is var (min, max) && (min > max || min > maxTimeMs || max < minTimeMs));
            if (onKey is null) return;
            var key = new LabelKey();
            for (var i = 0; i < Selected.Count; i++) onKey(i, series.Index.KeyOf(Selected[i], key));
        }
    }

    /// <inheritdoc/>
    public override ValueTask LoadAsync(IReadOnlyList<int> series, bool withSamples, CancellationToken cancellationToken)
    {
        _labels.Clear();
        _labelEnds.Clear();
        _ranges.Clear();
        _view = null;
        if (_series is not { } own || series.Count == 0) return ValueTask.CompletedTask;
        _loaded = [.. series];
        lock (head.Gate)
        {
            var wanted = OwnNumbers(own.Index, request.Labels);
            foreach (var number in series)
            {
                Translate(own.Index, number, wanted, _labels);
                _labelEnds.Add(_labels.Count);
                _ranges.Add(own.RangeOf(number));
            }

            if (withSamples) _view = request.NewestOnly ? own.ViewNewest(_loaded, request.MinTimeMs, request.MaxTimeMs) : own.View(_loaded);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override long LoadedBytes =>
        (_labels.Capacity * 8L) + (_labelEnds.Capacity * 4L) + (_ranges.Capacity * 16L) + (_loaded.Length * 4L) + _buffer.SizeBytes + (_view?.SizeBytes ?? 0);

    /// <inheritdoc/>
    public override void Read(int place, SampleBuffer into)
    {
        var before = into.Count;
        _view!.Read(place, into);
        BytesRead += (into.Count - before) * 4L;
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<LabelId> LabelsAt(int place) =>
        System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_labels)[(place == 0 ? 0 : _labelEnds[place - 1]).._labelEnds[place]];

    /// <inheritdoc/>
    public override bool HasSampleIn(int place, long minTimeMs, long maxTimeMs)
    {
        var (min, max) = _ranges[place];
        if (min > maxTimeMs || max < minTimeMs) return false;
        if (min >= minTimeMs || max <= maxTimeMs) return true;

        // It reaches over the range: only its samples tell. The view is taken for all that were loaded, on the first that needs it.
        if (_view is null)
        {
            lock (head.Gate) _view = _series!.View(_loaded);
        }

        _buffer.Clear();
        _view.Read(place, _buffer);
        foreach (var time in _buffer.TimestampsMs)
        {
            if (time >= minTimeMs && time <= maxTimeMs) return true;
        }

        return false;
    }
}

/// <summary>A block as a source.</summary>
internal sealed class BlockSource(MetricBlock block, DamagedBlocks damaged, SampleScanRequest request) : ScanSource(request.Symbols)
{
    private readonly HashSet<int>? _wanted = OwnNumbers(block.Index, request.Labels);
    private readonly List<LabelId> _scratch = [];
    private IReadOnlyList<int> _loaded = [];
    private BlockValues? _values;

    /// <inheritdoc/>
    public override void Select(IReadOnlyList<LabelMatcher> matchers, long minTimeMs, long maxTimeMs, KeyHandler? onKey)
    {
        // The index's symbol table makes strings on demand, and other queries may do the same.
        lock (block.Index) Selected = block.Index.Select(matchers);
        block.KeepInRange(Selected, minTimeMs, maxTimeMs);
        if (onKey is null) return;
        var key = new LabelKey();
        for (var i = 0; i < Selected.Count; i++) onKey(i, block.Index.KeyOf(Selected[i], key));
    }

    /// <inheritdoc/>
    public override async ValueTask LoadAsync(IReadOnlyList<int> series, bool withSamples, CancellationToken cancellationToken)
    {
        Release();
        _loaded = series;
        if (!withSamples || series.Count == 0) return;
        try
        {
            _values = await block.ReadAsync(series, request.WithStartTimes, cancellationToken);
            BytesRead += _values.StoredBytes;
            PagesRead += _values.PagesRead;
        }
        catch (CorruptFileException e)
        {
            // The other sources still answer; the scan passes this on as a warning.
            Problem ??= e;
        }
    }

    /// <inheritdoc/>
    public override ValueTask ReportAsync(CorruptFileException problem, ScanStatistics statistics, CancellationToken cancellationToken) =>
        damaged.ReportAsync(block.Meta, problem, isPart: true, statistics, cancellationToken);

    /// <inheritdoc/>
    public override long LoadedBytes => (_loaded.Count * 4L) + (_values?.SizeBytes ?? 0);

    /// <inheritdoc/>
    public override void Read(int place, SampleBuffer into) => _values?.Read(_loaded[place], place, into);

    /// <inheritdoc/>
    public override ReadOnlySpan<LabelId> LabelsAt(int place)
    {
        _scratch.Clear();
        Translate(block.Index, _loaded[place], _wanted, _scratch);
        return System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_scratch);
    }

    /// <inheritdoc/>
    public override bool HasSampleIn(int place, long minTimeMs, long maxTimeMs) => block.HasSampleIn(_loaded[place], minTimeMs, maxTimeMs);

    /// <inheritdoc/>
    public override void Release()
    {
        _values?.Dispose();
        _values = null;
    }
}
