using Triptych.Storage.Compaction;

namespace Triptych.Metrics.Compaction;

/// <summary>
/// Finds out whether a job's deletions name any sample or exemplar of an input: labels and times are read, samples are not.
/// </summary>
internal static class MetricDeletionProbe
{
    private const int SeriesBetweenYields = 1024;

    /// <summary>Looks until one is found.</summary>
    public static async ValueTask<bool> RunAsync(MetricMergeInput input, MergeJob job, CancellationToken cancellationToken)
    {
        input.Rewind(withValues: false);
        for (var count = 1; await input.MoveNextAsync(cancellationToken); count++)
        {
            if (count % SeriesBetweenYields == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await Task.Yield();
            }

            if (NamesAny(input, job.Deletions)) return true;
        }

        return false;
    }

    private static bool NamesAny(MetricMergeInput input, IReadOnlyList<RowDeletion> deletions)
    {
        foreach (var deletion in deletions)
        {
            if (!DeletionMatch.Holds(deletion.Matchers, input.Series)) continue;
            if (input.HasSampleIn(new SampleRange(deletion.MinTime, deletion.MaxTime))) return true;
            foreach (var exemplar in input.Exemplars)
            {
                if (exemplar.TimestampMs >= deletion.MinTime && exemplar.TimestampMs <= deletion.MaxTime) return true;
            }
        }

        return false;
    }
}
