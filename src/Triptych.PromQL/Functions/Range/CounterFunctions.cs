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
        var isReset = window.Last < previous || StartTimes.IsReset(window.StartTimesMs, window.TimesMs, window.Values.Length - 2);
        var difference = isReset ? window.Last : window.Last - previous;
        return difference / ((window.TimesMs[^1] - window.TimesMs[^2]) / 1000.0);
    }

    public static double InstantDelta(in RangeWindow window) =>
        window.Values.Length < 2 ? StepRow.Absent : window.Last - window.Values[^2];

    private static double Extrapolated(in RangeWindow window, bool isCounter, bool perSecond)
    {
        var values = window.Values;
        var start = isCounter ? StartTimes.InsideRange(window.StartTimesMs, window.TimesMs, window.StartMs) : null;
        if (values.IsEmpty || (values.Length < 2 && start is null))
            return StepRow.Absent;
        var difference = values[^1] - values[0];
        if (isCounter && !window.NeverFalls)
            difference = WithResets(difference, window);
        if (start is { } began)
            return (difference + values[0]) * Extrapolation.FactorSince(began, window.TimesMs, window.StartMs, window.EndMs, perSecond);

        var untilZero = isCounter && difference > 0 && values[0] >= 0 ? values[0] / difference : double.PositiveInfinity;
        var factor = Extrapolation.Factor(window.TimesMs, window.StartMs, window.EndMs, untilZero, perSecond);
        return difference * factor;
    }

    // One after the other onto the difference: another order rounds otherwise.
    private static double WithResets(double difference, in RangeWindow window)
    {
        var values = window.Values;
        for (var i = 1; i < values.Length; i++)
        {
            if (values[i] < values[i - 1] || StartTimes.IsReset(window.StartTimesMs, window.TimesMs, i - 1))
                difference += values[i - 1];
        }
        return difference;
    }
}
