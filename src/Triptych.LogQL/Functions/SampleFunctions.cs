using Triptych.LogQL.Syntax;
using Triptych.Query.Operators;

namespace Triptych.LogQL.Functions;

/// <summary>Functions over the unwrapped values of one window, which has one at least, in order of time.</summary>
internal static class SampleFunctions
{
    public static double Evaluate(RangeAggregation aggregation, ReadOnlySpan<double> values) => aggregation.Operator switch
    {
        RangeOperator.SumOverTime => Sum(values),
        RangeOperator.Rate => Sum(values) / (aggregation.Range.RangeNanos / 1e9),
        RangeOperator.RateCounter => Increase(values) / (aggregation.Range.RangeNanos / 1e9),
        RangeOperator.AvgOverTime => Sum(values) / values.Length,
        RangeOperator.MinOverTime => Least(values),
        RangeOperator.MaxOverTime => Greatest(values),
        RangeOperator.StddevOverTime => Math.Sqrt(Variance(values)),
        RangeOperator.StdvarOverTime => Variance(values),
        RangeOperator.QuantileOverTime => Quantiles.Of(aggregation.Parameter ?? double.NaN, values.ToArray()),
        RangeOperator.FirstOverTime => values[0],
        RangeOperator.LastOverTime => values[^1],
        _ => throw new InvalidOperationException($"{aggregation.Operator} is no function over values"),
    };

    private static double Sum(ReadOnlySpan<double> values)
    {
        double sum = 0, compensation = 0;
        foreach (var value in values) KahanSum.Add(value, ref sum, ref compensation);
        return sum + compensation;
    }

    /// <summary>
    /// What a counter grew by: each fall is a restart from zero. One value shows no growth. As in Loki the growth is not extrapolated to the
    /// window's ends (Loki's formula adds a few millionths, as it mixes units; that is not repeated).
    /// </summary>
    private static double Increase(ReadOnlySpan<double> values)
    {
        double growth = 0, compensation = 0;
        for (var i = 1; i < values.Length; i++)
        {
            var restarted = values[i] < values[i - 1];
            KahanSum.Add(restarted ? values[i] : values[i] - values[i - 1], ref growth, ref compensation);
        }

        return growth + compensation;
    }

    private static double Least(ReadOnlySpan<double> values)
    {
        var least = values[0];
        foreach (var value in values)
        {
            if (value < least || double.IsNaN(least)) least = value;
        }

        return least;
    }

    private static double Greatest(ReadOnlySpan<double> values)
    {
        var greatest = values[0];
        foreach (var value in values)
        {
            if (value > greatest || double.IsNaN(greatest)) greatest = value;
        }

        return greatest;
    }

    /// <summary>Population variance by Welford's method.</summary>
    private static double Variance(ReadOnlySpan<double> values)
    {
        double mean = 0, squares = 0;
        var count = 0;
        foreach (var value in values)
        {
            var delta = value - mean;
            mean += delta / ++count;
            squares += delta * (value - mean);
        }

        return squares / count;
    }
}
