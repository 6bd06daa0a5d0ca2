using Triptych.Columnar.Symbols;
using Triptych.Model.Metrics;

namespace Triptych.Query.Operators;

/// <summary>
/// Takes rows one after the other, so that a pipeline of selector, function and aggregation holds one row at a time instead of a matrix.
/// </summary>
public interface IStepRowSink
{
    /// <summary>Takes a row.</summary>
    /// <param name="labels">Ordered by the number of the name, without empty values; valid during the call.</param>
    /// <param name="values">One for each step, <see cref="Steps.StepRow.Absent"/> where there is none. The callee may overwrite them;
    /// valid during the call.</param>
    /// <param name="histograms">Empty for a row of floats. Else one for each step, null where there is none; a step that has one has no float.
    /// The callee may overwrite the span (the histograms are immutable); valid during the call.</param>
    void Add(ReadOnlySpan<LabelId> labels, Span<double> values, Span<FloatHistogram?> histograms);
}

/// <summary>Short forms for rows without histograms.</summary>
public static class StepRowSinks
{
    /// <summary>Adds a row of floats.</summary>
    public static void Add(this IStepRowSink sink, ReadOnlySpan<LabelId> labels, Span<double> values) => sink.Add(labels, values, default);
}
