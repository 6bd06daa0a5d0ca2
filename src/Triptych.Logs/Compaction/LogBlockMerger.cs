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
public sealed class LogBlockMerger : IBlockMerger
{
    /// <inheritdoc/>
    public Signal Signal => Signal.Logs;

    /// <inheritdoc/>
    /// <exception cref="MemoryBudgetExceededException">
    /// The footers and streams of the inputs, a single line, or the hashes of what one stream logged at one nanosecond in several inputs, do not fit.
    /// </exception>
    public async ValueTask<IReadOnlyList<BlockMeta>> MergeAsync(MergeJob job, CancellationToken cancellationToken)
    {
        using var merge = await LogMerge.OpenAsync(job, cancellationToken);
        return await merge.RunAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> DeletesAnyAsync(MergeJob job, CancellationToken cancellationToken)
    {
        using var probe = await LogDeletionProbe.OpenAsync(job, cancellationToken);
        return await probe.RunAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask CountAsync(MergeJob job, RowTally tally, CancellationToken cancellationToken) => LogRowCount.RunAsync(job, tally, cancellationToken);
}
