using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.Logs.Block;
using Triptych.Logs.Patterns;
using Triptych.Model.Labels;
using Triptych.Primitives.Memory;
using Triptych.Storage.Catalog;

namespace Triptych.Logs.Scan;

/// <summary>A block as a source: a slice is a row group.</summary>
internal sealed class BlockSource(int number, LogBlock block) : LogSource(number)
{
    /// <inheritdoc/>
    public override BlockMeta Block => block.Meta;

    /// <inheritdoc/>
    public override IReadOnlyList<LogSlice> Open(RowScanRequest request)
    {
        // The index makes text of symbols on demand, and other queries may do the same.
        lock (block.Streams)
        {
            if (!Want(block.Streams, request.Matchers)) return [];
            NoteLabels(block.Streams, request);
        }

        var slices = new List<LogSlice>();
        for (var i = 0; i < block.RowGroupTimes.Count; i++)
        {
            var (min, max) = block.RowGroupTimes[i];
            if (min < request.MaxTimeUnixNanos && max >= request.MinTimeUnixNanos) slices.Add(new BlockSlice(this, block, i, min, max));
        }

        return slices;
    }

    /// <inheritdoc/>
    public override (byte[] Key, LabelId[] Labels) StreamOf(int stream, SymbolTable symbols) => Translate(block.Streams, stream, symbols);
}

