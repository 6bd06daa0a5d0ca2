namespace Triptych.LogQL.Syntax;

/// <summary>
/// The grammar of LogQL (Loki 3.7): text in, syntax tree or the first error with its position out. Recursive descent with bounds on
/// length, depth and number of nodes, so that no text overflows the stack. What the tree holds has been validated: regular
/// expressions compile, each selector has a matcher that refuses the empty value, operators stand where they are allowed.
/// Static and without state; any thread may call it.
/// </summary>
public static class LogQLParser
{
    /// <summary>Reads a log or metric query.</summary>
    public static ParseResult<LogQLExpression> Parse(string query, LogQLLimits? limits = null) =>
        Run(query, limits, cursor => new ExpressionParser(cursor).ParseQuery());

    /// <summary>Reads a stream selector without stages, as the endpoints for labels and series take it.</summary>
    public static ParseResult<StreamSelector> ParseSelector(string selector, LogQLLimits? limits = null) =>
        Run(selector, limits, cursor => new PipelineParser(cursor).ParseSelector());

    private static ParseResult<T> Run<T>(string text, LogQLLimits? limits, Func<TokenCursor, T?> parse)
        where T : class
    {
        limits ??= LogQLLimits.Default;
        if (text.Length > limits.MaxQueryLength)
        {
            var tooLong = $"query is longer than {limits.MaxQueryLength} characters ({text.Length})";
            return ParseResult<T>.Failed(new LogQLParseError(new SourcePosition(1, 1), tooLong));
        }
        if (!Lexer.TryTokenize(text, out var tokens, out var error))
            return ParseResult<T>.Failed(error);
        var cursor = new TokenCursor(tokens, limits);
        var value = parse(cursor);
        if (cursor.Error is null && !cursor.Is(TokenKind.End))
            cursor.FailUnexpected("end of query");
        if (cursor.Error is not null)
            return ParseResult<T>.Failed(cursor.Error);
        return ParseResult<T>.Of(value ?? throw new InvalidOperationException("The parser gave neither a tree nor an error."));
    }
}
