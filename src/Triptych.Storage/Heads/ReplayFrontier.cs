using Triptych.Storage.Wal;

namespace Triptych.Storage.Heads;

/// <summary>
/// Which times the part of a WAL may hold that is not replayed yet, so that queries over other times need not wait for it. At first nothing
/// is known, and that is every time; then each segment has its own; a segment that is replayed has none. It only ever shrinks, so who was let
/// through once stays right. Any thread may call.
/// </summary>
public sealed class ReplayFrontier
{
    private readonly Lock _gate = new();

    // Null until the segments were looked at.
    private Dictionary<long, TimeRanges>? _pending;
    private bool _isOver;
    private TaskCompletionSource _moved = NewSignal();

    /// <summary>Whether everything is replayed, rows without a time included.</summary>
    public bool IsOver
    {
        get
        {
            lock (_gate)
                return _isOver;
        }
    }

    /// <summary>Whether everything that may be in the closed range is replayed.</summary>
    public bool IsPast(long minTime, long maxTime)
    {
        if (minTime > maxTime)
            return true;
        lock (_gate)
        {
            if (_isOver)
                return true;
            if (_pending is null)
                return false;
            foreach (var times in _pending.Values)
            {
                if (times.Overlaps(minTime, maxTime))
                    return false;
            }

            return true;
        }
    }

    /// <summary>Completes when <see cref="IsPast"/> is true.</summary>
    public Task WhenPastAsync(long minTime, long maxTime, CancellationToken cancellationToken) =>
        WhenAsync(() => IsPast(minTime, maxTime), cancellationToken);

    /// <summary>Completes when <see cref="IsOver"/> is true.</summary>
    public Task WhenOverAsync(CancellationToken cancellationToken) => WhenAsync(() => IsOver, cancellationToken);

    /// <summary>Says what the segments that will be replayed may hold. Once, before the first of them is.</summary>
    public void Begin(IReadOnlyDictionary<long, TimeRanges> segments)
    {
        lock (_gate)
            _pending = new Dictionary<long, TimeRanges>(segments);
        Move();
    }

    /// <summary>A segment is replayed: views taken from here on have all of it.</summary>
    public void Pass(long segment)
    {
        lock (_gate)
            _pending?.Remove(segment);
        Move();
    }

    /// <summary>Everything is replayed.</summary>
    public void End()
    {
        lock (_gate)
        {
            _isOver = true;
            _pending = null;
        }

        Move();
    }

    private async Task WhenAsync(Func<bool> isReached, CancellationToken cancellationToken)
    {
        while (true)
        {
            // Taken before the look, so that no move between the two is missed.
            var moved = Volatile.Read(ref _moved).Task;
            if (isReached())
                return;
            await moved.WaitAsync(cancellationToken);
        }
    }

    private void Move() => Interlocked.Exchange(ref _moved, NewSignal()).SetResult();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
