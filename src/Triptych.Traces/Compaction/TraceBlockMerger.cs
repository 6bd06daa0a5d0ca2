using Triptych.Model;
using Triptych.Primitives.Memory;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;

namespace Triptych.Traces.Compaction;

/// <summary>
/// Merges traces blocks (docs/formats/traces-block.md). In: blocks in the order of acknowledgement. Out: blocks of one window each, in
/// which a trace lies in one row group, as far as it was in the inputs. The way of a merge:
/// <list type="number">
/// <item>Footers, resources and scopes are read; <see cref="TraceSurvey"/> samples when traces start and finds those in several inputs.</item>
/// <item><see cref="SlicePlan"/> cuts the times at which traces start into steps that fit into memory.</item>
/// <item>Of each step ids and starts are read, spans that are there twice or deleted go (<see cref="TraceMergeSpans"/>), and trees are made.</item>
/// <item>The other columns follow one at a time (<see cref="TraceMergeWriter"/>), as they are: attributes are neither parsed nor written anew.</item>
/// </list>
/// A trace lies in the window that its first span starts in. Row groups that are alone in their time and have whole traces only are
/// copied without decoding. Any thread may call.
/// </summary>
/// <param name="parent">Charged for all merges; null where only the limit of each counts.</param>
/// <param name="bytesPerMerge">The most memory of one merge.</param>
public sealed class TraceBlockMerger(MemoryBudget? parent = null, long bytesPerMerge = TraceBlockMerger.DefaultBytes) : IBlockMerger
{
    /// <summary>Memory of one merge unless said otherwise.</summary>
    public const long DefaultBytes = 64L * 1024 * 1024;

    /// <inheritdoc/>
    public Signal Signal => Signal.Traces;

    /// <inheritdoc/>
    /// <exception cref="MemoryBudgetExceededException">
    /// Footers, resources and what is known of traces in several inputs, or a single trace, do not fit.
    /// </exception>
    public ValueTask<IReadOnlyList<BlockMeta>> MergeAsync(MergeJob job, CancellationToken cancellationToken) =>
        MergeAsync(job, new MemoryBudget("traces merge", bytesPerMerge, parent), cancellationToken);

    /// <summary>Merges within a budget of the caller's.</summary>
    internal static async ValueTask<IReadOnlyList<BlockMeta>> MergeAsync(MergeJob job, MemoryBudget budget, CancellationToken cancellationToken)
    {
        using var merge = await TraceMerge.OpenAsync(job, budget, cancellationToken);
        return await merge.RunAsync(cancellationToken);
    }
}
