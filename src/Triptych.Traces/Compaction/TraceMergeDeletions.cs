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
    private readonly MergeJob _job;
    private readonly MemoryBudget _budget;
    private readonly List<(RowDeletion Deletion, bool[] Resources)> _deletions = [];

    public TraceMergeDeletions(MergeJob job, MergeItems resources, ScanCharge charge, MemoryBudget budget)
    {
        _job = job;
        _budget = budget;
        using var text = new PooledBufferWriter();
        foreach (var deletion in job.Deletions)
        {
            charge.Add(resources.Count);
            var matches = new bool[resources.Count];
            for (var i = 0; i < matches.Length; i++) matches[i] = Holds(deletion.Matchers, SetItem.Attributes(resources[i], 1), text);
            _deletions.Add((deletion, matches));
        }
    }

    /// <summary>Marks spans, and counts them.</summary>
    public async ValueTask ApplyAsync(TraceMergeSpans spans, CancellationToken cancellationToken)
    {
        foreach (var (deletion, resources) in _deletions)
        {
            for (var source = 0; source < spans.Groups.Count; source++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var (min, max) = spans.Inputs[source].StartsOf(spans.Places[source].RowGroup);
                if (min <= deletion.MaxTime && max >= deletion.MinTime) await ApplyAsync(spans, source, deletion, resources, cancellationToken);
            }
        }
    }

    private async ValueTask ApplyAsync(TraceMergeSpans spans, int source, RowDeletion deletion, bool[] resources, CancellationToken cancellationToken)
    {
        using var rows = await SelectAsync(spans, source, deletion, cancellationToken);
        var group = spans.Groups[source];
        using var numbers = await group.ReadColumnAsync(group.Find(TraceBlockSchema.Resource), cancellationToken: cancellationToken);
        foreach (ref var span in spans.Spans)
        {
            if (span.Source != source || span.IsDropped || span.Start < deletion.MinTime || span.Start > deletion.MaxTime) continue;
            if (!resources[spans.Inputs[source].Resources[numbers.Int32s[span.Row]]]) continue;
            if (deletion.Predicate is not null && rows.Span.BinarySearch(span.Row) < 0) continue;
            span.IsDropped = true;
            _job.RowsDeleted++;
        }
    }

    /// <summary>The rows of a row group that satisfy the deletion's condition, ascending; none where it has no condition.</summary>
    private async ValueTask<NativeList<int>> SelectAsync(
        TraceMergeSpans spans, int source, RowDeletion deletion, CancellationToken cancellationToken)
    {
        var rows = new NativeList<int>(_budget);
        if (deletion.Predicate is null) return rows;
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
        try
        {
            using var plan = new ScanPlan(request, new ScanStatistics());
            var (min, max) = spans.Inputs[source].StartsOf(spans.Places[source].RowGroup);
            var unit = new BlockUnit(spans.Inputs[source].Block, spans.Groups[source], min, max);
            await unit.SelectAsync(plan, rows, cancellationToken);
            return rows;
        }
        catch
        {
            rows.Dispose();
            throw;
        }
    }

    private static bool Holds(IReadOnlyList<LabelMatcher> matchers, ReadOnlySpan<byte> attributes, PooledBufferWriter text)
    {
        foreach (var matcher in matchers)
        {
            text.Reset();
            if (AttributeReader.TryFind(attributes, Encoding.UTF8.GetBytes(matcher.Name), out var found)) AttributeText.Write(text, found);
            if (!matcher.Matches(Encoding.UTF8.GetString(text.WrittenSpan))) return false;
        }

        return true;
    }
}
