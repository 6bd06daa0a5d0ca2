namespace Triptych.LogQL.Syntax;

/// <summary>Operands and binary operators; aggregations and pipelines have parsers of their own.</summary>
internal sealed class ExpressionParser(TokenCursor cursor)
{
    private const int LowestPrecedence = 1;

    public LogQLExpression? ParseQuery() => ParseExpression(LowestPrecedence);

    /// <summary>A query that must give numbers, as inside an aggregation.</summary>
    public MetricExpression? ParseMetric()
    {
        var position = cursor.Position;
        var expression = ParseExpression(LowestPrecedence);
        if (expression is LogPipeline)
            cursor.Fail(position, "syntax error: unexpected log query, expecting a metric query");
        return expression as MetricExpression;
    }

    /// <summary>Names in parentheses, possibly none.</summary>
    public static List<string>? ParseLabelNames(TokenCursor cursor)
    {
        if (!cursor.Expect(TokenKind.OpenParen, "( with label names"))
            return null;
        var names = new List<string>();
        while (!cursor.Is(TokenKind.CloseParen))
        {
            if (!cursor.TryCountNode() || !cursor.Expect(TokenKind.Identifier, "a label name", out var name))
                return null;
            names.Add(name.Text);
            if (!cursor.TryTake(TokenKind.Comma))
                break;
        }
        return cursor.Expect(TokenKind.CloseParen, ", or )") ? names : null;
    }

    private LogQLExpression? ParseExpression(int minPrecedence)
    {
        if (!cursor.TryEnter())
            return null;
        var left = ParseOperand();
        while (left is not null && OperatorHere() is { } binary && Precedence(binary) >= minPrecedence)
            left = ParseBinary(left, binary);
        cursor.Leave();
        return left;
    }

    private BinaryExpression? ParseBinary(LogQLExpression left, BinaryOperator binary)
    {
        if (!cursor.TryCountNode())
            return null;
        var token = cursor.Take();
        var returnBool = ParseBool(binary);
        if (!TryParseMatching(binary, out var matching))
            return null;
        var rightPosition = cursor.Position;
        var right = ParseExpression(binary == BinaryOperator.Power ? Precedence(binary) : Precedence(binary) + 1);
        if (right is null)
            return null;
        if (left is not MetricExpression leftMetric)
        {
            cursor.Fail(left.Position, $"unexpected type for left leg of binary operation ({token.Text}): log query, not a metric query");
            return null;
        }
        if (right is not MetricExpression rightMetric)
        {
            cursor.Fail(rightPosition, $"unexpected type for right leg of binary operation ({token.Text}): log query, not a metric query");
            return null;
        }
        if (binary is BinaryOperator.Or or BinaryOperator.And or BinaryOperator.Unless)
        {
            if (leftMetric is NumberLiteral)
                cursor.Fail(leftMetric.Position, $"unexpected literal for left leg of logical/set binary operation ({token.Text})");
            if (rightMetric is NumberLiteral)
                cursor.Fail(rightMetric.Position, $"unexpected literal for right leg of logical/set binary operation ({token.Text})");
        }
        return new BinaryExpression(token.Position, binary, leftMetric, rightMetric, returnBool, matching);
    }

    private bool ParseBool(BinaryOperator binary)
    {
        if (!cursor.IsWord("bool"))
            return false;
        if (binary is < BinaryOperator.Equal or > BinaryOperator.LessOrEqual)
            cursor.Fail(cursor.Position, "bool modifier is only for comparisons");
        cursor.Take();
        return true;
    }

