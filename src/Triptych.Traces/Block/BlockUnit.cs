using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Model.Attributes;
using Triptych.Primitives.Memory;
using Triptych.Traces.Scan;

namespace Triptych.Traces.Block;

/// <summary>A row group of a block. Trace ids are looked for in its bloom filter, then in the bounds of pages, so that a trace is found by reading few pages.</summary>
internal sealed class BlockUnit(TraceBlock block, RowGroupReader group, long minStart, long maxStart) : SpanUnit(minStart, maxStart)
{
    // Each look-up in a bloom filter reads it; with more ids than this the page bounds alone are cheaper.
    private const int MaxBloomLookups = 32;

    // Rows apart by fewer than this are read as one range: pages are decoded whole anyway.
    private const int MaxGapRows = 64;

    /// <inheritdoc/>
    public override async ValueTask<LoadedRows> LoadAsync(ScanPlan plan, ColumnRef[] columns, NativeList<int> rows, CancellationToken cancellationToken)
    {
        var slots = new NativeList<int>(plan.Budget);
        var loader = new ColumnLoader(block, group, Ranges(rows, slots), plan.Statistics);
        var isLoaded = false;
        try
        {
            var readers = new BlockColumn[columns.Length];
            for (var i = 0; i < columns.Length; i++) readers[i] = await BlockColumn.LoadAsync(columns[i], loader, plan, cancellationToken);
            isLoaded = true;
            return new BlockRows(readers, loader, slots);
        }
        finally
        {
            if (!isLoaded)
            {
                loader.Dispose();
                slots.Dispose();
            }
        }
    }

    /// <inheritdoc/>
    protected override async ValueTask AddCandidatesAsync(ScanPlan plan, NativeList<int> rows, CancellationToken cancellationToken)
    {
        if (IsRuledOut(plan) || !await MightHaveTraceAsync(plan, cancellationToken)) return;
        var column = block.File.Schema.Column(plan.TraceIds is null ? TraceBlockSchema.Start : TraceBlockSchema.TraceId);
        if (await group.ReadPageIndexAsync(column, cancellationToken) is not { } index)
        {
            AddRows(rows, 0, group.RowCount);
            return;
        }

        foreach (var page in index.Pages)
        {
            var isWanted = page.Statistics is not { Min: { } min, Max: { } max }
                || (plan.TraceIds is null
                    ? !page.Statistics.TryGetInt64(out var from, out var to) || (from < plan.Request.MaxTimeUnixNanos && to >= plan.Request.MinTimeUnixNanos)
                    : plan.HasTraceIdIn(min, max));
            if (isWanted) AddRows(rows, page.FirstRow, page.RowCount);
        }
    }

    private static void AddRows(NativeList<int> rows, long first, long count)
    {
        for (var row = first; row < first + count; row++) rows.Add((int)row);
    }

    private async ValueTask<bool> MightHaveTraceAsync(ScanPlan plan, CancellationToken cancellationToken)
    {
        if (plan.TraceIds is null) return true;
        if (plan.SortedTraceIds.Length > MaxBloomLookups) return true;
        var column = block.File.Schema.Column(TraceBlockSchema.TraceId);
        foreach (var id in plan.SortedTraceIds)
        {
            if (await group.MightContainAsync(column, id, cancellationToken)) return true;
        }

        return false;
    }

    /// <summary>Whether the bounds of a column show that no row satisfies one of the conditions.</summary>
    private bool IsRuledOut(ScanPlan plan)
    {
        foreach (var conjunct in plan.Conjuncts)
        {
            if (conjunct.Predicate is not RowPredicate.Compare { Literal.Kind: AttributeKind.Int } compare) continue;
            var name = compare.Column.Name switch
            {
                "start" => TraceBlockSchema.Start,
                "duration" => TraceBlockSchema.Duration,
                "kind" => TraceBlockSchema.Kind,
                "status_code" => TraceBlockSchema.StatusCode,
                _ => null,
            };
            if (name is null || compare.Column.Key is not null) continue;
            if (!group.Info.Columns[block.File.Schema.Column(name).Index].Statistics.TryGetInt64(out var min, out var max)) continue;
            var literal = compare.Literal.Bits;
            var mayHold = compare.Op switch
            {
                CompareOp.Equal => min <= literal && literal <= max,
                CompareOp.NotEqual => min != literal || max != literal,
                CompareOp.Less => min < literal,
                CompareOp.LessOrEqual => min <= literal,
                CompareOp.Greater => max > literal,
                _ => max >= literal,
            };
            if (!mayHold) return true;
        }

        return false;
    }

    /// <summary>Ranges that cover the rows, and by row its place among those that are read.</summary>
    private static RowRange[] Ranges(NativeList<int> rows, NativeList<int> slots)
    {
        var ranges = new List<RowRange>();
        var read = 0L;
        foreach (var row in rows.Span)
        {
            if (ranges.Count > 0 && row - ranges[^1].End < MaxGapRows)
            {
                read += row + 1 - ranges[^1].End;
                ranges[^1] = ranges[^1] with { Count = row + 1 - ranges[^1].Start };
            }
            else
            {
                ranges.Add(new RowRange(row, 1));
                read++;
            }

            slots.Add((int)read - 1);
        }

        return [.. ranges];
    }

    private sealed class BlockRows(BlockColumn[] columns, ColumnLoader loader, NativeList<int> slots) : LoadedRows
    {
        public override long SizeBytes => loader.SizeBytes;

        public override void Fill(ReadOnlySpan<int> positions, Column[] into)
        {
            for (var i = 0; i < into.Length; i++) columns[i].Fill(new SlotSelection(slots.Span, positions), into[i]);
        }

        public override void Dispose()
        {
            loader.Dispose();
            slots.Dispose();
            foreach (var column in columns) column.Dispose();
            base.Dispose();
        }
    }
}
