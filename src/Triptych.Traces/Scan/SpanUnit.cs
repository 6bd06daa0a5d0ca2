using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.Primitives.Memory;
using Triptych.Storage.Catalog;

namespace Triptych.Traces.Scan;

/// <summary>
/// A part of a source that is read at once: some thousand rows of a head, or a row group of a block. First <see cref="SelectAsync"/>, then <see cref="LoadAsync"/> for the rows that are left.
/// One scan's; one thread at a time.
/// </summary>
internal abstract class SpanUnit(long minStart, long maxStart)
{
    private static readonly ColumnRef[] StartOnly = [SpanColumns.StartUnixNanos];

    /// <summary>The block that it is of; null for a head.</summary>
    public virtual BlockMeta? Block => null;

    /// <summary>The block or head that it is of.</summary>
    public abstract object Source { get; }

    /// <summary>Whether a span of it may come twice, from here or from another source.</summary>
    public bool MayRepeat { get; set; } = true;

    /// <summary>Whether it may be selected and loaded on another thread than the scan's.</summary>
    public virtual bool CanRunAhead => false;

    /// <summary>No row starts before, Unix nanoseconds.</summary>
    public long MinStart { get; } = minStart;

    /// <summary>No row starts later.</summary>
    public long MaxStart { get; } = maxStart;

    /// <summary>Adds to <paramref name="rows"/>, ascending, those that the plan wants.</summary>
    public async ValueTask SelectAsync(ScanPlan plan, NativeList<int> rows, CancellationToken cancellationToken)
    {
        await AddCandidatesAsync(plan, rows, cancellationToken);
        plan.Statistics.RowsRead += rows.Count;
        if (rows.Count > 0 && !(plan.IsInRange(MinStart) && plan.IsInRange(MaxStart)))
        {
            var columns = await FillAsync(plan, StartOnly, rows, cancellationToken);
            plan.KeepInRange(((Int64Column)columns[0]).Values, rows);
        }

        if (plan.Request.OnlyDistinct && rows.Count > 0) await DropLikeAsync(plan, rows, cancellationToken);
        for (var first = 0; first < plan.Conjuncts.Length && rows.Count > 0;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (await TryKeepAsync(plan, plan.Conjuncts[first], rows, cancellationToken))
            {
                first++;
                continue;
            }

            var end = first + 1;
            while (end < plan.Conjuncts.Length && plan.Conjuncts[first].IsOfSpanAttributes && plan.Conjuncts[end].IsOfSpanAttributes) end++;
            if (end == first + 1)
            {
                await FillAsync(plan, plan.Conjuncts[first].Columns, rows, cancellationToken);
                plan.Keep(plan.Conjuncts[first], rows);
            }
            else
            {
                await KeepAsync(plan, plan.Conjuncts[first..end], rows, cancellationToken);
            }

            first = end;
        }
    }

    /// <summary>The starts of some rows, valid until the plan's scratch columns are used again.</summary>
    public async ValueTask<Int64Column> StartsAsync(ScanPlan plan, NativeList<int> rows, CancellationToken cancellationToken) =>
        (Int64Column)(await FillAsync(plan, StartOnly, rows, cancellationToken))[0];

    /// <summary>
    /// Makes columns of some rows, ascending, readable. The caller disposes the result before it changes <paramref name="rows"/>. Texts become numbers of
    /// <paramref name="symbols"/> when columns are filled, not before.
    /// </summary>
    public abstract ValueTask<LoadedRows> LoadAsync(
        ScanPlan plan, ColumnRef[] columns, NativeList<int> rows, SymbolTable symbols, CancellationToken cancellationToken);

    /// <summary>Drops rows that are like others in all that the plan reads, where that is told without reading it.</summary>
    protected virtual ValueTask DropLikeAsync(ScanPlan plan, NativeList<int> rows, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Keeps the rows for which a condition holds, where the unit can tell in a way of its own; false where it cannot.</summary>
    protected virtual ValueTask<bool> TryKeepAsync(ScanPlan plan, Conjunct conjunct, NativeList<int> rows, CancellationToken cancellationToken) =>
        ValueTask.FromResult(false);

    /// <summary>Adds the rows, ascending, that statistics and indexes do not rule out.</summary>
    protected abstract ValueTask AddCandidatesAsync(ScanPlan plan, NativeList<int> rows, CancellationToken cancellationToken);

    /// <summary>
    /// Keeps the rows for which several conditions hold: their columns are loaded once, and filled for the rows that the conditions before have left.
    /// </summary>
    private async ValueTask KeepAsync(ScanPlan plan, Conjunct[] conjuncts, NativeList<int> rows, CancellationToken cancellationToken)
    {
        var references = conjuncts.SelectMany(static c => c.Columns).Distinct().ToArray();
        using var positions = plan.NewPositions(rows.Count);
        using (var loaded = await LoadAsync(plan, references, rows, plan.Symbols, cancellationToken))
        using (var charge = new ScanCharge(plan.Budget))
        {
            charge.Set(loaded.SizeBytes);
            foreach (var conjunct in conjuncts)
            {
                var columns = plan.Scratch(references);
                loaded.Fill(positions.Span, [.. columns.Select((column, i) => conjunct.Columns.Contains(references[i]) ? column : null)]);
                plan.ChargeScratch();
                plan.Keep(conjunct, positions);
            }
        }

        for (var i = 0; i < positions.Count; i++) rows[i] = rows[positions[i]];
        rows.TryResize(positions.Count);
    }

    private async ValueTask<Column[]> FillAsync(ScanPlan plan, ColumnRef[] references, NativeList<int> rows, CancellationToken cancellationToken)
    {
        var columns = plan.Scratch(references);
        using var loaded = await LoadAsync(plan, references, rows, plan.Symbols, cancellationToken);
        using var charge = new ScanCharge(plan.Budget);
        charge.Set(loaded.SizeBytes);
        loaded.Fill(plan.Positions(rows.Count), columns);
        plan.ChargeScratch();
        return columns;
    }
}

/// <summary>Columns of some rows of a unit, in memory. The owner disposes it.</summary>
internal abstract class LoadedRows : IDisposable
{
    /// <summary>Bytes of values that are held outside of the scan's lists.</summary>
    public virtual long SizeBytes => 0;

    /// <summary>
    /// Appends the rows at some places among those loaded to columns, which are as many and of the same references as were loaded; null where a column is
    /// not wanted.
    /// </summary>
    public abstract void Fill(ReadOnlySpan<int> positions, Column?[] into);

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }
}
