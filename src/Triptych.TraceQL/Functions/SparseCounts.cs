namespace Triptych.TraceQL.Functions;

/// <summary>Counts by step where most have one step only: what differs in each span has as many of these as there are spans.</summary>
internal sealed class SparseCounts
{
    private int _firstStep = -1;
    private long _firstCount;
    private Dictionary<int, long>? _others;

    /// <summary>The sum over all steps.</summary>
    public long Total { get; private set; }

    public void Add(int step)
    {
        Total++;
        if (_firstCount == 0)
        {
            _firstStep = step;
        }

        if (step == _firstStep)
        {
            _firstCount++;
            return;
        }

        _others ??= [];
        _others[step] = _others.GetValueOrDefault(step) + 1;
    }

    /// <summary>A value for each step, 0 where nothing was counted.</summary>
    public double[] Values(int steps)
    {
        var values = new double[steps];
        if (_firstCount > 0)
        {
            values[_firstStep] = _firstCount;
        }

        foreach (var (step, count) in _others ?? [])
        {
            values[step] = count;
        }

        return values;
    }
}
