using Triptych.Model.Metrics;
using Triptych.PromQL.Syntax;
using Triptych.Query.Operators;
using Triptych.Query.Operators.Matching;
using Triptych.Query.Steps;

namespace Triptych.PromQL.Planning;

/// <summary>Binary operators of which at least one side is an instant vector.</summary>
internal sealed class BinaryEvaluator(Evaluation evaluation)
{
    public static BinaryOperation OperationOf(BinaryExpr binary) => binary.Op switch
    {
        BinaryOp.Add => BinaryOperation.Add,
        BinaryOp.Subtract => BinaryOperation.Subtract,
        BinaryOp.Multiply => BinaryOperation.Multiply,
        BinaryOp.Divide => BinaryOperation.Divide,
        BinaryOp.Modulo => BinaryOperation.Modulo,
        BinaryOp.Power => BinaryOperation.Power,
        BinaryOp.Atan2 => BinaryOperation.Atan2,
        BinaryOp.TrimUpper => BinaryOperation.TrimUpper,
        BinaryOp.TrimLower => BinaryOperation.TrimLower,
        BinaryOp.Equal => BinaryOperation.Equal,
        BinaryOp.NotEqual => BinaryOperation.NotEqual,
        BinaryOp.Greater => BinaryOperation.Greater,
        BinaryOp.Less => BinaryOperation.Less,
        BinaryOp.GreaterOrEqual => BinaryOperation.GreaterOrEqual,
        BinaryOp.LessOrEqual => BinaryOperation.LessOrEqual,
        _ => throw Evaluation.NotEvaluated($"operator {binary.Op.Spelling()}", binary.OperatorSpan),
    };

    // A tree no higher than this is evaluated by recursion, where rows flow from sink to sink.
    private const int MaxRecursion = 400;

    public ValueTask EmitAsync(BinaryExpr binary, StepGrid grid, IStepRowSink sink, IReadOnlyList<string>? needed) =>
        binary.Height > MaxRecursion && HasLongLeft(binary)
            ? ChainAsync(binary, grid, sink, needed)
            : OperatorAsync(binary, grid, sink, needed);

    private static bool HasLongLeft(BinaryExpr binary) =>
        binary.Left is BinaryExpr { Height: >= MaxRecursion, Type: not PromType.Scalar };

    // Operator after operator from the innermost, so that the length of a chain costs no stack.
    private async ValueTask ChainAsync(BinaryExpr binary, StepGrid grid, IStepRowSink sink, IReadOnlyList<string>? needed)
    {
        var rest = new Stack<BinaryExpr>();
        var inner = binary;
        while (HasLongLeft(inner))
        {
            rest.Push(inner);
            inner = (BinaryExpr)inner.Left;
        }
        while (rest.TryPop(out var outer))
        {
            var rows = await evaluation.CollectAsync(inner, grid);
            inner = outer with { Left = new EvaluatedRows(outer.Left, rows) };
        }
        await OperatorAsync(inner, grid, sink, needed);
    }

    private ValueTask OperatorAsync(BinaryExpr binary, StepGrid grid, IStepRowSink sink, IReadOnlyList<string>? needed)
    {
        if (binary.Op.IsSetOperator())
            return SetAsync(binary, grid, sink);
        return binary.Left.Type == PromType.Scalar || binary.Right.Type == PromType.Scalar
            ? WithScalarAsync(binary, grid, sink, needed)
            : JoinAsync(binary, grid, sink);
    }

