using Triptych.Columnar.Rows;
using Triptych.Primitives.Memory;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;
using Triptych.Traces.Attributes;

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
    private readonly TraceMergeRepeats _repeats;
    private AttributeLayout _attributes = AttributeLayout.None;
    private TraceSurvey? _survey;
    private SlicePlan _plan = null!;
    private TraceMergeDeletions _deletions = null!;
    private TraceMergeSpans.Rest? _rest;

    private TraceMerge(MergeJob job)
    {
        _job = job;
        _budget = job.Memory;
        _charge = new ScanCharge(_budget);
        _repeats = new TraceMergeRepeats(_budget);
        _resources = new MergeItems(_charge);
        _scopes = new MergeItems(_charge);
    }

    /// <summary>Reads footers and sections of the inputs and surveys their traces.</summary>
    public static async ValueTask<TraceMerge> OpenAsync(MergeJob job, CancellationToken cancellationToken)
    {
        var merge = new TraceMerge(job);
        try
        {
            for (var i = 0; i < job.Inputs.Count; i++)
            {
                merge._inputs.Add(await TraceMergeInput.OpenAsync(i, job, merge._resources, merge._scopes, merge._charge, cancellationToken));
            }

            merge._attributes = AttributeUnion.Of(merge._inputs.Select(static i => i.Block));
            merge._survey = await TraceSurvey.OpenAsync(merge._inputs, job.Memory, cancellationToken);
            merge._deletions = new TraceMergeDeletions(job, merge._resources, merge._charge);
            merge._plan = new SlicePlan(job, merge._survey.Slices(job, merge._attributes), job.Memory);
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
        SliceOutputs.WriteAsync(_job, NextAsync, stream => new TraceMergeWriter(stream, _job, _resources, _scopes, _attributes), cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        _survey?.Dispose();
        _repeats.Dispose();
        _charge.Dispose();
    }

    /// <summary>The next spans to write, of which there is at least one; null at the end.</summary>
    private async ValueTask<TraceMergeSpans?> NextAsync(CancellationToken cancellationToken)
    {
        while ((_rest?.Step ?? _plan.Next()) is { } step)
        {
            var spans = await TraceMergeSpans.LoadAsync(step, _rest?.After, _inputs, _survey!, _budget, cancellationToken);
            try
            {
                _rest = spans.Left;
                if (!step.IsCopy)
                {
                    _repeats.Drop(spans);
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
