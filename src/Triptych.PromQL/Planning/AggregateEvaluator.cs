using Triptych.Columnar.Symbols;
using Triptych.Model.Labels;
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
        var grouping = GroupingOf(aggregate);
        var aggregator = await CreateAsync(aggregate, grid, grouping);

        // Selectors below need to fetch the labels of the groups only, where the operator itself keeps no others.
        var keepsLabels = aggregate.Op is AggregateOp.Topk or AggregateOp.Bottomk or AggregateOp.Limitk or AggregateOp.LimitRatio;
        var needed = aggregate.Without || keepsLabels ? null : aggregate.Grouping;
        var groupsHaveNames = evaluation.Names.IsDelayed && !keepsLabels && !aggregate.Without
            && aggregate.Op != AggregateOp.CountValues && aggregate.Grouping.Contains(LabelNames.MetricName, StringComparer.Ordinal);
        if (groupsHaveNames)
        {
            var marked = new MarkedGroups(evaluation.Names, grouping, aggregator);
            await evaluation.EmitAsync(aggregate.Inner, grid, marked, needed);
            evaluation.PassOn(aggregator.Finish(), marked.MarkingSink(sink));
            return;
        }
        await evaluation.EmitAsync(aggregate.Inner, grid, aggregator, needed);
        evaluation.PassOn(aggregator.Finish(), sink);
    }

    private async ValueTask<IAggregator> CreateAsync(AggregateExpr aggregate, StepGrid grid, Grouping grouping)
    {
        var context = evaluation.Context;
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
                evaluation.Notes.CheckExtremeQuantiles(quantiles, aggregate.Parameter!.Span);
                return new QuantileAggregator(context, grid, grouping, quantiles) { Notes = notes };
            case AggregateOp.Topk:
            case AggregateOp.Bottomk:
                var limits = LimitsOf(await evaluation.ScalarAsync(aggregate.Parameter!, grid));

                // Where nothing is asked for, nothing is looked at.
                return new TopAggregator(context, grid, grouping, limits, aggregate.Op == AggregateOp.Topk) { Notes = limits.Max() < 1 ? null : notes };
            case AggregateOp.Limitk:
                return new LimitAggregator(context, grid, grouping, LimitsOf(await evaluation.ScalarAsync(aggregate.Parameter!, grid)));
            case AggregateOp.LimitRatio:
                var ratios = RatiosOf(await evaluation.ScalarAsync(aggregate.Parameter!, grid), aggregate.Parameter!.Span);
                return new RatioAggregator(context, grid, ratios, evaluation.Names.Mark);
            case AggregateOp.CountValues:
                var label = Evaluation.StringOf(aggregate.Parameter!);
                if (label.Length == 0 || !QuotedString.IsWellFormed(label))
                    throw QueryFailedException.Execution($"invalid label name {Quoted(label)}");
                return new CountValuesAggregator(context, grid, grouping, context.Symbols.Intern(label), FloatFormat.Plain)
                {
                    TellsValues = !aggregate.Without || !aggregate.Grouping.Contains(label, StringComparer.Ordinal),
                };
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
        {
            names.Add(evaluation.NameLabel);
            names.Add(evaluation.Names.Mark);
        }
        return aggregate.Without ? Grouping.ByAllBut(names) : names.Count == 0 ? Grouping.None : Grouping.By(names);
    }

    private static long[] LimitsOf(double[] parameters)
    {
        if (parameters.Any(double.IsNaN))
            throw QueryFailedException.Execution("Parameter value is NaN");
        var limits = new long[parameters.Length];
        for (var i = 0; i < limits.Length; i++)
        {
            if (parameters[i] is >= long.MaxValue or <= long.MinValue)
            {
                var direction = parameters[i] < 0 ? "underflows" : "overflows";
                throw QueryFailedException.Execution($"Scalar value {FloatFormat.General(parameters[i])} {direction} int64");
            }
            limits[i] = (long)parameters[i];
        }
        return limits;
    }

    private double[] RatiosOf(double[] parameters, SourceSpan at)
    {
        if (parameters.Any(double.IsNaN))
            throw QueryFailedException.Execution("Ratio value is NaN");
        if (parameters.Max() > 1)
            evaluation.Notes.WarnOfRatio(parameters.Max(), 1, at);
        if (parameters.Min() < -1)
            evaluation.Notes.WarnOfRatio(parameters.Min(), -1, at);
        return [.. parameters.Select(ratio => Math.Clamp(ratio, -1, 1))];
    }

    internal static string Quoted(string text)
    {
        var quoted = new System.Text.StringBuilder();
        QuotedString.Append(quoted, text);
        return quoted.ToString();
    }
}
