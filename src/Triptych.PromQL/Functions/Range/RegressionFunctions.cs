using System.Globalization;
using Triptych.Query.Operators;
using Triptych.Query.Steps;

namespace Triptych.PromQL.Functions.Range;

/// <summary>deriv, predict_linear: a line through the samples by least squares; double_exponential_smoothing.</summary>
internal static class RegressionFunctions
{
    public static double Derivative(in RangeWindow window) =>
        window.Values.Length < 2 ? StepRow.Absent : Line(window, window.TimesMs[0]).Slope;

    public static double PredictLinear(in RangeWindow window)
    {
        if (window.Values.Length < 2)
            return StepRow.Absent;
        var (slope, intercept) = Line(window, window.StepTimeMs);
        return (slope * window.Parameters[0]) + intercept;
    }

    public static double DoubleExponentialSmoothing(in RangeWindow window)
    {
        var smoothing = window.Parameters[0];
        var trendFactor = window.Parameters[1];
        CheckFactor("smoothing", "sf", smoothing);
        CheckFactor("trend", "tf", trendFactor);
        var values = window.Values;
        if (values.Length < 2)
            return StepRow.Absent;
        var smoothed = values[0];
        var before = 0.0;
        var trend = values[1] - values[0];
        for (var i = 1; i < values.Length; i++)
        {
            if (i > 1)
                trend = (trendFactor * (smoothed - before)) + ((1 - trendFactor) * trend);
            before = smoothed;
            smoothed = (smoothing * values[i]) + ((1 - smoothing) * (smoothed + trend));
        }
        return smoothed;
    }

    // In Prometheus' words. NaN passes there too.
    private static void CheckFactor(string what, string name, double factor)
    {
        if (factor is not (<= 0 or >= 1))
            return;
        var written = double.IsInfinity(factor) ? (factor > 0 ? "+Inf" : "-Inf") : factor.ToString("F6", CultureInfo.InvariantCulture);
        throw Query.QueryFailedException.Execution($"invalid {what} factor. Expected: 0 < {name} < 1, got: {written}");
    }

    /// <summary>The least-squares line; the intercept is its value at <paramref name="interceptMs"/>, the slope per second.</summary>
    private static (double Slope, double Intercept) Line(in RangeWindow window, long interceptMs)
    {
        var values = window.Values;
        double sumX = 0, sumY = 0, sumXY = 0, sumXX = 0;
        double lostX = 0, lostY = 0, lostXY = 0, lostXX = 0;
        var constant = true;
        for (var i = 0; i < values.Length; i++)
        {
            constant &= values[i] == values[0];
            var x = (window.TimesMs[i] - interceptMs) / 1000.0;
            KahanSum.Add(x, ref sumX, ref lostX);
            KahanSum.Add(values[i], ref sumY, ref lostY);
            KahanSum.Add(x * values[i], ref sumXY, ref lostXY);
            KahanSum.Add(x * x, ref sumXX, ref lostXX);
        }
        if (constant)
            return double.IsInfinity(values[0]) ? (double.NaN, double.NaN) : (0, values[0]);
        var n = (double)values.Length;
        sumX += lostX;
        sumY += lostY;
        var covariance = sumXY + lostXY - (sumX * sumY / n);
        var variance = sumXX + lostXX - (sumX * sumX / n);
        var slope = covariance / variance;
        return (slope, (sumY / n) - (slope * sumX / n));
    }
}
