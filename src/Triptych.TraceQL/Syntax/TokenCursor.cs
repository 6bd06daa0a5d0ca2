namespace Triptych.TraceQL.Syntax;

/// <summary>
/// The parsers' common place in the tokens. Parsing functions answer null after they have put the reason into
/// <see cref="Error"/>; the first reason stays.
/// </summary>
internal sealed class TokenCursor(List<Token> tokens)
{
    private int _index;
    private int _depth;
    private int _operators;

    public TraceQLError? Error { get; private set; }

    public Token Current => tokens[_index];

    public TokenKind Kind => Current.Kind;

    public Token Take()
    {
        var token = Current;
        if (token.Kind != TokenKind.End)
        {
            _index++;
        }

        return token;
    }

    /// <summary>Whether the current token is this word before an opening parenthesis.</summary>
    public bool IsCall(string name) =>
        Kind == TokenKind.Identifier && Current.Text == name && tokens[_index + 1].Kind == TokenKind.OpenParen;

    /// <summary>
    /// In how many parentheses the least deep metrics function stands that follows a pipe, from here to the end or to the parenthesis that closes what is
    /// around; -1 where there is none.
    /// </summary>
    public int DepthOfMetrics()
    {
        var depth = 0;
        var least = -1;
        for (var i = _index; i < tokens.Count && depth >= 0; i++)
        {
            depth += tokens[i].Kind switch { TokenKind.OpenParen => 1, TokenKind.CloseParen => -1, _ => 0 };
            if (tokens[i].Kind == TokenKind.Pipe && tokens[i + 1] is { Kind: TokenKind.Identifier } name && MetricsParser.IsFunctionName(name.Text)
                && (least < 0 || depth < least))
            {
                least = depth;
            }
        }

        return least;
    }

    public bool TryTake(TokenKind kind)
    {
        if (Kind != kind)
        {
            return false;
        }

        _index++;
        return true;
    }

    /// <summary>Takes the token or fails with what was expected.</summary>
    public bool Expect(TokenKind kind, string expected)
    {
        if (TryTake(kind))
        {
            return true;
        }

        FailUnexpected(expected);
        return false;
    }

    public void FailUnexpected(string expected) =>
        Fail(Current.Position, $"syntax error: unexpected {Current.Text}, expected {expected}");

    public void Fail(SourcePosition position, string message) => Error ??= new TraceQLError(TraceQLErrorKind.Syntax, message, position);

    /// <summary>Counts one level of nesting; false after failing when there are too many.</summary>
    public bool Enter()
    {
        if (++_depth <= SyntaxLimits.MaxNesting)
        {
            return true;
        }

        Fail(Current.Position, $"more than {SyntaxLimits.MaxNesting} levels of nesting");
        return false;
    }

    public void Leave() => _depth--;

    /// <summary>Counts one operator; false after failing when there are too many.</summary>
    public bool CountOperator()
    {
        if (++_operators <= SyntaxLimits.MaxOperators)
        {
            return true;
        }

        Fail(Current.Position, $"more than {SyntaxLimits.MaxOperators} operators");
        return false;
    }

    /// <summary>Checks the bound on a list before an entry is added to it.</summary>
    public bool HasRoom(int count, int limit, string what)
    {
        if (count < limit)
        {
            return true;
        }

        Fail(Current.Position, $"more than {limit} {what}");
        return false;
    }
}
