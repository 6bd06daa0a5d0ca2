namespace Triptych.PromQL.Functions.Range;

/// <summary>changes and resets.</summary>
internal static class TransitionFunctions
{
    public static double Changes(in RangeWindow window)
    {
        var values = window.Values;
        var changes = 0;
        for (var i = 1; i < values.Length; i++)
        {
            if (values[i] != values[i - 1] && !(double.IsNaN(values[i]) && double.IsNaN(values[i - 1])))
                changes++;
        }
        return changes;
    }

    public static double Resets(in RangeWindow window)
    {
        if (window.NeverFalls)
            return 0;
        var values = window.Values;
        var resets = 0;
        for (var i = 1; i < values.Length; i++)
        {
            if (values[i] < values[i - 1] || StartTimes.IsReset(window.StartTimesMs, window.TimesMs, i - 1))
                resets++;
        }
        return resets;
    }
}
