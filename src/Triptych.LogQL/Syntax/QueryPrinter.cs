using System.Globalization;
using System.Text;
using Triptych.LogQL.Syntax.Literals;

namespace Triptych.LogQL.Syntax;

/// <summary>Writes a tree as its one canonical line; reading that line gives an equal tree.</summary>
public static class QueryPrinter
{
    public static string Print(LogQLExpression expression)
    {
        var text = new StringBuilder();
        Write(text, expression);
        return text.ToString();
    }

    public static string Print(StreamSelector selector)
    {
        var text = new StringBuilder();
        WriteSelector(text, selector);
        return text.ToString();
    }

    private static void Write(StringBuilder text, LogQLExpression expression)
    {
        switch (expression)
        {
            case LogPipeline pipeline:
                WriteSelector(text, pipeline.Selector);
                StagePrinter.WriteStages(text, pipeline.Stages);
                break;
            case NumberLiteral literal:
                WriteNumber(text, literal.Value);
                break;
            case VectorLiteral vector:
                text.Append("vector(");
                WriteNumber(text, vector.Value);
                text.Append(')');
                break;
            case RangeAggregation aggregation:
                WriteRangeAggregation(text, aggregation);
                break;
            case VectorAggregation aggregation:
                WriteVectorAggregation(text, aggregation);
                break;
            case BinaryExpression binary:
                WriteBinary(text, binary);
                break;
            case LabelReplace replace:
                WriteLabelReplace(text, replace);
                break;
            case Variants variants:
                text.Append("variants(");
                for (var i = 0; i < variants.Expressions.Count; i++)
                {
                    text.Append(i == 0 ? "" : ", ");
                    Write(text, variants.Expressions[i]);
                }
                text.Append(") of (");
                WriteRange(text, variants.Range);
                text.Append(')');
                break;
            default:
                throw new InvalidOperationException($"No printed form for {expression.GetType().Name}.");
        }
    }

    internal static void WriteNumber(StringBuilder text, double value) => text.Append(value.ToString("R", CultureInfo.InvariantCulture));

    internal static void WriteMatcher(StringBuilder text, LabelMatcherNode matcher) =>
        text.Append(matcher.Label).Append(Operators.Name(matcher.Kind)).Append(StringLiteral.Quote(matcher.Value));

    private static void WriteSelector(StringBuilder text, StreamSelector selector)
    {
        text.Append('{');
        for (var i = 0; i < selector.Matchers.Count; i++)
        {
            text.Append(i == 0 ? "" : ", ");
            WriteMatcher(text, selector.Matchers[i]);
        }
        text.Append('}');
    }

    private static void WriteRange(StringBuilder text, LogRange range)
    {
        WriteSelector(text, range.Pipeline.Selector);
        StagePrinter.WriteStages(text, range.Pipeline.Stages);
        text.Append(range.Pipeline.Stages.Count > 0 ? " [" : "[").Append(Quantities.PrintDuration(range.RangeNanos)).Append(']');
        if (range.OffsetNanos != 0)
            text.Append(" offset ").Append(Quantities.PrintDuration(range.OffsetNanos));
    }

    private static void WriteRangeAggregation(StringBuilder text, RangeAggregation aggregation)
    {
        text.Append(Operators.Name(aggregation.Operator)).Append('(');
        if (aggregation.Parameter is { } parameter)
        {
            WriteNumber(text, parameter);
            text.Append(", ");
        }
        WriteRange(text, aggregation.Range);
        text.Append(')');
        if (aggregation.Grouping is { } grouping)
        {
            text.Append(' ');
            WriteGrouping(text, grouping);
        }
    }

    private static void WriteVectorAggregation(StringBuilder text, VectorAggregation aggregation)
    {
        text.Append(Operators.Name(aggregation.Operator));
        if (aggregation.Grouping is { } grouping)
        {
            text.Append(' ');
            WriteGrouping(text, grouping);
            text.Append(' ');
        }
        text.Append('(');
        if (aggregation.Parameter is { } parameter)
            text.Append(CultureInfo.InvariantCulture, $"{parameter}, ");
        Write(text, aggregation.Inner);
        text.Append(')');
    }

    private static void WriteGrouping(StringBuilder text, Grouping grouping) =>
        text.Append(grouping.Without ? "without (" : "by (").AppendJoin(", ", grouping.Labels).Append(')');

    private static void WriteBinary(StringBuilder text, BinaryExpression binary)
    {
        var precedence = ExpressionParser.Precedence(binary.Operator);
        var rightAssociative = binary.Operator == BinaryOperator.Power;
        WriteOperand(text, binary.Left, rightAssociative ? precedence + 1 : precedence);
        text.Append(' ').Append(Operators.Name(binary.Operator)).Append(' ');
        if (binary.ReturnBool)
            text.Append("bool ");
        if (binary.Matching is { } matching)
        {
            text.Append(matching.On ? "on (" : "ignoring (").AppendJoin(", ", matching.Labels).Append(") ");
            if (matching.Cardinality != MatchCardinality.OneToOne)
            {
                text.Append(matching.Cardinality == MatchCardinality.ManyToOne ? "group_left (" : "group_right (");
                text.AppendJoin(", ", matching.Include).Append(") ");
            }
        }
        WriteOperand(text, binary.Right, rightAssociative ? precedence : precedence + 1);
    }

    private static void WriteOperand(StringBuilder text, MetricExpression operand, int minPrecedence)
    {
        var parenthesised = operand is BinaryExpression binary && ExpressionParser.Precedence(binary.Operator) < minPrecedence;
        text.Append(parenthesised ? "(" : "");
        Write(text, operand);
        text.Append(parenthesised ? ")" : "");
    }

    private static void WriteLabelReplace(StringBuilder text, LabelReplace replace)
    {
        text.Append("label_replace(");
        Write(text, replace.Inner);
        foreach (var argument in new[] { replace.Destination, replace.Replacement, replace.Source, replace.Regex })
            text.Append(", ").Append(StringLiteral.Quote(argument));
        text.Append(')');
    }
}
