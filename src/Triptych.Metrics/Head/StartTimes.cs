using Triptych.Primitives.Memory;

namespace Triptych.Metrics.Head;

/// <summary>From a sample at <paramref name="FromMs"/> on, samples of a series have the start <paramref name="StartMs"/>, 0 for none.</summary>
/// <param name="FromMs">Time of the first sample, Unix milliseconds.</param>
/// <param name="StartMs">When what the samples count began.</param>
/// <param name="Before">The series' run before it.</param>
internal readonly record struct StartRun(long FromMs, long StartMs, int Before);

/// <summary>
/// When the floats of a tenant's series began to count. What a series says again and again is kept once: a run lasts until a sample says otherwise. Samples
/// that came late have starts of their own. A series that never said one is not here. Not synchronised, as <see cref="TenantSeries"/>.
/// </summary>
internal sealed class StartTimes(MemoryBudget budget) : IDisposable
{
    private readonly NativeList<StartRun> _runs = new(budget);
    private readonly NativeList<LateStart> _late = new(budget);

    /// <summary>Memory held, in bytes.</summary>
    public long SizeBytes => _runs.SizeBytes + _late.SizeBytes;

    /// <summary>Whether any sample has one.</summary>
    public bool HasAny => _runs.Count + _late.Count > 0;

    /// <summary>A run by its number.</summary>
    public StartRun this[int run] => _runs[run];

    /// <summary>Makes room for a sample's start, so that what follows cannot fail.</summary>
    /// <exception cref="MemoryBudgetExceededException">There is no memory for it; nothing changed.</exception>
    public void Reserve()
    {
        if (!_runs.TryReserve(_runs.Count + 1L) || !_late.TryReserve(_late.Count + 1L))
            throw new MemoryBudgetExceededException(budget, (_runs.Count + 1L) * 24);
    }

    /// <summary>The run that a series' newest sample belongs to, a new one where its start is another than before. Room was made.</summary>
    public int Continue(int run, long timestampMs, long startMs)
    {
        var before = run == SeriesState.None ? 0 : _runs[run].StartMs;
        if (before == startMs) return run;
        _runs.Add(new StartRun(timestampMs, startMs, run));
        return _runs.Count - 1;
    }

    /// <summary>Keeps the start of a late sample, by its number; numbers ascend. Room was made.</summary>
    public void AddLate(int late, long startMs) => _late.Add(new LateStart(late, startMs));

    /// <summary>The start of a late sample; 0 where it has none.</summary>
    public long OfLate(int late)
    {
        var (low, high) = (0, _late.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var at = _late[middle];
            if (at.Late == late) return at.StartMs;
            if (at.Late < late) low = middle + 1;
            else high = middle - 1;
        }

        return 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _runs.Dispose();
        _late.Dispose();
    }

    private readonly record struct LateStart(int Late, long StartMs);
}
