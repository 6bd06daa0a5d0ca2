using System.Runtime.InteropServices;
using Triptych.Storage.Compaction;

namespace Triptych.Metrics.Compaction;

/// <summary>
/// Counts the samples of a block by retention rule and time. Labels and time vectors are read, values are not; a vector is decoded once for each rule,
/// however many series share it.
/// </summary>
internal static class MetricRowCount
{
    private const int SeriesBetweenYields = 1024;

    /// <summary>Reads all series of an input.</summary>
    public static async ValueTask RunAsync(MetricMergeInput input, RowTally tally, CancellationToken cancellationToken)
    {
        var series = new Dictionary<(int Vector, int Rule), long>();
        input.Rewind(withValues: false);
        for (var count = 1; await input.MoveNextAsync(cancellationToken); count++)
        {
            if (count % SeriesBetweenYields == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await Task.Yield();
            }

            Take(input, tally, series);
        }

        foreach (var ((vector, rule), ofVector) in series)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (var times = input.Vectors.Walk(vector); times.MoveNext();) tally.Add(rule, times.Current, ofVector);
        }
    }

    private static void Take(MetricMergeInput input, RowTally tally, Dictionary<(int Vector, int Rule), long> series)
    {
        var vector = input.TimeVector;
        tally.AddToTotal(input.Vectors.LengthOf(vector));
        var rule = tally.RuleOf(input.Series);
        if (rule >= 0) CollectionsMarshal.GetValueRefOrAddDefault(series, (vector, rule), out _)++;
    }
}
