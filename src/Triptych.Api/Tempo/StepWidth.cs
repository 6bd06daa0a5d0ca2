namespace Triptych.Api.Tempo;

/// <summary>The step of a metrics query that names none: about 240 of them, of a round length.</summary>
internal static class StepWidth
{
    private const int Steps = 240;
    private const long Second = 1_000_000_000;

    private static readonly long[] Units = [3_600 * Second, 300 * Second, 60 * Second, 15 * Second, 5 * Second, Second];

    /// <summary>The step for a range, both in nanoseconds.</summary>
    public static long For(long rangeNanos)
    {
        var exact = rangeNanos / Steps;
        foreach (var unit in Units)
        {
            if (exact >= unit) return exact / unit * unit;
        }

        return Second;
    }
}
