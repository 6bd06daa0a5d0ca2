using System.Globalization;
using Triptych.LogQL.Syntax;
using Triptych.LogQL.Templates;
using Triptych.Query;

namespace Triptych.LogQL.Planning;

/// <summary>Finds what the grammar knows and this version does not evaluate, before anything is read.</summary>
internal static class EvaluationCheck
{
    /// <summary>The largest range and offset: sums of times then fit 64 bits.</summary>
    private const long MaxSpanNanos = 30L * 365 * 86_400 * 1_000_000_000;

    /// <summary>The first construct that is not evaluated, as an error that names it and its place; null where there is none.</summary>
    public static QueryError? Find(LogQLExpression query)
    {
        var open = new Stack<LogQLExpression>([query]);
        while (open.TryPop(out var expression))
        {
            var found = expression switch
            {
                LogPipeline pipeline => FindInStages(pipeline.Stages),
                RangeAggregation range => FindInRange(range),
                Variants variants => NotEvaluated(variants, "variants"),
                _ => null,
            };
            if (found is not null) return found;
            switch (expression)
            {
                case VectorAggregation aggregation:
                    open.Push(aggregation.Inner);
                    break;
                case BinaryExpression binary:
                    open.Push(binary.Right);
                    open.Push(binary.Left);
                    break;
                case LabelReplace replace:
                    open.Push(replace.Inner);
                    break;
            }
        }

        return null;
    }

    public static QueryError NotEvaluated(LogQLNode node, string construct) => new(
        QueryErrorKind.NotEvaluated,
        string.Create(CultureInfo.InvariantCulture, $"{construct} is not evaluated yet ({Place(node.Position)})"));

    private static string Place(SourcePosition position) =>
        string.Create(CultureInfo.InvariantCulture, $"line {position.Line}, col {position.Column}");

    private static QueryError? FindInRange(RangeAggregation range)
    {
        if (range.Range.RangeNanos > MaxSpanNanos || Math.Abs(range.Range.OffsetNanos) > MaxSpanNanos)
            return new QueryError(QueryErrorKind.BadData, "ranges and offsets are at most 30 years long");
        return FindInStages(range.Range.Pipeline.Stages);
    }

    private static QueryError? FindInStages(IReadOnlyList<PipelineStage> stages)
    {
        foreach (var stage in stages)
        {
            IEnumerable<string?> templates = stage switch
            {
                LineFormatStage line => [line.Template],
                LabelFormatStage labels => labels.Formats.Select(f => f.Template),
                _ => [],
            };
            foreach (var template in templates)
            {
                if (template is null || Template.TryParse(template, out _, out var problem)) continue;
                if (problem.IsUnsupported) return NotEvaluated(stage, problem.Message);
                var error = new LogQLParseError(stage.Position, "invalid template: " + problem.Message);
                return new QueryError(QueryErrorKind.BadData, error.ToString());
            }
        }

        return null;
    }
}
