using System.Text;
using Triptych.LogQL.Stages;
using static Triptych.LogQL.Templates.TemplateValue;

namespace Triptych.LogQL.Templates;

/// <summary>Arithmetic, and texts as numbers.</summary>
internal static class NumberFunctions
{
    private const int Any = int.MaxValue;

    private delegate bool TryRead(ReadOnlySpan<byte> text, out double value);

    public static void AddTo(Dictionary<string, TemplateFunction> all)
    {
        all["int"] = new(1, 1, (a, _) => ToLong(a[0]));
        all["float64"] = new(1, 1, (a, _) => ToDouble(a[0]));
        all["add"] = new(1, Any, (a, _) => a.Aggregate(0L, (sum, v) => unchecked(sum + ToLong(v))));
        all["sub"] = new(2, 2, (a, _) => unchecked(ToLong(a[0]) - ToLong(a[1])));
        all["mul"] = new(1, Any, (a, _) => a.Aggregate(1L, (product, v) => unchecked(product * ToLong(v))));
        all["div"] = new(2, 2, (a, _) => Divide(ToLong(a[0]), ToLong(a[1]), remainder: false));
        all["mod"] = new(2, 2, (a, _) => Divide(ToLong(a[0]), ToLong(a[1]), remainder: true));
        all["addf"] = new(1, Any, (a, _) => a.Aggregate(0.0, (sum, v) => sum + ToDouble(v)));
        all["subf"] = new(1, Any, (a, _) => a.Skip(1).Aggregate(ToDouble(a[0]), (rest, v) => rest - ToDouble(v)));
        all["mulf"] = new(1, Any, (a, _) => a.Aggregate(1.0, (product, v) => product * ToDouble(v)));
        all["divf"] = new(1, Any, (a, _) => a.Skip(1).Aggregate(ToDouble(a[0]), (rest, v) => rest / ToDouble(v)));
        all["max"] = new(1, Any, (a, _) => a.Max(ToLong));
        all["min"] = new(1, Any, (a, _) => a.Min(ToLong));
        all["maxf"] = new(1, Any, (a, _) => a.Max(ToDouble));
        all["minf"] = new(1, Any, (a, _) => a.Min(ToDouble));
        all["ceil"] = new(1, 1, (a, _) => Math.Ceiling(ToDouble(a[0])));
        all["floor"] = new(1, 1, (a, _) => Math.Floor(ToDouble(a[0])));
        all["round"] = new(2, 3, (a, _) => Round(ToDouble(a[0]), ToLong(a[1]), a.Length == 3 ? ToDouble(a[2]) : 0.5));
        all["bytes"] = new(1, 1, (a, _) => Read(a[0], ValueText.TryBytes));
        all["duration"] = new(1, 1, (a, _) => Read(a[0], ValueText.TryDurationNanos) / 1e9);
        all["duration_seconds"] = all["duration"];
    }

    private static object? Divide(long dividend, long divisor, bool remainder)
    {
        if (divisor == 0) return null;
        if (divisor == -1) return remainder ? 0L : unchecked(-dividend);
        return remainder ? dividend % divisor : dividend / divisor;
    }

    /// <summary>Rounds up from <paramref name="from"/> on, at a number of decimals.</summary>
    private static object? Round(double value, long decimals, double from)
    {
        if (decimals is < 0 or > 300) return null;
        var scale = Math.Pow(10, decimals);
        var scaled = value * scale;
        var whole = Math.Truncate(scaled);
        var rounded = Math.Abs(scaled - whole) >= from ? whole + Math.Sign(scaled) : whole;
        return rounded / scale;
    }

    private static double? Read(object value, TryRead read) =>
        read(Encoding.UTF8.GetBytes(Print(value)), out var number) ? number : null;
}
