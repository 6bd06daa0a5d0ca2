using Triptych.LogQL.Syntax.Literals;
using Triptych.Model.Labels;

namespace Triptych.LogQL.Syntax;

/// <summary>Everything that begins with a word: range and vector aggregations, label_replace, vector, variants.</summary>
internal sealed class AggregationParser(TokenCursor cursor, ExpressionParser expressions)
{
    private const int MaxVariants = 20;

    public MetricExpression? Parse()
    {
        var word = cursor.Current;
        if (!Operators.IsFunction(word.Text) || !IsCall())
        {
            cursor.FailUnexpected("a log or metric query");
            return null;
        }
        cursor.Take();
        if (Operators.TryRange(word.Text, out var range))
            return ParseRangeAggregation(word.Position, word.Text, range);
        if (Operators.TryVector(word.Text, out var vector))
            return ParseVectorAggregation(word.Position, word.Text, vector);
        return word.Text switch
        {
            "label_replace" => ParseLabelReplace(word.Position),
            "vector" => ParseVectorLiteral(word.Position),
            _ => ParseVariants(word.Position),
        };
    }

    private bool IsCall() =>
        cursor.Following.Kind == TokenKind.OpenParen
        || (cursor.Following.Kind == TokenKind.Identifier && cursor.Following.Text is "by" or "without");

    private RangeAggregation? ParseRangeAggregation(SourcePosition position, string name, RangeOperator op)
    {
        if (!cursor.Expect(TokenKind.OpenParen, "("))
            return null;
        var parameterPosition = cursor.Position;
        double? parameter = null;
        if (cursor.Is(TokenKind.Number) || cursor.Is(TokenKind.Minus) || cursor.Is(TokenKind.Plus))
        {
            if (!TryParseParameter(out var value) || !cursor.Expect(TokenKind.Comma, ","))
                return null;
            parameter = value;
        }
        var range = new LogRangeParser(cursor).Parse();
        if (range is null || !cursor.Expect(TokenKind.CloseParen, ")"))
            return null;
        Grouping? grouping = null;
        if (IsGrouping() && (grouping = ParseGrouping()) is null)
            return null;

        if (op == RangeOperator.QuantileOverTime && parameter is null)
            cursor.Fail(position, $"parameter required for operation {name}");
        if (op != RangeOperator.QuantileOverTime && parameter is not null)
            cursor.Fail(parameterPosition, $"parameter not supported for operation {name}");
        if (range.Unwrap is null && !Operators.CountsLines(op))
            cursor.Fail(position, $"invalid aggregation {name} without unwrap");
        if (range.Unwrap is { } unwrap && !Operators.TakesSamples(op))
            cursor.Fail(unwrap.Position, $"invalid aggregation {name} with unwrap");
        if (grouping is not null && !Operators.TakesGrouping(op))
            cursor.Fail(grouping.Position, $"grouping not allowed for {name} aggregation");
        return new RangeAggregation(position, op, range, parameter, grouping);
    }

    private VectorAggregation? ParseVectorAggregation(SourcePosition position, string name, VectorOperator op)
    {
        Grouping? grouping = null;
        if (IsGrouping() && (grouping = ParseGrouping()) is null)
            return null;
        if (!cursor.Expect(TokenKind.OpenParen, "("))
            return null;
        var parameterPosition = cursor.Position;
        double? parameter = null;
        if (HasParameter())
        {
            if (!TryParseParameter(out var value) || !cursor.Expect(TokenKind.Comma, ","))
                return null;
            parameter = value;
        }
        var inner = expressions.ParseMetric();
        if (inner is null || !cursor.Expect(TokenKind.CloseParen, ")"))
            return null;
        if (grouping is null && IsGrouping() && (grouping = ParseGrouping()) is null)
            return null;

        var takesParameter = op is VectorOperator.Topk or VectorOperator.Bottomk or VectorOperator.ApproxTopk;
        if (takesParameter && parameter is null)
            cursor.Fail(position, $"parameter required for operation {name}");
        if (!takesParameter && parameter is not null)
            cursor.Fail(parameterPosition, $"unsupported parameter for operation {name}");
        if (parameter is { } k && (k < 1 || k > int.MaxValue || k != Math.Floor(k)))
            cursor.Fail(parameterPosition, $"invalid parameter for operation {name}: it must be a whole number greater than 0");
        if (grouping is not null && op is VectorOperator.Sort or VectorOperator.SortDesc or VectorOperator.ApproxTopk)
            cursor.Fail(grouping!.Position, $"grouping not allowed for {name} aggregation");
        return cursor.Error is null ? new VectorAggregation(position, op, inner, (int?)parameter, grouping) : null;
    }

