namespace Triptych.PromQL.Planning;

/// <summary>Where the samples of each evaluation time's range (left-open) begin and end in a vector of timestamps.</summary>
/// <param name="times">The evaluation times.</param>
/// <param name="reach">How far the windows reach.</param>
internal sealed class RangeWindows(EvalTimes times, RangeReach reach)
{
    public int[] From { get; } = new int[times.Count];

    /// <summary>Exclusive.</summary>
    public int[] To { get; } = new int[times.Count];

    public void Find(ReadOnlySpan<long> timestampsMs)
    {
        var from = 0;
        var to = 0;
        for (var i = 0; i < From.Length; i++)
        {
            var at = times.At(i);
            while (to < timestampsMs.Length && timestampsMs[to] <= at + reach.AfterMs)
                to++;
            while (from < to && timestampsMs[from] <= at - reach.BeforeMs)
                from++;
            From[i] = from;
            To[i] = to;
        }
    }
}

/// <summary>How far the windows of a range reach from their evaluation times: to the left (exclusive) and to the right (inclusive).</summary>
internal readonly record struct RangeReach(long BeforeMs, long AfterMs);
