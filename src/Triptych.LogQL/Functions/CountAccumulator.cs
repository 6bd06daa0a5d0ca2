using Triptych.Query.Budgets;
using Triptych.Query.Steps;

namespace Triptych.LogQL.Functions;

/// <summary>
/// Counts (lines or bytes) by series and step in difference arrays: a row costs two additions however many windows it is in, and integers
/// add up
/// exactly. A window without rows has no value.
/// </summary>
internal sealed class CountAccumulator(QueryContext context, StepGrid grid, bool sumsBytes)
{
    /// <summary>Array headers, and the series' labels in their index.</summary>
    private const int BytesPerSeries = 192;

    private readonly List<long[]> _amounts = [];
    private readonly List<long[]> _rows = [];

    /// <summary>Adds an amount to the steps [first, end) of a series.</summary>
    public void Add(int series, int first, int end, long amount)
    {
        while (series >= _amounts.Count) Grow();
        var amounts = _amounts[series];
        amounts[first] += amount;
        amounts[end] -= amount;
        if (!sumsBytes) return;
        _rows[series][first]++;
        _rows[series][end]--;
    }

    /// <summary>The values of a series: amounts divided by <paramref name="divisor"/>; null where no step has any.</summary>
    public double[]? Finish(int series, double divisor)
    {
        if (series >= _amounts.Count) return null;
        var values = new double[grid.Count];
        var any = false;
        long amount = 0, rows = 0;
        for (var step = 0; step < values.Length; step++)
        {
            amount += _amounts[series][step];
            rows += sumsBytes ? _rows[series][step] : _amounts[series][step];
            values[step] = rows == 0 ? StepRow.Absent : amount / divisor;
            any |= rows != 0;
        }

        return any ? values : null;
    }

    private void Grow()
    {
        context.Charge(BytesPerSeries + ((sumsBytes ? 16L : 8L) * (grid.Count + 1)));
        _amounts.Add(new long[grid.Count + 1]);
        if (sumsBytes) _rows.Add(new long[grid.Count + 1]);
    }
}