    /// <summary>True for <c>topk(5, …)</c>; a number that is no parameter, as in <c>sum(1)</c>, is an operand.</summary>
    private bool HasParameter() => cursor.Is(TokenKind.Number) && cursor.Following.Kind == TokenKind.Comma;

    private bool IsGrouping() => cursor.IsWord("by") || cursor.IsWord("without");

    private Grouping? ParseGrouping()
    {
        var word = cursor.Take();
        var labels = ExpressionParser.ParseLabelNames(cursor);
        return labels is null ? null : new Grouping(word.Position, word.Text == "without", labels);
    }

    private bool TryParseParameter(out double value)
    {
        var sign = 1.0;
        if (cursor.Is(TokenKind.Minus) || cursor.Is(TokenKind.Plus))
            sign = cursor.Take().Kind == TokenKind.Minus ? -1.0 : 1.0;
        var found = cursor.Expect(TokenKind.Number, "a number", out var number);
        value = sign * number.Number;
        return found;
    }

    private LabelReplace? ParseLabelReplace(SourcePosition position)
    {
        if (!cursor.Expect(TokenKind.OpenParen, "("))
            return null;
        var inner = expressions.ParseMetric();
        if (inner is null)
            return null;
        var texts = new Token[4];
        for (var i = 0; i < texts.Length; i++)
        {
            if (!cursor.Expect(TokenKind.Comma, ",") || !cursor.Expect(TokenKind.String, "a string", out texts[i]))
                return null;
        }
        if (!cursor.Expect(TokenKind.CloseParen, ")"))
            return null;
        if (!Operators.IsLabelName(texts[0].Text))
            cursor.Fail(texts[0].Position, $"invalid destination label name in label_replace: {StringLiteral.Quote(texts[0].Text)}");
        if (RegexSyntax.TryCompileAnchored(texts[3].Text, out var problem) is null)
            cursor.Fail(texts[3].Position, $"invalid regex in label_replace: {problem}");
        return new LabelReplace(position, inner, texts[0].Text, texts[1].Text, texts[2].Text, texts[3].Text);
    }

    private VectorLiteral? ParseVectorLiteral(SourcePosition position)
    {
        if (!cursor.Expect(TokenKind.OpenParen, "(") || !TryParseParameter(out var value))
            return null;
        return cursor.Expect(TokenKind.CloseParen, ")") ? new VectorLiteral(position, value) : null;
    }

    private Variants? ParseVariants(SourcePosition position)
    {
        if (!cursor.Expect(TokenKind.OpenParen, "("))
            return null;
        var variants = new List<MetricExpression>();
        do
        {
            if (variants.Count == MaxVariants)
            {
                cursor.Fail(cursor.Position, $"more than {MaxVariants} variants");
                return null;
            }
            if (expressions.ParseMetric() is not { } variant)
                return null;
            variants.Add(variant);
        }
        while (cursor.TryTake(TokenKind.Comma));
        if (!cursor.Expect(TokenKind.CloseParen, ", or )"))
            return null;
        if (!cursor.TryTakeWord("of"))
        {
            cursor.FailUnexpected("of");
            return null;
        }
        if (!cursor.Expect(TokenKind.OpenParen, "("))
            return null;
        var range = new LogRangeParser(cursor).Parse();
        return range is not null && cursor.Expect(TokenKind.CloseParen, ")") ? new Variants(position, variants, range) : null;
    }
}
