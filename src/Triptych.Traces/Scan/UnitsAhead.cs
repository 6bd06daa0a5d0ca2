using System.Collections.Concurrent;
using Triptych.Columnar.Rows;

namespace Triptych.Traces.Scan;

/// <summary>
/// Selects and loads the next units of a scan on other threads while the scan's caller is busy with the one before. One caller at a time;
/// disposing waits for what still runs.
/// </summary>
internal sealed class UnitsAhead(ScanPlan plan) : IAsyncDisposable
{
    // A scan that ends early, such as one for the newest few traces, mostly ends within the units that come first.
    private const int FirstOrderedUnits = 2;

    private readonly Dictionary<SpanUnit, Task<UnitCursor>> _running = [];
    private readonly ConcurrentBag<ScanPlan> _idlePlans = [];
    private int _taken;

    /// <summary>Begins work on as many of the units to come as there are cores, where there is plenty of memory.</summary>
    public void Begin(IEnumerable<SpanUnit> units, long limit, CancellationToken cancellationToken)
    {
        if (plan.Request.Limit != long.MaxValue || (plan.Request.Order != RowOrder.Any && _taken < FirstOrderedUnits)) return;
        foreach (var unit in units)
        {
            if (_running.Count >= Math.Max(1, Environment.ProcessorCount) || plan.Budget.Used >= plan.Budget.Limit / 4) return;
            if (!unit.CanRunAhead || _running.ContainsKey(unit)) continue;
            _running[unit] = Task.Run(() => RunAsync(unit, limit, cancellationToken), CancellationToken.None);
        }
    }

    /// <summary>
    /// The rows of a unit, once they are found; null where no work on it has begun or it went wrong: what is wrong is told where the unit is visited
    /// anew, and memory may be free by then.
    /// </summary>
    public async ValueTask<UnitCursor?> TakeAsync(SpanUnit unit)
    {
        if (unit.CanRunAhead) _taken++;
        if (!_running.Remove(unit, out var run)) return null;
        await ((Task)run).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Collect();
        if (!run.IsCompletedSuccessfully) return null;
        var cursor = await run;
        cursor.HandTo(plan);
        return cursor;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var unit in _running.Keys.ToArray()) (await TakeAsync(unit))?.Dispose();
        while (_idlePlans.TryTake(out var idle)) idle.Dispose();
    }

    private async Task<UnitCursor> RunAsync(SpanUnit unit, long limit, CancellationToken cancellationToken)
    {
        if (!_idlePlans.TryTake(out var own)) own = new ScanPlan(plan);
        var cursor = new UnitCursor(unit, own);
        var isDone = false;
        try
        {
            await cursor.SelectAsync(limit, cancellationToken);
            if (cursor.Left > 0) await cursor.LoadAsync(cancellationToken);
            isDone = true;
            return cursor;
        }
        finally
        {
            if (!isDone) cursor.Dispose();
            _idlePlans.Add(own);
        }
    }

    /// <summary>Adds up what the other threads have read; a plan that is at work is asked when it comes back.</summary>
    private void Collect()
    {
        var idle = new List<ScanPlan>();
        while (_idlePlans.TryTake(out var own)) idle.Add(own);
        foreach (var own in idle)
        {
            plan.Statistics.BytesRead += own.Statistics.BytesRead;
            plan.Statistics.PagesRead += own.Statistics.PagesRead;
            plan.Statistics.RowsRead += own.Statistics.RowsRead;
            (own.Statistics.BytesRead, own.Statistics.PagesRead, own.Statistics.RowsRead) = (0, 0, 0);
            _idlePlans.Add(own);
        }
    }
}
