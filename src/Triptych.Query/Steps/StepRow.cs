using Triptych.Columnar.Symbols;
using Triptych.Model.Metrics;

namespace Triptych.Query.Steps;

/// <summary>
/// One series of a <see cref="StepMatrix"/>. A step without a value holds <see cref="Absent"/>, the bits of the stale marker, which no query can
/// return as a value: any arithmetic on a NaN changes its bits, and scans drop stale markers where they become values.
/// </summary>
public sealed class StepRow(LabelId[] labels, double[] values)
{
    /// <summary>Stands where there is no value. Compare with <see cref="IsAbsent"/>, never with <c>==</c>.</summary>
    public static readonly double Absent = SpecialValues.StaleMarker;

    /// <summary>The labels, ordered by the number of their name, without empty values.</summary>
    public LabelId[] Labels { get; } = labels;

    /// <summary>One entry for each step.</summary>
    public double[] Values { get; } = values;

    /// <summary>
    /// Null for a row of floats. Else one entry for each step, null where the step has a float or nothing; where there is a histogram,
    /// <see cref="Values"/> holds <see cref="Absent"/>.
    /// </summary>
    public FloatHistogram?[]? Histograms { get; init; }

    /// <summary>Whether a step's entry means that there is no value.</summary>
    public static bool IsAbsent(double value) => SpecialValues.IsStale(value);

    /// <summary>The histograms as sinks take them: empty for a row of floats.</summary>
    public ReadOnlySpan<FloatHistogram?> HistogramSpan => Histograms;

    /// <summary>Whether the row has a float or histogram at a step.</summary>
    public bool HasValue(int step) => !IsAbsent(Values[step]) || Histograms?[step] is not null;
}
