using Triptych.Model;
using Triptych.Primitives.Memory;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;
using Triptych.Traces.Sampling;

namespace Triptych.Traces.Compaction;

/// <summary>
/// Merges traces blocks (docs/formats/traces-block.md). In: blocks in the order of acknowledgement. Out: blocks of one window each, in
/// which a trace lies in one row group, as far as it was in the inputs and there is memory for so many spans. The way of a merge:
/// <list type="number">
/// <item>Footers, resources and scopes are read; <see cref="TraceSurvey"/> samples when traces start and finds those in several inputs.</item>
/// <item><see cref="SlicePlan"/> cuts the times at which traces start into steps that fit into memory.</item>
/// <item>Of each step ids and starts are read, spans that are there twice or deleted go (<see cref="TraceMergeSpans"/>), and trees are made.</item>
/// <item>The other columns follow one at a time (<see cref="TraceMergeWriter"/>), as they are: attributes are neither parsed nor written anew.</item>
/// </list>
/// A trace lies in the window that its first span starts in. Row groups that are alone in their time and have whole traces only are
/// copied without decoding. With sampling, it is decided between 1 and 2 which traces are left out (<see cref="SampleDecision"/>). Any thread may call.
/// </summary>
/// <param name="sampling">Leaves old traces out; null for none.</param>
public sealed class TraceBlockMerger(TraceSampling? sampling = null) : IBlockMerger
{
    /// <inheritdoc/>
    public Signal Signal => Signal.Traces;

    /// <inheritdoc/>
    /// <exception cref="MemoryBudgetExceededException">
    /// Footers, resources, what is known of traces in several inputs, the ids of one trace in several inputs, or a single span, do not fit.
    /// </exception>
    public async ValueTask<IReadOnlyList<BlockMeta>> MergeAsync(MergeJob job, CancellationToken cancellationToken)
    {
        using var merge = await TraceMerge.OpenAsync(job, sampling, cancellationToken);
        return await merge.RunAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> DeletesAnyAsync(MergeJob job, CancellationToken cancellationToken)
    {
        using var probe = await TraceDeletionProbe.OpenAsync(job, cancellationToken);
        if (await probe.RunAsync(cancellationToken)) return true;
        if (sampling is null || job.Sampling is null) return false;
        using var merge = await TraceMerge.OpenAsync(job, sampling, cancellationToken);
        return merge.LeavesTracesOut;
    }

    /// <inheritdoc/>
    public ValueTask CountAsync(MergeJob job, RowTally tally, CancellationToken cancellationToken) => TraceRowCount.RunAsync(job, tally, cancellationToken);
}
