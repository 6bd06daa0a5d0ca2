using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.Logs.Scan;
using Triptych.Primitives.Memory;
using Triptych.Storage.Compaction;

namespace Triptych.Logs.Compaction;

/// <summary>Leaves out of a step the rows that the job's deletions name. Conditions on rows are evaluated by the code that scans use.</summary>
internal sealed class LogMergeDeletions
{
    private const int RowsAtOnce = 4096;

    private readonly MergeJob _job;
    private readonly LogMergeStreams _streams;
    private readonly MemoryBudget _budget;
    private readonly SymbolTable _symbols = new();
    private readonly PredicateEvaluator _evaluator;
    private readonly List<(RowDeletion Deletion, bool[] Streams)> _deletions = [];

    public LogMergeDeletions(MergeJob job, LogMergeStreams streams, ScanCharge charge)
    {
        _job = job;
        _streams = streams;
        _budget = job.Memory;
        _evaluator = new PredicateEvaluator(_symbols);
        foreach (var deletion in job.Deletions)
        {
            charge.Add(streams.Count);
            var matches = new bool[streams.Count];
            for (var i = 0; i < matches.Length; i++) matches[i] = DeletionMatch.Holds(deletion.Matchers, streams.LabelsOf(i));
            _deletions.Add((deletion, matches));
        }
    }

    /// <summary>Whether rows of these streams and times can be among those to be left out.</summary>
    public bool MayNameAny(IEnumerable<int> streams, long minTime, long maxTime) =>
        _deletions.Any(d => d.Deletion.MinTime <= maxTime && d.Deletion.MaxTime >= minTime && streams.Any(s => d.Streams[s]));

    /// <summary>Leaves rows out, and counts them.</summary>
    public async ValueTask ApplyAsync(LogMergeRows rows, CancellationToken cancellationToken)
    {
        foreach (var (deletion, streams) in _deletions)
        {
            if (deletion.MinTime > rows.Step.To || deletion.MaxTime < rows.Step.From) continue;
            using var candidates = new NativeList<int>(_budget);
            Find(rows, deletion, streams, candidates);
            if (deletion.Predicate is not { } predicate) Drop(rows, candidates);
            else await DropAsync(rows, candidates, predicate, cancellationToken);
        }
    }

    private void Find(LogMergeRows rows, RowDeletion deletion, bool[] streams, NativeList<int> candidates)
    {
        for (var i = 0; i < rows.Rows.Length; i++)
        {
            var row = rows.Rows[i];
            if (row.Time < deletion.MinTime || row.Time > deletion.MaxTime || rows.IsDropped(i)) continue;
            if (streams[_streams.OfRank(row.StreamRank)]) candidates.Add(i);
        }
    }

    private void Drop(LogMergeRows rows, NativeList<int> candidates)
    {
        foreach (var index in candidates.Span) rows.Drop(index);
        _job.RowsDeleted += candidates.Count;
    }

    private async ValueTask DropAsync(LogMergeRows rows, NativeList<int> candidates, RowPredicate predicate, CancellationToken cancellationToken)
    {
        // By row group and row, as files are read; rows of one stream and time are in that order already, those of others are not.
        candidates.Span.Sort((a, b) => rows.Rows[a].Source != rows.Rows[b].Source
            ? rows.Rows[a].Source.CompareTo(rows.Rows[b].Source)
            : rows.Rows[a].Row.CompareTo(rows.Rows[b].Row));
        for (var start = 0; start < candidates.Count;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var source = rows.Rows[candidates[start]].Source;
            var part = new List<(int Row, int Stream)>();
            var end = start;
            for (; end < candidates.Count && part.Count < RowsAtOnce && rows.Rows[candidates[end]].Source == source; end++)
            {
                var row = rows.Rows[candidates[end]];
                part.Add((row.Row, _streams.OfRank(row.StreamRank)));
            }

            await DropAsync(rows, source, candidates, start, part, predicate, cancellationToken);
            start = end;
        }
    }

    /// <summary>Evaluates the condition on rows of one row group; where their columns do not fit into memory, on half of them at a time.</summary>
    private async ValueTask DropAsync(
        LogMergeRows rows, int source, NativeList<int> candidates, int start, List<(int Row, int Stream)> part, RowPredicate predicate,
        CancellationToken cancellationToken)
    {
        try
        {
            using var charge = new ScanCharge(_budget);
            using var slice = new BlockSliceRows(rows.Inputs[source].File, null, rows.Groups[source], part, _symbols, _budget)
            {
                Metadata = rows.Inputs[source].Metadata[rows.Step.Sources[source].RowGroup],
            };
            var picked = new PickedRows(slice, new MergedSource(source, _streams), charge)
            {
                Union = new StreamUnion(new StreamDictionary(), _symbols),
            };
            try
            {
                await picked.KeepAsync(predicate, _evaluator, cancellationToken);
            }
            finally
            {
                picked.HandOn(new HashSet<Column>());
            }

            foreach (var place in picked.Places) rows.Drop(candidates[start + place]);
            _job.RowsDeleted += picked.Count;
            return;
        }
        catch (MemoryBudgetExceededException) when (part.Count > 1)
        {
            // Nothing was dropped yet.
        }

        var half = part.Count / 2;
        await DropAsync(rows, source, candidates, start, part[..half], predicate, cancellationToken);
        await DropAsync(rows, source, candidates, start + half, part[half..], predicate, cancellationToken);
    }

    /// <summary>Stands for the inputs where the scan's code wants to know its source; streams have the merge's numbers.</summary>
    private sealed class MergedSource : LogSource
    {
        private readonly LogMergeStreams _streams;

        public MergedSource(int number, LogMergeStreams streams)
            : base(number)
        {
            _streams = streams;
            ScanStreams = [.. Enumerable.Range(0, streams.Count)];
        }

        public override IReadOnlyList<LogSlice> Open(RowScanRequest request) => [];

        public override (byte[] Key, LabelId[] Labels) StreamOf(int stream, SymbolTable symbols) => (_streams.LabelsOf(stream), []);
    }
}