    private async ValueTask WithScalarAsync(BinaryExpr binary, StepGrid grid, IStepRowSink sink, IReadOnlyList<string>? needed)
    {
        var operation = OperationOf(binary);
        var scalarIsLeft = binary.Left.Type == PromType.Scalar;
        var scalars = await evaluation.ScalarAsync(scalarIsLeft ? binary.Left : binary.Right, grid);
        var vector = scalarIsLeft ? binary.Right : binary.Left;
        var comparison = binary.ReturnBool ? ComparisonResult.ZeroOrOne
            : scalarIsLeft ? ComparisonResult.KeepRight : ComparisonResult.KeepLeft;

        var arithmetic = new CellArithmetic(operation, comparison, evaluation.Notes.OfArithmetic(binary));
        FloatHistogram?[]? scratch = null;

        void Combine(Span<double> values, Span<FloatHistogram?> histograms)
        {
            if (histograms.IsEmpty && arithmetic.FloatsAreSimple)
            {
                if (scalarIsLeft)
                    StepArithmetic.Apply(operation, comparison, scalars, values, values);
                else
                    StepArithmetic.Apply(operation, comparison, values, scalars, values);
                return;
            }

            var row = new StepCells(values, histograms);
            var other = new StepCells(scalars, default);
            var results = histograms.IsEmpty ? scratch ??= new FloatHistogram?[values.Length] : histograms;
            arithmetic.Apply(scalarIsLeft ? other : row, scalarIsLeft ? row : other, values, results);
        }

        if (KeepsName(binary))
            await evaluation.EmitAsync(vector, grid, new MappingSink(sink, Combine, null), needed);
        else
            await evaluation.MapCellsAsync(vector, grid, sink, needed, Combine);
    }

    // Comparisons and trims let rows pass; all else makes something new of them.
    private static bool KeepsName(BinaryExpr binary) =>
        binary.Op.IsComparison() ? !binary.ReturnBool : binary.Op is BinaryOp.TrimUpper or BinaryOp.TrimLower;

    private async ValueTask JoinAsync(BinaryExpr binary, StepGrid grid, IStepRowSink sink)
    {
        var operation = OperationOf(binary);
        var left = await evaluation.CollectUnmarkedAsync(binary.Left, grid);
        var right = await evaluation.CollectUnmarkedAsync(binary.Right, grid);
        var rule = RuleOf(binary);
        var comparison = binary.ReturnBool ? ComparisonResult.ZeroOrOne : ComparisonResult.KeepLeft;
        var result = VectorJoin.Apply(evaluation.Context, operation, comparison, left, right, rule, evaluation.Notes.OfArithmetic(binary));
        Release(left, right);

        // Arithmetic takes the name away at once even where that is delayed elsewhere; 0 and 1 of a comparison leave a mark.
        var marks = evaluation.Names.IsDelayed && binary.ReturnBool;
        evaluation.PassOn(result, marks ? evaluation.Names.Sink(sink, null) : sink);
    }

    private async ValueTask SetAsync(BinaryExpr binary, StepGrid grid, IStepRowSink sink)
    {
        var operation = binary.Op switch
        {
            BinaryOp.And => SetOperation.And,
            BinaryOp.Or => SetOperation.Or,
            _ => SetOperation.Unless,
        };
        var left = await evaluation.CollectAsync(binary.Left, grid);
        var right = await evaluation.CollectAsync(binary.Right, grid);
        var result = SetOperator.Apply(evaluation.Context, operation, left, right, RuleOf(binary));
        Release(left, right);
        evaluation.PassOn(result, sink);
    }

    private void Release(StepMatrix left, StepMatrix right) =>
        evaluation.Context.Release(RowCollector.MatrixBytes(left) + RowCollector.MatrixBytes(right));

    private MatchingRule RuleOf(BinaryExpr binary)
    {
        var matching = binary.Matching;
        var symbols = evaluation.Context.Symbols;
        var names = evaluation.Names;
        var labels = matching.Labels.Select(symbols.Intern);
        if (names.IsDelayed && !matching.On)
            labels = labels.Append(names.Mark);
        var arithmetic = !binary.Op.IsSetOperator() && !binary.Op.IsComparison() && !KeepsName(binary);
        return new MatchingRule(matching.On, labels, evaluation.NameLabel)
        {
            Cardinality = matching.Cardinality switch
            {
                MatchCardinality.ManyToOne => JoinCardinality.ManyToOne,
                MatchCardinality.OneToMany => JoinCardinality.OneToMany,
                _ => JoinCardinality.OneToOne,
            },
            Include = [.. matching.Include.Select(symbols.Intern)],
            Dropped = arithmetic || (binary.ReturnBool && !names.IsDelayed) ? names.Reserved : [],
            FillLeft = matching.FillLeft,
            FillRight = matching.FillRight,
        };
    }
}
