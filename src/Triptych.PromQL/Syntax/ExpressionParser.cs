namespace Triptych.PromQL.Syntax;

/// <summary>
/// Pratt parser over expressions. A method returns null after an error, which then is in the token stream.
/// <code>
/// expr    := prefix { binary-op modifiers expr }
/// prefix  := ('+' | '-') prefix | postfix
/// postfix := primary { '[' … ']' | offset … | @ … | anchored | smoothed }
/// primary := number | string | '(' expr ')' | aggregate | call | selector
/// </code>
/// </summary>
internal sealed class ExpressionParser(TokenStream tokens)
{
    private readonly TokenStream _tokens = tokens;
    private readonly SelectorParser _selectors = new(tokens);
    private readonly PostfixParser _postfix = new(tokens);

    public Expr? ParseWhole()
    {
        var expression = ParseExpression(1);
        if (expression is null || _tokens.Current.Kind == TokenKind.EndOfInput)
            return expression;
        if (_tokens.Current.Kind is TokenKind.RightParen or TokenKind.RightBrace or TokenKind.RightBracket)
            _tokens.Unexpected("", "");
        else
            _tokens.Unexpected("expression", "binary operator or end of input");
        return null;
    }

    private Expr? ParseExpression(int minPrecedence)
    {
        if (!_tokens.Enter())
            return null;
        var result = ParseBinary(minPrecedence);
        _tokens.Leave();
        return result;
    }

    private Expr? ParseBinary(int minPrecedence)
    {
        var left = ParsePrefix();
        while (left is not null && Keywords.TryBinaryOperator(_tokens.Current, out var op) && op.Precedence() >= minPrecedence)
        {
            var operatorSpan = _tokens.Take().Span;
            if (new BinaryModifierParser(_tokens).Parse(op) is not { } modifiers)
                return null;
            var right = ParseExpression(op == BinaryOp.Power ? op.Precedence() : op.Precedence() + 1);
            if (right is null)
                return null;
            var span = new SourceSpan(left.Span.Start, right.Span.End);
            left = Bounded(new BinaryExpr(op, left, right, modifiers.ReturnBool, modifiers.Matching, operatorSpan, span));
        }
        return left;
    }

    private Expr? ParsePrefix()
    {
        if (_tokens.Current.Kind is not (TokenKind.Add or TokenKind.Subtract))
            return ParsePrimary() is { } primary ? _postfix.Parse(primary) : null;
        var sign = _tokens.Take();
        var negate = sign.Kind == TokenKind.Subtract;
        var inner = ParseExpression(OperatorFacts.PowerPrecedence);
        if (inner is null)
            return null;
        var span = new SourceSpan(sign.Span.Start, inner.Span.End);
        return inner is NumberLiteral number
            ? new NumberLiteral(negate ? -number.Value : number.Value, number.WrittenAsDuration, span)
            : Bounded(new UnaryExpr(negate, inner, span));
    }

    private Expr? ParsePrimary()
    {
        var token = _tokens.Current;
        switch (token.Kind)
        {
            case TokenKind.Number:
            case TokenKind.Duration:
                _tokens.Take();
                return new NumberLiteral(token.Value, token.Kind == TokenKind.Duration, token.Span);
            case TokenKind.String:
                _tokens.Take();
                return new StringLiteral(token.Text, token.Span);
            case TokenKind.LeftParen:
                return ParseParentheses();
            case TokenKind.LeftBrace:
                return _selectors.Parse(null);
            case TokenKind.Identifier:
                return ParseWord();
            default:
                _tokens.Unexpected("", "");
                return null;
        }
    }

    private ParenExpr? ParseParentheses()
    {
        var start = _tokens.Take().Span.Start;
        var inner = ParseExpression(1);
        if (inner is null)
            return null;
        if (_tokens.Current.Kind == TokenKind.EndOfInput)
        {
            _tokens.Fail(_tokens.Current.Span, "unclosed left parenthesis");
            return null;
        }
        return _tokens.Expect(TokenKind.RightParen, "parentheses", "binary operator or \")\"")
            ? Bounded(new ParenExpr(inner, new SourceSpan(start, _tokens.LastEnd)))
            : null;
    }

