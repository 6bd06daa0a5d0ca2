using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Merging;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Parquet.Writing;
using Triptych.Columnar.Rows;
using Triptych.Logs.Block;
using Triptych.Logs.Scan;
using Triptych.Primitives.Memory;

namespace Triptych.Logs.Compaction;

/// <summary>
/// The structured metadata of a merge. Where the inputs have names in the same places as the output, columns and map go on as they are; else the metadata of
/// some thousand rows at a time is put together and taken apart again.
/// </summary>
internal sealed class LogMergeMetadata(LogMergeRows rows, MemoryBudget budget)
{
    private const int RowsAtOnce = 4096;

    /// <summary>Told a row's place in an order, and all of its metadata as a canonical label set.</summary>
    public delegate void Visitor(int index, ReadOnlySpan<byte> metadata);

    /// <summary>Whether a source has metadata in columns.</summary>
    public bool HasColumns => Enumerable.Range(0, rows.Groups.Count).Any(source => FactsOf(source) is not null);

    /// <summary>The columns of a merge's outputs: those that the inputs have, by the rows that they have them of.</summary>
    public static MetadataLayout UnionOf(IReadOnlyList<LogMergeInput> inputs)
    {
        var known = new Dictionary<string, (long Rows, MetadataSpec Spec)>(StringComparer.Ordinal);
        foreach (var input in inputs)
        {
            for (var i = 0; i < input.Metadata.Count; i++)
            {
                foreach (var name in input.Metadata[i]?.Columns ?? [])
                {
                    var spec = MetadataLayout.SpecOf(input.File, i, name);
                    var (count, other) = known.GetValueOrDefault(name);
                    var both = new MetadataSpec(name, spec.HasFilter || other is { HasFilter: true }, spec.IsDistinct && other is not { IsDistinct: false });
                    known[name] = (count + input.File.RowGroups[i].RowCount, both);
                }
            }
        }

        var chosen = known.Values.OrderByDescending(c => c.Rows).ThenBy(c => c.Spec.Name, StringComparer.Ordinal).Select(c => c.Spec)
            .DistinctBy(c => c.Name, StringComparer.OrdinalIgnoreCase).Take(MetadataLayout.MostColumns).ToList();
        return chosen.Count == 0 ? MetadataLayout.None : new MetadataLayout(chosen);
    }

    /// <summary>Shows the metadata of rows, in their order; where there is no memory for as many as usual, of fewer at a time.</summary>
    public async ValueTask VisitAsync(ReadOnlyMemory<SourceRow> order, Visitor visit, CancellationToken cancellationToken)
    {
        for (var start = 0; start < order.Length; start += RowsAtOnce)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await VisitAsync(order, start, Math.Min(order.Length, start + RowsAtOnce), visit, cancellationToken);
        }
    }

    /// <summary>
    /// Writes map and columns of a row group; <paramref name="columns"/> was begun with it, <paramref name="gather"/> has the rows in that order.
    /// </summary>
    public async ValueTask WriteAsync(
        RowGather gather, ReadOnlyMemory<SourceRow> order, ParquetSchema schema, MetadataColumns columns, RowGroupWriter target,
        CancellationToken cancellationToken)
    {
        if (!IsAlike(columns.Layout))
        {
            await WriteAnewAsync(order, columns, target, cancellationToken);
            return;
        }

        await gather.CopyAsync(schema.Column(LogBlockSchema.Metadata, "key"), target, cancellationToken);
        await gather.CopyAsync(schema.Column(LogBlockSchema.Metadata, "value"), target, cancellationToken);
        foreach (var column in columns.Layout.Columns) await gather.CopyAsync(schema.Column(column.Column), target, cancellationToken);
        for (var source = 0; source < rows.Groups.Count; source++) columns.Note(FactsOf(source)!);
    }

    /// <summary>Whether all sources have each name where the output will have it.</summary>
    private bool IsAlike(MetadataLayout layout)
    {
        for (var source = 0; source < rows.Groups.Count; source++)
        {
            if (FactsOf(source) is not { } facts || !facts.Columns.All(layout.Has)) return false;
            var schema = rows.Inputs[source].File.Schema;
            if (layout.Columns.Any(c => facts.PlaceOf(c.Name) == MetadataPlace.Map || !schema.TryFind(c.Column, out _))) return false;
        }

        return true;
    }

    private async ValueTask WriteAnewAsync(
        ReadOnlyMemory<SourceRow> order, MetadataColumns columns, RowGroupWriter target, CancellationToken cancellationToken)
    {
        const int MostBytes = 256 * 1024;
        var batch = new LogRowBatch(columns);
        using var charge = new ScanCharge(budget);
        await VisitAsync(
            order,
            (_, metadata) =>
            {
                batch.AddMetadataAlone(metadata);
                if (batch.MetadataEnds.Count == RowsAtOnce || batch.MetadataValues.Data.Length + columns.WaitingBytes >= MostBytes) Hand();
            },
            cancellationToken);
        Hand();

        void Hand()
        {
            charge.Set(target.BufferedBytes + MostBytes);
            LogBlockWriter.WriteMetadata(target, batch);
            columns.Hand(target);
            batch.Clear();
        }
    }

    private MetadataFacts? FactsOf(int source) => rows.Inputs[source].Metadata[rows.Step.Sources[source].RowGroup];

    private async ValueTask VisitAsync(ReadOnlyMemory<SourceRow> order, int start, int end, Visitor visit, CancellationToken cancellationToken)
    {
        var loaded = new BytesColumn?[rows.Groups.Count];
        try
        {
            var places = await LoadAsync(order[start..end], loaded, cancellationToken);
            for (var i = start; i < end; i++) visit(i, loaded[order.Span[i].Source]![places[i - start]]);
            return;
        }
        catch (MemoryBudgetExceededException) when (end - start > 1 && Array.Exists(loaded, column => column is null))
        {
            // Nothing was shown yet.
        }
        finally
        {
            foreach (var column in loaded) column?.Release();
        }

        var middle = start + ((end - start) / 2);
        await VisitAsync(order, start, middle, visit, cancellationToken);
        await VisitAsync(order, middle, end, visit, cancellationToken);
    }

    /// <summary>Reads the metadata of some rows by source; returns where each row's stands.</summary>
    private async ValueTask<int[]> LoadAsync(ReadOnlyMemory<SourceRow> order, BytesColumn?[] into, CancellationToken cancellationToken)
    {
        var places = new int[order.Length];
        for (var source = 0; source < into.Length; source++)
        {
            var wanted = Enumerable.Range(0, order.Length).Where(i => order.Span[i].Source == source).OrderBy(i => order.Span[i].Row).ToArray();
            for (var i = 0; i < wanted.Length; i++) places[wanted[i]] = i;
            var ranges = new List<RowRange>();
            foreach (var i in wanted) BlockSliceRows.AddTo(ranges, order.Span[i].Row);
            var metadata = new BlockMetadata(rows.Inputs[source].File, rows.Groups[source].ChargedTo(budget), FactsOf(source), budget, new ReadCount());
            into[source] = wanted.Length == 0 ? new BytesColumn() : await metadata.AllAsync([.. ranges], cancellationToken);
        }

        return places;
    }
}
