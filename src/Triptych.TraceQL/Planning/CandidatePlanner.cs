using Triptych.TraceQL.Syntax;

namespace Triptych.TraceQL.Planning;

/// <summary>How a pipeline's traces are found.</summary>
/// <param name="Condition">What each of them has a span for.</param>
/// <param name="ReadsBeyondRange">
/// Whether a span that the pipeline selects may lie in a trace that is found by another of its spans: then that one may start before or after the range.
/// </param>
internal sealed record CandidatePlan(LoweredPredicate Condition, bool ReadsBeyondRange);

/// <summary>
/// Finds one condition on single spans that every trace in the answer has a span for. Where several would do (both sides of
/// <c>&gt;&gt;</c>, later filters), the one that looks most selective is taken.
/// </summary>
internal static class CandidatePlanner
{
    // Of all: whether each span that the pipeline selects satisfies the condition. Otherwise only some span of its trace does.
    private readonly record struct Candidate(LoweredPredicate Predicate, int Score, bool OfAll);

    /// <summary>The condition; exact only where a span that satisfies it is enough for its trace to be in the answer.</summary>
    public static CandidatePlan Plan(IReadOnlyList<PipelineStage> stages)
    {
        var best = OfStages(stages);
        var isOneFilter = stages.All(stage => stage is SpansetStage { Expression: SpansetFilter } or SelectStage or GroupStage or CoalesceStage)
            && stages.Count(stage => stage is SpansetStage) <= 1;
        return new CandidatePlan(best.Predicate with { IsExact = isOneFilter && best.Predicate.IsExact }, ReadsBeyondRange: !best.OfAll);
    }

    private static Candidate OfStages(IReadOnlyList<PipelineStage> stages)
    {
        var best = new Candidate(LoweredPredicate.Everything, 0, OfAll: true);
        foreach (var stage in stages)
        {
            if (stage is SpansetStage spanset && Of(spanset.Expression) is var candidate && candidate.Score >= best.Score)
            {
                best = candidate;
            }
        }

        return best;
    }

    private static Candidate Of(SpansetExpression expression)
    {
        switch (expression)
        {
            case SpansetFilter filter:
                var lowered = PredicateLowering.Lower(filter.Condition);
                return new Candidate(lowered, lowered.IsEverything ? 0 : Score(filter.Condition), OfAll: true);
            case WrappedPipeline wrapped:
                return OfStages(wrapped.Stages);
            case SpansetOperation { Relation: SpansetRelation.Or } either:
                var (first, second) = (Of(either.Left), Of(either.Right));
                return new Candidate(first.Predicate.Or(second.Predicate), Math.Min(first.Score, second.Score), first.OfAll && second.OfAll);
            case SpansetOperation { Form: RelationForm.Negated } negated:
                return Of(negated.Right);
            default:
                var operation = (SpansetOperation)expression;
                var (left, right) = (Of(operation.Left), Of(operation.Right));
                var selectsBoth = operation.Relation == SpansetRelation.And || operation.Form == RelationForm.Union;
                return right.Score >= left.Score ? right with { OfAll = right.OfAll && !selectsBoth } : left with { OfAll = false };
        }
    }

    /// <summary>Equalities count most; a conjunction is as selective as its parts together, an alternative as its weakest.</summary>
    private static int Score(FieldExpression? condition) => condition switch
    {
        BinaryExpression { Operator: FieldOperator.And } and => Score(and.Left) + Score(and.Right),
        BinaryExpression { Operator: FieldOperator.Or } or => Math.Min(Score(or.Left), Score(or.Right)),
        BinaryExpression { Operator: FieldOperator.Equal } => 10,
        BinaryExpression { Operator: FieldOperator.NotEqual or FieldOperator.NotRegex } => 1,
        BinaryExpression binary when binary.Operator.IsComparison() => 5,
        _ => 1,
    };
}
