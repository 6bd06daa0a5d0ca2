using Triptych.Columnar.Symbols;
using Triptych.Primitives.Text;
using Triptych.PromQL.Syntax;
using Triptych.Query;
using Triptych.Query.Operators;
using Triptych.Query.Operators.Aggregation;
using Triptych.Query.Steps;

namespace Triptych.PromQL.Planning;

/// <summary>Aggregations. Rows stream into the aggregator; only the groups are held.</summary>
internal sealed class AggregateEvaluator(Evaluation evaluation)
{
    public async ValueTask EmitAsync(AggregateExpr aggregate, StepGrid grid, IStepRowSink sink)
    {
        var aggregator = await CreateAsync(aggregate, grid);

        // Selectors below need to fetch the labels of the groups only, where the operator itself keeps no others.
        var keepsLabels = aggregate.Op is AggregateOp.Topk or AggregateOp.Bottomk;
        await evaluation.EmitAsync(aggregate.Inner, grid, aggregator, aggregate.Without || keepsLabels ? null : aggregate.Grouping);
        evaluation.PassOn(aggregator.Finish(), sink);
    }

    private async ValueTask<IAggregator> CreateAsync(AggregateExpr aggregate, StepGrid grid)
    {
        var context = evaluation.Context;
        var grouping = GroupingOf(aggregate);
        var notes = evaluation.Notes.OfAggregation(aggregate, labels => NameOf(aggregate.Inner, labels));
        switch (aggregate.Op)
        {
            case AggregateOp.Sum: return new SumAggregator(context, grid, grouping) { Notes = notes };
            case AggregateOp.Avg: return new AverageAggregator(context, grid, grouping) { Notes = notes };
            case AggregateOp.Min: return new ExtremeAggregator(context, grid, grouping, largest: false) { Notes = notes };
            case AggregateOp.Max: return new ExtremeAggregator(context, grid, grouping, largest: true) { Notes = notes };
            case AggregateOp.Count: return new CountAggregator(context, grid, grouping, onlyOne: false);
            case AggregateOp.Group: return new CountAggregator(context, grid, grouping, onlyOne: true);
            case AggregateOp.Stddev: return new VarianceAggregator(context, grid, grouping, squareRoot: true) { Notes = notes };
            case AggregateOp.Stdvar: return new VarianceAggregator(context, grid, grouping, squareRoot: false) { Notes = notes };
            case AggregateOp.Quantile:
                var quantiles = await evaluation.ScalarAsync(aggregate.Parameter!, grid);
                evaluation.Notes.CheckQuantiles(quantiles, aggregate.Parameter!.Span);
                return new QuantileAggregator(context, grid, grouping, quantiles) { Notes = notes };
            case AggregateOp.Topk:
            case AggregateOp.Bottomk:
                var limits = LimitsOf(await evaluation.ScalarAsync(aggregate.Parameter!, grid));
                return new TopAggregator(context, grid, grouping, limits, aggregate.Op == AggregateOp.Topk) { Notes = notes };
            case AggregateOp.CountValues:
                var label = Evaluation.StringOf(aggregate.Parameter!);
                if (label.Length == 0 || !QuotedString.IsWellFormed(label))
                    throw QueryFailedException.Execution($"invalid label name {Quoted(label)}");
                return new CountValuesAggregator(context, grid, grouping, context.Symbols.Intern(label), FloatFormat.Plain);
            default:
                throw Evaluation.NotEvaluated($"aggregation {aggregate.Op.Spelling()}()", aggregate.Span);
        }
    }

    // A row may come without its name where the aggregation needs no more than its groups.
    private string NameOf(Expr inner, ReadOnlySpan<LabelId> labels)
    {
        var symbol = LabelEditing.Find(labels, evaluation.NameLabel);
        if (symbol != SymbolTable.Empty)
            return evaluation.Context.Symbols.GetString(symbol);
        return Evaluation.Bare(inner) is VectorSelector selector ? NameFacts.FixedName(selector) ?? "" : "";
    }

    private Grouping GroupingOf(AggregateExpr aggregate)
    {
        var names = aggregate.Grouping.Select(evaluation.Context.Symbols.Intern).ToList();
        if (aggregate.Without)
            names.Add(evaluation.NameLabel);
        return aggregate.Without ? Grouping.ByAllBut(names) : names.Count == 0 ? Grouping.None : Grouping.By(names);
    }

    private static long[] LimitsOf(double[] parameters)
    {
        var limits = new long[parameters.Length];
        for (var i = 0; i < limits.Length; i++)
        {
            if (double.IsNaN(parameters[i]))
                throw QueryFailedException.Execution("Parameter value is NaN");
            if (parameters[i] is >= long.MaxValue or <= long.MinValue)
                throw QueryFailedException.Execution($"Scalar value {FloatFormat.General(parameters[i])} overflows int64");
            limits[i] = (long)parameters[i];
        }
        return limits;
    }

    internal static string Quoted(string text)
    {
        var quoted = new System.Text.StringBuilder();
        QuotedString.Append(quoted, text);
        return quoted.ToString();
    }
}
