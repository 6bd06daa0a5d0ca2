namespace Triptych.PromQL.Syntax;

/// <summary><c>name{label="value", "quoted name", …}</c>.</summary>
internal sealed class SelectorParser(TokenStream tokens)
{
    private const string NameLabel = "__name__";
    private const string Context = "label matching";

    private readonly TokenStream _tokens = tokens;

    /// <summary>Parses from the left brace, or makes the selector of a lone name.</summary>
    /// <param name="nameToken">The metric name that was taken already; null if the selector starts with a brace.</param>
    public VectorSelector? Parse(Token? nameToken)
    {
        var start = nameToken?.Span.Start ?? _tokens.Current.Span.Start;
        var name = nameToken?.Text;
        var nameSpan = nameToken?.Span ?? default;
        var matchers = new List<SelectorMatcher>();
        if (_tokens.TryTake(TokenKind.LeftBrace))
        {
            while (!_tokens.TryTake(TokenKind.RightBrace))
            {
                if (!TryParseItem(matchers, ref name, ref nameSpan))
                    return null;
                if (_tokens.Current.Kind != TokenKind.RightBrace && !_tokens.Expect(TokenKind.Comma, Context, "\",\" or \"}\""))
                    return null;
            }
        }
        var span = new SourceSpan(start, _tokens.LastEnd);
        if (name is not null)
        {
            if (matchers.Find(matcher => matcher.Name == NameLabel) is { } second)
            {
                _tokens.Fail(span, $"metric name must not be set twice: \"{name}\" or \"{second.Value}\"");
                return null;
            }
            matchers.Insert(0, new SelectorMatcher(NameLabel, MatcherOp.Equal, name, nameSpan));
        }
        return new VectorSelector(name, matchers, null, null, RangeExtension.None, span);
    }

    private bool TryParseItem(List<SelectorMatcher> matchers, ref string? name, ref SourceSpan nameSpan)
    {
        var label = _tokens.Current;
        if (label.Kind is not (TokenKind.Identifier or TokenKind.String))
        {
            _tokens.Unexpected(Context, "identifier or \"}\"");
            return false;
        }
        _tokens.Take();
        if (!QuotedString.IsWellFormed(label.Text))
        {
            _tokens.Fail(label.Span, $"invalid label name \"{label.Text}\"");
            return false;
        }
        if (label.Kind == TokenKind.String && (_tokens.Current.Kind is TokenKind.Comma or TokenKind.RightBrace))
        {
            if (name is not null)
            {
                _tokens.Fail(label.Span, $"metric name must not be set twice: \"{name}\" or \"{label.Text}\"");
                return false;
            }
            name = label.Text;
            nameSpan = label.Span;
            return true;
        }
        if (!TryMatcherOperator(out var op))
        {
            _tokens.Unexpected(Context, "label matching operator");
            return false;
        }
        _tokens.Take();
        var value = _tokens.Current;
        if (value.Kind != TokenKind.String)
        {
            _tokens.Unexpected(Context, "string");
            return false;
        }
        _tokens.Take();
        matchers.Add(new SelectorMatcher(label.Text, op, value.Text, new SourceSpan(label.Span.Start, value.Span.End)));
        return true;
    }

    private bool TryMatcherOperator(out MatcherOp op)
    {
        (var known, op) = _tokens.Current.Kind switch
        {
            TokenKind.Assign => (true, MatcherOp.Equal),
            TokenKind.NotEqual => (true, MatcherOp.NotEqual),
            TokenKind.EqualRegex => (true, MatcherOp.Regex),
            TokenKind.NotEqualRegex => (true, MatcherOp.NotRegex),
            _ => (false, default),
        };
        return known;
    }
}
