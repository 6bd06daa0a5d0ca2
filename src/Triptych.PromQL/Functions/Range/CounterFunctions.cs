using Triptych.Query.Steps;

namespace Triptych.PromQL.Functions.Range;

/// <summary>
/// rate, increase, delta: differences between the ends of a range, extended to its edges; irate, idelta: of its last two samples.
/// </summary>
internal static class CounterFunctions
{
    public static double Rate(in RangeWindow window) => Extrapolated(window, isCounter: true, perSecond: true);

    public static double Increase(in RangeWindow window) => Extrapolated(window, isCounter: true, perSecond: false);

    public static double Delta(in RangeWindow window) => Extrapolated(window, isCounter: false, perSecond: false);

    public static double InstantRate(in RangeWindow window)
    {
        if (window.Values.Length < 2)
            return StepRow.Absent;
        var previous = window.Values[^2];
        var difference = window.Last < previous ? window.Last : window.Last - previous;
        return difference / ((window.TimesMs[^1] - window.TimesMs[^2]) / 1000.0);
    }

    public static double InstantDelta(in RangeWindow window) =>
        window.Values.Length < 2 ? StepRow.Absent : window.Last - window.Values[^2];

    private static double Extrapolated(in RangeWindow window, bool isCounter, bool perSecond)
    {
        var values = window.Values;
        if (values.Length < 2)
            return StepRow.Absent;
        var difference = values[^1] - values[0];
        if (isCounter && !window.NeverFalls)
            difference += LostByResets(values);

        var untilZero = isCounter && difference > 0 && values[0] >= 0 ? values[0] / difference : double.PositiveInfinity;
        var factor = Extrapolation.Factor(window.TimesMs, window.StartMs, window.EndMs, untilZero, perSecond);
        return difference * factor;
    }

    private static double LostByResets(ReadOnlySpan<double> values)
    {
        var lost = 0.0;
        for (var i = 1; i < values.Length; i++)
        {
            if (values[i] < values[i - 1])
                lost += values[i - 1];
        }
        return lost;
    }
}
