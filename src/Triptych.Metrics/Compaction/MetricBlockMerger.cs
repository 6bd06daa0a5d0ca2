using Triptych.Model;
using Triptych.Primitives.Memory;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;

namespace Triptych.Metrics.Compaction;

/// <summary>
/// Merges metrics blocks (docs/formats/metrics-block.md): series of one label set in several inputs become one row. In: blocks in the order
/// of acknowledgement. Out: blocks of one window each. The way of a merge:
/// <list type="number">
/// <item>Time vectors, metadata and exemplars of the inputs are read; they say which windows have samples.</item>
/// <item>Windows in which a series has more samples than fit into memory are cut into ranges (<see cref="SampleRanges"/>).</item>
/// <item>For each range, from the newest, all inputs are read side by side in the order of their series, a few pages at a time
/// (<see cref="MetricMergePass"/>).</item>
/// <item>A series' samples go through the <see cref="Scan.SampleBuffer"/> that scans use, so that of equal times the same sample stays.</item>
/// <item>Rows are written as they come; row groups end when their coded values fill a part of the memory.</item>
/// </list>
/// The newest output has the metadata. Any thread may call.
/// </summary>
public sealed class MetricBlockMerger : IBlockMerger
{
    /// <inheritdoc/>
    public Signal Signal => Signal.Metrics;

    /// <inheritdoc/>
    /// <remarks><see cref="MergeJob.RowsDeleted"/> counts samples.</remarks>
    /// <exception cref="MemoryBudgetExceededException">Time vectors, exemplars or a page of each input do not fit.</exception>
    public async ValueTask<IReadOnlyList<BlockMeta>> MergeAsync(MergeJob job, CancellationToken cancellationToken)
    {
        using var merge = await MetricMerge.OpenAsync(job, cancellationToken);
        return await merge.RunAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> DeletesAnyAsync(MergeJob job, CancellationToken cancellationToken)
    {
        for (var i = 0; i < job.Inputs.Count; i++)
        {
            using var input = await MetricMergeInput.OpenAsync(i, job, cancellationToken);
            if (await MetricDeletionProbe.RunAsync(input, job, cancellationToken)) return true;
        }

        return false;
    }

    /// <inheritdoc/>
    public async ValueTask CountAsync(MergeJob job, RowTally tally, CancellationToken cancellationToken)
    {
        using var input = await MetricMergeInput.OpenAsync(0, job, cancellationToken);
        await MetricRowCount.RunAsync(input, tally, cancellationToken);
    }
}
