using Triptych.Columnar.Symbols;

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
    void Add(ReadOnlySpan<LabelId> labels, Span<double> values);
}
