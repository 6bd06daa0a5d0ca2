using Triptych.Model.Metrics;
using Triptych.PromQL.Functions.Range;
using Triptych.Query.Histograms;

namespace Triptych.PromQL.Functions.Histograms;

/// <summary>rate, increase, delta, irate and idelta where a window has histograms. What comes out is a gauge.</summary>
internal static class HistogramRates
{
    public static StepCell Rate(in MixedWindow window, Action<RangeNote> notes) => Extrapolated(window, isCounter: true, perSecond: true, notes);

    public static StepCell Increase(in MixedWindow window, Action<RangeNote> notes) =>
        Extrapolated(window, isCounter: true, perSecond: false, notes);

    public static StepCell Delta(in MixedWindow window, Action<RangeNote> notes) =>
        Extrapolated(window, isCounter: false, perSecond: false, notes);

    public static StepCell InstantRate(in MixedWindow window, Action<RangeNote> notes) => OfLastTwo(window, isRate: true, notes);

    public static StepCell InstantDelta(in MixedWindow window, Action<RangeNote> notes) => OfLastTwo(window, isRate: false, notes);

    private static StepCell Extrapolated(in MixedWindow window, bool isCounter, bool perSecond, Action<RangeNote> notes)
    {
        if (window.HasFloats)
        {
            notes(RangeNote.KindsMixed);
            return StepCell.Nothing;
        }

        var difference = window.Scratch;
        if (isCounter && StartTimes.InsideRange(window.StartTimesMs, window.TimesMs, window.Floats.StartMs) is { } began)
            return SinceStart(window, began, perSecond, notes);
        if (window.Histograms.Length < 2 || !TryDifference(window, isCounter, difference, notes))
            return StepCell.Nothing;
        var first = window.Histograms[0].Count;
        var untilZero = isCounter && difference.Count > 0 && first >= 0 ? first / difference.Count : double.PositiveInfinity;
        var factor = Extrapolation.Factor(window.TimesMs, window.Floats.StartMs, window.Floats.EndMs, untilZero, perSecond);
        difference.Scale(factor);
        return StepCell.Of(difference.ToHistogram(CounterResetHint.Gauge));
    }

    // The counter was zero when it began, so that its first sample counts too.
    private static StepCell SinceStart(in MixedWindow window, long beganMs, bool perSecond, Action<RangeNote> notes)
    {
        var sum = window.Scratch;
        if (window.Histograms.Length == 1)
        {
            sum.Reset(window.Histograms[0]);
        }
        else
        {
            if (!TryDifference(window, isCounter: true, sum, notes)
                || !HistogramInterpolation.TryTell(sum.Add(window.Histograms[0]), RangeNote.ReconciledInAddition, notes))
                return StepCell.Nothing;
        }

        sum.Scale(Extrapolation.FactorSince(beganMs, window.TimesMs, window.Floats.StartMs, window.Floats.EndMs, perSecond));
        return StepCell.Of(sum.ToHistogram(CounterResetHint.Gauge));
    }

    // What the last has more than the first, and of a counter what it lost by starting anew in between.
    private static bool TryDifference(in MixedWindow window, bool isCounter, HistogramSum sum, Action<RangeNote> notes)
    {
        var histograms = window.Histograms;
        var first = histograms[0];
        var last = histograms[^1];
        if (isCounter && (IsGauge(first) || IsGauge(last)))
            notes(RangeNote.NotCounter);

        // A first sample before a reset does not count; then its buckets may be laid out in any way.
        if (isCounter && (HistogramResets.IsReset(histograms[1], first) || StartTimes.IsReset(window.StartTimesMs, window.TimesMs, 0)))
            first = new FloatHistogram { Schema = histograms[1].Schema, CustomBounds = histograms[1].CustomBounds };
        if (!FitTogether(histograms, first, isCounter, out var coarsest, notes))
            return false;
        sum.Reset(last);
        sum.ReduceTo(coarsest);
        var issues = sum.Subtract(first);
        if ((issues & HistogramIssues.BoundsReconciled) != 0)
            notes(RangeNote.ReconciledInSubtraction);
        if (isCounter)
            return AddLost(sum, first, window, notes);

        if (!IsGauge(histograms[0]) || !IsGauge(last))
            notes(RangeNote.NotGauge);
        return true;
    }

