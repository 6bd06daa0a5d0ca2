using Triptych.Columnar.Symbols;
using Triptych.Model.Metrics;
using Triptych.Query.Budgets;
using Triptych.Query.Steps;

namespace Triptych.Query.Operators.Aggregation;

/// <summary>Sums with compensation.</summary>
public sealed class SumAggregator(QueryContext context, StepGrid grid, Grouping grouping) : GroupedAggregator(context, grid, grouping, 2)
{
    private readonly List<(double[] Sums, double[] Compensations)> _groups = [];
    private readonly HistogramGroups _histograms = new(context, averages: false);

    /// <inheritdoc/>
    protected override void AddGroup() => _groups.Add((StepValues.NewAbsent(Steps), new double[Steps]));

    /// <inheritdoc/>
    protected override void Accumulate(int group, ReadOnlySpan<double> values)
    {
        var (sums, compensations) = _groups[group];
        KahanSum.AddRow(values, sums, compensations);
    }

    /// <inheritdoc/>
    protected override void Write(int group, Span<double> result)
    {
        var (sums, compensations) = _groups[group];
        for (var i = 0; i < result.Length; i++) result[i] = StepRow.IsAbsent(sums[i]) ? StepRow.Absent : sums[i] + compensations[i];
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
}
