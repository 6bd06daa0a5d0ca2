namespace Triptych.PromQL.Syntax;

/// <summary><c>(a, "b c", by,)</c>: keywords are names here, quotes allow any name, a trailing comma is fine.</summary>
internal static class LabelListParser
{
    public static List<string>? Parse(TokenStream tokens)
    {
        const string Context = "grouping opts";
        if (!tokens.Expect(TokenKind.LeftParen, Context, "\"(\""))
            return null;
        var labels = new List<string>();
        while (!tokens.TryTake(TokenKind.RightParen))
        {
            var token = tokens.Current;
            if (token.Kind is not (TokenKind.Identifier or TokenKind.String)
                || (token.Kind == TokenKind.Identifier && token.Text.Contains(':')))
            {
                tokens.Unexpected(Context, "label");
                return null;
            }
            if (token.Text.Length == 0 || !QuotedString.IsWellFormed(token.Text))
            {
                tokens.Fail(token.Span, $"invalid label name for grouping: \"{token.Text}\"");
                return null;
            }
            tokens.Take();
            labels.Add(token.Text);
            if (tokens.Current.Kind != TokenKind.RightParen && !tokens.Expect(TokenKind.Comma, Context, "\",\" or \")\""))
                return null;
        }
        return labels;
    }
}
