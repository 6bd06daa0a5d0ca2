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

    /// <summary>One entry for each step where the row has native histograms, null in it where the step has a float or nothing; else null.</summary>
    public FloatHistogram?[]? Histograms { get; init; }

    /// <summary>Whether a step's entry means that there is no value.</summary>
    public static bool IsAbsent(double value) => SpecialValues.IsStale(value);

    /// <summary>Whether the row has a float or histogram at a step.</summary>
    public bool HasValue(int step) => !IsAbsent(Values[step]) || Histograms?[step] is not null;
}
