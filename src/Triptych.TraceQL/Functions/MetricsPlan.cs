using Triptych.Columnar.Rows;
using Triptych.Query;
using Triptych.TraceQL.Planning;
using Triptych.TraceQL.Syntax;

namespace Triptych.TraceQL.Functions;

/// <summary>A metrics query that is evaluated span by span: one condition, one function, later stages.</summary>
internal sealed record MetricsPlan(FieldExpression? Condition, MetricsAggregate Function, IReadOnlyList<MetricsSecondStage> SecondStages)
{
    /// <summary>The plan, or what of the query is not evaluated yet, with its place.</summary>
    public static (MetricsPlan? Plan, QueryError? Error) Create(TraceQLQuery query)
    {
        if (query.Metrics is null)
        {
            return (null, TraceQLEngine.BadData("the query has no metrics function; it belongs to the search endpoint"));
        }

        if (query.Metrics is not MetricsAggregate function)
        {
            return (null, NotEvaluated("compare()", query.Metrics.Position));
        }

        FieldExpression? condition = null;
        foreach (var stage in query.Stages)
        {
            switch (stage)
            {
                case SpansetStage { Expression: SpansetFilter filter }:
                    condition = condition is null || filter.Condition is null
                        ? condition ?? filter.Condition
                        : new BinaryExpression(FieldOperator.And, condition, filter.Condition, filter.Position);
                    break;
                case SelectStage or CoalesceStage:
                    break;
                default:
                    return (null, NotEvaluated("a metrics function after anything but spanset filters", stage.Position));
            }
        }

        foreach (var field in function.By.Append(function.Operand))
        {
            if (field is not null && FieldReader.ColumnOf(field) is null)
            {
                return (null, NotEvaluated($"a metrics function over {field}, which only a whole trace has,", function.Position));
            }
        }

        return (new MetricsPlan(condition, function, query.SecondStages), null);
    }

    public static QueryError NotEvaluated(string what, SourcePosition position) =>
        new(QueryErrorKind.NotEvaluated, $"{what} at {position} is not evaluated yet");
}
