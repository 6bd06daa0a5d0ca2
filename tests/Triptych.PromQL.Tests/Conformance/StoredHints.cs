using Triptych.Model.Metrics;
using Triptych.Query.Histograms;

namespace Triptych.PromQL.Tests.Conformance;

/// <summary>
/// The hints that histograms have when they come back from a Prometheus: the first of a chunk says nothing about its counter, those after it say that it
/// went on. A chunk ends where the layout of buckets changes, the counter starts anew, or gauges and counters or floats alternate.
/// </summary>
internal static class StoredHints
{
    public static void Apply(FloatHistogram?[] histograms)
    {
        FloatHistogram? previous = null;
        for (var i = 0; i < histograms.Length; i++)
        {
            var histogram = histograms[i];
            if (histogram is not null && histogram.ResetHint != CounterResetHint.Gauge)
            {
                var goesOn = previous is not null && previous.ResetHint != CounterResetHint.Gauge && GoesOn(histogram, previous);
                histograms[i] = histogram with { ResetHint = goesOn ? CounterResetHint.NotReset : CounterResetHint.Unknown };
            }

            previous = histogram;
        }
    }

    private static bool GoesOn(FloatHistogram current, FloatHistogram previous) =>
        current.ResetHint != CounterResetHint.Reset
        && !SpecialValues.IsStale(previous.Sum)
        && current.Schema == previous.Schema
        && current.ZeroThreshold == previous.ZeroThreshold
        && current.CustomBounds.SequenceEqual(previous.CustomBounds)
        && !HistogramResets.IsReset(current with { ResetHint = CounterResetHint.Unknown }, previous);
}
