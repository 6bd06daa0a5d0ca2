using System.Globalization;
using System.Text;
using Triptych.Primitives.Text;

namespace Triptych.PromQL.Syntax;

/// <summary>
/// Writes a tree as one line in canonical form. Parsing what was printed gives the same tree but for positions.
/// </summary>
public static class PromQLPrinter
{
    public static string Print(Expr expression)
    {
        var text = new StringBuilder();
        Append(text, expression);
        return text.ToString();
    }

    /// <summary>A number in its shortest form that reads back the same, <c>+Inf</c>, <c>NaN</c>.</summary>
    public static string FormatNumber(double value) => FloatFormat.General(value);

    private static void Append(StringBuilder text, Expr expression)
    {
        switch (expression)
        {
            case NumberLiteral { WrittenAsDuration: true } duration when Math.Abs(duration.Value) < 1e12:
                text.Append(NumberText.FormatDuration((long)Math.Round(duration.Value * 1000)));
                break;
            case NumberLiteral number:
                text.Append(FloatFormat.Plain(number.Value));
                break;
            case StringLiteral literal:
                QuotedString.Append(text, literal.Value);
                break;
            case ParenExpr paren:
                text.Append('(');
                Append(text, paren.Inner);
                text.Append(')');
                break;
            case UnaryExpr unary:
                text.Append(unary.Negate ? '-' : '+');
                Append(text, unary.Inner);
                break;
            case BinaryExpr binary:
                AppendBinary(text, binary);
                break;
            case AggregateExpr aggregate:
                AppendAggregate(text, aggregate);
                break;
            case CallExpr call:
                text.Append(call.Function.Name);
                AppendArguments(text, call.Arguments);
                break;
            case VectorSelector vector:
                AppendSelector(text, vector);
                AppendModifiers(text, vector.At, vector.Offset, vector.Extension);
                break;
            case MatrixSelector matrix:
                AppendSelector(text, matrix.Selector);
                text.Append('[');
                AppendDuration(text, matrix.Range);
                text.Append(']');
                AppendModifiers(text, matrix.Selector.At, matrix.Selector.Offset, matrix.Selector.Extension);
                break;
            case SubqueryExpr subquery:
                AppendSubquery(text, subquery);
                break;
            default:
                throw new InvalidOperationException($"unknown node {expression.GetType().Name}");
        }
    }

    private static void AppendSubquery(StringBuilder text, SubqueryExpr subquery)
    {
        Append(text, subquery.Inner);
        AppendSuffix(text, subquery);
    }

    private static void AppendSuffix(StringBuilder text, SubqueryExpr subquery)
    {
        text.Append('[');
        AppendDuration(text, subquery.Range);
        text.Append(':');
        if (subquery.Step is not null)
            AppendDuration(text, subquery.Step);
        text.Append(']');
        AppendModifiers(text, subquery.At, subquery.Offset, RangeExtension.None);
    }

    /// <summary>An operator with what stands between it and its right operand.</summary>
    internal static string PrintOperator(BinaryExpr binary)
    {
        var text = new StringBuilder();
        AppendOperator(text, binary);
        return text.ToString();
    }

    /// <summary>An aggregation without its arguments.</summary>
    internal static string PrintHead(AggregateExpr aggregate)
    {
        var text = new StringBuilder();
        AppendHead(text, aggregate);
        return text.ToString();
    }

    /// <summary>What makes a subquery of an expression.</summary>
    internal static string PrintSuffix(SubqueryExpr subquery)
    {
        var text = new StringBuilder();
        AppendSuffix(text, subquery);
        return text.ToString();
    }

    private static void AppendBinary(StringBuilder text, BinaryExpr binary)
    {
        var chain = binary.Chain();
        Append(text, chain[0].Left);
        foreach (var link in chain)
        {
            text.Append(' ');
            AppendOperator(text, link);
            text.Append(' ');
            Append(text, link.Right);
        }
    }

    private static void AppendOperator(StringBuilder text, BinaryExpr binary)
    {
        text.Append(binary.Op.Spelling());
        if (binary.ReturnBool)
            text.Append(" bool");
        var matching = binary.Matching;
        if (matching.Written)
        {
            text.Append(matching.On ? " on " : " ignoring ");
            AppendLabels(text, matching.Labels);
        }
        if (matching.Cardinality is MatchCardinality.ManyToOne or MatchCardinality.OneToMany)
        {
            text.Append(matching.Cardinality == MatchCardinality.ManyToOne ? " group_left " : " group_right ");
            AppendLabels(text, matching.Include);
        }
        if (matching.FillLeft is { } both && matching.FillRight is { } other && both.Equals(other))
        {
            text.Append(CultureInfo.InvariantCulture, $" fill ({FormatNumber(both)})");
        }
        else
        {
            if (matching.FillLeft is { } left)
                text.Append(CultureInfo.InvariantCulture, $" fill_left ({FormatNumber(left)})");
            if (matching.FillRight is { } right)
                text.Append(CultureInfo.InvariantCulture, $" fill_right ({FormatNumber(right)})");
        }
    }