    private bool TryParseMatching(BinaryOperator binary, out VectorMatching? matching)
    {
        matching = null;
        if (!cursor.IsWord("on") && !cursor.IsWord("ignoring"))
            return cursor.Error is null;
        var on = cursor.Take().Text == "on";
        var labels = ParseLabelNames(cursor);
        if (labels is null)
            return false;
        var cardinality = MatchCardinality.OneToOne;
        List<string>? include = [];
        if (cursor.IsWord("group_left") || cursor.IsWord("group_right"))
        {
            var position = cursor.Position;
            cardinality = cursor.Take().Text == "group_left" ? MatchCardinality.ManyToOne : MatchCardinality.OneToMany;
            if (binary is BinaryOperator.Or or BinaryOperator.And or BinaryOperator.Unless)
                cursor.Fail(position, "no grouping allowed for a set operation");
            if (cursor.Is(TokenKind.OpenParen))
                include = ParseLabelNames(cursor);
        }
        if (include is null)
            return false;
        matching = new VectorMatching(on, labels, cardinality, include);
        return cursor.Error is null;
    }

    private LogQLExpression? ParseOperand()
    {
        switch (cursor.Current.Kind)
        {
            case TokenKind.OpenBrace:
                return ParseLogQuery();
            case TokenKind.OpenParen:
                cursor.Take();
                var inner = ParseExpression(LowestPrecedence);
                return inner is not null && cursor.Expect(TokenKind.CloseParen, ")") ? inner : null;
            case TokenKind.Number or TokenKind.Plus or TokenKind.Minus:
                return ParseNumber();
            case TokenKind.Identifier:
                return new AggregationParser(cursor, this).Parse();
            default:
                cursor.FailUnexpected("a log or metric query");
                return null;
        }
    }

    private LogPipeline? ParseLogQuery()
    {
        var pipeline = new PipelineParser(cursor).ParsePipeline();
        if (pipeline?.Stages.OfType<UnwrapStage>().FirstOrDefault() is { } unwrap)
            cursor.Fail(unwrap.Position, "unwrap is only allowed inside a range aggregation");
        if (cursor.Is(TokenKind.Range))
            cursor.Fail(cursor.Position, "syntax error: unexpected range, it is only allowed inside a range aggregation");
        return pipeline;
    }

    private NumberLiteral? ParseNumber()
    {
        var position = cursor.Position;
        var sign = 1.0;
        if (cursor.Is(TokenKind.Minus) || cursor.Is(TokenKind.Plus))
            sign = cursor.Take().Kind == TokenKind.Minus ? -1.0 : 1.0;
        return cursor.Expect(TokenKind.Number, "a number", out var number) ? new NumberLiteral(position, sign * number.Number) : null;
    }

    private BinaryOperator? OperatorHere() => cursor.Current.Kind switch
    {
        TokenKind.Equal => BinaryOperator.Equal,
        TokenKind.NotEqual => BinaryOperator.NotEqual,
        TokenKind.Greater => BinaryOperator.Greater,
        TokenKind.GreaterOrEqual => BinaryOperator.GreaterOrEqual,
        TokenKind.Less => BinaryOperator.Less,
        TokenKind.LessOrEqual => BinaryOperator.LessOrEqual,
        TokenKind.Plus => BinaryOperator.Add,
        TokenKind.Minus => BinaryOperator.Subtract,
        TokenKind.Star => BinaryOperator.Multiply,
        TokenKind.Slash => BinaryOperator.Divide,
        TokenKind.Percent => BinaryOperator.Modulo,
        TokenKind.Caret => BinaryOperator.Power,
        TokenKind.Identifier => cursor.Current.Text switch
        {
            "or" => BinaryOperator.Or,
            "and" => BinaryOperator.And,
            "unless" => BinaryOperator.Unless,
            _ => null,
        },
        _ => null,
    };

    internal static int Precedence(BinaryOperator binary) => binary switch
    {
        BinaryOperator.Or => 1,
        BinaryOperator.And or BinaryOperator.Unless => 2,
        BinaryOperator.Add or BinaryOperator.Subtract => 4,
        BinaryOperator.Multiply or BinaryOperator.Divide or BinaryOperator.Modulo => 5,
        BinaryOperator.Power => 6,
        _ => 3,
    };
}
