using Triptych.PromQL.Functions.Range;

namespace Triptych.PromQL.Planning;

/// <summary>The samples of an anchored or smoothed range as an answer: those inside, and one at each edge.</summary>
internal sealed class ExtendedRange((EvalTimes Times, long RangeMs) range, bool smoothed)
{
    private readonly long _endMs = range.Times.At(0);
    private readonly long _startMs = range.Times.At(0) - range.RangeMs;

    /// <summary>The modifier's name.</summary>
    public string Modifier => smoothed ? "smoothed" : "anchored";

    /// <summary>Replaces the samples of the window, which reaches farther than the range, by those of the range.</summary>
    public void Apply(List<long> timesMs, List<double> values)
    {
        if (timesMs.Count == 0)
            return;
        long[] times = [.. timesMs];
        double[] all = [.. values];
        timesMs.Clear();
        values.Clear();
        var edges = RangeEdges.Find(times, _startMs, _endMs, smoothed);
        if (times[edges.Last] <= _startMs)
            return;
        timesMs.Add(_startMs);
        values.Add(edges.Left(times, all, _startMs, smoothed, isCounter: false));
        var (first, last) = edges.Inside(times, _startMs, _endMs);
        for (var i = first; i <= last; i++)
        {
            timesMs.Add(times[i]);
            values.Add(all[i]);
        }
        timesMs.Add(_endMs);
        values.Add(edges.Right(times, all, _endMs, smoothed, isCounter: false));
    }
}
