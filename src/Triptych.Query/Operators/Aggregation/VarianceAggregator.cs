using Triptych.Query.Budgets;
using Triptych.Query.Steps;

namespace Triptych.Query.Operators.Aggregation;

/// <summary>Population variance by Welford's method, or with <paramref name="squareRoot"/> its root.</summary>
public sealed class VarianceAggregator(QueryContext context, StepGrid grid, Grouping grouping, bool squareRoot)
    : GroupedAggregator(context, grid, grouping, 3)
{
    private readonly List<RunningVariance[]> _groups = [];

    /// <inheritdoc/>
    protected override void AddGroup() => _groups.Add(new RunningVariance[Steps]);

    /// <inheritdoc/>
    protected override void Accumulate(int group, ReadOnlySpan<double> values)
    {
        var variances = _groups[group];
        for (var i = 0; i < values.Length; i++)
        {
            if (!StepRow.IsAbsent(values[i])) variances[i].Add(values[i]);
        }
    }

    /// <inheritdoc/>
    protected override void Write(int group, Span<double> result)
    {
        var variances = _groups[group];
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = variances[i].Count == 0 ? StepRow.Absent : squareRoot ? Math.Sqrt(variances[i].Value) : variances[i].Value;
        }
    }
}

/// <summary>A population variance to which values are added one by one; NaN once a value was not finite.</summary>
public struct RunningVariance
{
    private double _mean;
    private double _meanCompensation;
    private double _squares;
    private double _squaresCompensation;

    /// <summary>How many values there were.</summary>
    public int Count { get; private set; }

    /// <summary>The variance so far.</summary>
    public readonly double Value => (_squares + _squaresCompensation) / Count;

    /// <summary>Adds a value.</summary>
    public void Add(double value)
    {
        Count++;
        var delta = value - (_mean + _meanCompensation);
        KahanSum.Add(delta / Count, ref _mean, ref _meanCompensation);
        KahanSum.Add(delta * (value - (_mean + _meanCompensation)), ref _squares, ref _squaresCompensation);
    }
}
