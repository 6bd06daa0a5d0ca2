using Triptych.PromQL.Functions.Histograms;
using Triptych.PromQL.Syntax;
using Triptych.Query.Operators;
using Triptych.Query.Operators.Aggregation;

namespace Triptych.PromQL.Planning;

/// <summary>What is told of histograms, in Prometheus' words.</summary>
internal static class HistogramNotes
{
    public static ArithmeticNoteHandler OfArithmetic(this Notes notes, BinaryExpr binary) => (note, left, right) =>
    {
        var op = binary.Op.Spelling();
        var what = binary.Op == BinaryOp.Subtract ? "subtraction" : "addition";
        switch (note)
        {
            case ArithmeticNote.KindsDoNotFit:
                notes.Info(
                    $"incompatible sample types encountered for binary operator \"{op}\": {Kind(left)} {op} {Kind(right)}", binary.Span);
                break;
            case ArithmeticNote.SchemasMixed:
                notes.Warn($"incompatible bucket layout encountered for binary operator {op}", binary.Span);
                break;
            case ArithmeticNote.ResetsConflict:
                notes.ConflictingResets(what, binary.Span);
                break;
            default:
                notes.BoundsReconciled(what, binary.Span);
                break;
        }
    };

    /// <param name="nameOf">The metric's name of a row; empty where nobody knows.</param>
    public static AggregationNoteHandler OfAggregation(this Notes notes, AggregateExpr aggregate, RowName nameOf) => (note, labels) =>
    {
        var at = aggregate.Op is AggregateOp.Topk or AggregateOp.Bottomk ? aggregate.Span : aggregate.Inner.Span;
        switch (note)
        {
            case AggregationNote.HistogramsIgnored:
                notes.Info($"ignored histogram in {aggregate.Op.Spelling()} aggregation", at);
                break;
            case AggregationNote.KindsMixed:
                notes.Warn("encountered a mix of histograms and floats for aggregation", at);
                break;
            case AggregationNote.SchemasMixed:
                notes.SchemasMixed(nameOf(labels), at);
                break;
            case AggregationNote.ResetsConflict:
                notes.ConflictingResets("aggregation", at);
                break;
            default:
                notes.BoundsReconciled("aggregation", at);
                break;
        }
    };

    /// <param name="metric">The metric's name.</param>
    public static void OfRange(this Notes notes, RangeNote note, string metric, SourceSpan at)
    {
        switch (note)
        {
            case RangeNote.HistogramsIgnored:
                notes.Info($"ignored histograms in a range containing both floats and histograms for metric name \"{metric}\"", at);
                break;
            case RangeNote.KindsMixed:
                notes.Warn($"encountered a mix of histograms and floats for metric name \"{metric}\"", at);
                break;
            case RangeNote.SchemasMixed:
                notes.SchemasMixed(metric, at);
                break;
            case RangeNote.NotCounter:
                notes.Warn($"this native histogram metric is not a counter: \"{metric}\"", at);
                break;
            case RangeNote.NotGauge:
                notes.Warn($"this native histogram metric is not a gauge: \"{metric}\"", at);
                break;
            case RangeNote.ReconciledInAddition:
                notes.BoundsReconciled("addition", at);
                break;
            case RangeNote.ReconciledInSubtraction:
                notes.BoundsReconciled("subtraction", at);
                break;
            case RangeNote.ReconciledInAggregation:
                notes.BoundsReconciled("aggregation", at);
                break;
            default:
                notes.ConflictingResets("aggregation", at);
                break;
        }
    }

    public static void SchemasMixed(this Notes notes, string metric, SourceSpan at) =>
        notes.Warn($"vector contains a mix of histograms with exponential and custom buckets schemas for metric name \"{metric}\"", at);

    public static void BoundsReconciled(this Notes notes, string during, SourceSpan at) =>
        notes.Info($"mismatched custom buckets were reconciled during {during}", at);

    public static void ConflictingResets(this Notes notes, string during, SourceSpan at) =>
        notes.Warn($"conflicting counter resets during histogram {during}", at);

    private static string Kind(bool isHistogram) => isHistogram ? "histogram" : "float";
}

/// <summary>The metric's name of a row.</summary>
internal delegate string RowName(ReadOnlySpan<Columnar.Symbols.LabelId> labels);
