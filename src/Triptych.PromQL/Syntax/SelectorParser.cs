using Triptych.Model.Labels;

namespace Triptych.PromQL.Syntax;

/// <summary><c>name{label="value", "quoted name", …}</c>.</summary>
internal sealed class SelectorParser(TokenStream tokens)
{
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
            if (matchers.Find(matcher => matcher.Name == LabelNames.MetricName) is { } second)
            {
                _tokens.Fail(span, $"metric name must not be set twice: \"{name}\" or \"{second.Value}\"");
                return null;
            }
            matchers.Insert(0, new SelectorMatcher(LabelMatcher.Create(LabelNames.MetricName, MatchOp.Equal, name), nameSpan));
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
        var span = new SourceSpan(label.Span.Start, value.Span.End);
        string? problem = "matcher value is not valid UTF-8";
        var matcher = QuotedString.IsWellFormed(value.Text) ? LabelMatcher.TryCreate(label.Text, op, value.Text, out problem) : null;
        if (matcher is null)
        {
            _tokens.Fail(span, problem ?? "invalid matcher");
            return false;
        }
        matchers.Add(new SelectorMatcher(matcher, span));
        return true;
    }

    private bool TryMatcherOperator(out MatchOp op)
    {
        (var known, op) = _tokens.Current.Kind switch
        {
            TokenKind.Assign => (true, MatchOp.Equal),
            TokenKind.NotEqual => (true, MatchOp.NotEqual),
            TokenKind.EqualRegex => (true, MatchOp.Regex),
            TokenKind.NotEqualRegex => (true, MatchOp.NotRegex),
            _ => (false, default),
        };
        return known;
    }
}
