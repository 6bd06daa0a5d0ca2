namespace Triptych.PromQL.Syntax;

/// <summary>
/// Durations: full arithmetic inside brackets and parentheses (<see cref="ParseExpression"/>), one operand with a sign after
/// <c>offset</c> (<see cref="ParseOffset"/>: <c>x offset 2 ^ 2</c> is <c>(x offset 2) ^ 2</c>).
/// </summary>
internal sealed class DurationParser(TokenStream tokens)
{
    private const string Context = "duration";
    private const int MultiplyPrecedence = 2;
    private const int PowerPrecedence = 3;

    private readonly TokenStream _tokens = tokens;

    public DurationExpr? ParseOffset()
    {
        var sign = _tokens.Current;
        if (sign.Kind is not (TokenKind.Add or TokenKind.Subtract))
            return ParsePrimary();
        _tokens.Take();
        return ParsePrimary() is { } inner ? Signed(sign, inner) : null;
    }

    public DurationExpr? ParseExpression(int minPrecedence = 1)
    {
        if (!_tokens.Enter())
            return null;
        var result = ParseBinary(minPrecedence);
        _tokens.Leave();
        return result;
    }

    private DurationExpr? ParseBinary(int minPrecedence)
    {
        var left = ParsePrefix();
        while (left is not null && TryOperator(_tokens.Current.Kind, out var op, out var precedence) && precedence >= minPrecedence)
        {
            _tokens.Take();
            var right = ParseExpression(op == DurationOp.Power ? precedence : precedence + 1);
            if (right is null)
                return null;
            var binary = new DurationBinary(op, left, right, new SourceSpan(left.Span.Start, right.Span.End));
            if (binary.Height > _tokens.Options.MaxDepth)
            {
                _tokens.Fail(binary.Span, $"expression is nested more than {_tokens.Options.MaxDepth} levels deep");
                return null;
            }
            left = binary;
        }
        return left;
    }

    private DurationExpr? ParsePrefix()
    {
        var sign = _tokens.Current;
        if (sign.Kind is not (TokenKind.Add or TokenKind.Subtract))
            return ParsePrimary();
        _tokens.Take();
        return ParseExpression(PowerPrecedence) is { } inner ? Signed(sign, inner) : null;
    }

    private DurationExpr? ParsePrimary()
    {
        var token = _tokens.Current;
        switch (token.Kind)
        {
            case TokenKind.Number:
            case TokenKind.Duration:
                _tokens.Take();
                return new DurationLiteral(token.Value, token.Span) { WrittenAsDuration = token.Kind == TokenKind.Duration };
            case TokenKind.LeftParen:
                _tokens.Take();
                return ParseExpression() is { } inner && _tokens.Expect(TokenKind.RightParen, Context, "\")\"")
                    ? new DurationParen(inner, new SourceSpan(token.Span.Start, _tokens.LastEnd))
                    : null;
            case TokenKind.Identifier when _tokens.Following.Kind == TokenKind.LeftParen && TryCall(token.Text, out var call):
                return ParseCall(token, call);
            default:
                _tokens.Unexpected(Context, "number, duration, step(), or range()");
                return null;
        }
    }

    private DurationFunction? ParseCall(Token name, DurationCall call)
    {
        _tokens.Take();
        _tokens.Take();
        DurationExpr? first = null;
        DurationExpr? second = null;
        if (call is DurationCall.MinOf or DurationCall.MaxOf)
        {
            first = ParseExpression();
            if (first is null || !_tokens.Expect(TokenKind.Comma, Context, "\",\""))
                return null;
            second = ParseExpression();
            if (second is null)
                return null;
        }
        return _tokens.Expect(TokenKind.RightParen, Context, "\")\"")
            ? new DurationFunction(call, first, second, new SourceSpan(name.Span.Start, _tokens.LastEnd))
            : null;
    }

    private static DurationUnary Signed(Token sign, DurationExpr inner) =>
        new(sign.Kind == TokenKind.Subtract, inner, new SourceSpan(sign.Span.Start, inner.Span.End));

    private static bool TryCall(string word, out DurationCall call)
    {
        (var known, call) = word.ToLowerInvariant() switch
        {
            "step" => (true, DurationCall.Step),
            "range" => (true, DurationCall.Range),
            "min_of" => (true, DurationCall.MinOf),
            "max_of" => (true, DurationCall.MaxOf),
            _ => (false, default),
        };
        return known;
    }

    private static bool TryOperator(TokenKind kind, out DurationOp op, out int precedence)
    {
        (precedence, op) = kind switch
        {
            TokenKind.Add => (1, DurationOp.Add),
            TokenKind.Subtract => (1, DurationOp.Subtract),
            TokenKind.Multiply => (MultiplyPrecedence, DurationOp.Multiply),
            TokenKind.Divide => (MultiplyPrecedence, DurationOp.Divide),
            TokenKind.Modulo => (MultiplyPrecedence, DurationOp.Modulo),
            TokenKind.Power => (PowerPrecedence, DurationOp.Power),
            _ => (0, default),
        };
        return precedence > 0;
    }
}
