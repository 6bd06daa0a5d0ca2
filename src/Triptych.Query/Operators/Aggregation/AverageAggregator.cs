using Triptych.Columnar.Symbols;
using Triptych.Model.Metrics;
using Triptych.Query.Budgets;
using Triptych.Query.Steps;

namespace Triptych.Query.Operators.Aggregation;

/// <summary>Averages: sum over count, and from the step on where the sum overflows an incremental mean.</summary>
public sealed class AverageAggregator(QueryContext context, StepGrid grid, Grouping grouping)
    : GroupedAggregator(context, grid, grouping, 3)
{
    private readonly List<State> _groups = [];
    private readonly HistogramGroups _histograms = new(context, averages: true);

    /// <inheritdoc/>
    protected override void AddGroup() => _groups.Add(new State(new RunningAverage[Steps]));

    /// <inheritdoc/>
    protected override void Accumulate(int group, ReadOnlySpan<double> values)
    {
        var averages = _groups[group].Averages;
        for (var i = 0; i < values.Length; i++)
        {
            if (!StepRow.IsAbsent(values[i])) averages[i].Add(values[i]);
        }
    }

    /// <inheritdoc/>
    protected override void Write(int group, Span<double> result)
    {
        var averages = _groups[group].Averages;
        for (var i = 0; i < result.Length; i++) result[i] = averages[i].Count == 0 ? StepRow.Absent : averages[i].Value;
    }

    /// <inheritdoc/>
    protected override void AccumulateHistograms(int group, ReadOnlySpan<LabelId> labels, ReadOnlySpan<FloatHistogram?> histograms) =>
        _histograms.Add(group, labels, histograms, Notes);

    /// <inheritdoc/>
    protected override bool HasHistograms(int group) => _histograms.Has(group);

    /// <inheritdoc/>
    protected override void WriteHistograms(int group, Span<double> values, Span<FloatHistogram?> histograms) =>
        _histograms.Write(group, values, histograms, Notes);

    /// <inheritdoc/>
    protected override void Release() => _histograms.Release();

    private sealed record State(RunningAverage[] Averages);
}

/// <summary>An average to which values are added one by one.</summary>
public struct RunningAverage
{
    private double _sumOrMean;
    private double _compensation;
    private bool _incremental;

    /// <summary>How many values there were.</summary>
    public int Count { get; private set; }

    /// <summary>The average so far.</summary>
    public readonly double Value => _incremental ? _sumOrMean + _compensation : (_sumOrMean / Count) + (_compensation / Count);

    /// <summary>Adds a value.</summary>
    public void Add(double value)
    {
        Count++;
        if (!_incremental)
        {
            var sum = _sumOrMean;
            var compensation = _compensation;
            KahanSum.Add(value, ref sum, ref compensation);
            if (Count == 1 || !double.IsInfinity(sum))
            {
                _sumOrMean = sum;
                _compensation = compensation;
                return;
            }

            _incremental = true;
            _sumOrMean /= Count - 1;
            _compensation /= Count - 1;
        }

        var share = (Count - 1.0) / Count;
        _sumOrMean *= share;
        _compensation *= share;
        KahanSum.Add(value / Count, ref _sumOrMean, ref _compensation);
    }
}
