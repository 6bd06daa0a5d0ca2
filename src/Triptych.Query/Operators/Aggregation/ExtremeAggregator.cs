using Triptych.Query.Budgets;
using Triptych.Query.Steps;

namespace Triptych.Query.Operators.Aggregation;

/// <summary>Smallest or largest values; NaN only where there is nothing else.</summary>
public sealed class ExtremeAggregator(QueryContext context, StepGrid grid, Grouping grouping, bool largest)
    : GroupedAggregator(context, grid, grouping, 1)
{
    private readonly List<double[]> _groups = [];

    /// <inheritdoc/>
    protected override void AddGroup() => _groups.Add(StepValues.NewAbsent(Steps));

    /// <inheritdoc/>
    protected override void Accumulate(int group, ReadOnlySpan<double> values)
    {
        var extremes = _groups[group];
        for (var i = 0; i < values.Length; i++)
        {
            var value = values[i];
            if (StepRow.IsAbsent(value)) continue;

            // "No value yet" is a NaN too.
            var current = extremes[i];
            var better = largest ? value > current : value < current;
            if (better || StepRow.IsAbsent(current) || (double.IsNaN(current) && !double.IsNaN(value))) extremes[i] = value;
        }
    }

    /// <inheritdoc/>
    protected override void Write(int group, Span<double> result) => _groups[group].CopyTo(result);
}
