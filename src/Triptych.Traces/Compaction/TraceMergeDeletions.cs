using System.Text;
using Triptych.Columnar;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.Model.Attributes;
using Triptych.Model.Labels;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Memory;
using Triptych.Storage.Compaction;
using Triptych.Traces.Block;
using Triptych.Traces.Head;
using Triptych.Traces.Scan;

namespace Triptych.Traces.Compaction;

/// <summary>
/// Leaves out of a step the spans that the job's deletions name. Matchers look at resource attributes by name, as texts, missing ones as empty;
/// conditions on spans are evaluated by the code that scans use.
/// </summary>
internal sealed class TraceMergeDeletions
{
    private const int RowsAtOnce = 16 * 1024;

    private readonly MergeJob _job;
    private readonly MemoryBudget _budget;
    private readonly List<(RowDeletion Deletion, bool[] Resources)> _deletions = [];

    public TraceMergeDeletions(MergeJob job, MergeItems resources, ScanCharge charge)
    {
        _job = job;
        _budget = job.Memory;
        using var text = new PooledBufferWriter();
        foreach (var deletion in job.Deletions)
        {
            charge.Add(resources.Count);
            var matches = new bool[resources.Count];
            for (var i = 0; i < matches.Length; i++) matches[i] = Holds(deletion.Matchers, SetItem.Attributes(resources[i], 1), text);
            _deletions.Add((deletion, matches));
        }
    }

    /// <summary>Whether spans of these resources and starts can be among those to be left out.</summary>
    public bool MayNameAny(IEnumerable<int> resources, long minTime, long maxTime) =>
        _deletions.Any(d => d.Deletion.MinTime <= maxTime && d.Deletion.MaxTime >= minTime && resources.Any(r => d.Resources[r]));

    /// <summary>Marks spans, and counts them.</summary>
    public async ValueTask ApplyAsync(TraceMergeSpans spans, CancellationToken cancellationToken)
    {
        using var candidates = new NativeList<int>(_budget);
        foreach (var (deletion, resources) in _deletions)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Find(spans, deletion, resources, candidates);
            if (deletion.Predicate is null)
            {
                foreach (var index in candidates.Span) Drop(spans, index);
                continue;
            }

            // By row group and row, as files are read.
            candidates.Span.Sort((a, b) => spans.Spans[a].Source != spans.Spans[b].Source
                ? spans.Spans[a].Source.CompareTo(spans.Spans[b].Source)
                : spans.Spans[a].Row.CompareTo(spans.Spans[b].Row));
            for (var start = 0; start < candidates.Count;)
            {
                var source = spans.Spans[candidates[start]].Source;
                var end = start;
                while (end < candidates.Count && end - start < RowsAtOnce && spans.Spans[candidates[end]].Source == source) end++;
                await DropAsync(spans, deletion, candidates, start, end, cancellationToken);
                start = end;
            }
        }
    }

    /// <summary>Whether matchers hold for a resource's attributes; <paramref name="text"/> is for its own use.</summary>
    public static bool Holds(IReadOnlyList<LabelMatcher> matchers, ReadOnlySpan<byte> attributes, PooledBufferWriter text)
    {
        foreach (var matcher in matchers)
        {
            text.Reset();
            if (AttributeReader.TryFind(attributes, Encoding.UTF8.GetBytes(matcher.Name), out var found)) AttributeText.Write(text, found);
            if (!matcher.Matches(Encoding.UTF8.GetString(text.WrittenSpan))) return false;
        }

        return true;
    }

    private static void Find(TraceMergeSpans spans, RowDeletion deletion, bool[] resources, NativeList<int> candidates)
    {
        candidates.Clear();
        for (var i = 0; i < spans.Spans.Length; i++)
        {
            ref var span = ref spans.Spans[i];
            if (!span.IsDropped && span.Start >= deletion.MinTime && span.Start <= deletion.MaxTime && resources[span.Resource]) candidates.Add(i);
        }
    }

    private void Drop(TraceMergeSpans spans, int index)
    {
        spans.Spans[index].IsDropped = true;
        _job.RowsDeleted++;
    }

    /// <summary>Evaluates the condition on spans of one row group; where their columns do not fit into memory, on half of them at a time.</summary>
    private async ValueTask DropAsync(
        TraceMergeSpans spans, RowDeletion deletion, NativeList<int> candidates, int start, int end, CancellationToken cancellationToken)
    {
        try
        {
            using var rows = await SelectAsync(spans, deletion, candidates, start, end, cancellationToken);
            for (var i = start; i < end; i++)
            {
                if (rows.Span.BinarySearch(spans.Spans[candidates[i]].Row) >= 0) Drop(spans, candidates[i]);
            }

            return;
        }
        catch (MemoryBudgetExceededException) when (end - start > 1)
        {
            // Nothing was dropped yet.
        }

        var middle = start + ((end - start) / 2);
        await DropAsync(spans, deletion, candidates, start, middle, cancellationToken);
        await DropAsync(spans, deletion, candidates, middle, end, cancellationToken);
    }

    /// <summary>Those rows of the candidates that satisfy the deletion's condition, ascending.</summary>
    private async ValueTask<NativeList<int>> SelectAsync(
        TraceMergeSpans spans, RowDeletion deletion, NativeList<int> candidates, int start, int end, CancellationToken cancellationToken)
    {
        var request = new RowScanRequest
        {
            Tenant = _job.Tenant,
            MinTimeUnixNanos = deletion.MinTime,
            MaxTimeUnixNanos = deletion.MaxTime == long.MaxValue ? long.MaxValue : deletion.MaxTime + 1,
            Symbols = new SymbolTable(),
            Projection = [SpanColumns.StartUnixNanos],
            Predicate = deletion.Predicate,
            Budget = _budget,
        };
        var rows = new NativeList<int>(_budget);
        try
        {
            var source = spans.Spans[candidates[start]].Source;
            using var plan = new ScanPlan(request, new ScanStatistics());
            var (min, max) = spans.Inputs[source].StartsOf(spans.Places[source].RowGroup);
            var block = spans.Inputs[source].Block;
            var all = new BlockUnit(block, spans.Places[source].RowGroup, new SpanPruning(block), min, max);
            var some = new CandidateUnit(all, [.. Enumerable.Range(start, end - start).Select(i => spans.Spans[candidates[i]].Row)]);
            await some.SelectAsync(plan, rows, cancellationToken);
            return rows;
        }
        catch
        {
            rows.Dispose();
            throw;
        }
    }

    /// <summary>Some rows of a row group.</summary>
    private sealed class CandidateUnit(BlockUnit unit, int[] candidates) : SpanUnit(unit.MinStart, unit.MaxStart)
    {
        public override object Source => unit.Source;

        public override ValueTask<LoadedRows> LoadAsync(
            ScanPlan plan, ColumnRef[] columns, NativeList<int> rows, SymbolTable symbols, CancellationToken cancellationToken) =>
            unit.LoadAsync(plan, columns, rows, symbols, cancellationToken);

        protected override ValueTask AddCandidatesAsync(ScanPlan plan, NativeList<int> rows, CancellationToken cancellationToken)
        {
            rows.AddRange(candidates);
            return ValueTask.CompletedTask;
        }
    }
}
