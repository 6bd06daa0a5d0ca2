using Triptych.LogQL.Syntax.Literals;
using Triptych.Model.Labels;

namespace Triptych.LogQL.Syntax;

/// <summary>
/// Conditions on labels. <c>and</c>, a comma, mere adjacency and <c>or</c> bind equally and from the left, as Loki reads them:
/// <c>a or b and c</c> is <c>(a or b) and c</c>.
/// </summary>
internal sealed class LabelFilterParser(TokenCursor cursor)
{
    public static bool IsMatcherOperator(TokenKind kind) =>
        kind is TokenKind.Assign or TokenKind.NotEqual or TokenKind.Match or TokenKind.NotMatch;

    /// <summary>The operator and text that follow a label name.</summary>
    public static LabelMatcherNode? ParseMatcherAfterName(TokenCursor cursor, Token name)
    {
        MatcherKind? kind = cursor.Current.Kind switch
        {
            TokenKind.Assign => MatcherKind.Equal,
            TokenKind.NotEqual => MatcherKind.NotEqual,
            TokenKind.Match => MatcherKind.Regex,
            TokenKind.NotMatch => MatcherKind.NotRegex,
            _ => null,
        };
        if (kind is null)
        {
            cursor.FailUnexpected("one of = != =~ !~");
            return null;
        }
        cursor.Take();
        if (!cursor.Expect(TokenKind.String, "a string", out var value))
            return null;
        if (kind is MatcherKind.Regex or MatcherKind.NotRegex && RegexSyntax.TryCompileAnchored(value.Text, out var problem) is null)
        {
            cursor.Fail(value.Position, problem ?? "");
            return null;
        }
        return new LabelMatcherNode(name.Position, name.Text, kind.Value, value.Text);
    }

    public LabelFilter? Parse()
    {
        if (!cursor.TryEnter())
            return null;
        var left = ParseOne();
        while (left is not null && TryTakeJunction(out var isOr))
        {
            if (!cursor.TryCountNode() || ParseOne() is not { } right)
                return null;
            left = new CombinedLabelFilter(left.Position, left, isOr, right);
        }
        cursor.Leave();
        return left;
    }

    private bool TryTakeJunction(out bool isOr)
    {
        isOr = cursor.IsWord("or");
        if (isOr || cursor.IsWord("and") || cursor.Is(TokenKind.Comma))
        {
            cursor.Take();
            return true;
        }
        return cursor.Is(TokenKind.Identifier) || cursor.Is(TokenKind.OpenParen);
    }

    private LabelFilter? ParseOne()
    {
        if (cursor.TryTake(TokenKind.OpenParen))
        {
            var inner = Parse();
            return inner is not null && cursor.Expect(TokenKind.CloseParen, ")") ? inner : null;
        }
        if (!cursor.Expect(TokenKind.Identifier, "a label name", out var name))
            return null;
        return cursor.Following.Kind == TokenKind.Identifier && cursor.Following.Text == "ip"
            ? ParseIp(name)
            : ParseComparison(name);
    }

    private IpLabelFilter? ParseIp(Token name)
    {
        if (!cursor.Is(TokenKind.Assign) && !cursor.Is(TokenKind.NotEqual))
        {
            cursor.FailUnexpected("= or != before ip");
            return null;
        }
        var negated = cursor.Take().Kind == TokenKind.NotEqual;
        cursor.Take();
        if (!cursor.Expect(TokenKind.OpenParen, "(") || !cursor.Expect(TokenKind.String, "an address string", out var pattern)
            || !cursor.Expect(TokenKind.CloseParen, ")"))
            return null;
        if (!IpPattern.TryParse(pattern.Text, out _))
            cursor.Fail(pattern.Position, $"ip: invalid pattern {StringLiteral.Quote(pattern.Text)}");
        return new IpLabelFilter(name.Position, name.Text, negated, pattern.Text);
    }

    private LabelFilter? ParseComparison(Token name)
    {
        if (cursor.Following.Kind == TokenKind.String)
            return ParseMatcherAfterName(cursor, name) is { } matcher ? new TextLabelFilter(name.Position, matcher) : null;
        ComparisonKind? comparison = cursor.Current.Kind switch
        {
            TokenKind.Assign or TokenKind.Equal => ComparisonKind.Equal,
            TokenKind.NotEqual => ComparisonKind.NotEqual,
            TokenKind.Greater => ComparisonKind.Greater,
            TokenKind.GreaterOrEqual => ComparisonKind.GreaterOrEqual,
            TokenKind.Less => ComparisonKind.Less,
            TokenKind.LessOrEqual => ComparisonKind.LessOrEqual,
            _ => null,
        };
        if (comparison is not { } kind)
        {
            cursor.FailUnexpected("a comparison such as = != =~ !~ == > >= < <=");
            return null;
        }
        cursor.Take();
        var sign = 1;
        if (cursor.Is(TokenKind.Minus) || cursor.Is(TokenKind.Plus))
            sign = cursor.Take().Kind == TokenKind.Minus ? -1 : 1;
        var value = cursor.Current;
        switch (value.Kind)
        {
            case TokenKind.Number:
                cursor.Take();
                return new NumberLabelFilter(name.Position, name.Text, kind, sign * value.Number);
            case TokenKind.Duration:
                cursor.Take();
                return new DurationLabelFilter(name.Position, name.Text, kind, sign * value.Nanos);
            case TokenKind.Bytes when sign > 0:
                cursor.Take();
                return new BytesLabelFilter(name.Position, name.Text, kind, value.Number);
            default:
                cursor.FailUnexpected("a string, number, duration or size");
                return null;
        }
    }
}
