using Triptych.PromQL.Syntax;

namespace Triptych.Api.Prometheus;

/// <summary>Visits the nodes of a syntax tree.</summary>
internal static class SyntaxWalk
{
    /// <summary>A node and all below it, outer ones first, those that stand further left first.</summary>
    public static IEnumerable<Expr> All(Expr root)
    {
        var rest = new Stack<Expr>();
        rest.Push(root);
        while (rest.TryPop(out var node))
        {
            yield return node;
            foreach (var child in ChildrenOf(node).Reverse()) rest.Push(child);
        }
    }

    private static IReadOnlyList<Expr> ChildrenOf(Expr node) => node switch
    {
        ParenExpr paren => [paren.Inner],
        UnaryExpr unary => [unary.Inner],
        BinaryExpr binary => [binary.Left, binary.Right],
        AggregateExpr aggregate => aggregate.Parameter is null ? [aggregate.Inner] : [aggregate.Parameter, aggregate.Inner],
        CallExpr call => call.Arguments,
        MatrixSelector matrix => [matrix.Selector],
        SubqueryExpr subquery => [subquery.Inner],
        _ => [],
    };
}