    private Expr? ParseWord()
    {
        var word = _tokens.Current;
        if (string.Equals(word.Text, "inf", StringComparison.OrdinalIgnoreCase))
            return new NumberLiteral(double.PositiveInfinity, false, _tokens.Take().Span);
        if (string.Equals(word.Text, "nan", StringComparison.OrdinalIgnoreCase))
            return new NumberLiteral(double.NaN, false, _tokens.Take().Span);
        var followedByParen = _tokens.Following.Kind == TokenKind.LeftParen;
        if (Keywords.TryAggregate(word.Text, out var op) && (followedByParen || IsGroupingWord(_tokens.Following)))
            return ParseAggregate(op);
        if (!Keywords.CanBeMetricName(word.Text))
        {
            _tokens.Unexpected("", "");
            return null;
        }
        if (followedByParen)
            return ParseCall();
        _tokens.Take();
        return _selectors.Parse(word);
    }

    private static bool IsGroupingWord(Token token) =>
        token.Kind == TokenKind.Identifier
        && (string.Equals(token.Text, "by", StringComparison.OrdinalIgnoreCase)
            || string.Equals(token.Text, "without", StringComparison.OrdinalIgnoreCase));

    private CallExpr? ParseCall()
    {
        var name = _tokens.Take();
        if (FunctionTable.Find(name.Text) is not { } function)
        {
            _tokens.Fail(name.Span, $"unknown function with name \"{name.Text}\"");
            return null;
        }
        if (function.Experimental && !_tokens.Options.ExperimentalFunctions)
        {
            _tokens.Fail(name.Span, $"function \"{name.Text}\" is not enabled: it needs the feature {ParserOptions.ExperimentalFunctionsFeature}");
            return null;
        }
        return ParseArguments() is { } arguments
            ? Bounded(new CallExpr(function, arguments, new SourceSpan(name.Span.Start, _tokens.LastEnd)))
            : null;
    }

    private AggregateExpr? ParseAggregate(AggregateOp op)
    {
        var start = _tokens.Take().Span;
        if (op.IsExperimental() && !_tokens.Options.ExperimentalFunctions)
        {
            var feature = ParserOptions.ExperimentalFunctionsFeature;
            _tokens.Fail(start, $"{op.Spelling()}() is experimental and must be enabled with --enable-feature={feature}");
            return null;
        }
        var without = false;
        IReadOnlyList<string>? grouping = null;
        if (IsGroupingWord(_tokens.Current) && !TryGrouping(out without, out grouping))
            return null;
        if (ParseArguments() is not { } arguments)
            return null;
        if (grouping is null && IsGroupingWord(_tokens.Current) && !TryGrouping(out without, out grouping))
            return null;
        var span = new SourceSpan(start.Start, _tokens.LastEnd);
        var expected = op.TakesParameter() ? 2 : 1;
        if (arguments.Count == 0)
            _tokens.Fail(span, "no arguments for aggregate expression provided");
        else if (arguments.Count != expected)
            _tokens.Fail(span, $"wrong number of arguments for aggregate expression provided, expected {expected}, got {arguments.Count}");
        return arguments.Count != expected
            ? null
            : Bounded(new AggregateExpr(op, arguments[^1], expected == 2 ? arguments[0] : null, grouping ?? [], without, span));
    }

    private bool TryGrouping(out bool without, out IReadOnlyList<string>? grouping)
    {
        without = string.Equals(_tokens.Take().Text, "without", StringComparison.OrdinalIgnoreCase);
        grouping = LabelListParser.Parse(_tokens);
        return grouping is not null;
    }

    private List<Expr>? ParseArguments()
    {
        if (!_tokens.Expect(TokenKind.LeftParen, "aggregation", "\"(\""))
            return null;
        var arguments = new List<Expr>();
        if (_tokens.TryTake(TokenKind.RightParen))
            return arguments;
        while (true)
        {
            var argument = ParseExpression(1);
            if (argument is null)
                return null;
            arguments.Add(argument);
            if (_tokens.TryTake(TokenKind.RightParen))
                return arguments;
            if (_tokens.Current.Kind == TokenKind.EndOfInput)
            {
                _tokens.Fail(_tokens.Current.Span, "unclosed left parenthesis");
                return null;
            }
            if (!_tokens.Expect(TokenKind.Comma, "function call", "\",\" or \")\""))
                return null;
            if (_tokens.Current.Kind == TokenKind.RightParen)
            {
                _tokens.Fail(_tokens.Current.Span, "trailing commas not allowed in function call args");
                return null;
            }
        }
    }

    // Subqueries of subqueries make a high tree without deep recursion here, but every later walk would recurse.
    private T? Bounded<T>(T expression)
        where T : Expr
    {
        if (expression.Nesting <= _tokens.Options.MaxDepth)
            return expression;
        _tokens.Fail(expression.Span, $"expression is nested more than {_tokens.Options.MaxDepth} levels deep");
        return null;
    }
}
