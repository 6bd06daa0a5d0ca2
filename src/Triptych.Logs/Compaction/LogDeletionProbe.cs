using Triptych.Columnar.Rows;
using Triptych.Storage.Compaction;

namespace Triptych.Logs.Compaction;

/// <summary>
/// Finds out whether a job's deletions name any row of its inputs, the cheapest first: 1. the streams; 2. the times of row groups; 3. times and streams of
/// rows; 4. the condition on rows. One thread; the owner disposes it.
/// </summary>
internal sealed class LogDeletionProbe : IDisposable
{
    private readonly MergeJob _job;
    private readonly ScanCharge _charge;
    private readonly LogMergeStreams _streams;
    private readonly List<LogMergeInput> _inputs = [];
    private LogMergeDeletions _deletions = null!;

    private LogDeletionProbe(MergeJob job)
    {
        _job = job;
        _charge = new ScanCharge(job.Memory);
        _streams = new LogMergeStreams(_charge);
    }

    /// <summary>Reads footers and streams.</summary>
    public static async ValueTask<LogDeletionProbe> OpenAsync(MergeJob job, CancellationToken cancellationToken)
    {
        var probe = new LogDeletionProbe(job);
        try
        {
            for (var i = 0; i < job.Inputs.Count; i++)
                probe._inputs.Add(await LogMergeInput.OpenAsync(i, job, probe._streams, probe._charge, cancellationToken));
            probe._streams.Rank();
            probe._deletions = new LogMergeDeletions(job, probe._streams, probe._charge);
            return probe;
        }
        catch
        {
            probe.Dispose();
            throw;
        }
    }

    /// <summary>Looks until a row is found.</summary>
    public async ValueTask<bool> RunAsync(CancellationToken cancellationToken)
    {
        foreach (var input in _inputs)
        {
            for (var rowGroup = 0; rowGroup < input.RowGroupTimes.Count; rowGroup++)
            {
                var (min, max) = input.RowGroupTimes[rowGroup];
                if (_deletions.MayNameAny(input.Streams, min, max) && await NamesAnyAsync(input, rowGroup, cancellationToken)) return true;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => _charge.Dispose();

    private async ValueTask<bool> NamesAnyAsync(LogMergeInput input, int rowGroup, CancellationToken cancellationToken)
    {
        var (min, max) = input.RowGroupTimes[rowGroup];
        var source = new SliceSource
        {
            Input = input.Number,
            RowGroup = rowGroup,
            MinTime = min,
            MaxTime = max,
            Rows = input.File.RowGroups[rowGroup].RowCount,
            LargestColumnBytes = 0,
            Sample = [],
        };
        LogMergeRow? after = null;
        do
        {
            var step = new SliceStep(min, max, _job.WindowOf(min), [source], IsCopy: false);
            using var rows = await LogMergeRows.LoadAsync(step, after, _inputs, _streams, _job.Memory, cancellationToken);
            await _deletions.ApplyAsync(rows, cancellationToken);
            if (_job.RowsDeleted > 0) return true;
            after = rows.Left?.After;
        }
        while (after is not null);

        return false;
    }
}
