using Triptych.Query;
using Triptych.TraceQL.Planning;
using Triptych.TraceQL.Syntax;

namespace Triptych.TraceQL.Functions;

/// <summary>
/// How a metrics query is run. Where each span can be decided on by itself, one scan does it with <see cref="Condition"/>; else
/// (<see cref="NeedsTraces"/>) traces are assembled and the stages run over each.
/// </summary>
internal sealed record MetricsPlan(
    MetricsFunction Function,
    IReadOnlyList<PipelineStage> Stages,
    FieldExpression? Condition,
    bool NeedsTraces,
    IReadOnlyList<MetricsSecondStage> SecondStages,
    IReadOnlyList<Hint> Hints)
{
    /// <summary>The plan, or why the query is none.</summary>
    public static (MetricsPlan? Plan, QueryError? Error) Create(TraceQLQuery query)
    {
        if (query.Metrics is null)
        {
            return (null, TraceQLEngine.BadData("the query has no metrics function; it belongs to the search endpoint"));
        }

        FieldExpression? condition = null;
        var needsTraces = false;
        foreach (var stage in query.Stages)
        {
            switch (stage)
            {
                case SpansetStage { Expression: SpansetFilter filter }:
                    condition = condition is null || filter.Condition is null
                        ? condition ?? filter.Condition
                        : new BinaryExpression(FieldOperator.And, condition, filter.Condition, filter.Position);
                    break;
                case SelectStage or CoalesceStage or GroupStage:
                    // Spansets that are only split and joined again hold the same spans, each once.
                    break;
                default:
                    needsTraces = true;
                    break;
            }
        }

        needsTraces |= condition is not null && ReadsTrace(condition);
        needsTraces |= query.Metrics switch
        {
            MetricsAggregate aggregate => aggregate.By.Append(aggregate.Operand).Any(field => field is not null && FieldReader.ColumnOf(field) is null),
            CompareFunction { Selection.Condition: { } selection } => ReadsTrace(selection),
            _ => false,
        };
        return (new MetricsPlan(query.Metrics, query.Stages, condition, needsTraces, query.SecondStages, query.Hints), null);
    }

    /// <summary>How many exemplars the answer has at most: the hint <c>exemplars</c>, a number or a boolean, goes before the request.</summary>
    public int ExemplarsOf(TraceMetricsRequest request)
    {
        if (request.StepNanos == 0)
        {
            return 0;
        }

        var wanted = Hints.LastOrDefault(hint => hint.Name == "exemplars")?.Value switch
        {
            { Type: FieldType.Integer } number => Math.Clamp(number.Integer, 0, TraceMetricsRequest.ExemplarLimit),
            { Type: FieldType.Boolean, Integer: 0 } => 0,
            { Type: FieldType.Boolean } when request.MaxExemplars == 0 => TraceMetricsRequest.ExemplarLimit,
            _ => request.MaxExemplars,
        };
        return (int)Math.Min(wanted, TraceMetricsRequest.ExemplarLimit);
    }

    private static bool ReadsTrace(FieldExpression expression) => expression switch
    {
        ReferenceExpression reference => FieldReader.ColumnOf(reference.Reference) is null,
        UnaryExpression unary => ReadsTrace(unary.Operand),
        BinaryExpression binary => ReadsTrace(binary.Left) || ReadsTrace(binary.Right),
        _ => false,
    };
}
