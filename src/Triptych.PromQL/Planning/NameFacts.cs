using Triptych.Model.Labels;
using Triptych.PromQL.Syntax;

namespace Triptych.PromQL.Planning;

/// <summary>What is known about metric names before evaluation.</summary>
internal static class NameFacts
{
    /// <summary>The name that an equality matcher fixes; null where series of several names may come.</summary>
    public static string? FixedName(VectorSelector selector)
    {
        foreach (var matcher in selector.Matchers)
        {
            if (matcher is { Name: LabelNames.MetricName, Op: MatchOp.Equal })
                return matcher.Value;
        }
        return null;
    }

    /// <summary>
    /// True where all rows of an instant vector have the same name or none, so that dropping it cannot make two rows equal.
    /// </summary>
    public static bool HasOneName(Expr expression) => expression switch
    {
        ParenExpr paren => HasOneName(paren.Inner),
        VectorSelector selector => FixedName(selector) is not null,
        UnaryExpr unary => unary.Negate || HasOneName(unary.Inner),
        AggregateExpr { Op: AggregateOp.Topk or AggregateOp.Bottomk or AggregateOp.Limitk or AggregateOp.LimitRatio } top => HasOneName(top.Inner),
        AggregateExpr { Op: AggregateOp.CountValues } => false,
        AggregateExpr { Without: true, Inner: var inner } aggregate =>
            aggregate.Grouping.Contains(LabelNames.MetricName, StringComparer.Ordinal) || HasOneName(inner),
        AggregateExpr aggregate => !aggregate.Grouping.Contains(LabelNames.MetricName, StringComparer.Ordinal),
        BinaryExpr binary => BinaryDropsName(binary),
        EvaluatedRows evaluated => HasOneName(evaluated.Written),
        CallExpr call => CallHasOneName(call),
        _ => false,
    };

    private static bool BinaryDropsName(BinaryExpr binary) =>
        !binary.Op.IsSetOperator() && binary.Op is not (BinaryOp.TrimUpper or BinaryOp.TrimLower) && (!binary.Op.IsComparison() || binary.ReturnBool)
        && !binary.Matching.Include.Contains(LabelNames.MetricName, StringComparer.Ordinal);

    private static bool CallHasOneName(CallExpr call) => call.Function.Name switch
    {
        "last_over_time" or "first_over_time" => Evaluation.Bare(call.Arguments[0]) switch
        {
            MatrixSelector matrix => FixedName(matrix.Selector) is not null,
            SubqueryExpr subquery => HasOneName(subquery.Inner),
            _ => false,
        },
        "sort" or "sort_desc" or "sort_by_label" or "sort_by_label_desc" => HasOneName(call.Arguments[0]),
        "label_replace" or "label_join" or "histogram_quantiles" or "info" => false,
        _ => true,
    };
}
