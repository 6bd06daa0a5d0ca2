using Triptych.Model;
using Triptych.Primitives.Memory;

namespace Triptych.Storage.References;

/// <summary>
/// A store whose data refer to traces: while they do, sampling keeps those traces (docs/adr/0014-retroactive-sampling.md). What a store answers comes
/// out of what it holds durably, heads and blocks alike, and not out of a memory of its own: so a reference outlives a restart, and ends with the data
/// that it stands in. Any thread may call.
/// </summary>
public interface ITraceReferences
{
    /// <summary>What refers, as a label's value: <c>logs</c>.</summary>
    string Source { get; }

    /// <summary>Marks the ids that data of a tenant refers to. What was acknowledged before the call is looked at, wherever it lies by then.</summary>
    /// <param name="tenant">Whose data.</param>
    /// <param name="ids">Those asked about.</param>
    /// <param name="mark">Set on each of them that is referred to; one that is not may get it, too, which only keeps more.</param>
    /// <param name="minUnixNanos">First time of what may refer to them.</param>
    /// <param name="maxUnixNanos">Last such time, inclusive.</param>
    /// <param name="budget">Charged with what the call takes.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Null, or why it cannot be told now: then nothing may be concluded from an id without the mark.</returns>
    /// <exception cref="MemoryBudgetExceededException">The budget refuses.</exception>
    /// <exception cref="IOException">The storage fails.</exception>
    ValueTask<string?> MarkAsync(
        TenantId tenant, TraceIdSet ids, byte mark, long minUnixNanos, long maxUnixNanos, MemoryBudget budget, CancellationToken cancellationToken);
}
