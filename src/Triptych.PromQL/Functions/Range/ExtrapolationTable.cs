namespace Triptych.PromQL.Functions.Range;

/// <summary>
/// <see cref="Extrapolation.Factor"/> of every step for one vector of times: series that share their times share it, and then a rate is one subtraction and one
/// product. Only a counter that would have been below zero has to be looked at on its own.
/// </summary>
internal sealed class ExtrapolationTable
{
    private readonly double[] _factors;
    private readonly double[] _sampledMs;
    private readonly double[] _toStartMs;

    /// <summary>Computes the table.</summary>
    /// <param name="timesMs">The vector of times.</param>
    /// <param name="from">Where each step's range begins in it.</param>
    /// <param name="to">Where each step's range ends in it, exclusive.</param>
    /// <param name="endsMs">The ranges' right edges.</param>
    /// <param name="rangeMs">Their length.</param>
    /// <param name="perSecond">Whether the answer is one for each second of the range.</param>
    public ExtrapolationTable(ReadOnlySpan<long> timesMs, ReadOnlySpan<int> from, ReadOnlySpan<int> to, ReadOnlySpan<long> endsMs, long rangeMs, bool perSecond)
    {
        _factors = new double[from.Length];
        _sampledMs = new double[from.Length];
        _toStartMs = new double[from.Length];
        for (var i = 0; i < from.Length; i++)
        {
            if (to[i] - from[i] < 2)
                continue;
            var times = timesMs[from[i]..to[i]];
            _factors[i] = Extrapolation.Factor(times, endsMs[i] - rangeMs, endsMs[i], double.PositiveInfinity, perSecond);
            _sampledMs[i] = times[^1] - times[0];
            _toStartMs[i] = Extrapolation.ToStart(times, endsMs[i] - rangeMs);
        }
    }

    /// <summary>What the difference of a step is to be multiplied by.</summary>
    public double FactorOf(int step) => _factors[step];

    /// <summary>Whether a counter with this first value and this growth would have been zero between the range's edge and its first sample.</summary>
    public bool ReachesZero(int step, double first, double difference) =>
        difference > 0 && first >= 0 && !(first * _sampledMs[step] >= _toStartMs[step] * difference);
}
