using Triptych.Model.Metrics;
using Triptych.Query.Histograms;

namespace Triptych.PromQL.Functions.Histograms;

/// <summary>What a series of histograms was between two samples.</summary>
internal static class HistogramInterpolation
{
    /// <summary>
    /// The histogram at a time between two others, every count on a line. A counter that started anew in between began at zero.
    /// </summary>
    /// <returns>Null where the two do not go together.</returns>
    public static FloatHistogram? Between(
        FloatHistogram before, long beforeMs, FloatHistogram after, long afterMs, long atMs, bool isCounter, Action<RangeNote> notes)
    {
        if (atMs == beforeMs)
            return before;
        if (atMs == afterMs)
            return after;
        var share = (double)(atMs - beforeMs) / (afterMs - beforeMs);
        if (isCounter && HistogramResets.IsReset(after, before))
            return HistogramArithmetic.Multiply(after, share);
        var sum = new HistogramSum(after);
        if (!TryTell(sum.Subtract(before), RangeNote.ReconciledInSubtraction, notes))
            return null;
        sum.Scale(share);
        return TryTell(sum.Add(before), RangeNote.ReconciledInAddition, notes) ? sum.ToHistogram(CounterResetHint.Gauge) : null;
    }

    /// <summary>Tells what an operation met; false where it failed.</summary>
    public static bool TryTell(HistogramIssues issues, RangeNote reconciled, Action<RangeNote> notes)
    {
        if ((issues & HistogramIssues.SchemasMixed) != 0)
        {
            notes(RangeNote.SchemasMixed);
            return false;
        }

        if ((issues & HistogramIssues.BoundsReconciled) != 0)
            notes(reconciled);
        return true;
    }
}
