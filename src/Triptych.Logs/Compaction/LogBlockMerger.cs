using Triptych.Model;
using Triptych.Primitives.Memory;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;

namespace Triptych.Logs.Compaction;

/// <summary>
/// Merges logs blocks (docs/formats/logs-block.md). In: blocks in the order of acknowledgement. Out: blocks of one window each, their row
/// groups time slices of 32 to 64 k rows. The way of a merge:
/// <list type="number">
/// <item>The inputs' footers and streams are read (<see cref="LogMergeInput"/>) and times are sampled.</item>
/// <item><see cref="SlicePlan"/> cuts the times into steps that fit into memory.</item>
/// <item>Of each step times and streams are read and sorted, equal records and deleted ones go (<see cref="LogMergeRows"/>).</item>
/// <item>The other columns follow one at a time (<see cref="LogMergeWriter"/>), as they are: text is neither parsed nor written anew.</item>
/// </list>
/// Row groups that are alone in their time are copied without decoding. Any thread may call.
/// </summary>
/// <param name="parent">Charged for all merges; null where only the limit of each counts.</param>
/// <param name="bytesPerMerge">The most memory of one merge.</param>
public sealed class LogBlockMerger(MemoryBudget? parent = null, long bytesPerMerge = LogBlockMerger.DefaultBytes) : IBlockMerger
{
    /// <summary>Memory of one merge unless said otherwise.</summary>
    public const long DefaultBytes = 64L * 1024 * 1024;

    /// <inheritdoc/>
    public Signal Signal => Signal.Logs;

    /// <inheritdoc/>
    /// <exception cref="MemoryBudgetExceededException">The footers and streams of the inputs, or what was logged at one nanosecond, do not fit.</exception>
    public ValueTask<IReadOnlyList<BlockMeta>> MergeAsync(MergeJob job, CancellationToken cancellationToken) =>
        MergeAsync(job, new MemoryBudget("logs merge", bytesPerMerge, parent), cancellationToken);

    /// <summary>Merges within a budget of the caller's.</summary>
    internal static async ValueTask<IReadOnlyList<BlockMeta>> MergeAsync(MergeJob job, MemoryBudget budget, CancellationToken cancellationToken)
    {
        using var merge = await LogMerge.OpenAsync(job, budget, cancellationToken);
        return await merge.RunAsync(cancellationToken);
    }
}
