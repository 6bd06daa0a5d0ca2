using Triptych.Columnar.Rows;
using Triptych.Storage.Compaction;

namespace Triptych.Traces.Compaction;

/// <summary>
/// Finds out whether a job's deletions name any span of its inputs, the cheapest first: 1. the resources; 2. the starts of row groups; 3. resource and
/// start of spans; 4. the condition on spans. One thread; the owner disposes it.
/// </summary>
internal sealed class TraceDeletionProbe : IDisposable
{
    private readonly MergeJob _job;
    private readonly ScanCharge _charge;
    private readonly List<TraceMergeInput> _inputs = [];
    private TraceMergeDeletions _deletions = null!;

    private TraceDeletionProbe(MergeJob job)
    {
        _job = job;
        _charge = new ScanCharge(job.Memory);
    }

    /// <summary>Reads footers and sections.</summary>
    public static async ValueTask<TraceDeletionProbe> OpenAsync(MergeJob job, CancellationToken cancellationToken)
    {
        var probe = new TraceDeletionProbe(job);
        try
        {
            var (resources, scopes) = (new MergeItems(probe._charge), new MergeItems(probe._charge));
            for (var i = 0; i < job.Inputs.Count; i++)
                probe._inputs.Add(await TraceMergeInput.OpenAsync(i, job, resources, scopes, probe._charge, cancellationToken));
            probe._deletions = new TraceMergeDeletions(job, resources, probe._charge);
            return probe;
        }
        catch
        {
            probe.Dispose();
            throw;
        }
    }

    /// <summary>Looks until a span is found.</summary>
    public async ValueTask<bool> RunAsync(CancellationToken cancellationToken)
    {
        for (var input = 0; input < _inputs.Count; input++)
        {
            for (var rowGroup = 0; rowGroup < _inputs[input].Block.File.RowGroups.Length; rowGroup++)
            {
                var (min, max) = _inputs[input].StartsOf(rowGroup);
                if (_deletions.MayNameAny(_inputs[input].Resources, min, max) && await NamesAnyAsync(input, rowGroup, cancellationToken)) return true;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => _charge.Dispose();

    private async ValueTask<bool> NamesAnyAsync(int input, int rowGroup, CancellationToken cancellationToken)
    {
        var (min, max) = _inputs[input].StartsOf(rowGroup);
        var group = _inputs[input].Block.File.RowGroups[rowGroup];
        var source = new SliceSource
        {
            Input = input,
            RowGroup = rowGroup,
            MinTime = min,
            MaxTime = max,
            Rows = group.RowCount,
            LargestColumnBytes = 0,
            Sample = [],
        };
        MergeSpan? after = null;
        do
        {
            // A trace starts with its first span here, so no trace of the row group lies outside of this step.
            var step = new SliceStep(min, max, _job.WindowOf(min), [source], IsCopy: false);
            using var spans = await TraceMergeSpans.LoadAsync(step, after, _inputs, survey: null, _job.Memory, cancellationToken);
            await _deletions.ApplyAsync(spans, cancellationToken);
            if (_job.RowsDeleted > 0) return true;
            after = spans.Left?.After;
        }
        while (after is not null);

        return false;
    }
}
