using Triptych.Model.Metrics;
using Triptych.PromQL.Syntax;
using Triptych.Query.Operators;
using Triptych.Query.Steps;

namespace Triptych.PromQL.Planning;

/// <summary>Evaluates expressions of type scalar: one number for each step.</summary>
internal sealed class ScalarEvaluator(Evaluation evaluation)
{
    public async ValueTask<double[]> EvaluateAsync(Expr expression, StepGrid grid)
    {
        var values = new double[grid.Count];
        switch (expression)
        {
            case NumberLiteral number:
                Array.Fill(values, number.Value);
                return values;
            case ParenExpr paren:
                return await EvaluateAsync(paren.Inner, grid);
            case UnaryExpr unary:
                values = await EvaluateAsync(unary.Inner, grid);
                for (var i = 0; unary.Negate && i < values.Length; i++)
                    values[i] = -values[i];
                return values;
            case BinaryExpr binary:
                var chain = binary.Chain();
                var left = await EvaluateAsync(chain[0].Left, grid);
                foreach (var link in chain)
                {
                    var right = await EvaluateAsync(link.Right, grid);
                    StepArithmetic.Apply(BinaryEvaluator.OperationOf(link), ComparisonResult.ZeroOrOne, left, right, left);
                }
                return left;
            case CallExpr call:
                await CallAsync(call, grid, values);
                return values;
            default:
                throw new InvalidOperationException($"{expression.GetType().Name} is no scalar");
        }
    }

    private async ValueTask CallAsync(CallExpr call, StepGrid grid, double[] values)
    {
        switch (call.Function.Name)
        {
            case "time":
                for (var i = 0; i < values.Length; i++)
                    values[i] = grid.At(i) / 1000.0;
                return;
            case "pi":
                Array.Fill(values, Math.PI);
                return;
            case "start":
                Array.Fill(values, evaluation.QueryStartMs / 1000.0);
                return;
            case "end":
                Array.Fill(values, evaluation.QueryEndMs / 1000.0);
                return;
            case "step":
                Array.Fill(values, evaluation.QueryStepMs / 1000.0);
                return;
            case "range":
                Array.Fill(values, (evaluation.QueryEndMs - evaluation.QueryStartMs) / 1000.0);
                return;
            case "min_of":
            case "max_of":
                var first = await EvaluateAsync(call.Arguments[0], grid);
                var second = await EvaluateAsync(call.Arguments[1], grid);
                for (var i = 0; i < values.Length; i++)
                    values[i] = call.Function.Name == "min_of" ? Math.Min(first[i], second[i]) : Math.Max(first[i], second[i]);
                return;
            case "scalar":
                await ScalarOfVectorAsync(call.Arguments[0], grid, values);
                return;
            default:
                throw Evaluation.NotEvaluated($"function {call.Function.Name}()", call.Span);
        }
    }

    // The value where exactly one row has one, else NaN.
    private async ValueTask ScalarOfVectorAsync(Expr vector, StepGrid grid, double[] values)
    {
        var sink = new SingleValueSink(values);
        await evaluation.EmitAsync(vector, grid, sink, needed: []);
        for (var i = 0; i < values.Length; i++)
        {
            if (sink.Counts[i] != 1)
                values[i] = double.NaN;
        }
    }

    private sealed class SingleValueSink(double[] values) : IStepRowSink
    {
        public int[] Counts { get; } = new int[values.Length];

        public void Add(ReadOnlySpan<Columnar.Symbols.LabelId> labels, Span<double> rowValues, Span<FloatHistogram?> histograms)
        {
            for (var i = 0; i < rowValues.Length; i++)
            {
                if (StepRow.IsAbsent(rowValues[i]))
                    continue;
                Counts[i]++;
                values[i] = rowValues[i];
            }
        }
    }
}
