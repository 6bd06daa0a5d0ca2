using Triptych.Columnar.Symbols;
using Triptych.Model.Metrics;
using Triptych.Query.Budgets;
using Triptych.Query.Steps;

namespace Triptych.Query.Operators.Aggregation;

/// <summary>Counts the rows with a value, or with <paramref name="onlyOne"/> gives 1 where there is any.</summary>
public sealed class CountAggregator(QueryContext context, StepGrid grid, Grouping grouping, bool onlyOne)
    : GroupedAggregator(context, grid, grouping, 1)
{
    private readonly List<double[]> _groups = [];

    /// <inheritdoc/>
    protected override void AddGroup() => _groups.Add(new double[Steps]);

    /// <inheritdoc/>
    protected override void Accumulate(int group, ReadOnlySpan<double> values)
    {
        var counts = _groups[group];
        for (var i = 0; i < values.Length; i++)
        {
            if (!StepRow.IsAbsent(values[i])) counts[i]++;
        }
    }

    /// <inheritdoc/>
    protected override void Write(int group, Span<double> result)
    {
        var counts = _groups[group];
        for (var i = 0; i < result.Length; i++) result[i] = counts[i] == 0 ? StepRow.Absent : onlyOne ? 1 : counts[i];
    }

    /// <inheritdoc/>
    protected override void AccumulateHistograms(int group, ReadOnlySpan<LabelId> labels, ReadOnlySpan<FloatHistogram?> histograms)
    {
        var counts = _groups[group];
        for (var i = 0; i < histograms.Length; i++)
        {
            if (histograms[i] is not null) counts[i]++;
        }
    }
}
