using Triptych.Columnar.Rows;
using Triptych.Logs.Block;
using Triptych.Logs.Fields;
using Triptych.Primitives.Memory;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;

namespace Triptych.Logs.Compaction;

/// <summary>One merge, see <see cref="LogBlockMerger"/>. One thread at a time; the owner disposes it.</summary>
internal sealed class LogMerge : IDisposable
{
    private readonly MergeJob _job;
    private readonly MemoryBudget _budget;
    private readonly ScanCharge _charge;
    private readonly LogMergeStreams _streams;
    private readonly List<LogMergeInput> _inputs = [];
    private readonly LogMergeRepeats _repeats;
    private SlicePlan _plan = null!;
    private LogMergeDeletions _deletions = null!;
    private BlockLayout _layout = new(FieldLayout.None, MetadataLayout.None);
    private LogMergeRows.Rest? _rest;

    private LogMerge(MergeJob job)
    {
        _job = job;
        _budget = job.Memory;
        _charge = new ScanCharge(_budget);
        _repeats = new LogMergeRepeats(_budget);
        _streams = new LogMergeStreams(_charge);
    }

    /// <summary>Reads footers, streams and samples of the inputs.</summary>
    public static async ValueTask<LogMerge> OpenAsync(MergeJob job, CancellationToken cancellationToken)
    {
        var merge = new LogMerge(job);
        try
        {
            var slices = new List<SliceSource>();
            for (var i = 0; i < job.Inputs.Count; i++)
            {
                var input = await LogMergeInput.OpenAsync(i, job, merge._streams, merge._charge, cancellationToken);
                merge._inputs.Add(input);
            }

            merge._layout = new BlockLayout(FieldUnion.Of(merge._inputs), LogMergeMetadata.UnionOf(merge._inputs));
            foreach (var input in merge._inputs)
            {
                await foreach (var slice in input.SlicesAsync(job, merge._layout.Metadata, cancellationToken)) slices.Add(slice);
                merge._charge.Add((long)input.RowGroupTimes.Count * SliceSource.SizeBytes);
            }

            merge._streams.Rank();
            merge._deletions = new LogMergeDeletions(job, merge._streams, merge._charge);
            merge._plan = new SlicePlan(job, slices, job.Memory);
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
        SliceOutputs.WriteAsync(_job, NextAsync, stream => new LogMergeWriter(stream, _streams, _layout, _budget), cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        _repeats.Dispose();
        _charge.Dispose();
    }

    /// <summary>The next rows to write, of which there is at least one; null at the end.</summary>
    private async ValueTask<LogMergeRows?> NextAsync(CancellationToken cancellationToken)
    {
        while ((_rest?.Step ?? _plan.Next()) is { } step)
        {
            var rows = await LogMergeRows.LoadAsync(step, _rest?.After, _inputs, _streams, _budget, cancellationToken);
            try
            {
                _rest = rows.Left;
                await _repeats.DropAsync(rows, cancellationToken);
                await _deletions.ApplyAsync(rows, cancellationToken);
                if (!rows.IsEmpty) return rows;
            }
            catch
            {
                rows.Dispose();
                throw;
            }

            rows.Dispose();
        }

        return null;
    }
}
