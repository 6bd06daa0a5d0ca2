namespace Triptych.Query.Operators;

/// <summary>Quantiles of a list of values.</summary>
public static class Quantiles
{
    /// <summary>
    /// Linear interpolation between the closest ranks. NaN for no values or a NaN quantile, −Inf below 0, +Inf above 1. Sorts
    /// <paramref name="values"/> in place, NaN first.
    /// </summary>
    public static double Of(double quantile, Span<double> values)
    {
        if (values.IsEmpty || double.IsNaN(quantile)) return double.NaN;
        if (quantile < 0) return double.NegativeInfinity;
        if (quantile > 1) return double.PositiveInfinity;
        values.Sort();
        var rank = quantile * (values.Length - 1);
        var lower = Math.Max(0, (int)Math.Floor(rank));
        var upper = Math.Min(values.Length - 1, lower + 1);
        var weight = rank - Math.Floor(rank);
        return (values[lower] * (1 - weight)) + (values[upper] * weight);
    }
}
