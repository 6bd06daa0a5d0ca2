using Triptych.Columnar.Rows;
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

        foreach (var conjunct in plan.Conjuncts)
        {
            if (rows.Count == 0) return;
            cancellationToken.ThrowIfCancellationRequested();
            await FillAsync(plan, conjunct.Columns, rows, cancellationToken);
            plan.Keep(conjunct, rows);
        }
    }

    /// <summary>The starts of some rows, valid until the plan's scratch columns are used again.</summary>
    public async ValueTask<Int64Column> StartsAsync(ScanPlan plan, NativeList<int> rows, CancellationToken cancellationToken) =>
        (Int64Column)(await FillAsync(plan, StartOnly, rows, cancellationToken))[0];

    /// <summary>Makes columns of some rows, ascending, readable. The caller disposes the result before it changes <paramref name="rows"/>.</summary>
    public abstract ValueTask<LoadedRows> LoadAsync(ScanPlan plan, ColumnRef[] columns, NativeList<int> rows, CancellationToken cancellationToken);

    /// <summary>Adds the rows, ascending, that statistics and indexes do not rule out.</summary>
    protected abstract ValueTask AddCandidatesAsync(ScanPlan plan, NativeList<int> rows, CancellationToken cancellationToken);

    private async ValueTask<Column[]> FillAsync(ScanPlan plan, ColumnRef[] references, NativeList<int> rows, CancellationToken cancellationToken)
    {
        var columns = plan.Scratch(references);
        using var loaded = await LoadAsync(plan, references, rows, cancellationToken);
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

    /// <summary>Appends the rows at some places among those loaded to columns, which are as many and of the same references as were loaded.</summary>
    public abstract void Fill(ReadOnlySpan<int> positions, Column[] into);

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }
}
