using Triptych.Columnar.Rows;
using Triptych.LogQL.Functions;
using Triptych.LogQL.Syntax;
using Triptych.Query.Budgets;
using Triptych.Query.Operators;
using Triptych.Query.Operators.Aggregation;
using Triptych.Query.Operators.Matching;
using Triptych.Query.Steps;
using MatchGrouping = Triptych.Query.Operators.Aggregation.Grouping;

namespace Triptych.LogQL.Planning;

/// <summary>What an operand evaluates to: series, or a number.</summary>
internal readonly record struct MetricValue(StepMatrix? Matrix, double Scalar);

/// <summary>
/// Evaluates a metric query bottom up. A sum straight over a count or rate is done by the range aggregation itself, which then adds up
/// by the sum's labels and reads no others; all else goes through the operators that the languages share.
/// </summary>
internal sealed class MetricEvaluator(ILogSource source, QueryContext context, StepGrid grid, ScanTally tally, long nowUnixNanos)
{
    public async ValueTask<MetricValue> EvaluateAsync(MetricExpression expression)
    {
        switch (expression)
        {
            case NumberLiteral number:
                return new MetricValue(null, number.Value);
            case VectorLiteral vector:
                return Series(VectorOf(vector.Value));
            case RangeAggregation range:
                var collector = new RowCollector(context, grid, null);
                await Runner().RunAsync(range, null, collector).ConfigureAwait(false);
                return Series(collector.Finish());
            case VectorAggregation aggregation:
                return Series(await AggregateAsync(aggregation).ConfigureAwait(false));
            case BinaryExpression binary:
                return await EvaluateChainAsync(binary).ConfigureAwait(false);
            case LabelReplace replace:
                var inner = await EvaluateAsync(replace.Inner).ConfigureAwait(false);
                return Series(new LabelReplacement(context, replace).Apply(inner.Matrix ?? throw NeedsSeries(replace, "label_replace")));
            default:
                throw new InvalidOperationException($"{expression.GetType().Name} is refused before a query runs");
        }
    }

    private RangeRunner Runner() => new(source, context, grid, tally, nowUnixNanos);

    private static MetricValue Series(StepMatrix matrix) => new(matrix, 0);

    private static Query.QueryFailedException NeedsSeries(LogQLNode node, string what) => new(
        Query.QueryErrorKind.BadData, new LogQLParseError(node.Position, $"{what} needs series, not a number").ToString());

    private StepMatrix VectorOf(double value)
    {
        var values = new double[grid.Count];
        Array.Fill(values, value);
        var matrix = new StepMatrix(grid, context.Symbols);
        matrix.Add(new StepRow([], values));
        return matrix;
    }

    private async ValueTask<StepMatrix> AggregateAsync(VectorAggregation aggregation)
    {
        if (aggregation is { Operator: VectorOperator.Sum, Inner: RangeAggregation summed } && AddsUp(summed)
            && aggregation.Grouping is null or { Without: false })
        {
            var selection = LabelSelection.By(aggregation.Grouping?.Labels ?? [], context.Symbols);
            var collector = new RowCollector(context, grid, null);
            await Runner().RunAsync(summed, selection, collector).ConfigureAwait(false);
            return collector.Finish();
        }

        if (aggregation.Operator is VectorOperator.Sort or VectorOperator.SortDesc)
        {
            var value = await EvaluateAsync(aggregation.Inner).ConfigureAwait(false);
            return Sort(value.Matrix ?? throw NeedsSeries(aggregation, "sort"), aggregation.Operator == VectorOperator.SortDesc);
        }

        var aggregator = AggregatorFor(aggregation);
        if (aggregation.Operator is VectorOperator.Topk or VectorOperator.ApproxTopk or VectorOperator.Bottomk)
        {
            // Of equal ones those are taken that come first: by their labels, not by where their rows were found first.
            var all = (await EvaluateAsync(aggregation.Inner).ConfigureAwait(false)).Matrix ?? throw NeedsSeries(aggregation, "an aggregation");
            StepValues.Emit(SortByLabels(all), aggregator);
            context.Release(RowCollector.MatrixBytes(all));
            return aggregator.Finish();
        }

        if (aggregation.Inner is RangeAggregation range)
        {
            await Runner().RunAsync(range, null, aggregator).ConfigureAwait(false);
            return aggregator.Finish();
        }

        var inner = await EvaluateAsync(aggregation.Inner).ConfigureAwait(false);
        var matrix = inner.Matrix ?? throw NeedsSeries(aggregation, "an aggregation");
        StepValues.Emit(matrix, aggregator);
        context.Release(RowCollector.MatrixBytes(matrix));
        return aggregator.Finish();
    }

