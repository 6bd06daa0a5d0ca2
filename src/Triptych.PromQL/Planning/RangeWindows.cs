using Triptych.PromQL.Functions.Range;

namespace Triptych.PromQL.Planning;

/// <summary>Where the samples of each evaluation time's range (left-open) begin and end in a vector of timestamps.</summary>
/// <param name="times">The evaluation times.</param>
/// <param name="reach">How far the windows reach.</param>
internal sealed class RangeWindows(EvalTimes times, RangeReach reach)
{
    private ExtrapolationTable? _extrapolation;

    public int[] From { get; } = new int[times.Count];

    /// <summary>Exclusive.</summary>
    public int[] To { get; } = new int[times.Count];

    /// <summary>Samples in all ranges together.</summary>
    public long SampleCount { get; private set; }

    /// <summary>The table for rates over these windows.</summary>
    /// <param name="timestampsMs">The same times as <see cref="Find"/> was given.</param>
    /// <param name="rangeMs">The ranges' length.</param>
    /// <param name="perSecond">Whether the answer is one for each second of the range.</param>
    public ExtrapolationTable ExtrapolationOf(ReadOnlySpan<long> timestampsMs, long rangeMs, bool perSecond)
    {
        if (_extrapolation is null)
        {
            var ends = new long[From.Length];
            for (var i = 0; i < ends.Length; i++)
                ends[i] = times.At(i);
            _extrapolation = new ExtrapolationTable(timestampsMs, From, To, ends, rangeMs, perSecond);
        }
        return _extrapolation;
    }

    public void Find(ReadOnlySpan<long> timestampsMs)
    {
        _extrapolation = null;
        SampleCount = 0;
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
            SampleCount += to - from;
        }
    }
}

/// <summary>How far the windows of a range reach from their evaluation times: to the left (exclusive) and to the right (inclusive).</summary>
internal readonly record struct RangeReach(long BeforeMs, long AfterMs);
