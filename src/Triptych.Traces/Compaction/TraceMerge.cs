using Triptych.Columnar.Rows;
using Triptych.Primitives.Memory;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;
using Triptych.Traces.Attributes;
using Triptych.Traces.Block;
using Triptych.Traces.Sampling;

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
    private TraceSample? _sample;
    private SampledCounts? _sampledBefore;
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
    public static async ValueTask<TraceMerge> OpenAsync(MergeJob job, TraceSampling? sampling, CancellationToken cancellationToken)
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
            if (sampling is not null && job.Sampling is not null)
                merge._sample = await SampleDecision.MakeAsync(job, sampling, merge._inputs, merge._survey, merge._resources, cancellationToken);
            merge._sampledBefore = merge.SampledBefore();
            merge._plan = new SlicePlan(job, merge._survey.Slices(job, merge._attributes, merge._sample?.RowGroups), job.Memory);
            return merge;
        }
        catch
        {
            merge.Dispose();
            throw;
        }
    }

    /// <summary>Whether sampling leaves a trace out.</summary>
    public bool LeavesTracesOut => _sample is not null;

    /// <summary>Writes all outputs.</summary>
    public ValueTask<IReadOnlyList<BlockMeta>> RunAsync(CancellationToken cancellationToken) =>
        SliceOutputs.WriteAsync(
            _job, NextAsync, stream => new TraceMergeWriter(stream, _job, _resources, _scopes, _attributes, TakeSampled), cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        _sample?.Dispose();
        _survey?.Dispose();
        _repeats.Dispose();
        _charge.Dispose();
    }

    /// <summary>What sampling left out of the inputs before; null where it never did.</summary>
    private SampledCounts? SampledBefore()
    {
        SampledCounts? before = null;
        foreach (var input in _inputs)
        {
            if (input.Block.Sampled is { } counts) before = new SampledCounts((before?.Traces ?? 0) + counts.Traces, (before?.Spans ?? 0) + counts.Spans);
        }

        return before;
    }

    /// <summary>
    /// What an output says of sampling; null where nothing was ever left out. Of several outputs the one being written gets what was left out up to here,
    /// and the first what was before this merge, so that their sum is right.
    /// </summary>
    private SampledCounts? TakeSampled()
    {
        if (_sample is null && _sampledBefore is null) return null;
        var (before, now) = (_sampledBefore ?? default, _sample?.Take() ?? default);
        _sampledBefore = default(SampledCounts);
        return new SampledCounts(before.Traces + now.Traces, before.Spans + now.Spans);
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
                    _sample?.Drop(spans);
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
