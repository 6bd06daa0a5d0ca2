using Triptych.Model.Metrics;
using Triptych.Query.Histograms;

namespace Triptych.Api.Prometheus.RemoteRead;

/// <summary>What decides how histograms are written: integers or floats, and where a chunk of them ends.</summary>
internal static class ReadHistograms
{
    // From here on a float does not tell neighbouring integers apart.
    private const double MaxInteger = 1L << 53;

    /// <summary>What the end of a series of histograms is written as: of the rest nothing means anything.</summary>
    public static readonly FloatHistogram Stale = new() { Schema = 0, Sum = SpecialValues.StaleMarker };

    /// <summary>Whether all counts of all histograms are integers. The store does not keep which of them came as such; to a reader they are the same.</summary>
    public static bool AreIntegers(ReadOnlySpan<FloatHistogram?> histograms)
    {
        foreach (var histogram in histograms)
        {
            if (histogram is not null && !SpecialValues.IsStale(histogram.Sum) && !IsInteger(histogram)) return false;
        }

        return true;
    }

    /// <summary>
    /// Whether a histogram can stand in the chunk of the one before it: readers take layout and gauge from the chunk's beginning, and every histogram but the
    /// first for one that did not follow a reset.
    /// </summary>
    public static bool GoesOn(FloatHistogram current, FloatHistogram previous)
    {
        if (SpecialValues.IsStale(current.Sum) || SpecialValues.IsStale(previous.Sum)) return false;
        var isGauge = current.ResetHint == CounterResetHint.Gauge;
        return isGauge == (previous.ResetHint == CounterResetHint.Gauge)
            && current.Schema == previous.Schema
            && current.ZeroThreshold.Equals(previous.ZeroThreshold)
            && current.PositiveSpans.SequenceEqual(previous.PositiveSpans)
            && current.NegativeSpans.SequenceEqual(previous.NegativeSpans)
            && current.CustomBounds.SequenceEqual(previous.CustomBounds)
            && (isGauge || !HistogramResets.IsReset(current, previous));
    }

    private static bool IsInteger(FloatHistogram histogram) =>
        IsInteger(histogram.Count) && IsInteger(histogram.ZeroCount)
        && histogram.PositiveBuckets.All(IsInteger) && histogram.NegativeBuckets.All(IsInteger);

    private static bool IsInteger(double count) => count is >= 0 and <= MaxInteger && Math.Floor(count) == count;
}
