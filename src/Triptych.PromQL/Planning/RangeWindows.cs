namespace Triptych.PromQL.Planning;

/// <summary>Where the samples of each evaluation time's range (left-open) begin and end in a vector of timestamps.</summary>
internal sealed class RangeWindows(EvalTimes times, long rangeMs)
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
            var end = times.At(i);
            while (to < timestampsMs.Length && timestampsMs[to] <= end)
                to++;
            while (from < to && timestampsMs[from] <= end - rangeMs)
                from++;
            From[i] = from;
            To[i] = to;
        }
    }
}
