using Triptych.Query.Steps;

namespace Triptych.PromQL.Functions.Range;

/// <summary>
/// rate, increase, delta: differences between the ends of a range, extended to its edges; irate, idelta: of its last two samples.
/// </summary>
internal static class CounterFunctions
{
    // An edge farther away than this many average sample distances is taken as the start or end of the series.
    private const double EdgeThreshold = 1.1;

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

        // Milliseconds throughout: only ratios of times matter until the last line.
        double toStart = window.TimesMs[0] - window.StartMs;
        double toEnd = window.EndMs - window.TimesMs[^1];
        double sampled = window.TimesMs[^1] - window.TimesMs[0];
        var average = sampled / (values.Length - 1);
        var threshold = average * EdgeThreshold;
        if (toStart >= threshold)
            toStart = average / 2;
        if (isCounter && difference > 0 && values[0] >= 0)
        {
            // A counter cannot have been below zero: do not extend farther than to where it would have been zero.
            toStart = Math.Min(toStart, sampled * (values[0] / difference));
        }
        if (toEnd >= threshold)
            toEnd = average / 2;

        var factor = (sampled + toStart + toEnd) / sampled;
        if (perSecond)
            factor /= (window.EndMs - window.StartMs) / 1000.0;
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
