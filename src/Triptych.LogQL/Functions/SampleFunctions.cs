using Triptych.LogQL.Syntax;

namespace Triptych.LogQL.Functions;

/// <summary>Functions over the unwrapped values of one window, which has one at least, in order of time.</summary>
internal static class SampleFunctions
{
    public static double Evaluate(RangeAggregation aggregation, ReadOnlySpan<double> values) => aggregation.Operator switch
    {
        RangeOperator.SumOverTime => Sum(values),
        RangeOperator.Rate => Sum(values) / (aggregation.Range.RangeNanos / 1e9),
        RangeOperator.AvgOverTime => Sum(values) / values.Length,
        RangeOperator.MinOverTime => Least(values),
        RangeOperator.MaxOverTime => Greatest(values),
        RangeOperator.StddevOverTime => Math.Sqrt(Variance(values)),
        RangeOperator.StdvarOverTime => Variance(values),
        RangeOperator.QuantileOverTime => Quantile(values, aggregation.Parameter ?? double.NaN),
        RangeOperator.FirstOverTime => values[0],
        RangeOperator.LastOverTime => values[^1],
        _ => throw new InvalidOperationException($"{aggregation.Operator} is no function over values"),
    };

    private static double Sum(ReadOnlySpan<double> values)
    {
        var sum = 0.0;
        foreach (var value in values) sum += value;
        return sum;
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

    /// <summary>Linear between the two nearest ranks; ±infinity outside [0, 1].</summary>
    private static double Quantile(ReadOnlySpan<double> values, double quantile)
    {
        if (double.IsNaN(quantile)) return double.NaN;
        if (quantile < 0) return double.NegativeInfinity;
        if (quantile > 1) return double.PositiveInfinity;
        var sorted = values.ToArray();
        Array.Sort(sorted);
        var rank = quantile * (sorted.Length - 1);
        var lower = (int)Math.Floor(rank);
        var upper = Math.Min(lower + 1, sorted.Length - 1);
        var weight = rank - lower;
        return (sorted[lower] * (1 - weight)) + (sorted[upper] * weight);
    }
}
