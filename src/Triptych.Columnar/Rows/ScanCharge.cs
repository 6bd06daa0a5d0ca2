using Triptych.Primitives.Memory;

namespace Triptych.Columnar.Rows;

/// <summary>What a part of a scan holds, charged to the scan's budget; disposing gives it back. One thread at a time.</summary>
/// <param name="budget">The budget of the scan's request; null where nothing is charged.</param>
public sealed class ScanCharge(MemoryBudget? budget) : IDisposable
{
    private long _bytes;

    /// <summary>What is charged; null where nothing is.</summary>
    public MemoryBudget? Budget => budget;

    /// <summary>Charges <paramref name="bytes"/> in place of what is charged now.</summary>
    /// <exception cref="MemoryBudgetExceededException">The budget refuses; what was charged before stays.</exception>
    public void Set(long bytes)
    {
        if (bytes > _bytes) budget?.Take(bytes - _bytes);
        else budget?.Return(_bytes - bytes);
        _bytes = bytes;
    }

    /// <summary>Charges <paramref name="bytes"/> more.</summary>
    /// <exception cref="MemoryBudgetExceededException">The budget refuses; what was charged before stays.</exception>
    public void Add(long bytes) => Set(_bytes + bytes);

    /// <inheritdoc/>
    public void Dispose() => Set(0);
}
