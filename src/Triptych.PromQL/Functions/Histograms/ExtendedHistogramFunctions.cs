using Triptych.Model.Metrics;
using Triptych.PromQL.Functions.Range;
using Triptych.PromQL.Syntax;
using Triptych.Query.Histograms;

namespace Triptych.PromQL.Functions.Histograms;

/// <summary>
/// The functions of <see cref="ExtendedRangeFunctions"/> where a window has histograms. The windows reach farther than the range, as there.
/// </summary>
internal static class ExtendedHistogramFunctions
{
    private static readonly Dictionary<(string, RangeExtension), MixedFunctionBody> s_byName = new()
    {
        [("rate", RangeExtension.Anchored)] = static (in MixedWindow w, Action<RangeNote> n) => Change(w, false, true, true, n),
        [("increase", RangeExtension.Anchored)] = static (in MixedWindow w, Action<RangeNote> n) => Change(w, false, true, false, n),
        [("delta", RangeExtension.Anchored)] = static (in MixedWindow w, Action<RangeNote> n) => Change(w, false, false, false, n),
        [("changes", RangeExtension.Anchored)] = Changes,
        [("resets", RangeExtension.Anchored)] = Resets,
        [("rate", RangeExtension.Smoothed)] = static (in MixedWindow w, Action<RangeNote> n) => Change(w, true, true, true, n),
        [("increase", RangeExtension.Smoothed)] = static (in MixedWindow w, Action<RangeNote> n) => Change(w, true, true, false, n),
        [("delta", RangeExtension.Smoothed)] = static (in MixedWindow w, Action<RangeNote> n) => Change(w, true, false, false, n),
    };

    /// <summary>The function for windows of a series with histograms, of which some may have none.</summary>
    public static MixedFunctionBody Find(string name, RangeExtension extension, RangeFunctionBody floats)
    {
        var mixed = s_byName[(name, extension)];
        return (in MixedWindow window, Action<RangeNote> notes) =>
            window.HasHistograms ? mixed(window, notes) : StepCell.Of(floats(window.Floats));
    }

    private static StepCell Changes(in MixedWindow window, Action<RangeNote> notes) =>
        TryAnchor(window, out var anchored) ? HistogramOverTime.Changes(anchored, notes) : StepCell.Nothing;

    private static StepCell Resets(in MixedWindow window, Action<RangeNote> notes) =>
        TryAnchor(window, out var anchored) ? HistogramOverTime.Resets(anchored, notes) : StepCell.Nothing;

    // From the last sample at or before the range on, of whichever kind it is; false where no sample lies in the range.
    private static bool TryAnchor(in MixedWindow window, out MixedWindow anchored)
    {
        anchored = default;
        var floats = window.Floats;
        var firstFloat = EdgeSearch.FirstAfter(floats.TimesMs, floats.StartMs);
        var firstHistogram = EdgeSearch.FirstAfter(window.TimesMs, floats.StartMs);
        if (firstFloat == floats.TimesMs.Length && firstHistogram == window.TimesMs.Length)
            return false;
        var anchorIsFloat = firstFloat > 0 && (firstHistogram == 0 || floats.TimesMs[firstFloat - 1] >= window.TimesMs[firstHistogram - 1]);
        if (anchorIsFloat)
            firstFloat--;
        else if (firstHistogram > 0)
            firstHistogram--;
        anchored = new MixedWindow
        {
            Floats = new RangeWindow
            {
                TimesMs = floats.TimesMs[firstFloat..],
                Values = floats.Values[firstFloat..],
                StartTimesMs = floats.StartTimesMs.IsEmpty ? default : floats.StartTimesMs[firstFloat..],
                StartMs = floats.StartMs,
                EndMs = floats.EndMs,
                StepTimeMs = floats.StepTimeMs,
                NeverFalls = floats.NeverFalls,
                Parameters = floats.Parameters,
            },
            TimesMs = window.TimesMs[firstHistogram..],
            Histograms = window.Histograms[firstHistogram..],
            StartTimesMs = window.StartTimesMs.IsEmpty ? default : window.StartTimesMs[firstHistogram..],
            Scratch = window.Scratch,
        };
        return true;
    }