    /// <summary>Whether the sum over series of this aggregation is the aggregation over all their rows.</summary>
    private static bool AddsUp(RangeAggregation range) => range.Grouping is null && range.Operator
        is RangeOperator.CountOverTime or RangeOperator.Rate or RangeOperator.BytesOverTime or RangeOperator.BytesRate
        or RangeOperator.SumOverTime;

    private IAggregator AggregatorFor(VectorAggregation aggregation)
    {
        var names = (aggregation.Grouping?.Labels ?? []).Select(context.Symbols.Intern);
        var grouping = aggregation.Grouping is { Without: true } ? MatchGrouping.ByAllBut(names) : MatchGrouping.By(names);
        switch (aggregation.Operator)
        {
            case VectorOperator.Sum:
                return new SumAggregator(context, grid, grouping);
            case VectorOperator.Avg:
                return new AverageAggregator(context, grid, grouping);
            case VectorOperator.Min or VectorOperator.Max:
                return new ExtremeAggregator(context, grid, grouping, aggregation.Operator == VectorOperator.Max);
            case VectorOperator.Count:
                return new CountAggregator(context, grid, grouping, onlyOne: false);
            case VectorOperator.Stddev or VectorOperator.Stdvar:
                return new VarianceAggregator(context, grid, grouping, aggregation.Operator == VectorOperator.Stddev);
            // The approximation spares shards from sending all their series; one process has them all, so its answer is the exact one.
            case VectorOperator.Topk or VectorOperator.ApproxTopk or VectorOperator.Bottomk:
                var limits = new long[grid.Count];
                Array.Fill(limits, aggregation.Parameter ?? 1);
                return new TopAggregator(context, grid, grouping, limits, aggregation.Operator != VectorOperator.Bottomk);
            default:
                throw new InvalidOperationException($"{aggregation.Operator} is refused before a query runs");
        }
    }

    private StepMatrix SortByLabels(StepMatrix matrix)
    {
        var rows = matrix.Rows.ToArray();
        var keys = Array.ConvertAll(rows, row => string.Join('\0', row.Labels
            .Select(label => context.Symbols.GetString(label.Name) + '\u0001' + context.Symbols.GetString(label.Value)).Order(StringComparer.Ordinal)));
        var keyBytes = keys.Sum(static key => (key.Length * 2L) + 32);
        context.Charge(keyBytes);
        Array.Sort(keys, rows, StringComparer.Ordinal);
        context.Release(keyBytes);
        var sorted = new StepMatrix(grid, context.Symbols);
        foreach (var row in rows) sorted.Add(row);
        return sorted;
    }

    /// <summary>Orders the series by their last value; at one step, where order shows, that is the value.</summary>
    private StepMatrix Sort(StepMatrix matrix, bool descending)
    {
        var rows = matrix.Rows.ToArray();
        var keys = Array.ConvertAll(rows, row =>
        {
            var last = row.Values[^1];
            return double.IsNaN(last) ? double.PositiveInfinity : descending ? -last : last;
        });
        Array.Sort(keys, rows);
        var sorted = new StepMatrix(grid, context.Symbols);
        foreach (var row in rows) sorted.Add(row);
        return sorted;
    }

    /// <summary>Operators of one level lean to the left; a loop down that side keeps the stack flat for a thousand of them.</summary>
    private async ValueTask<MetricValue> EvaluateChainAsync(BinaryExpression outermost)
    {
        var chain = new Stack<BinaryExpression>();
        MetricExpression innermost = outermost;
        while (innermost is BinaryExpression binary)
        {
            chain.Push(binary);
            innermost = binary.Left;
        }

        var left = await EvaluateAsync(innermost).ConfigureAwait(false);
        while (chain.TryPop(out var binary))
        {
            var right = await EvaluateAsync(binary.Right).ConfigureAwait(false);
            var result = Combine(binary, left, right);
            foreach (var used in new[] { left.Matrix, right.Matrix })
            {
                if (used is not null) context.Release(RowCollector.MatrixBytes(used));
            }

            left = result;
        }

        return left;
    }

