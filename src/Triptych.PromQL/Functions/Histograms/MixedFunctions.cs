using Triptych.PromQL.Functions.Range;

namespace Triptych.PromQL.Functions.Histograms;

/// <summary>The functions of range vectors that know histograms, by name; all others look at the floats alone.</summary>
internal static class MixedFunctions
{
    private static readonly Dictionary<string, MixedFunctionBody> s_byName = new(StringComparer.Ordinal)
    {
        ["rate"] = HistogramRates.Rate,
        ["increase"] = HistogramRates.Increase,
        ["delta"] = HistogramRates.Delta,
        ["irate"] = HistogramRates.InstantRate,
        ["idelta"] = HistogramRates.InstantDelta,
        ["changes"] = HistogramOverTime.Changes,
        ["resets"] = HistogramOverTime.Resets,
        ["sum_over_time"] = HistogramOverTime.Sum,
        ["avg_over_time"] = HistogramOverTime.Average,
        ["count_over_time"] = HistogramOverTime.Count,
        ["present_over_time"] = HistogramOverTime.Present,
        ["first_over_time"] = HistogramOverTime.First,
        ["last_over_time"] = HistogramOverTime.Last,
        ["ts_of_first_over_time"] = HistogramOverTime.TimeOfFirst,
        ["ts_of_last_over_time"] = HistogramOverTime.TimeOfLast,
    };

    /// <summary>The function for windows with histograms.</summary>
    public static MixedFunctionBody Find(string name, RangeFunctionBody floats)
    {
        if (s_byName.GetValueOrDefault(name) is not { } mixed)
            return OfFloats(floats);

        // A series with histograms may have ranges without any.
        return (in MixedWindow window, Action<RangeNote> notes) =>
            window.HasHistograms ? mixed(window, notes) : StepCell.Of(floats(window.Floats));
    }

    private static MixedFunctionBody OfFloats(RangeFunctionBody floats) => (in MixedWindow window, Action<RangeNote> notes) =>
    {
        if (!window.HasFloats)
            return StepCell.Nothing;
        if (window.HasHistograms)
            notes(RangeNote.HistogramsIgnored);
        return StepCell.Of(floats(window.Floats));
    };
}
