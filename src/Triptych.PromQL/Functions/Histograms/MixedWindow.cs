using Triptych.Model.Metrics;
using Triptych.PromQL.Functions.Range;
using Triptych.Query.Histograms;
using Triptych.Query.Steps;

namespace Triptych.PromQL.Functions.Histograms;

/// <summary>The samples of one series in one range (left-open) where the series has histograms; stale markers removed.</summary>
internal readonly ref struct MixedWindow
{
    /// <summary>The floats, with the range's edges; may have none.</summary>
    public required RangeWindow Floats { get; init; }

    /// <summary>Times of the histograms, Unix milliseconds, ascending.</summary>
    public required ReadOnlySpan<long> TimesMs { get; init; }

    /// <summary>The histograms, as many as the times.</summary>
    public required ReadOnlySpan<FloatHistogram> Histograms { get; init; }

    /// <summary>The histograms' start times, as many as there are; empty where none is known or none matters.</summary>
    public ReadOnlySpan<long> StartTimesMs { get; init; }

    /// <summary>Working memory of the function.</summary>
    public required HistogramSum Scratch { get; init; }

    public bool HasFloats => !Floats.Values.IsEmpty;

    public bool HasHistograms => !Histograms.IsEmpty;
}

/// <summary>A float, a histogram, or nothing.</summary>
internal readonly record struct StepCell(double Value, FloatHistogram? Histogram)
{
    public static StepCell Nothing { get; } = new(StepRow.Absent, null);

    public static StepCell Of(double value) => new(value, null);

    public static StepCell Of(FloatHistogram? histogram) => new(StepRow.Absent, histogram);
}

/// <summary>What a function of a range vector tells of histograms.</summary>
internal enum RangeNote
{
    /// <summary>Histograms stand beside floats, and only these count.</summary>
    HistogramsIgnored,

    /// <summary>Histograms stand beside floats, and so there is no answer.</summary>
    KindsMixed,

    /// <summary>Exponential and custom buckets do not go together, and so there is no answer.</summary>
    SchemasMixed,

    /// <summary>A function for counters met a gauge.</summary>
    NotCounter,

    /// <summary>A function for gauges met a counter.</summary>
    NotGauge,

    /// <summary>Custom bounds differed in an addition.</summary>
    ReconciledInAddition,

    /// <summary>Custom bounds differed in a subtraction.</summary>
    ReconciledInSubtraction,

    /// <summary>Custom bounds differed in an aggregation.</summary>
    ReconciledInAggregation,

    /// <summary>Some histograms of an aggregation say that their counter started anew, others that it did not.</summary>
    ResetsConflict,
}

/// <summary>Reduces a window with at least one sample to a value.</summary>
internal delegate StepCell MixedFunctionBody(in MixedWindow window, Action<RangeNote> notes);