    private static bool FitTogether(
        ReadOnlySpan<FloatHistogram> histograms, FloatHistogram first, bool isCounter, out int coarsest, Action<RangeNote> notes)
    {
        coarsest = Math.Min(first.Schema, histograms[^1].Schema);
        var fit = histograms[^1].IsCustom() == first.IsCustom();
        foreach (var histogram in isCounter ? histograms[1..^1] : default)
        {
            if (IsGauge(histogram))
                notes(RangeNote.NotCounter);
            coarsest = Math.Min(coarsest, histogram.Schema);
            fit &= histogram.IsCustom() == first.IsCustom();
        }

        if (!fit)
            notes(RangeNote.SchemasMixed);
        return fit;
    }

    private static bool AddLost(HistogramSum sum, FloatHistogram first, in MixedWindow window, Action<RangeNote> notes)
    {
        var previous = first;
        for (var i = 1; i < window.Histograms.Length; i++)
        {
            var histogram = window.Histograms[i];
            if (StartTimes.IsReset(window.StartTimesMs, window.TimesMs, i - 1) || HistogramResets.IsReset(histogram, previous))
            {
                var issues = sum.Add(previous);
                if ((issues & HistogramIssues.SchemasMixed) != 0)
                {
                    notes(RangeNote.SchemasMixed);
                    return false;
                }

                if ((issues & HistogramIssues.BoundsReconciled) != 0)
                    notes(RangeNote.ReconciledInAddition);
            }

            previous = histogram;
        }

        return true;
    }

    private static StepCell OfLastTwo(in MixedWindow window, bool isRate, Action<RangeNote> notes)
    {
        var floats = window.Floats;
        if (floats.Values.Length + window.Histograms.Length < 2)
            return StepCell.Nothing;
        var histograms = LastTwo(window);
        if (histograms == 0)
        {
            return StepCell.Of(isRate ? CounterFunctions.InstantRate(floats) : CounterFunctions.InstantDelta(floats));
        }

        if (histograms == 1)
        {
            notes(RangeNote.KindsMixed);
            return StepCell.Nothing;
        }

        var last = window.Histograms[^1];
        var previous = window.Histograms[^2];
        if (isRate && (IsGauge(last) || IsGauge(previous)))
            notes(RangeNote.NotCounter);
        if (!isRate && (!IsGauge(last) || !IsGauge(previous)))
            notes(RangeNote.NotGauge);
        var sum = window.Scratch;
        sum.Reset(last);
        var startsAnew = StartTimes.IsReset(window.StartTimesMs, window.TimesMs, window.TimesMs.Length - 2);
        if (!isRate || !(startsAnew || HistogramResets.IsReset(last, previous)))
        {
            var issues = sum.Subtract(previous);
            if ((issues & HistogramIssues.SchemasMixed) != 0)
            {
                notes(RangeNote.SchemasMixed);
                return StepCell.Nothing;
            }

            if ((issues & HistogramIssues.BoundsReconciled) != 0)
                notes(RangeNote.ReconciledInSubtraction);
        }

        if (isRate)
            sum.Divide((window.TimesMs[^1] - window.TimesMs[^2]) / 1000.0);
        return StepCell.Of(sum.ToHistogram(CounterResetHint.Gauge));
    }

    // How many of the last two samples are histograms.
    private static int LastTwo(in MixedWindow window)
    {
        var floats = window.Floats.TimesMs;
        if (floats.IsEmpty || (window.TimesMs.Length > 1 && window.TimesMs[^2] > floats[^1]))
            return 2;
        return window.TimesMs.IsEmpty || (floats.Length > 1 && floats[^2] > window.TimesMs[^1]) ? 0 : 1;
    }

    private static bool IsGauge(FloatHistogram histogram) => histogram.ResetHint == CounterResetHint.Gauge;
}
