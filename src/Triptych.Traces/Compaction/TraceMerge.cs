using Triptych.Columnar.Rows;
using Triptych.Primitives.Memory;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;

namespace Triptych.Traces.Compaction;

/// <summary>One merge, see <see cref="TraceBlockMerger"/>. One thread at a time; the owner disposes it.</summary>
internal sealed class TraceMerge : IDisposable
{
    private readonly MergeJob _job;
    private readonly MemoryBudget _budget;
    private readonly ScanCharge _charge;
    private readonly MergeItems _resources;
    private readonly MergeItems _scopes;
    private readonly List<TraceMergeInput> _inputs = [];
    private TraceSurvey? _survey;
    private SlicePlan _plan = null!;
    private TraceMergeDeletions _deletions = null!;

    private TraceMerge(MergeJob job, MemoryBudget budget)
    {
        _job = job;
        _budget = budget;
        _charge = new ScanCharge(budget);
        _resources = new MergeItems(_charge);
        _scopes = new MergeItems(_charge);
    }

    /// <summary>Reads footers and sections of the inputs and surveys their traces.</summary>
    public static async ValueTask<TraceMerge> OpenAsync(MergeJob job, MemoryBudget budget, CancellationToken cancellationToken)
    {
        var merge = new TraceMerge(job, budget);
        try
        {
            for (var i = 0; i < job.Inputs.Count; i++)
            {
                merge._inputs.Add(await TraceMergeInput.OpenAsync(i, job, merge._resources, merge._scopes, merge._charge, budget, cancellationToken));
            }

            // A step's largest column is in memory decoded, and at the worst once more as pages that wait.
            var stepBytes = budget.Limit / 4;
            merge._survey = await TraceSurvey.OpenAsync(merge._inputs, budget, cancellationToken);
            merge._deletions = new TraceMergeDeletions(job, merge._resources, merge._charge, budget);
            merge._plan = new SlicePlan(job, merge._survey.Slices(job.Deletions, stepBytes / 2), stepBytes);
            return merge;
        }
        catch
        {
            merge.Dispose();
            throw;
        }
    }

    /// <summary>Writes all outputs.</summary>
    public ValueTask<IReadOnlyList<BlockMeta>> RunAsync(CancellationToken cancellationToken) =>
        SliceOutputs.WriteAsync(_job, NextAsync, stream => new TraceMergeWriter(stream, _resources, _scopes, _budget), cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        _survey?.Dispose();
        _charge.Dispose();
    }

    /// <summary>The next spans to write, of which there is at least one; null at the end.</summary>
    private async ValueTask<TraceMergeSpans?> NextAsync(CancellationToken cancellationToken)
    {
        while (_plan.Next() is { } step)
        {
            var spans = await TraceMergeSpans.LoadAsync(step, _inputs, _survey!, _budget, cancellationToken);
            try
            {
                if (!step.IsCopy)
                {
                    await _deletions.ApplyAsync(spans, cancellationToken);
                    spans.Settle();
                }

                if (!spans.IsEmpty) return spans;
            }
            catch
            {
                spans.Dispose();
                throw;
            }

            spans.Dispose();
        }

        return null;
    }
}
