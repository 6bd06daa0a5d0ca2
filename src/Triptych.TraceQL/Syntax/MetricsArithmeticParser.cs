namespace Triptych.TraceQL.Syntax;

/// <summary>
/// Arithmetic between metrics queries, each of which stands in parentheses. Products bind tighter than sums; both are left-associative.
/// </summary>
internal static class MetricsArithmeticParser
{
    /// <summary>Whether what follows is such arithmetic: its metrics functions stand in parentheses only.</summary>
    public static bool IsNext(TokenCursor cursor) => cursor.DepthOfMetrics() > 0;

    /// <summary>The whole expression, or null after failing.</summary>
    public static MetricsArithmetic? Parse(TokenCursor cursor)
    {
        var position = cursor.Current.Position;
        return ParseBinary(cursor, 1) is { } expression ? new MetricsArithmetic(expression, position) : null;
    }

    private static MetricsExpression? ParseBinary(TokenCursor cursor, int minPrecedence)
    {
        var left = ParsePrimary(cursor);
        while (left is not null && OperatorOf(cursor.Kind) is { } op
               && OperatorTable.PrecedenceOf(cursor.Kind) is var precedence && precedence >= minPrecedence)
        {
            var token = cursor.Take();
            if (!cursor.CountOperator() || !cursor.Enter())
            {
                return null;
            }

            var right = ParseBinary(cursor, precedence + 1);
            cursor.Leave();
            left = right is null ? null : new MetricsOperation(op, left, right, token.Position);
        }

        return left;
    }

    private static MetricsExpression? ParsePrimary(TokenCursor cursor)
    {
        var token = cursor.Current;
        switch (token.Kind)
        {
            case TokenKind.Literal when token.Value.IsNumeric:
                cursor.Take();
                return new MetricsNumber(token.Value, token.Position);
            case TokenKind.Subtract:
                cursor.Take();
                if (cursor.Kind == TokenKind.Literal && cursor.Current.Value.Negated() is { } negated)
                {
                    cursor.Take();
                    return new MetricsNumber(negated, token.Position);
                }

                cursor.FailUnexpected("a number");
                return null;
            case TokenKind.OpenParen:
                return ParseParenthesis(cursor);
            default:
                cursor.FailUnexpected("a number, or a metrics query in parentheses");
                return null;
        }
    }

    private static MetricsExpression? ParseParenthesis(TokenCursor cursor)
    {
        var open = cursor.Take();
        if (!cursor.Enter())
        {
            return null;
        }

        var inner = cursor.DepthOfMetrics() == 0 ? ParseOperand(cursor, open.Position) : ParseBinary(cursor, 1);
        cursor.Leave();
        return inner is not null && cursor.Expect(TokenKind.CloseParen, ")") ? inner : null;
    }

    private static MetricsOperand? ParseOperand(TokenCursor cursor, SourcePosition position)
    {
        if (PipelineParser.ParseStages(cursor) is not var (stages, scalar))
        {
            return null;
        }

        if (scalar is not null || !MetricsParser.IsFunction(cursor))
        {
            cursor.FailUnexpected("a metrics function");
            return null;
        }

        if (MetricsParser.ParseFunction(cursor) is not { } function || MetricsParser.ParseSecondStages(cursor) is not { } secondStages)
        {
            return null;
        }

        var query = new TraceQLQuery(stages, function, secondStages, []);
        return TraceQLParser.RefuseWrappedPipelines(cursor, query) ? null : new MetricsOperand(query, position);
    }

    private static FieldOperator? OperatorOf(TokenKind kind) => kind switch
    {
        TokenKind.Add => FieldOperator.Add,
        TokenKind.Subtract => FieldOperator.Subtract,
        TokenKind.Multiply => FieldOperator.Multiply,
        TokenKind.Divide => FieldOperator.Divide,
        _ => null,
    };
}
