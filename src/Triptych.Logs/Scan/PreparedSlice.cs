using System.Diagnostics.CodeAnalysis;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.Primitives.Memory;

namespace Triptych.Logs.Scan;

/// <summary>
/// A slice on its way from the file to the scan: rows that are picked, and columns of them that need none of the query's symbols, which are one
/// thread's at a time. So much can be done on another thread while the scan's caller is busy with the slice before. One thread at a time; the owner
/// disposes it, also after an exception.
/// </summary>
internal sealed class PreparedSlice(LogSlice slice, RowScanRequest request, MemoryBudget budget) : IDisposable
{
    private ScanCharge? _charge = new(budget);
    private SliceRows? _rows;
    private PickedRows? _picked;

    /// <summary>Which.</summary>
    public LogSlice Slice => slice;

    /// <summary>Whether its rows are picked.</summary>
    [MemberNotNullWhen(true, nameof(_rows))]
    public bool IsLoaded => _rows is not null;

    /// <summary>Whether the rows are those that satisfy the predicate.</summary>
    public bool IsFiltered { get; private set; }

    /// <summary>The rows that were picked.</summary>
    public SliceRows Rows => _rows ?? throw new InvalidOperationException("the slice is not loaded");

    /// <summary>Picks rows.</summary>
    public async ValueTask LoadAsync(CancellationToken cancellationToken)
    {
        if (IsLoaded) return;
        _rows = await slice.LoadAsync(request, budget, cancellationToken);
        _picked = new PickedRows(_rows, slice.Source, _charge!);
        _picked.Charge();
        if (slice.Repeats is { } repeats) _picked.Leave(repeats);
        if (request.Fields is { } fields) await _picked.UseFieldsAsync(fields, cancellationToken);
    }

    /// <summary>
    /// Picks rows, drops those that do not satisfy a predicate which needs no symbols, and reads the columns that hold bytes and times. What
    /// counts without looking at records is left to the scan, for it costs next to nothing.
    /// </summary>
    public async Task RunAheadAsync(CancellationToken cancellationToken)
    {
        if (request is { Fold: not null, Predicate: null }) return;
        if (request.Predicate is { } predicate && !PickedRows.NeedsNoSymbols(predicate)) return;
        await LoadAsync(cancellationToken);
        if (request.Predicate is { } condition)
        {
            await _picked!.KeepAsync(condition, new PredicateEvaluator(new SymbolTable()), cancellationToken);
            IsFiltered = true;
        }

        foreach (var column in request.Projection)
        {
            if (column == LogColumns.Line) await LinesAsync(_picked!, cancellationToken);
            else if (MayReadAhead(column)) await _picked!.ColumnAsync(column, cancellationToken);
        }
    }

    /// <summary>The lines of rows that are picked, as the request wants them.</summary>
    public ValueTask<Column> LinesAsync(PickedRows picked, CancellationToken cancellationToken) => request.Fields is { KeepsLines: false } && !slice.MayRepeat
        ? picked.UnknownLinesAsync(cancellationToken)
        : picked.ColumnAsync(LogColumns.Line, cancellationToken);

    /// <summary>The picked rows, with the streams that their numbers stand for.</summary>
    public PickedRows Picked(StreamUnion streams)
    {
        _picked!.Union = streams;
        return _picked;
    }

    /// <summary>Hands on what is charged.</summary>
    public ScanCharge TakeCharge()
    {
        var charge = _charge!;
        _charge = null;
        return charge;
    }

    private bool MayReadAhead(ColumnRef column) =>
        column == LogColumns.TimeUnixNanos || column is { Name: "metadata" } || (column is { Name: "field" } && !_picked!.NeedsSymbols(column));

    /// <inheritdoc/>
    public void Dispose()
    {
        _picked?.HandOn(new HashSet<Column>());
        _rows?.Dispose();
        _charge?.Dispose();
        _charge = null;
    }
}
