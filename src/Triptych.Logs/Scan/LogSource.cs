using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.Model.Labels;
using Triptych.Primitives.Memory;
using Triptych.Storage.Catalog;
using Triptych.Storage.Index;

namespace Triptych.Logs.Scan;

/// <summary>
/// One place that a scan reads from: a head generation or a block. Knows which of its streams are wanted and which slices meet the time
/// range. One scan's; one thread at a time.
/// </summary>
internal abstract class LogSource(int number)
{
    private bool[] _wanted = [];
    private int[] _wantedStreams = [];
    private ulong[] _labelsOf = [];

    /// <summary>The source's number in the scan; sources come from the oldest to the newest.</summary>
    public int Number => number;

    /// <summary>The block; null for a head.</summary>
    public virtual BlockMeta? Block => null;

    /// <summary>Numbers that <see cref="StreamUnion"/> gave to the source's streams; -1 where it was not asked yet.</summary>
    public int[] ScanStreams { get; protected set; } = [];

    /// <summary>Finds the wanted streams and returns the slices that may have rows.</summary>
    public abstract IReadOnlyList<LogSlice> Open(RowScanRequest request);

    /// <summary>Whether all of the source's streams are wanted.</summary>
    public bool WantsAll => _wantedStreams.Length == _wanted.Length;

    /// <summary>The wanted streams, ascending.</summary>
    public ReadOnlyMemory<int> WantedStreams => _wantedStreams;

    /// <summary>Whether a stream is wanted.</summary>
    public bool IsWanted(int stream) => (uint)stream < (uint)_wanted.Length && _wanted[stream];

    /// <summary>Whether a wanted stream has the label of that number among those whose fields are asked for.</summary>
    public bool HasLabel(int stream, int label) => (_labelsOf[stream] >> label & 1) != 0;

    /// <summary>The canonical labels of a stream and the same as the query's numbers.</summary>
    public abstract (byte[] Key, LabelId[] Labels) StreamOf(int stream, SymbolTable symbols);

    /// <summary>Marks the wanted streams; true when there are any.</summary>
    protected bool Want(LabelIndex streams, IReadOnlyList<LabelMatcher> matchers)
    {
        _wanted = new bool[streams.Count];
        ScanStreams = new int[streams.Count];
        ScanStreams.AsSpan().Fill(-1);
        var selected = streams.Select(matchers);
        foreach (var stream in selected) _wanted[stream] = true;
        _wantedStreams = [.. selected];
        return selected.Count > 0;
    }

    /// <summary>Notes which of the labels whose fields are asked for the wanted streams have.</summary>
    protected void NoteLabels(LabelIndex streams, RowScanRequest request)
    {
        if (request.Fields is not { } fields) return;
        _labelsOf = new ulong[streams.Count];
        for (var i = 0; i < fields.Labels.Count; i++)
        {
            foreach (var stream in streams.Select([.. request.Matchers, LabelMatcher.Create(fields.Labels[i], MatchOp.NotEqual, "")]))
                _labelsOf[stream] |= 1UL << i;
        }
    }

    /// <summary>Translates the labels of a stream.</summary>
    protected static (byte[] Key, LabelId[] Labels) Translate(LabelIndex streams, int stream, SymbolTable symbols)
    {
        var key = streams.KeyOf(stream, new LabelKey()).ToArray();
        var labels = new LabelId[16];
        var count = symbols.InternLabels(key, ref labels);
        return (key, labels[..count]);
    }
}

/// <summary>Some rows of a source that lie together in time.</summary>
internal abstract class LogSlice(LogSource source, int place, long minTime, long maxTime)
{
    /// <summary>The slice's place among those of its source.</summary>
    public int Place => place;

    /// <summary>Where it belongs.</summary>
    public LogSource Source => source;

    /// <summary>Smallest time of a row.</summary>
    public long MinTime => minTime;

    /// <summary>Largest time of a row.</summary>
    public long MaxTime => maxTime;

    /// <summary>Whether rows may be in another source too: then line and metadata are needed to tell.</summary>
    public bool MayRepeat { get; set; }

    /// <summary>Rows of the slice that an older source has too, so that they are left out here; null for none.</summary>
    public HashSet<int>? Repeats { get; set; }

    /// <summary>Counts the records where the request asks for no more and they need not be looked at one by one; else null.</summary>
    public virtual ValueTask<FoldedRows?> FoldAsync(
        RowScanRequest request, Columnar.ScanStatistics statistics, CancellationToken cancellationToken) => ValueTask.FromResult<FoldedRows?>(null);

    /// <summary>
    /// Adds the counts of patterns that are kept with the rows, of whole steps of <see cref="Patterns.PatternSection.StepNanos"/>; false, and nothing added,
    /// where they have to be found in the lines.
    /// </summary>
    public virtual ValueTask<bool> TryAddPatternsAsync(
        Patterns.PatternMiner miner, PatternLookup lookup, Columnar.ScanStatistics statistics, CancellationToken cancellationToken) =>
        ValueTask.FromResult(false);

    /// <summary>
    /// Finds the rows of wanted streams in the time range; rows that certainly do not satisfy the predicate may be left out. The budget is charged for
    /// what is copied out of a head.
    /// </summary>
    public abstract ValueTask<SliceRows> LoadAsync(RowScanRequest request, MemoryBudget budget, CancellationToken cancellationToken);
}
