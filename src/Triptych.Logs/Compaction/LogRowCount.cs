using Triptych.Columnar.Rows;
using Triptych.Logs.Block;
using Triptych.Storage.Compaction;

namespace Triptych.Logs.Compaction;

/// <summary>
/// Counts the records of a block by retention rule and time: streams, times and the streams of rows are read, and of those only the row groups in the
/// tally's range; nothing but the streams where no rule holds for any.
/// </summary>
internal static class LogRowCount
{
    /// <summary>Reads the job's input.</summary>
    public static async ValueTask RunAsync(MergeJob job, RowTally tally, CancellationToken cancellationToken)
    {
        using var charge = new ScanCharge(job.Memory);
        var streams = new LogMergeStreams(charge);
        var input = await LogMergeInput.OpenAsync(0, job, streams, charge, cancellationToken);
        foreach (var group in input.File.RowGroups) tally.AddToTotal(group.RowCount);
        charge.Add(input.Streams.Length * (long)sizeof(int));
        int[] rules = [.. input.Streams.Select(s => tally.RuleOf(streams.LabelsOf(s)))];
        if (rules.All(static r => r < 0)) return;
        for (var i = 0; i < input.RowGroupTimes.Count; i++)
        {
            var (min, max) = input.RowGroupTimes[i];
            if (min > tally.MaxTime || max < tally.MinTime) continue;
            var group = input.File.RowGroups[i];
            await input.WalkAsync(
                i,
                (_, times, ofRows) =>
                {
                    for (var row = 0; row < times.Length; row++)
                    {
                        var stream = ofRows[row];
                        if ((uint)stream >= (uint)rules.Length) throw LogMergeRows.UnknownStream(group, stream);
                        if (rules[stream] >= 0) tally.Add(rules[stream], times[row]);
                    }
                },
                job.Memory,
                cancellationToken);
        }
    }
}
