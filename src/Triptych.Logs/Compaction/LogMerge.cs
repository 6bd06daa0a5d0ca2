using Triptych.Columnar.Rows;
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
    private SlicePlan _plan = null!;
    private LogMergeDeletions _deletions = null!;

    private LogMerge(MergeJob job, MemoryBudget budget)
    {
        _job = job;
        _budget = budget;
        _charge = new ScanCharge(budget);
        _streams = new LogMergeStreams(_charge);
    }

    /// <summary>A row group with a column of this size is as large as a merge makes them, whatever its rows.</summary>
    public static long ProperBytes(MemoryBudget budget) => StepBytes(budget) / 2;

    /// <summary>Reads footers, streams and samples of the inputs.</summary>
    public static async ValueTask<LogMerge> OpenAsync(MergeJob job, MemoryBudget budget, CancellationToken cancellationToken)
    {
        var merge = new LogMerge(job, budget);
        try
        {
            var slices = new List<SliceSource>();
            for (var i = 0; i < job.Inputs.Count; i++)
            {
                var input = await LogMergeInput.OpenAsync(i, job, merge._streams, merge._charge, budget, cancellationToken);
                merge._inputs.Add(input);
                await foreach (var slice in input.SlicesAsync(job.Deletions, budget, cancellationToken)) slices.Add(slice);
            }

            merge._streams.Rank();
            merge._deletions = new LogMergeDeletions(job, merge._streams, merge._charge, budget);
            merge._plan = new SlicePlan(job, slices, StepBytes(budget));
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
        SliceOutputs.WriteAsync(_job, NextAsync, stream => new LogMergeWriter(stream, _streams, _budget), cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _charge.Dispose();

    // A step's largest column is in memory decoded, and at the worst once more as pages that wait.
    private static long StepBytes(MemoryBudget budget) => budget.Limit / 4;

    /// <summary>The next rows to write, of which there is at least one; null at the end.</summary>
    private async ValueTask<LogMergeRows?> NextAsync(CancellationToken cancellationToken)
    {
        while (_plan.Next() is { } step)
        {
            var rows = await LogMergeRows.LoadAsync(step, _inputs, _streams, _budget, cancellationToken);
            try
            {
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
