using Triptych.PromQL.Syntax;
using Triptych.Query.Steps;

namespace Triptych.PromQL.Functions.Range;

/// <summary>
/// The functions that <c>anchored</c> and <c>smoothed</c> ranges may stand in. Their windows reach farther than the range: an anchored one
/// a lookback to the left, so that the sample before the range is its start; a smoothed one a lookback to either side, and what the series
/// was at the edges of the range is interpolated.
/// </summary>
internal static class ExtendedRangeFunctions
{
    private static readonly Dictionary<(string, RangeExtension), RangeFunction> s_byName = new()
    {
        [("rate", RangeExtension.Anchored)] = new(AnchoredRate, ExpectsCounter: true),
        [("increase", RangeExtension.Anchored)] = new(AnchoredIncrease, ExpectsCounter: true),
        [("delta", RangeExtension.Anchored)] = new(AnchoredDelta),
        [("changes", RangeExtension.Anchored)] = new(AnchoredChanges),
        [("resets", RangeExtension.Anchored)] = new(AnchoredResets) { UsesStartTimes = true },
        [("rate", RangeExtension.Smoothed)] = new(SmoothedRate, ExpectsCounter: true),
        [("increase", RangeExtension.Smoothed)] = new(SmoothedIncrease, ExpectsCounter: true),
        [("delta", RangeExtension.Smoothed)] = new(SmoothedDelta),
    };

    public static RangeFunction? Find(string name, RangeExtension extension) => s_byName.GetValueOrDefault((name, extension));

    /// <summary>The names of the functions for an extension, in order.</summary>
    public static IEnumerable<string> Names(RangeExtension extension) =>
        s_byName.Keys.Where(key => key.Item2 == extension).Select(key => key.Item1).Order(StringComparer.Ordinal);

    private static double AnchoredRate(in RangeWindow window) => PerSecond(window, Change(window, smoothed: false, isCounter: true));

    private static double AnchoredIncrease(in RangeWindow window) => Change(window, smoothed: false, isCounter: true);

    private static double AnchoredDelta(in RangeWindow window) => Change(window, smoothed: false, isCounter: false);

    private static double SmoothedRate(in RangeWindow window) => PerSecond(window, Change(window, smoothed: true, isCounter: true));

    private static double SmoothedIncrease(in RangeWindow window) => Change(window, smoothed: true, isCounter: true);

    private static double SmoothedDelta(in RangeWindow window) => Change(window, smoothed: true, isCounter: false);

    private static double AnchoredChanges(in RangeWindow window) =>
        TryAnchor(window, out var anchored) ? TransitionFunctions.Changes(anchored) : StepRow.Absent;

    private static double AnchoredResets(in RangeWindow window) =>
        TryAnchor(window, out var anchored) ? TransitionFunctions.Resets(anchored) : StepRow.Absent;

    private static double PerSecond(in RangeWindow window, double change) =>
        StepRow.IsAbsent(change) ? change : change / ((window.EndMs - window.StartMs) / 1000.0);

    // The window from the last sample at or before the range on; false where no sample lies in the range.
    private static bool TryAnchor(in RangeWindow window, out RangeWindow anchored)
    {
        anchored = default;
        var inside = EdgeSearch.FirstAfter(window.TimesMs, window.StartMs);
        if (inside == window.TimesMs.Length)
            return false;
        var first = Math.Max(0, inside - 1);
        anchored = new RangeWindow
        {
            TimesMs = window.TimesMs[first..],
            Values = window.Values[first..],
            StartTimesMs = window.StartTimesMs.IsEmpty ? default : window.StartTimesMs[first..],
            StartMs = window.StartMs,
            EndMs = window.EndMs,
            StepTimeMs = window.StepTimeMs,
            NeverFalls = window.NeverFalls,
            Parameters = window.Parameters,
        };
        return true;
    }

    private static double Change(in RangeWindow window, bool smoothed, bool isCounter)
    {
        var times = window.TimesMs;
        var edges = RangeEdges.Find(times, window.StartMs, window.EndMs, smoothed);
        if (times[edges.Last] <= window.StartMs || (smoothed && times[edges.First] > window.EndMs))
            return StepRow.Absent;
        var left = edges.Left(times, window.Values, window.StartMs, smoothed, isCounter);
        var right = edges.Right(times, window.Values, window.EndMs, smoothed, isCounter);
        var change = right - left;
        if (!isCounter)
            return change;

        // What fell between an edge and the sample beside it is in the interpolated values already.
        var (first, last) = edges.Inside(times, window.StartMs, window.EndMs);
        var previous = left;
        for (var i = first; i <= last; i++)
        {
            if (window.Values[i] < previous)
                change += previous;
            previous = window.Values[i];
        }
        return right < previous ? change + previous : change;
    }
}
