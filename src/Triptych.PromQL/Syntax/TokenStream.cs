namespace Triptych.PromQL.Syntax;

/// <summary>
/// Two tokens of look-ahead over the lexer, and the first error. After <see cref="Fail(SourceSpan, string)"/> the parser's methods return
/// null up to the top; later errors are ignored.
/// </summary>
internal sealed class TokenStream
{
    private readonly Lexer _lexer;
    private Token _current;
    private Token _following;

    public TokenStream(string query, ParserOptions options)
    {
        Query = query;
        Options = options;
        _lexer = new Lexer(query);
        _current = _lexer.Next();
        _following = _lexer.Next();
    }

    public string Query { get; }

    public ParserOptions Options { get; }

    public ParseError? Error { get; private set; }

    public Token Current => _current;

    public Token Following => _following;

    /// <summary>End of the token consumed last.</summary>
    public int LastEnd { get; private set; }

    /// <summary>Nesting of the parser's own calls; see <see cref="Enter"/>.</summary>
    public int Depth { get; private set; }

    public Token Take()
    {
        var taken = _current;
        LastEnd = taken.Span.End;
        _current = _following;
        _following = _lexer.Next();
        return taken;
    }

    public bool TryTake(TokenKind kind)
    {
        if (_current.Kind != kind)
            return false;
        Take();
        return true;
    }

    /// <summary>True if the current token is this keyword, in any case.</summary>
    public bool IsKeyword(string keyword) =>
        _current.Kind == TokenKind.Identifier && string.Equals(_current.Text, keyword, StringComparison.OrdinalIgnoreCase);

    public bool Expect(TokenKind kind, string context, string expected)
    {
        if (TryTake(kind))
            return true;
        Unexpected(context, expected);
        return false;
    }

    public void Fail(SourceSpan span, string message) => Error ??= ParseError.At(Query, span, message);

    /// <summary>Refuses the current token; a malformed token speaks for itself.</summary>
    public void Unexpected(string context, string expected)
    {
        if (_current.Kind == TokenKind.Error)
        {
            Fail(_current.Span, _current.Text);
            return;
        }
        var message = $"unexpected {Describe(_current)}";
        if (context.Length > 0)
            message += $" in {context}";
        if (expected.Length > 0)
            message += $", expected {expected}";
        Fail(_current.Span, message);
    }

    /// <summary>Counts one level of nesting; false (and an error) if that is too deep. Pair with <see cref="Leave"/>.</summary>
    public bool Enter()
    {
        if (++Depth <= Options.MaxDepth)
            return true;
        Fail(_current.Span, $"expression is nested more than {Options.MaxDepth} levels deep");
        return false;
    }

    public void Leave() => Depth--;

    private string Describe(Token token)
    {
        var text = Query[token.Span.Start..token.Span.End];
        return token.Kind switch
        {
            TokenKind.EndOfInput => "end of input",
            TokenKind.Identifier => Keywords.IsReserved(token.Text) ? $"<{token.Text.ToLowerInvariant()}>" : $"identifier \"{text}\"",
            TokenKind.Number => $"number \"{text}\"",
            TokenKind.Duration => $"duration \"{text}\"",
            TokenKind.String => $"string {text}",
            TokenKind.LeftParen => "left parenthesis '('",
            TokenKind.RightParen => "right parenthesis ')'",
            TokenKind.LeftBrace => "left brace '{'",
            TokenKind.RightBrace => "right brace '}'",
            TokenKind.LeftBracket => "left bracket '['",
            TokenKind.RightBracket => "right bracket ']'",
            TokenKind.Comma => "\",\"",
            TokenKind.Colon => "\":\"",
            _ => $"<op:{text}>",
        };
    }
}
