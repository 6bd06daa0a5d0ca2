using Triptych.Model.Metrics;
using Triptych.Query.Histograms;
using Triptych.Query.Steps;

namespace Triptych.Query.Operators;

/// <summary>What is worth telling of an operation on two values of which one at least is a histogram.</summary>
public enum ArithmeticNote
{
    /// <summary>The operation is not defined for values of these kinds.</summary>
    KindsDoNotFit,

    /// <summary>Exponential and custom buckets do not go together.</summary>
    SchemasMixed,

    /// <summary>One side says that its counter started anew, the other that it did not.</summary>
    ResetsConflict,

    /// <summary>Custom bounds differed, and only those that both have were kept.</summary>
    BoundsReconciled,
}

/// <summary>Is told of each note once, with what stands on either side.</summary>
public delegate void ArithmeticNoteHandler(ArithmeticNote note, bool leftIsHistogram, bool rightIsHistogram);

/// <summary>The values of a row: floats, and histograms or an empty span, as <see cref="IStepRowSink"/> takes them.</summary>
public readonly ref struct StepCells(ReadOnlySpan<double> values, ReadOnlySpan<FloatHistogram?> histograms)
{
    /// <summary>The floats.</summary>
    public ReadOnlySpan<double> Values { get; } = values;

    /// <summary>The histograms; empty where there are none.</summary>
    public ReadOnlySpan<FloatHistogram?> Histograms { get; } = histograms;

    /// <summary>The histogram at a step.</summary>
    public FloatHistogram? HistogramAt(int step) => Histograms.IsEmpty ? null : Histograms[step];
}

/// <summary>
/// Binary operations step by step where either side may have histograms, or the operation is one on histograms. A step where either side has nothing, or
/// where the kinds do not fit, has nothing afterwards.
/// </summary>
public sealed class CellArithmetic(BinaryOperation operation, ComparisonResult comparison, ArithmeticNoteHandler? notes)
{
    private readonly HistogramSum _sum = new();
    private readonly HashSet<(ArithmeticNote, bool, bool)> _told = [];

    /// <summary>Whether rows of floats alone can be combined by <see cref="StepArithmetic"/>.</summary>
    public bool FloatsAreSimple { get; } = !operation.IsTrim();

    /// <summary>Combines two rows into spans, which may be those of one of them.</summary>
    public void Apply(StepCells left, StepCells right, Span<double> values, Span<FloatHistogram?> histograms)
    {
        for (var i = 0; i < values.Length; i++)
        {
            var a = left.HistogramAt(i);
            var b = right.HistogramAt(i);
            if ((a is null && StepRow.IsAbsent(left.Values[i])) || (b is null && StepRow.IsAbsent(right.Values[i])))
            {
                (values[i], histograms[i]) = (StepRow.Absent, null);
                continue;
            }

            if (a is null && b is null && FloatsAreSimple)
            {
                StepArithmetic.Apply(operation, comparison, left.Values.Slice(i, 1), right.Values.Slice(i, 1), values.Slice(i, 1));
                histograms[i] = null;
                continue;
            }

            (values[i], histograms[i]) = operation.IsComparison()
                ? Compare(a, b)
                : (StepRow.Absent, Combine(a, left.Values[i], b, right.Values[i]));
        }
    }

    private (double Value, FloatHistogram? Histogram) Compare(FloatHistogram? a, FloatHistogram? b)
    {
        if (a is null || b is null || operation is not (BinaryOperation.Equal or BinaryOperation.NotEqual))
        {
            Note(ArithmeticNote.KindsDoNotFit, a, b);
            return (StepRow.Absent, null);
        }

        var holds = HistogramArithmetic.AreEqual(a, b) == (operation == BinaryOperation.Equal);
        if (comparison == ComparisonResult.ZeroOrOne) return (holds ? 1 : 0, null);
        return (StepRow.Absent, holds ? comparison == ComparisonResult.KeepLeft ? a : b : null);
    }

    private FloatHistogram? Combine(FloatHistogram? a, double left, FloatHistogram? b, double right)
    {
        switch (operation)
        {
            case BinaryOperation.Add when a is not null && b is not null:
                _sum.Reset(a);
                return Checked(_sum.Add(b), a, b) ? _sum.ToHistogram() : null;
            case BinaryOperation.Subtract when a is not null && b is not null:
                _sum.Reset(a);
                return Checked(_sum.Subtract(b), a, b) ? _sum.ToHistogram(CounterResetHint.Gauge) : null;
            case BinaryOperation.Multiply when a is null && b is not null:
                return Multiply(b, left);
            case BinaryOperation.Multiply when a is not null && b is null:
                return Multiply(a, right);
            case BinaryOperation.Divide when a is not null && b is null:
                _sum.Reset(a);
                _sum.Divide(right);
                return _sum.ToHistogram();
            case BinaryOperation.TrimUpper when a is not null && b is null:
                return HistogramTrim.Below(a, right);
            case BinaryOperation.TrimLower when a is not null && b is null:
                return HistogramTrim.Above(a, right);
            default:
                Note(ArithmeticNote.KindsDoNotFit, a, b);
                return null;
        }
    }

    private FloatHistogram Multiply(FloatHistogram histogram, double factor)
    {
        _sum.Reset(histogram);
        _sum.Scale(factor);
        return _sum.ToHistogram();
    }

    private bool Checked(HistogramIssues issues, FloatHistogram a, FloatHistogram b)
    {
        if ((issues & HistogramIssues.SchemasMixed) != 0) Note(ArithmeticNote.SchemasMixed, a, b);
        if ((issues & HistogramIssues.BoundsReconciled) != 0) Note(ArithmeticNote.BoundsReconciled, a, b);
        if ((issues & HistogramIssues.ResetsConflict) != 0) Note(ArithmeticNote.ResetsConflict, a, b);
        return (issues & HistogramIssues.SchemasMixed) == 0;
    }

    // Once, however many steps and rows it is about.
    private void Note(ArithmeticNote note, FloatHistogram? a, FloatHistogram? b)
    {
        if (_told.Add((note, a is not null, b is not null))) notes?.Invoke(note, a is not null, b is not null);
    }
}
