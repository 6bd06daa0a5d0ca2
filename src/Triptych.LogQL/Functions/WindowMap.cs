using Triptych.Query.Steps;

namespace Triptych.LogQL.Functions;

/// <summary>
/// Tells which steps a time counts for: those whose window (step − range − offset, step − offset] contains it. Times that come in some
/// order
/// stay in one bucket for a while, so the last answer is kept.
/// </summary>
internal struct WindowMap(StepGrid grid, long rangeNanos, long offsetNanos)
{
    private readonly long _start = grid.Start - offsetNanos;
    private long _bucketLow = long.MaxValue;
    private long _bucketHigh = long.MinValue;
    private int _first;
    private int _end;

    /// <summary>The first time in any window, inclusive.</summary>
    public readonly long MinTimeUnixNanos => _start - rangeNanos + 1;

    /// <summary>The time after the last in any window.</summary>
    public readonly long MaxTimeUnixNanos => grid.End - offsetNanos + 1;

    /// <summary>Steps [first, end) whose windows contain the time; false where there are none.</summary>
    public bool TryLocate(long timeUnixNanos, out int first, out int end)
    {
        if (timeUnixNanos <= _bucketLow || timeUnixNanos > _bucketHigh) Locate(timeUnixNanos);
        first = _first;
        end = _end;
        return first < end;
    }

    /// <summary>Times that lie between rows which count for different steps, ascending: the end of each window and the time before its first.</summary>
    public readonly long[] Bounds()
    {
        var bounds = new SortedSet<long>();
        for (var step = 0; step < grid.Count; step++)
        {
            bounds.Add(grid.At(step) - offsetNanos);
            bounds.Add(grid.At(step) - offsetNanos - rangeNanos);
        }

        return [.. bounds];
    }

    private void Locate(long time)
    {
        // The windows that contain a time change only where it passes a step or a step less the range: between these it is one bucket.
        var x = time - _start;
        var firstStep = CeilingDivide(x, grid.Step);
        var endStep = CeilingDivide(x + rangeNanos, grid.Step);
        _bucketHigh = Math.Min(firstStep * grid.Step, (endStep * grid.Step) - rangeNanos) + _start;
        _bucketLow = Math.Max((firstStep - 1) * grid.Step, ((endStep - 1) * grid.Step) - rangeNanos) + _start;
        _first = (int)Math.Clamp(firstStep, 0, grid.Count);
        _end = (int)Math.Clamp(endStep, 0, grid.Count);
    }

    private static long CeilingDivide(long dividend, long divisor)
    {
        var quotient = Math.DivRem(dividend, divisor, out var remainder);
        return remainder > 0 ? quotient + 1 : quotient;
    }
}
