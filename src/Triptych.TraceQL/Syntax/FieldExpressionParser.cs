namespace Triptych.TraceQL.Syntax;

/// <summary>Field expressions by precedence climbing. <c>&amp;&amp;</c> and <c>||</c> bind alike, as in Tempo.</summary>
internal static class FieldExpressionParser
{
    public static FieldExpression? Parse(TokenCursor cursor) => ParseBinary(cursor, 1);

    /// <summary>An attribute or intrinsic alone, as lists of <c>by</c> and <c>select</c> hold them.</summary>
    public static FieldReference? ParseReference(TokenCursor cursor)
    {
        var token = cursor.Current;
        if (token.Kind == TokenKind.Field)
        {
            cursor.Take();
            return token.Field;
        }

        if (token.Kind == TokenKind.Identifier && Intrinsics.TryFind(token.Text, out var intrinsic))
        {
            cursor.Take();
            return new IntrinsicReference(intrinsic, token.Text);
        }

        cursor.FailUnexpected("an attribute or intrinsic");
        return null;
    }

    /// <summary><c>(a, b)</c> with at least one entry.</summary>
    public static List<FieldReference>? ParseReferenceList(TokenCursor cursor)
    {
        if (!cursor.Expect(TokenKind.OpenParen, "("))
        {
            return null;
        }

        var references = new List<FieldReference>();
        do
        {
            if (!cursor.HasRoom(references.Count, SyntaxLimits.MaxListEntries, "list entries")
                || ParseReference(cursor) is not { } reference)
            {
                return null;
            }

            references.Add(reference);
        }
        while (cursor.TryTake(TokenKind.Comma));

        return cursor.Expect(TokenKind.CloseParen, ")") ? references : null;
    }

    private static FieldExpression? ParseBinary(TokenCursor cursor, int minPrecedence)
    {
        var left = ParsePrefix(cursor);
        while (left is not null && OperatorTable.FieldOperatorOf(cursor.Kind) is { } op
               && OperatorTable.PrecedenceOf(cursor.Kind) is var precedence && precedence >= minPrecedence)
        {
            var token = cursor.Take();
            if (!cursor.CountOperator() || !cursor.Enter())
            {
                return null;
            }

            var right = ParseBinary(cursor, op == FieldOperator.Power ? precedence : precedence + 1);
            cursor.Leave();
            left = right is null ? null : new BinaryExpression(op, left, right, token.Position);
        }

        return left;
    }

    private static FieldExpression? ParsePrefix(TokenCursor cursor)
    {
        if (cursor.Kind is not (TokenKind.Not or TokenKind.Subtract))
        {
            return ParsePrimary(cursor);
        }

        var token = cursor.Take();
        if (!cursor.CountOperator() || !cursor.Enter())
        {
            return null;
        }

        var operand = ParseBinary(cursor, OperatorTable.PrefixOperand);
        cursor.Leave();
        if (operand is null)
        {
            return null;
        }

        var op = token.Kind == TokenKind.Not ? UnaryOperator.Not : UnaryOperator.Negate;
        return op == UnaryOperator.Negate && operand is StaticExpression literal && literal.Value.Negated() is { } negated
            ? new StaticExpression(negated, token.Position)
            : new UnaryExpression(op, operand, token.Position);
    }

    private static FieldExpression? ParsePrimary(TokenCursor cursor)
    {
        var token = cursor.Current;
        switch (token.Kind)
        {
            case TokenKind.Literal:
                cursor.Take();
                return new StaticExpression(token.Value, token.Position);
            case TokenKind.Field:
                cursor.Take();
                return new ReferenceExpression(token.Field!, token.Position);
            case TokenKind.Identifier:
                return ParseWord(cursor, token);
            case TokenKind.OpenParen:
                cursor.Take();
                if (!cursor.Enter())
                {
                    return null;
                }

                var inner = ParseBinary(cursor, 1);
                cursor.Leave();
                return inner is not null && cursor.Expect(TokenKind.CloseParen, ")") ? inner : null;
            default:
                cursor.FailUnexpected("a field expression");
                return null;
        }
    }

    private static FieldExpression? ParseWord(TokenCursor cursor, Token token)
    {
        if (StaticWord(token.Text) is { } value)
        {
            cursor.Take();
            return new StaticExpression(value, token.Position);
        }

        if (Intrinsics.TryFind(token.Text, out var intrinsic))
        {
            cursor.Take();
            return new ReferenceExpression(new IntrinsicReference(intrinsic, token.Text), token.Position);
        }

        cursor.Fail(
            token.Position,
            $"syntax error: unknown identifier {token.Text}; attributes start with '.', 'span.', 'resource.' or another scope");
        return null;
    }

    /// <summary>A literal that is a word, or null.</summary>
    internal static StaticValue? StaticWord(string word) => word switch
    {
        "true" => StaticValue.OfBoolean(true),
        "false" => StaticValue.OfBoolean(false),
        "nil" => StaticValue.Nil,
        "minInt" => StaticValue.OfInteger(long.MinValue),
        "maxInt" => StaticValue.OfInteger(long.MaxValue),
        _ => StaticValue.StatusNamed(word) ?? StaticValue.KindNamed(word),
    };
}
