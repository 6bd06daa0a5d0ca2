using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.Primitives.Memory;
using Triptych.Storage.Catalog;
using Triptych.Traces.Attributes;
using Triptych.Traces.Scan;

namespace Triptych.Traces.Block;

/// <summary>A row group of a block. Trace ids are looked for in its bloom filter, then in the bounds of pages, so that a trace is found by reading few pages.</summary>
internal sealed class BlockUnit(TraceBlock block, int rowGroup, SpanPruning pruning, long minStart, long maxStart) : SpanUnit(minStart, maxStart)
{
    // Each look-up in a bloom filter reads it; with more ids than this the page bounds alone are cheaper.
    private const int MaxBloomLookups = 32;

    // Rows apart by fewer than this are read as one range: pages are decoded whole anyway.
    private const int MaxGapRows = 64;

    private readonly RowGroupReader _group = block.File.RowGroups[rowGroup];
    private readonly AttributePruning _attributes = new(block, rowGroup, pruning);

    /// <inheritdoc/>
    public override BlockMeta Block => block.Meta;

    /// <inheritdoc/>
    public override object Source => block;

    /// <inheritdoc/>
    public override bool CanRunAhead => true;

    /// <inheritdoc/>
    public override async ValueTask<LoadedRows> LoadAsync(
        ScanPlan plan, ColumnRef[] columns, NativeList<int> rows, SymbolTable symbols, CancellationToken cancellationToken)
    {
        var slots = new NativeList<int>(plan.Budget);
        var loader = new ColumnLoader(block, rowGroup, Ranges(rows, slots), plan.Statistics);
        var isLoaded = false;
        try
        {
            var readers = new BlockColumn[columns.Length];
            var isOnlyAttribute = columns.Count(c => SpanAttributeColumn.ReadsMap(c, loader.Attributes)) == 1;
            for (var i = 0; i < columns.Length; i++)
                readers[i] = await BlockColumn.LoadAsync(columns[i], loader, symbols, plan.Budget, isOnlyAttribute, cancellationToken);
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
    protected override async ValueTask DropLikeAsync(ScanPlan plan, NativeList<int> rows, CancellationToken cancellationToken)
    {
        var columns = plan.AllColumns;
        var isOfResource = Array.TrueForAll(columns, SpanPruning.IsOfResource);
        var text = columns.Length != 1 ? null : columns[0] == SpanColumns.Name ? TraceBlockSchema.Name : _attributes.TextColumnOf(columns[0])?.Column;
        if (!isOfResource && text is null) return;
        using var slots = new NativeList<int>(plan.Budget);
        using var loader = new ColumnLoader(block, rowGroup, Ranges(rows, slots), plan.Statistics);
        using var charge = new ScanCharge(plan.Budget);
        var numbers = isOfResource
            ? await loader.LoadNumbersAsync(TraceBlockSchema.Resource, block.Resources.Count, cancellationToken)
            : await loader.LoadCodesAsync(text!, cancellationToken);
        charge.Set(loader.SizeBytes);
        if (isOfResource) plan.KeepFirst(rows, slots.Span, numbers.Int32s, block.Resources.Count);
        else if (numbers.IsCoded && numbers.Validity.IsEmpty) plan.KeepFirst(rows, slots.Span, numbers.Codes, numbers.Dictionary!.SlotCount);
        else if (numbers.IsCoded) plan.KeepFirst(rows, slots.Span, CodesWithNull(numbers), numbers.Dictionary!.SlotCount + 1);
    }

    /// <inheritdoc/>
    protected override ValueTask<bool> TryKeepAsync(ScanPlan plan, Conjunct conjunct, NativeList<int> rows, CancellationToken cancellationToken) =>
        new CodedConditions(block, rowGroup, pruning, _attributes).TryKeepAsync(plan, conjunct, rows, (all, slots) => Ranges(all, slots), cancellationToken);

    /// <inheritdoc/>
    protected override async ValueTask AddCandidatesAsync(ScanPlan plan, NativeList<int> rows, CancellationToken cancellationToken)
    {
        foreach (var range in await FindAsync(plan, cancellationToken))
        {
            for (var row = range.Start; row < range.End; row++) rows.Add((int)row);
        }
    }

    /// <summary>The rows that neither statistics nor filters nor page bounds rule out; what costs nothing is asked first.</summary>
    private async ValueTask<RowRange[]> FindAsync(ScanPlan plan, CancellationToken cancellationToken)
    {
        var found = await FindByBoundsAsync(plan, cancellationToken);
        if (found.Length > 0) found = await SearchAsync(plan, found, cancellationToken);
        if (found.Length > 0 && plan.TraceIds is not null) found = RowRanges.Intersect(found, await FindTracesAsync(plan, cancellationToken));
        return found;
    }

    private async ValueTask<RowRange[]> FindByBoundsAsync(ScanPlan plan, CancellationToken cancellationToken)
    {
        var start = block.File.Schema.Column(TraceBlockSchema.Start);
        var found = plan.IsInRange(MinStart) && plan.IsInRange(MaxStart)
            ? RowRanges.All(_group.RowCount)
            : await _group.FindRowsAsync([ColumnBounds.Between(start, plan.Request.MinTimeUnixNanos, plan.Request.MaxTimeUnixNanos - 1)], cancellationToken);
        return found.Length > 0 && plan.Request.Predicate is { } predicate
            ? RowRanges.Intersect(found, await PredicatePruning.FindRowsAsync(_group, predicate, _attributes.BoundsOf, cancellationToken))
            : found;
    }

    /// <summary>Spans, and bytes in the file, that a scan would read at most: by statistics, filters and the bounds of pages.</summary>
    public async ValueTask<(long Spans, long Bytes)> PriceAsync(ScanPlan plan, CancellationToken cancellationToken)
    {
        var spans = RowRanges.Count(await FindByBoundsAsync(plan, cancellationToken));
        return spans == 0 ? default : (spans, _group.Info.Columns.Sum(static c => c.CompressedBytes));
    }

    /// <summary>Looks for names of attributes and other texts in the bytes of pages, before rows are made of them.</summary>
    private async ValueTask<RowRange[]> SearchAsync(ScanPlan plan, RowRange[] rows, CancellationToken cancellationToken)
    {
        foreach (var conjunct in plan.Conjuncts)
        {
            if (!plan.IsWorthSearching(conjunct) || _attributes.BoundsOf(conjunct.Predicate) is not { } bounds) continue;
            foreach (var bound in bounds)
            {
                var before = RowRanges.Count(rows);
                var found = await _group.SearchPagesAsync(bound, rows, cancellationToken);
                plan.Statistics.BytesRead += found.StoredBytes;
                plan.Statistics.PagesRead += found.PagesRead;
                rows = found.Rows;
                if (rows.Length == 0) return rows;
                if (found.StoredBytes > 0) plan.NoteSearch(conjunct, before, RowRanges.Count(rows));
            }
        }

        return rows;
    }

    private async ValueTask<RowRange[]> FindTracesAsync(ScanPlan plan, CancellationToken cancellationToken)
    {
        if (!await MightHaveTraceAsync(plan, cancellationToken)) return [];
        var column = block.File.Schema.Column(TraceBlockSchema.TraceId);
        if (await _group.ReadPageIndexAsync(column, cancellationToken) is not { } index) return RowRanges.All(_group.RowCount);
        var pages = new List<RowRange>();
        foreach (var page in index.Pages)
        {
            var isWanted = page.Statistics is not { Min: { } min, Max: { } max } || plan.HasTraceIdIn(min, max);
            if (isWanted) pages.Add(new RowRange(page.FirstRow, page.RowCount));
        }

        return [.. pages];
    }

    private async ValueTask<bool> MightHaveTraceAsync(ScanPlan plan, CancellationToken cancellationToken)
    {
        if (plan.SortedTraceIds.Length > MaxBloomLookups) return true;
        var column = block.File.Schema.Column(TraceBlockSchema.TraceId);
        foreach (var id in plan.SortedTraceIds)
        {
            if (await _group.MightContainAsync(column, id, cancellationToken)) return true;
        }

        return false;
    }

    /// <summary>Codes from 1 on; 0 where there is no value.</summary>
    private static int[] CodesWithNull(DecodedColumn column)
    {
        var codes = column.Codes.ToArray();
        for (var i = 0; i < codes.Length; i++) codes[i] = column.Validity[i] ? codes[i] + 1 : 0;
        return codes;
    }

    /// <summary>Ranges that cover the rows, and by row its place among those that are read.</summary>
    private static RowRange[] Ranges(NativeList<int> rows, NativeList<int> slots)
    {
        var ranges = new List<RowRange>();
        var (start, end, read) = (0L, 0L, 0L);
        foreach (var row in rows.Span)
        {
            if (end > 0 && row - end < MaxGapRows)
            {
                read += row + 1 - end;
            }
            else
            {
                if (end > 0) ranges.Add(new RowRange(start, end - start));
                start = row;
                read++;
            }

            end = row + 1;
            slots.Add((int)read - 1);
        }

        if (end > 0) ranges.Add(new RowRange(start, end - start));
        return [.. ranges];
    }

    private sealed class BlockRows(BlockColumn[] columns, ColumnLoader loader, NativeList<int> slots) : LoadedRows
    {
        public override long SizeBytes => loader.SizeBytes;

        public override void Fill(ReadOnlySpan<int> positions, Column?[] into)
        {
            var rows = new SlotSelection(slots.Span, positions);
            for (var i = 0; i < into.Length; i++)
            {
                if (into[i] is { } column) columns[i].Fill(rows, column);
            }
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