    private static void AppendAggregate(StringBuilder text, AggregateExpr aggregate)
    {
        AppendHead(text, aggregate);
        AppendArguments(text, aggregate.Parameter is null ? [aggregate.Inner] : [aggregate.Parameter, aggregate.Inner]);
    }

    private static void AppendHead(StringBuilder text, AggregateExpr aggregate)
    {
        text.Append(aggregate.Op.Spelling());
        if (aggregate.Without || aggregate.Grouping.Count > 0)
        {
            text.Append(aggregate.Without ? " without " : " by ");
            AppendLabels(text, aggregate.Grouping);
            text.Append(' ');
        }
    }

    private static void AppendArguments(StringBuilder text, IReadOnlyList<Expr> arguments)
    {
        text.Append('(');
        for (var i = 0; i < arguments.Count; i++)
        {
            if (i > 0)
                text.Append(", ");
            Append(text, arguments[i]);
        }
        text.Append(')');
    }

    private static void AppendLabels(StringBuilder text, IReadOnlyList<string> labels)
    {
        text.Append('(');
        for (var i = 0; i < labels.Count; i++)
        {
            if (i > 0)
                text.Append(", ");
            AppendLabelName(text, labels[i]);
        }
        text.Append(')');
    }

    private static void AppendLabelName(StringBuilder text, string name)
    {
        if (IsPlain(name, allowColon: false))
            text.Append(name);
        else
            QuotedString.Append(text, name);
    }

    private static void AppendSelector(StringBuilder text, VectorSelector selector)
    {
        var plainName = selector.Name is not null && IsPlain(selector.Name, allowColon: true) && Keywords.CanBeMetricName(selector.Name)
            && !selector.Name.Equals("inf", StringComparison.OrdinalIgnoreCase)
            && !selector.Name.Equals("nan", StringComparison.OrdinalIgnoreCase);
        if (plainName)
            text.Append(selector.Name);
        if (plainName && selector.Matchers.Count == 1)
            return;
        text.Append('{');
        var matchers = selector.Matchers.Skip(selector.Name is null ? 0 : 1).Select(PrintMatcher).Order(StringComparer.Ordinal);
        text.AppendJoin(',', matchers);
        if (selector.Name is not null && !plainName)
        {
            if (selector.Matchers.Count > 1)
                text.Append(',');
            QuotedString.Append(text, selector.Name);
        }
        text.Append('}');
    }

    private static string PrintMatcher(SelectorMatcher matcher)
    {
        var text = new StringBuilder();
        AppendLabelName(text, matcher.Name);
        text.Append(matcher.Op.Spelling());
        QuotedString.Append(text, matcher.Value);
        return text.ToString();
    }

    private static bool IsPlain(string name, bool allowColon)
    {
        if (name.Length == 0 || char.IsAsciiDigit(name[0]))
            return false;
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_' && !(allowColon && c == ':'))
                return false;
        }
        return true;
    }

    private static void AppendModifiers(StringBuilder text, AtModifier? at, DurationExpr? offset, RangeExtension extension)
    {
        if (at is not null)
        {
            text.Append(at.Kind switch
            {
                AtKind.Start => " @ start()",
                AtKind.End => " @ end()",
                _ => string.Create(CultureInfo.InvariantCulture, $" @ {at.TimestampMs / 1000m:0.000}"),
            });
        }
        if (extension != RangeExtension.None)
            text.Append(extension == RangeExtension.Anchored ? " anchored" : " smoothed");
        if (offset is not null)
        {
            text.Append(" offset ");
            AppendDuration(text, offset);
        }
    }

    private static void AppendDuration(StringBuilder text, DurationExpr duration)
    {
        switch (duration)
        {
            case DurationLiteral literal:
                var milliseconds = literal.Seconds * 1000;
                text.Append(milliseconds == Math.Floor(milliseconds) && Math.Abs(milliseconds) < 1e15
                    ? NumberText.FormatDuration((long)milliseconds)
                    : FormatNumber(literal.Seconds));
                break;
            case DurationParen paren:
                text.Append('(');
                AppendDuration(text, paren.Inner);
                text.Append(')');
                break;
            case DurationUnary unary:
                text.Append(unary.Negate ? "-" : "");
                AppendDuration(text, unary.Inner);
                break;
            case DurationBinary binary:
                AppendDuration(text, binary.Left);
                text.Append(binary.Op switch
                {
                    DurationOp.Add => " + ",
                    DurationOp.Subtract => " - ",
                    DurationOp.Multiply => " * ",
                    DurationOp.Divide => " / ",
                    DurationOp.Modulo => " % ",
                    _ => " ^ ",
                });
                AppendDuration(text, binary.Right);
                break;
            case DurationFunction call:
                text.Append(call.Call switch
                {
                    DurationCall.Step => "step(",
                    DurationCall.Range => "range(",
                    DurationCall.MinOf => "min_of(",
                    _ => "max_of(",
                });
                if (call.First is not null)
                {
                    AppendDuration(text, call.First);
                    text.Append(", ");
                    AppendDuration(text, call.Second!);
                }
                text.Append(')');
                break;
            default:
                throw new InvalidOperationException($"unknown duration node {duration.GetType().Name}");
        }
    }
}
