using Triptych.Columnar.Predicates;
using Triptych.LogQL.Syntax;
using Triptych.Model.Labels;

namespace Triptych.LogQL.Planning;

/// <summary>Log records that a query selects without changing them, in terms that a store evaluates by itself: for deletions.</summary>
/// <param name="Matchers">Conditions on the stream.</param>
/// <param name="Predicate">Condition on the line; null for none.</param>
public sealed record LogRowSelector(IReadOnlyList<LabelMatcher> Matchers, RowPredicate? Predicate)
{
    /// <summary>
    /// Reads a stream selector with line filters. Everything else is refused: what a parser or a label filter makes of a record hangs on more than
    /// the record.
    /// </summary>
    public static LogRowSelector? Read(string query, LogQLLimits limits, out string? error)
    {
        var parsed = LogQLParser.Parse(query, limits);
        if (!parsed.Succeeded)
        {
            error = parsed.Error.ToString();
            return null;
        }

        if (parsed.Value is not LogPipeline pipeline)
        {
            error = "the query has to select lines, not numbers";
            return null;
        }

        var conditions = new List<RowPredicate>();
        foreach (var stage in pipeline.Stages)
        {
            if (stage is not LineFilterStage filter || PredicateBuilder.Exact(filter) is not { } condition)
            {
                error = $"line {stage.Position.Line}, col {stage.Position.Column}: lines can be selected here by their stream and by |=, !=, |~ and !~ only";
                return null;
            }

            conditions.Add(condition);
        }

        error = null;
        return new LogRowSelector(
            pipeline.Selector.ToMatchers(),
            conditions.Count switch { 0 => null, 1 => conditions[0], _ => new RowPredicate.And(conditions) });
    }
}
