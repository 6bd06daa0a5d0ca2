using Triptych.Columnar;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Rows;
using Triptych.Storage.Blocks;
using Triptych.Storage.Heads;
using Triptych.Traces.Head;

namespace Triptych.Traces.Scan;

/// <summary>
/// A scan over head generations and blocks (docs/adr/0001), unit by unit. In order of time, a unit is visited as soon as it could hold the next row, so that a caller who stops early, or a limit,
/// leaves the others unread. Owns the pinned view.
/// </summary>
internal sealed class SpanScan : IRowScan
{
    private readonly ScanPlan _plan;
    private readonly StoreView<TraceHead> _view;
    private readonly DamagedBlocks _damaged;
    private readonly Queue<SpanUnit> _units;
    private readonly UnitsAhead _ahead;
    private readonly PriorityQueue<UnitCursor, long> _merge = new();
    private readonly Column[] _columns;
    private readonly RecordBatch _batch;
    private readonly ScanCharge _batchCharge;
    private UnitCursor? _current;
    private long _left;

    public SpanScan(ScanPlan plan, StoreView<TraceHead> view, IEnumerable<SpanUnit> units, DamagedBlocks damaged)
    {
        _damaged = damaged;
        _plan = plan;
        _view = view;
        _units = new Queue<SpanUnit>(plan.Request.Order switch
        {
            RowOrder.TimeAscending => units.OrderBy(u => u.MinStart),
            RowOrder.TimeDescending => units.OrderByDescending(u => u.MaxStart),
            _ => units,
        });
        _ahead = new UnitsAhead(plan);
        _columns = [.. plan.Projection.Select(SpanColumnKind.Create)];
        _batch = new RecordBatch(_columns);
        _batchCharge = new ScanCharge(plan.Budget);
        _left = plan.Request.Limit;
    }

    /// <inheritdoc/>
    public StreamDictionary Streams { get; } = new();

    /// <inheritdoc/>
    public ScanStatistics Statistics => _plan.Statistics;

    /// <inheritdoc/>
    public async ValueTask<RecordBatch?> NextAsync(CancellationToken cancellationToken)
    {
        foreach (var column in _columns) column.Clear();
        var rows = 0;
        while (rows < RecordBatch.MaxRows && _left > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var cursor = _plan.Request.Order == RowOrder.Any ? await NextUnitAsync(cancellationToken) : await NextInOrderAsync(cancellationToken);
            if (cursor is null) break;
            if (rows == 0) _batch.MayRepeat = cursor.Unit.MayRepeat;
            else if (_batch.MayRepeat != cursor.Unit.MayRepeat) break;
            var most = (int)Math.Min(Math.Min(cursor.Left, RecordBatch.MaxRows - rows), _left);
            var count = _plan.Request.Order == RowOrder.Any ? most : InOrder(cursor, most);
            var taken = await TakeAsync(cursor, count, cancellationToken);
            rows += taken;
            _left -= taken;
        }

        _batch.RowCount = rows;
        _batchCharge.Set(_columns.Sum(c => c.SizeBytes));
        return rows == 0 ? null : _batch;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _ahead.DisposeAsync();
        _current?.Dispose();
        _current = null;
        while (_merge.TryDequeue(out var cursor, out _)) cursor.Dispose();
        _units.Clear();
        _batchCharge.Dispose();
        _plan.Dispose();
        _view.Dispose();
    }

    private async ValueTask<UnitCursor?> NextUnitAsync(CancellationToken cancellationToken)
    {
        while (_current is not { Left: > 0 })
        {
            _current?.Dispose();
            _current = null;
            if (!_units.TryDequeue(out var unit)) return null;
            _current = await SelectAsync(unit, cancellationToken);
        }

        return _current;
    }

    /// <summary>The cursor that has the next row in order of time; units that could have an earlier one are visited first.</summary>
    private async ValueTask<UnitCursor?> NextInOrderAsync(CancellationToken cancellationToken)
    {
        if (_current is { } last)
        {
            _current = null;
            if (last.Left > 0) _merge.Enqueue(last, Key(last.NextStart));
            else last.Dispose();
        }

        while (_units.TryPeek(out var unit) && (!_merge.TryPeek(out _, out var first) || KeyOf(unit) <= first))
        {
            _units.Dequeue();
            if (await SelectAsync(unit, cancellationToken) is { } cursor) _merge.Enqueue(cursor, Key(cursor.NextStart));
        }

        return _merge.TryDequeue(out _current, out _) ? _current : null;
    }

    /// <summary>How many rows of the cursor come before any other's.</summary>
    private int InOrder(UnitCursor cursor, int most)
    {
        var bound = _merge.TryPeek(out _, out var other) ? other : long.MaxValue;
        if (_units.TryPeek(out var unit)) bound = Math.Min(bound, KeyOf(unit));
        return cursor.CountUpTo(bound, most, Key);
    }

    private async ValueTask<UnitCursor?> SelectAsync(SpanUnit unit, CancellationToken cancellationToken)
    {
        _ahead.Begin(_units, _left, cancellationToken);
        var cursor = await _ahead.TakeAsync(unit);
        var isKept = false;
        try
        {
            if (cursor is null)
            {
                cursor = new UnitCursor(unit, _plan);
                await cursor.SelectAsync(_left, cancellationToken);
            }

            isKept = cursor.Left > 0;
            return isKept ? cursor : null;
        }
        catch (CorruptFileException e) when (unit.Block is { } block)
        {
            await _damaged.ReportAsync(block, e, isPart: true, Statistics, cancellationToken);
            return null;
        }
        finally
        {
            if (!isKept) cursor?.Dispose();
        }
    }

    private async ValueTask<int> TakeAsync(UnitCursor cursor, int count, CancellationToken cancellationToken)
    {
        try
        {
            await cursor.LoadAsync(cancellationToken);
        }
        catch (CorruptFileException e) when (cursor.Unit.Block is { } block)
        {
            await _damaged.ReportAsync(block, e, isPart: true, Statistics, cancellationToken);
            cursor.Abandon();
            return 0;
        }

        cursor.Take(count, _columns);
        return count;
    }

    // Smaller keys come first, in both directions; the complement of the smallest time does not overflow.
    private long Key(long startUnixNanos) => _plan.Request.Order == RowOrder.TimeAscending ? startUnixNanos : ~startUnixNanos;

    private long KeyOf(SpanUnit unit) => Key(_plan.Request.Order == RowOrder.TimeAscending ? unit.MinStart : unit.MaxStart);
}
