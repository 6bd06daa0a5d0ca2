using Triptych.Primitives.Memory;

namespace Triptych.Metrics.Head;

/// <summary>How many running sums a head has, over all tenants. Changed under its lock.</summary>
internal sealed class SumCount
{
    public int Value { get; set; }
}

/// <summary>What the changes of a sum have come to, and the time of the last.</summary>
internal readonly record struct RunningSum(double Total, long LastMs);

/// <summary>
/// The sums that a tenant's series of changes have come to (deltas that may fall too, which no zero can begin anew). They go from head to head and outlive
/// restarts: see <see cref="SavedSums"/>. Not synchronised, as <see cref="TenantSeries"/>.
/// </summary>
/// <param name="budget">Charged for them.</param>
/// <param name="count">Sums of all tenants of the head.</param>
internal sealed class RunningSums(MemoryBudget budget, SumCount count) : IDisposable
{
    /// <summary>The most series of a tenant; those beyond are refused.</summary>
    public const int MaxSeries = 50_000;

    /// <summary>The most series of all tenants.</summary>
    public const int MaxSeriesOfAll = 200_000;

    /// <summary>A sum to which nothing was added for so long is forgotten: nothing older is taken either.</summary>
    public const long ForgottenAfterMs = 24 * 60 * 60 * 1000;

    // A place in a dictionary that grows by doubling.
    private const int EntryBytes = 80;

    private readonly Dictionary<int, RunningSum> _sums = [];

    /// <summary>The sums by series.</summary>
    public IReadOnlyDictionary<int, RunningSum> All => _sums;

    /// <summary>Whether there may be another.</summary>
    public bool HasRoom => _sums.Count < MaxSeries && count.Value < MaxSeriesOfAll;

    /// <summary>Memory held, in bytes.</summary>
    public long SizeBytes => (long)_sums.Count * EntryBytes;

    /// <summary>Sets a sum.</summary>
    /// <exception cref="MemoryBudgetExceededException">There is no memory for it; nothing changed.</exception>
    public void Set(int series, RunningSum sum)
    {
        if (!_sums.ContainsKey(series))
        {
            budget.Take(EntryBytes);
            count.Value++;
        }

        _sums[series] = sum;
    }

    /// <summary>Forgets a sum.</summary>
    public void Remove(int series)
    {
        if (!_sums.Remove(series)) return;
        budget.Return(EntryBytes);
        count.Value--;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        budget.Return(SizeBytes);
        _sums.Clear();
    }
}
