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
/// <item>For each window, from the newest, all inputs are read side by side in the order of their series, a few pages at a time
/// (<see cref="MetricMergePass"/>).</item>
/// <item>A series' samples go through the <see cref="Scan.SampleBuffer"/> that scans use, so that of equal times the same sample stays.</item>
/// <item>Rows are written as they come; row groups end when their coded values fill a part of the memory.</item>
/// </list>
/// The newest output has the metadata. Any thread may call.
/// </summary>
/// <param name="parent">Charged for all merges; null where only the limit of each counts.</param>
/// <param name="bytesPerMerge">The most memory of one merge.</param>
public sealed class MetricBlockMerger(MemoryBudget? parent = null, long bytesPerMerge = MetricBlockMerger.DefaultBytes) : IBlockMerger
{
    /// <summary>Memory of one merge unless said otherwise.</summary>
    public const long DefaultBytes = 64L * 1024 * 1024;

    /// <inheritdoc/>
    public Signal Signal => Signal.Metrics;

    /// <inheritdoc/>
    /// <remarks><see cref="MergeJob.RowsDeleted"/> counts samples.</remarks>
    /// <exception cref="MemoryBudgetExceededException">Time vectors, exemplars or a page of each input do not fit.</exception>
    public ValueTask<IReadOnlyList<BlockMeta>> MergeAsync(MergeJob job, CancellationToken cancellationToken) =>
        MergeAsync(job, new MemoryBudget("metrics merge", bytesPerMerge, parent), cancellationToken);

    /// <summary>Merges within a budget of the caller's.</summary>
    internal static async ValueTask<IReadOnlyList<BlockMeta>> MergeAsync(MergeJob job, MemoryBudget budget, CancellationToken cancellationToken)
    {
        using var merge = await MetricMerge.OpenAsync(job, budget, cancellationToken);
        return await merge.RunAsync(cancellationToken);
    }
}