/// <summary>A row group of a block.</summary>
internal sealed class BlockSlice(BlockSource source, LogBlock block, int rowGroup, long minTime, long maxTime)
    : LogSlice(source, rowGroup, minTime, maxTime)
{
    /// <inheritdoc/>
    public override async ValueTask<SliceRows> LoadAsync(RowScanRequest request, MemoryBudget budget, CancellationToken cancellationToken)
    {
        var group = block.File.RowGroups[Place];
        var rows = new BlockSliceRows(block.File, block.Facts[Place], group, [], request.Symbols, budget) { Source = Source };
        var candidates = await FindAsync(group, request, rows.Read, cancellationToken);
        if (candidates.Length == 0) return rows;
        rows.Pick(Source, candidates, await block.Facts[Place].RunsAsync(rows.Read, cancellationToken));
        if (!IsWithin(request)) await rows.KeepInRangeAsync(request.MinTimeUnixNanos, request.MaxTimeUnixNanos, cancellationToken);
        return rows;
    }

    /// <inheritdoc/>
    public override async ValueTask<bool> TryAddPatternsAsync(
        PatternMiner miner, PatternLookup lookup, Columnar.ScanStatistics statistics, CancellationToken cancellationToken)
    {
        var read = new ReadCount();
        try
        {
            var facts = block.Facts[Place];
            using var charge = new ScanCharge(lookup.Budget);
            using var patterns = await facts.PatternsAsync(await facts.RunsAsync(read, cancellationToken), charge, read, cancellationToken);
            if (patterns is null || !patterns.TryAddTo(miner, lookup, (MinTime, MaxTime), Source.IsWanted)) return false;
            statistics.BytesRead += read.SizeBytes;
            statistics.PagesRead += read.Pages;
            return true;
        }
        catch (CorruptFileException e)
        {
            // Nothing is missing from the answer: the lines are read instead.
            statistics.Warnings.Add($"patterns kept with a block are damaged and were looked for in its lines: {e.Message}");
            return false;
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<FoldedRows?> FoldAsync(RowScanRequest request, Columnar.ScanStatistics statistics, CancellationToken cancellationToken)
    {
        if (request is not { Fold: { } fold, Predicate: null }) return null;
        var read = new ReadCount();
        var facts = block.Facts[Place];
        var folded = new FoldedRows(fold);
        var isWhole = IsWithin(request) && folded.IsOne(MinTime, MaxTime);
        foreach (var column in request.Projection)
        {
            if (column == LogColumns.TimeUnixNanos || column == LogColumns.Stream || column == LogColumns.RecordCount) continue;
            if (column == LogColumns.LineLengthBytes && isWhole) continue;
            if (column is not { Name: "metadata", Key: { } key and not (LabelNames.TraceId or LabelNames.SpanId) }) return null;
            if (await facts.MayHaveKeyAsync(key, read, cancellationToken)) return null;
        }

        var runs = await facts.RunsAsync(read, cancellationToken);
        if (isWhole)
        {
            var measures = request.Projection.Contains(LogColumns.LineLengthBytes);
            var lineBytes = measures ? await facts.LineBytesAsync(runs, read, cancellationToken) : null;
            if (measures && lineBytes is null) return null;
            for (var run = 0; run < runs.Count; run++)
            {
                if (!Source.IsWanted(runs.StreamOf(run))) continue;
                folded.Add(runs.StreamOf(run), MinTime, runs.EndOf(run) - runs.StartOf(run), lineBytes?[run] ?? 0);
            }
        }
        else if (runs.Select(Source.IsWanted) is { Length: > 0 } wanted)
        {
            await FoldTimesAsync(folded, runs, wanted, request, read, cancellationToken);
        }

        statistics.RowsRead += folded.RecordCount;
        statistics.BytesRead += read.SizeBytes;
        statistics.PagesRead += read.Pages;
        return folded;
    }

    private async ValueTask FoldTimesAsync(
        FoldedRows folded, StreamRuns runs, RowRange[] wanted, RowScanRequest request, ReadCount read, CancellationToken cancellationToken)
    {
        var column = block.File.Schema.Column(LogBlockSchema.Time);
        using var times = await block.File.RowGroups[Place].ReadColumnAsync(column, wanted, cancellationToken: cancellationToken);
        read.Add(times);
        var values = times.Int64s;
        var at = 0;
        foreach (var range in wanted)
        {
            for (var run = runs.RunOf((int)range.Start); run < runs.Count && runs.StartOf(run) < range.End; run++)
            {
                var length = runs.EndOf(run) - runs.StartOf(run);
                folded.AddAll(runs.StreamOf(run), values.Slice(at, length), request.MinTimeUnixNanos, request.MaxTimeUnixNanos);
                at += length;
            }
        }
    }

    private bool IsWithin(RowScanRequest request) => MinTime >= request.MinTimeUnixNanos && MaxTime < request.MaxTimeUnixNanos;

    /// <summary>The rows that neither statistics nor filters nor page bounds rule out.</summary>
    private async ValueTask<RowRange[]> FindAsync(
        RowGroupReader group, RowScanRequest request, ReadCount read, CancellationToken cancellationToken)
    {
        var schema = block.File.Schema;
        var bounds = new List<ColumnBounds>();
        if (!IsWithin(request))
        {
            bounds.Add(ColumnBounds.Between(schema.Column(LogBlockSchema.Time), request.MinTimeUnixNanos, request.MaxTimeUnixNanos - 1));
        }

        if (!Source.WantsAll) bounds.Add(ColumnBounds.AnyOf(schema.Column(LogBlockSchema.Stream), Source.WantedStreams));
        var rows = await group.FindRowsAsync(bounds, cancellationToken);
        if (rows.Length == 0 || request.Predicate is not { } predicate) return rows;
        if (GramFilter.CanRule(predicate) && await block.Facts[Place].FilterAsync(read, cancellationToken) is { } filter)
        {
            rows = RowRanges.Intersect(rows, filter.FindRows(predicate, group.RowCount));
            if (rows.Length == 0) return rows;
        }

        var facts = LineSearch.IsForLines(predicate) ? null : await block.Facts[Place].MetadataAsync(read, cancellationToken);
        return RowRanges.Intersect(
            rows, await PredicatePruning.FindRowsAsync(group, predicate, part => LogPruning.BoundsOf(part, schema, facts), cancellationToken));
    }
}
