namespace Triptych.LogQL.Syntax;

/// <summary>The parser's place in the tokens, its budget of nodes and depth, and the first error.</summary>
internal sealed class TokenCursor(List<Token> tokens, LogQLLimits limits)
{
    private int _index;
    private int _depth;
    private int _nodes;

    public LogQLParseError? Error { get; private set; }

    public Token Current => tokens[_index];

    public Token Following => tokens[Math.Min(_index + 1, tokens.Count - 1)];

    public SourcePosition Position => Current.Position;

    public bool Is(TokenKind kind) => Current.Kind == kind;

    public bool IsWord(string word) => Current.Kind == TokenKind.Identifier && Current.Text == word;

    public Token Take()
    {
        var token = Current;
        if (token.Kind != TokenKind.End)
            _index++;
        return token;
    }

    public bool TryTake(TokenKind kind)
    {
        if (!Is(kind))
            return false;
        Take();
        return true;
    }

    public bool TryTakeWord(string word)
    {
        if (!IsWord(word))
            return false;
        Take();
        return true;
    }

    /// <summary>Takes a token of this kind or fails, naming what was expected.</summary>
    public bool Expect(TokenKind kind, string expected, out Token token)
    {
        token = Current;
        if (Error is not null)
            return false;
        if (Is(kind))
        {
            Take();
            return true;
        }
        FailUnexpected(expected);
        return false;
    }

    public bool Expect(TokenKind kind, string expected) => Expect(kind, expected, out _);

    public void FailUnexpected(string expected) => Fail(Position, $"syntax error: unexpected {Current.Described}, expecting {expected}");

    /// <summary>Records the first error; later ones follow from it and are not kept.</summary>
    public void Fail(SourcePosition position, string message) => Error ??= new LogQLParseError(position, message);

    /// <summary>Enters a nested construct; false and an error where the nesting is too deep.</summary>
    public bool TryEnter()
    {
        if (Error is not null)
            return false;
        if (_depth >= limits.MaxDepth)
        {
            Fail(Position, $"query is nested deeper than {limits.MaxDepth} levels");
            return false;
        }
        _depth++;
        return true;
    }

    public void Leave() => _depth--;

    /// <summary>Counts one operator, matcher, stage or value; false and an error where the query has too many.</summary>
    public bool TryCountNode()
    {
        if (Error is not null)
            return false;
        if (++_nodes <= limits.MaxNodes)
            return true;
        Fail(Position, $"query has more than {limits.MaxNodes} operators, matchers, stages and values");
        return false;
    }
}
