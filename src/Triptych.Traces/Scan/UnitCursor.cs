using Triptych.Columnar.Rows;
using Triptych.Primitives.Memory;

namespace Triptych.Traces.Scan;

/// <summary>The wanted rows of a unit, in the order they are returned in, and how many have been. Owns its lists and what is loaded.</summary>
internal sealed class UnitCursor(SpanUnit unit, ScanPlan firstPlan) : IDisposable
{
    private ScanPlan _plan = firstPlan;
    private readonly NativeList<int> _rows = new(firstPlan.Budget);
    private readonly NativeList<Ordered> _order = new(firstPlan.Budget);
    private readonly ScanCharge _charge = new(firstPlan.Budget);
    private LoadedRows? _loaded;
    private int _next;

    /// <summary>Whose rows.</summary>
    public SpanUnit Unit => unit;

    /// <summary>Rows that are left.</summary>
    public int Left => _rows.Count - _next;

    /// <summary>The start of the next row; only in ordered scans.</summary>
    public long NextStart => _order[_next].StartUnixNanos;

    /// <summary>Finds the rows and, in an ordered scan, sorts them by their start; rows beyond the limit are dropped.</summary>
    public async ValueTask SelectAsync(long limit, CancellationToken cancellationToken)
    {
        await unit.SelectAsync(_plan, _rows, cancellationToken);
        if (_plan.Request.Order == RowOrder.Any)
        {
            if (_rows.Count > limit) _rows.TryResize((int)limit);
        }
        else if (_rows.Count > 0)
        {
            Sort(await unit.StartsAsync(_plan, _rows, cancellationToken), limit);
        }
    }

    /// <summary>How many of the next rows, at least one and <paramref name="most"/> at most, have a key up to <paramref name="bound"/>.</summary>
    public int CountUpTo(long bound, int most, Func<long, long> key)
    {
        var count = 1;
        while (count < most && key(_order[_next + count].StartUnixNanos) <= bound) count++;
        return count;
    }

    /// <summary>Makes the projection of all wanted rows readable.</summary>
    public async ValueTask LoadAsync(CancellationToken cancellationToken)
    {
        if (_loaded is not null) return;
        _loaded = await unit.LoadAsync(_plan, unit.MayRepeat ? _plan.Projection : _plan.ProjectionOfUnique, _rows, _plan.Request.Symbols, cancellationToken);
        _charge.Set(_loaded.SizeBytes);
    }

    /// <summary>Goes on with the plan of another thread.</summary>
    public void HandTo(ScanPlan plan) => _plan = plan;

    /// <summary>Gives up the rows that are left.</summary>
    public void Abandon() => _next = _rows.Count;

    /// <summary>
    /// Appends the next rows to the columns of the projection, but to none of those that are left out for spans that come once; they have been loaded.
    /// </summary>
    public void Take(int count, Column[] into)
    {
        if (!unit.MayRepeat) into = into[_plan.IdentityColumns..];
        var loaded = _loaded ?? throw new InvalidOperationException("Rows are loaded before they are taken.");
        if (_order.Count == 0)
        {
            loaded.Fill(_plan.Positions(_next + count)[_next..], into);
        }
        else
        {
            Span<int> buffer = stackalloc int[512];
            for (var done = 0; done < count;)
            {
                var positions = buffer[..Math.Min(buffer.Length, count - done)];
                for (var i = 0; i < positions.Length; i++) positions[i] = _order[_next + done + i].Position;
                loaded.Fill(positions, into);
                done += positions.Length;
            }
        }

        _next += count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _loaded?.Dispose();
        _charge.Dispose();
        _rows.Dispose();
        _order.Dispose();
    }

    private void Sort(Int64Column starts, long limit)
    {
        var sign = _plan.Request.Order == RowOrder.TimeAscending ? 1 : -1;
        for (var i = 0; i < starts.Count; i++) _order.Add(new Ordered(starts[i], i));
        _order.Span.Sort((a, b) => a.StartUnixNanos == b.StartUnixNanos ? a.Position.CompareTo(b.Position) : sign * a.StartUnixNanos.CompareTo(b.StartUnixNanos));
        if (_order.Count <= limit) return;

        // What lies beyond the limit need not be loaded either.
        _order.TryResize((int)limit);
        var kept = new NativeList<int>(_plan.Budget);
        try
        {
            foreach (var item in _order.Span) kept.Add(item.Position);
            kept.Span.Sort();
            for (var i = 0; i < kept.Count; i++) _rows[i] = _rows[kept[i]];
            _rows.TryResize(kept.Count);
            foreach (ref var item in _order.Span) item = item with { Position = kept.Span.BinarySearch(item.Position) };
        }
        finally
        {
            kept.Dispose();
        }
    }

    private readonly record struct Ordered(long StartUnixNanos, int Position);
}