    private MetricValue Combine(BinaryExpression binary, MetricValue left, MetricValue right)
    {
        if (binary.Operator is BinaryOperator.And or BinaryOperator.Or or BinaryOperator.Unless)
        {
            var setOperation = binary.Operator switch
            {
                BinaryOperator.And => SetOperation.And,
                BinaryOperator.Or => SetOperation.Or,
                _ => SetOperation.Unless,
            };
            var leftSet = left.Matrix ?? throw NeedsSeries(binary, "a set operator");
            var rightSet = right.Matrix ?? throw NeedsSeries(binary, "a set operator");
            return Series(SetOperator.Apply(context, setOperation, leftSet, rightSet, RuleOf(binary.Matching)));
        }

        var operation = OperationOf(binary.Operator);
        if (left.Matrix is null && right.Matrix is null)
            return new MetricValue(null, StepArithmetic.Apply(operation, left.Scalar, right.Scalar));
        if (left.Matrix is not null && right.Matrix is not null)
        {
            var comparison = binary.ReturnBool ? ComparisonResult.ZeroOrOne : ComparisonResult.KeepLeft;
            return Series(VectorJoin.Apply(context, operation, comparison, left.Matrix, right.Matrix, RuleOf(binary.Matching)));
        }

        return Series(WithScalar(operation, binary.ReturnBool, left, right));
    }

    private StepMatrix WithScalar(BinaryOperation operation, bool returnBool, MetricValue left, MetricValue right)
    {
        var scalarIsLeft = left.Matrix is null;
        var scalar = new double[grid.Count];
        Array.Fill(scalar, scalarIsLeft ? left.Scalar : right.Scalar);
        var comparison = returnBool ? ComparisonResult.ZeroOrOne : scalarIsLeft ? ComparisonResult.KeepRight : ComparisonResult.KeepLeft;
        var collector = new RowCollector(context, grid, null);
        var result = new double[grid.Count];
        foreach (var row in (left.Matrix ?? right.Matrix)!.Rows)
        {
            if (scalarIsLeft) StepArithmetic.Apply(operation, comparison, scalar, row.Values, result);
            else StepArithmetic.Apply(operation, comparison, row.Values, scalar, result);
            collector.Add(row.Labels, result);
        }

        return collector.Finish();
    }

    private MatchingRule RuleOf(VectorMatching? matching)
    {
        if (matching is null) return new MatchingRule(on: false, [], nameLabel: -1);
        return new MatchingRule(matching.On, matching.Labels.Select(context.Symbols.Intern), nameLabel: -1)
        {
            Cardinality = matching.Cardinality switch
            {
                MatchCardinality.ManyToOne => JoinCardinality.ManyToOne,
                MatchCardinality.OneToMany => JoinCardinality.OneToMany,
                _ => JoinCardinality.OneToOne,
            },
            Include = [.. matching.Include.Select(context.Symbols.Intern)],
        };
    }

    private static BinaryOperation OperationOf(BinaryOperator binary) => binary switch
    {
        BinaryOperator.Add => BinaryOperation.Add,
        BinaryOperator.Subtract => BinaryOperation.Subtract,
        BinaryOperator.Multiply => BinaryOperation.Multiply,
        BinaryOperator.Divide => BinaryOperation.Divide,
        BinaryOperator.Modulo => BinaryOperation.Modulo,
        BinaryOperator.Power => BinaryOperation.Power,
        BinaryOperator.Equal => BinaryOperation.Equal,
        BinaryOperator.NotEqual => BinaryOperation.NotEqual,
        BinaryOperator.Greater => BinaryOperation.Greater,
        BinaryOperator.GreaterOrEqual => BinaryOperation.GreaterOrEqual,
        BinaryOperator.Less => BinaryOperation.Less,
        BinaryOperator.LessOrEqual => BinaryOperation.LessOrEqual,
        _ => throw new InvalidOperationException($"{binary} is a set operator"),
    };
}
