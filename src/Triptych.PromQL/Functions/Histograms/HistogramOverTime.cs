using Triptych.Model.Metrics;
using Triptych.PromQL.Functions.Range;
using Triptych.Query.Histograms;

namespace Triptych.PromQL.Functions.Histograms;

/// <summary>The *_over_time functions, changes and resets where a window has histograms.</summary>
internal static class HistogramOverTime
{
    public static StepCell Sum(in MixedWindow window, Action<RangeNote> notes)
    {
        if (IsMixed(window, notes))
            return StepCell.Nothing;
        var sum = window.Scratch;
        sum.Reset(window.Histograms[0]);
        foreach (var histogram in window.Histograms[1..])
        {
            if (!Note(sum.Add(histogram), notes))
                return StepCell.Nothing;
        }

        NoteResets(window.Histograms, notes);
        return StepCell.Of(sum.ToHistogram());
    }

    public static StepCell Average(in MixedWindow window, Action<RangeNote> notes)
    {
        if (IsMixed(window, notes))
            return StepCell.Nothing;
        var average = new HistogramAverage();
        foreach (var histogram in window.Histograms)
        {
            if (!Note(average.Add(histogram), notes))
                return StepCell.Nothing;
        }

        NoteResets(window.Histograms, notes);
        return StepCell.Of(average.ToHistogram());
    }

    public static StepCell Count(in MixedWindow window, Action<RangeNote> notes) =>
        StepCell.Of(window.Floats.Values.Length + window.Histograms.Length);

    public static StepCell Present(in MixedWindow window, Action<RangeNote> notes) => StepCell.Of(1);

    public static StepCell First(in MixedWindow window, Action<RangeNote> notes) =>
        window.HasFloats && window.Floats.TimesMs[0] < window.TimesMs[0]
            ? StepCell.Of(window.Floats.First)
            : StepCell.Of(window.Histograms[0]);

    public static StepCell Last(in MixedWindow window, Action<RangeNote> notes) =>
        window.HasFloats && window.Floats.TimesMs[^1] > window.TimesMs[^1]
            ? StepCell.Of(window.Floats.Last)
            : StepCell.Of(window.Histograms[^1]);

    public static StepCell TimeOfFirst(in MixedWindow window, Action<RangeNote> notes)
    {
        var time = window.TimesMs[0];
        return StepCell.Of((window.HasFloats ? Math.Min(time, window.Floats.TimesMs[0]) : time) / 1000.0);
    }

    public static StepCell TimeOfLast(in MixedWindow window, Action<RangeNote> notes)
    {
        var time = window.TimesMs[^1];
        return StepCell.Of((window.HasFloats ? Math.Max(time, window.Floats.TimesMs[^1]) : time) / 1000.0);
    }

    public static StepCell Changes(in MixedWindow window, Action<RangeNote> notes) => StepCell.Of(CountTransitions(
        window, false, (a, b) => a != b && !(double.IsNaN(a) && double.IsNaN(b)), (a, b) => !HistogramArithmetic.AreEqual(a, b)));

    public static StepCell Resets(in MixedWindow window, Action<RangeNote> notes) =>
        StepCell.Of(CountTransitions(window, true, (a, b) => b < a, (a, b) => HistogramResets.IsReset(b, a)));

    // From one sample to the next in time. A float after a histogram, or a histogram after a float, always counts.
    private static int CountTransitions(
        in MixedWindow window, bool byStart, Func<double, double, bool> floats, Func<FloatHistogram, FloatHistogram, bool> histograms)
    {
        var count = 0;
        int nextFloat = 0, nextHistogram = 0;
        var lastWasHistogram = false;
        while (nextFloat < window.Floats.Values.Length || nextHistogram < window.Histograms.Length)
        {
            var isFirst = nextFloat + nextHistogram == 0;
            var isHistogram = nextFloat == window.Floats.Values.Length
                || (nextHistogram < window.Histograms.Length && window.TimesMs[nextHistogram] < window.Floats.TimesMs[nextFloat]);
            var counts = !isFirst && (isHistogram != lastWasHistogram || (isHistogram
                ? histograms(window.Histograms[nextHistogram - 1], window.Histograms[nextHistogram])
                : floats(window.Floats.Values[nextFloat - 1], window.Floats.Values[nextFloat])));
            var startsAnew = byStart && !isFirst && isHistogram == lastWasHistogram && (isHistogram
                ? StartTimes.IsReset(window.StartTimesMs, window.TimesMs, nextHistogram - 1)
                : StartTimes.IsReset(window.Floats.StartTimesMs, window.Floats.TimesMs, nextFloat - 1));
            if (counts || startsAnew)
                count++;
            if (isHistogram)
                nextHistogram++;
            else
                nextFloat++;
            lastWasHistogram = isHistogram;
        }

        return count;
    }

    private static bool IsMixed(in MixedWindow window, Action<RangeNote> notes)
    {
        if (!window.HasFloats)
            return false;
        notes(RangeNote.KindsMixed);
        return true;
    }

    private static bool Note(HistogramIssues issues, Action<RangeNote> notes)
    {
        if ((issues & HistogramIssues.BoundsReconciled) != 0)
            notes(RangeNote.ReconciledInAggregation);
        if ((issues & HistogramIssues.SchemasMixed) == 0)
            return true;
        notes(RangeNote.SchemasMixed);
        return false;
    }

    private static void NoteResets(ReadOnlySpan<FloatHistogram> histograms, Action<RangeNote> notes)
    {
        bool reset = false, notReset = false;
        foreach (var histogram in histograms)
        {
            reset |= histogram.ResetHint == CounterResetHint.Reset;
            notReset |= histogram.ResetHint == CounterResetHint.NotReset;
        }

        if (reset && notReset)
            notes(RangeNote.ResetsConflict);
    }
}
