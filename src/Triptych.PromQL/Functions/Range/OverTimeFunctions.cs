using Triptych.Query.Operators;
using Triptych.Query.Operators.Aggregation;

namespace Triptych.PromQL.Functions.Range;

/// <summary>The *_over_time functions.</summary>
internal static class OverTimeFunctions
{
    public static double Sum(in RangeWindow window)
    {
        var sum = 0.0;
        var compensation = 0.0;
        foreach (var value in window.Values)
            KahanSum.Add(value, ref sum, ref compensation);
        return sum + compensation;
    }

    public static double Average(in RangeWindow window)
    {
        var average = default(RunningAverage);
        foreach (var value in window.Values)
            average.Add(value);
        return average.Value;
    }

    public static double Variance(in RangeWindow window)
    {
        var variance = default(RunningVariance);
        foreach (var value in window.Values)
            variance.Add(value);
        return variance.Value;
    }

    public static double StandardDeviation(in RangeWindow window) => Math.Sqrt(Variance(window));

    public static double Min(in RangeWindow window) => window.Values[IndexOfMin(window.Values)];

    public static double Max(in RangeWindow window) => window.Values[IndexOfMax(window.Values)];

    public static double Count(in RangeWindow window) => window.Values.Length;

    public static double Present(in RangeWindow window) => 1;

    public static double First(in RangeWindow window) => window.First;

    public static double Last(in RangeWindow window) => window.Last;

    public static double Quantile(in RangeWindow window) => Quantiles.Of(window.Parameters[0], window.Values.ToArray());

    public static double MedianAbsoluteDeviation(in RangeWindow window)
    {
        var values = window.Values.ToArray();
        var median = Quantiles.Of(0.5, values);
        for (var i = 0; i < values.Length; i++)
        {
            // One NaN makes the answer NaN, wherever sorting would put it.
            if (double.IsNaN(values[i]))
                return double.NaN;
            values[i] = Math.Abs(values[i] - median);
        }
        return Quantiles.Of(0.5, values);
    }

    // Of equal extremes the newest one's time is told.
    public static double TimeOfMin(in RangeWindow window)
    {
        var found = 0;
        for (var i = 1; i < window.Values.Length; i++)
        {
            if (window.Values[i] <= window.Values[found] || double.IsNaN(window.Values[found]))
                found = i;
        }
        return window.TimesMs[found] / 1000.0;
    }

    public static double TimeOfMax(in RangeWindow window)
    {
        var found = 0;
        for (var i = 1; i < window.Values.Length; i++)
        {
            if (window.Values[i] >= window.Values[found] || double.IsNaN(window.Values[found]))
                found = i;
        }
        return window.TimesMs[found] / 1000.0;
    }

    public static double TimeOfFirst(in RangeWindow window) => window.TimesMs[0] / 1000.0;

    public static double TimeOfLast(in RangeWindow window) => window.TimesMs[^1] / 1000.0;

    private static int IndexOfMin(ReadOnlySpan<double> values)
    {
        var found = 0;
        for (var i = 1; i < values.Length; i++)
        {
            if (values[i] < values[found] || double.IsNaN(values[found]))
                found = i;
        }
        return found;
    }

    private static int IndexOfMax(ReadOnlySpan<double> values)
    {
        var found = 0;
        for (var i = 1; i < values.Length; i++)
        {
            if (values[i] > values[found] || double.IsNaN(values[found]))
                found = i;
        }
        return found;
    }
}
