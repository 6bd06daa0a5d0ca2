using Triptych.Columnar.Symbols;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;
using Triptych.PromQL.Syntax;
using Triptych.Query.Operators;
using Triptych.Query.Steps;

namespace Triptych.PromQL.Planning;

/// <summary>absent and absent_over_time: 1 where there is nothing, with the labels that the selector's equalities say.</summary>
internal static class AbsentFunctions
{
    public static async ValueTask EmitAsync(Evaluation evaluation, CallExpr call, StepGrid grid, IStepRowSink sink)
    {
        var argument = Evaluation.Bare(call.Arguments[0]);
        var presence = new PresenceSink(grid.Count);
        if (argument.Type == PromType.RangeVector)
        {
            RangeCallEvaluator.RefuseExtension(argument, call.Function.Name);
            var present = new CallExpr(FunctionTable.Find("last_over_time")!, [argument], call.Span);
            await evaluation.EmitAsync(present, grid, presence, []);
        }
        else
        {
            await evaluation.EmitAsync(argument, grid, presence, []);
        }
        var row = new double[grid.Count];
        for (var i = 0; i < row.Length; i++)
            row[i] = presence.Present[i] ? StepRow.Absent : 1;
        var matchers = argument switch
        {
            VectorSelector vector => vector.Matchers,
            MatrixSelector matrix => matrix.Selector.Matchers,
            _ => [],
        };
        sink.Add(LabelsOf(matchers, evaluation.Context.Symbols), row);
    }

    // A label is told if exactly one matcher speaks of it and that is an equality.
    private static LabelId[] LabelsOf(IReadOnlyList<SelectorMatcher> matchers, SymbolTable symbols)
    {
        var told = matchers
            .GroupBy(matcher => matcher.Name, StringComparer.Ordinal)
            .Where(group => group.Key != LabelNames.MetricName && group.Count() == 1 && group.First().Op == MatchOp.Equal)
            .Select(group => new LabelId(symbols.Intern(group.Key), symbols.Intern(group.First().Value)))
            .ToArray();
        var labels = new LabelId[told.Length];
        return labels[..LabelEditing.CopySorted(told, labels)];
    }

    private sealed class PresenceSink(int steps) : IStepRowSink
    {
        public bool[] Present { get; } = new bool[steps];

        public void Add(ReadOnlySpan<LabelId> labels, Span<double> values, Span<FloatHistogram?> histograms)
        {
            for (var i = 0; i < values.Length; i++)
                Present[i] |= !StepRow.IsAbsent(values[i]) || (!histograms.IsEmpty && histograms[i] is not null);
        }
    }
}
