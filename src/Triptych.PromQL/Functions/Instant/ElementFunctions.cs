namespace Triptych.PromQL.Functions.Instant;

/// <summary>Functions that map each value of an instant vector by itself and drop the metric's name.</summary>
internal static class ElementFunctions
{
    private static readonly Dictionary<string, Func<double, double>> s_plain = new(StringComparer.Ordinal)
    {
        ["abs"] = Math.Abs,
        ["ceil"] = Math.Ceiling,
        ["floor"] = Math.Floor,
        ["exp"] = Math.Exp,
        ["ln"] = Math.Log,
        ["log2"] = Math.Log2,
        ["log10"] = Math.Log10,
        ["sqrt"] = Math.Sqrt,
        ["sgn"] = value => value < 0 ? -1 : value > 0 ? 1 : value,
        ["acos"] = Math.Acos,
        ["acosh"] = Math.Acosh,
        ["asin"] = Math.Asin,
        ["asinh"] = Math.Asinh,
        ["atan"] = Math.Atan,
        ["atanh"] = Math.Atanh,
        ["cos"] = Math.Cos,
        ["cosh"] = Math.Cosh,
        ["sin"] = Math.Sin,
        ["sinh"] = Math.Sinh,
        ["tan"] = Math.Tan,
        ["tanh"] = Math.Tanh,
        ["deg"] = value => value * 180 / Math.PI,
        ["rad"] = value => value * Math.PI / 180,
        ["day_of_month"] = value => Date(value)?.Day ?? double.NaN,
        ["day_of_week"] = value => (double?)(int?)Date(value)?.DayOfWeek ?? double.NaN,
        ["day_of_year"] = value => Date(value)?.DayOfYear ?? double.NaN,
        ["days_in_month"] = value => Date(value) is { } date ? DateTime.DaysInMonth(date.Year, date.Month) : double.NaN,
        ["hour"] = value => Date(value)?.Hour ?? double.NaN,
        ["minute"] = value => Date(value)?.Minute ?? double.NaN,
        ["month"] = value => Date(value)?.Month ?? double.NaN,
        ["year"] = value => Date(value)?.Year ?? double.NaN,
    };

    private static readonly Dictionary<string, Func<double, double, double>> s_withOne = new(StringComparer.Ordinal)
    {
        ["clamp_min"] = Larger,
        ["clamp_max"] = Smaller,
        ["round"] = Round,
    };

    public static Func<double, double>? Find(string name) => s_plain.GetValueOrDefault(name);

    public static Func<double, double, double>? FindWithParameter(string name) => s_withOne.GetValueOrDefault(name);

    /// <summary>The smaller of two; beside NaN, minus infinity still is the smaller one.</summary>
    public static double Smaller(double a, double b) =>
        double.IsNegativeInfinity(a) || double.IsNegativeInfinity(b) ? double.NegativeInfinity : Math.Min(a, b);

    /// <summary>The larger of two; beside NaN, infinity still is the larger one.</summary>
    public static double Larger(double a, double b) =>
        double.IsPositiveInfinity(a) || double.IsPositiveInfinity(b) ? double.PositiveInfinity : Math.Max(a, b);

    // Ties go up; the inverse is used because 1/0.1 is exact where 0.1 is not.
    private static double Round(double value, double toNearest)
    {
        var inverse = 1 / toNearest;
        return Math.Floor((value * inverse) + 0.5) / inverse;
    }

    private static DateTime? Date(double unixSeconds)
    {
        const double FirstSecond = -62_135_596_800;
        const double LastSecond = 253_402_300_799;
        return unixSeconds is >= FirstSecond and <= LastSecond ? DateTime.UnixEpoch.AddSeconds(Math.Floor(unixSeconds)) : null;
    }
}