    private static StepCell Change(in MixedWindow window, bool smoothed, bool isCounter, bool perSecond, Action<RangeNote> notes)
    {
        if (window.HasFloats)
        {
            notes(RangeNote.KindsMixed);
            return StepCell.Nothing;
        }
        var (start, end) = (window.Floats.StartMs, window.Floats.EndMs);
        var edges = RangeEdges.Find(window.TimesMs, start, end, smoothed);
        if (window.TimesMs[edges.Last] <= start || (smoothed && window.TimesMs[edges.First] > end))
            return StepCell.Nothing;
        if (!AreOfOneKind(window.Histograms[edges.First..(edges.Last + 1)], isCounter, notes))
            return StepCell.Nothing;
        if (LeftOf(window, edges, smoothed, isCounter, notes) is not { } left || RightOf(window, edges, smoothed, isCounter, notes) is not { } right)
            return StepCell.Nothing;
        if (!isCounter && (left.ResetHint != CounterResetHint.Gauge || right.ResetHint != CounterResetHint.Gauge))
            notes(RangeNote.NotGauge);
        var change = window.Scratch;
        change.Reset(right);
        if (!HistogramInterpolation.TryTell(change.Subtract(left), RangeNote.ReconciledInSubtraction, notes))
            return StepCell.Nothing;
        if (isCounter && !TryAddLost(window, edges, left, right, smoothed, change, notes))
            return StepCell.Nothing;
        if (perSecond)
            change.Divide((end - start) / 1000.0);
        return StepCell.Of(change.ToHistogram(CounterResetHint.Gauge));
    }

    private static FloatHistogram? LeftOf(in MixedWindow window, RangeEdges edges, bool smoothed, bool isCounter, Action<RangeNote> notes)
    {
        var (place, first, start) = (edges.First, window.Histograms[edges.First], window.Floats.StartMs);
        return smoothed && window.TimesMs[place] < start
            ? HistogramInterpolation.Between(
                first, window.TimesMs[place], window.Histograms[place + 1], window.TimesMs[place + 1], start, isCounter, notes)
            : first;
    }

    private static FloatHistogram? RightOf(in MixedWindow window, RangeEdges edges, bool smoothed, bool isCounter, Action<RangeNote> notes)
    {
        var (place, last, end) = (edges.Last, window.Histograms[edges.Last], window.Floats.EndMs);
        return smoothed && place > 0 && window.TimesMs[place] > end
            ? HistogramInterpolation.Between(
                window.Histograms[place - 1], window.TimesMs[place - 1], last, window.TimesMs[place], end, isCounter, notes)
            : last;
    }

    private static bool AreOfOneKind(ReadOnlySpan<FloatHistogram> histograms, bool isCounter, Action<RangeNote> notes)
    {
        foreach (var histogram in histograms)
        {
            if (histogram.IsCustom() != histograms[0].IsCustom())
            {
                notes(RangeNote.SchemasMixed);
                return false;
            }
            if (isCounter && histogram.ResetHint == CounterResetHint.Gauge)
                notes(RangeNote.NotCounter);
        }
        return true;
    }

    // What the counter lost by starting anew between the edges.
    private static bool TryAddLost(
        in MixedWindow window, RangeEdges edges, FloatHistogram left, FloatHistogram right, bool smoothed, HistogramSum change,
        Action<RangeNote> notes)
    {
        var histograms = window.Histograms;
        var (first, previous) = (edges.First + 1, left);

        // The interpolated left edge has the reset before the second sample in it already.
        if (smoothed && window.TimesMs[edges.First] < window.Floats.StartMs && HistogramResets.IsReset(histograms[first], histograms[first - 1]))
            previous = histograms[first++];
        if (first > edges.Last)
            return true;
        for (var i = first; i < edges.Last; i++)
        {
            if (HistogramResets.IsReset(histograms[i], previous) && !TryAdd(previous, change, notes))
                return false;
            previous = histograms[i];
        }
        return !HistogramResets.IsReset(right, previous) || TryAdd(previous, change, notes);
    }

    private static bool TryAdd(FloatHistogram lost, HistogramSum change, Action<RangeNote> notes) =>
        HistogramInterpolation.TryTell(change.Add(lost), RangeNote.ReconciledInAddition, notes);
}
