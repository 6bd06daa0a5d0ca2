using Triptych.Columnar.Predicates;
using Triptych.TraceQL.Syntax;

namespace Triptych.TraceQL.Planning;

/// <summary>Spans that a query selects one by one, in terms that a store evaluates by itself: for deletions.</summary>
/// <param name="Predicate">Condition on the span; null for every span.</param>
public sealed record SpanRowSelector(RowPredicate? Predicate)
{
    /// <summary>
    /// Reads a query of one pair of braces whose condition a scan can evaluate exactly. Everything else is refused: what hangs on other spans of the
    /// trace, and comparisons that a scan can only narrow down.
    /// </summary>
    public static SpanRowSelector? Read(string query, out string? error)
    {
        var outcome = TraceQLParser.ParseAndCheck(query);
        if (outcome.Query is null)
        {
            error = outcome.Error!.ToString();
            return null;
        }

        if (outcome.Query is not { Stages: [SpansetStage { Expression: SpansetFilter filter }], Metrics: null })
        {
            error = "spans can be selected here by one pair of braces only";
            return null;
        }

        var lowered = PredicateLowering.Lower(filter.Condition);
        error = lowered.IsExact ? null : "spans cannot be selected here by this condition, but by comparisons of a field with a literal, joined by && and ||";
        return lowered.IsExact ? new SpanRowSelector(lowered.ForScan) : null;
    }
}
