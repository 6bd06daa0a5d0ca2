using Triptych.PromQL.Syntax;
using Triptych.Query.Steps;

namespace Triptych.PromQL.Planning;

/// <summary>Stands in a tree for an instant vector that was evaluated already; its rows can be taken once.</summary>
internal sealed record EvaluatedRows(Expr Written, StepMatrix Rows) : Expr(Written.Span)
{
    public override PromType Type => PromType.InstantVector;
}
