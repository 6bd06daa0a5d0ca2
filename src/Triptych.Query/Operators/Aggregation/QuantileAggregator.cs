using Triptych.Query.Budgets;
using Triptych.Query.Steps;

namespace Triptych.Query.Operators.Aggregation;

/// <summary>Quantiles over the rows of a group. Keeps all rows, charged to the query.</summary>
/// <param name="context">The query.</param>
/// <param name="grid">The steps.</param>
/// <param name="grouping">The groups.</param>
/// <param name="quantiles">The quantile wanted at each step.</param>
public sealed class QuantileAggregator(QueryContext context, StepGrid grid, Grouping grouping, double[] quantiles)
    : GroupedAggregator(context, grid, grouping, 1)
{
    private readonly QueryContext _context = context;
    private readonly List<List<double[]>> _groups = [];
    private double[] _scratch = [];

    /// <inheritdoc/>
    protected override void AddGroup() => _groups.Add([]);

    /// <inheritdoc/>
    protected override void Accumulate(int group, ReadOnlySpan<double> values)
    {
        _context.Charge(values.Length * 8L);
        _groups[group].Add(values.ToArray());
    }

    /// <inheritdoc/>
    protected override void Write(int group, Span<double> result)
    {
        var rows = _groups[group];
        if (_scratch.Length < rows.Count) _scratch = new double[rows.Count];
        for (var i = 0; i < result.Length; i++)
        {
            var count = 0;
            foreach (var row in rows)
            {
                if (!StepRow.IsAbsent(row[i])) _scratch[count++] = row[i];
            }

            result[i] = count == 0 ? StepRow.Absent : Quantiles.Of(quantiles[i], _scratch.AsSpan(0, count));
        }

        _context.Release(rows.Count * 8L * result.Length);
        rows.Clear();
    }
}
