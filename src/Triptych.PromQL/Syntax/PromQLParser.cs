namespace Triptych.PromQL.Syntax;

/// <summary>
/// The front door of the syntax: text in, a type-checked tree or an error with its position out. Never throws on any input;
/// time and stack are bounded by <see cref="ParserOptions"/>. Stateless, so any thread may call it.
/// </summary>
public static class PromQLParser
{
    /// <summary>Parses and type-checks a query.</summary>
    public static ParseResult Parse(string query, ParserOptions? options = null)
    {
        var result = ParseUnchecked(query, options ?? ParserOptions.Default);
        if (result.Expression is null)
            return result;
        var (span, message) = TypeChecker.Check(result.Expression);
        return message is null ? result : ParseResult.Refused(ParseError.At(query, span, message));
    }

    /// <summary>Parses what <c>match[]</c> takes: one instant vector selector without modifiers.</summary>
    /// <param name="query">The selector.</param>
    /// <param name="options">Limits.</param>
    /// <param name="mayBeEmpty">Whether it may match series that have none of its labels.</param>
    public static ParseResult ParseSelector(string query, ParserOptions? options = null, bool mayBeEmpty = false)
    {
        var result = mayBeEmpty ? ParseUnchecked(query, options ?? ParserOptions.Default) : Parse(query, options);
        if (result.Expression is null or VectorSelector { Offset: null, At: null, Extension: RangeExtension.None })
            return result;
        return ParseResult.Refused(ParseError.At(query, result.Expression.Span, "expected a plain vector selector without modifiers"));
    }

    private static ParseResult ParseUnchecked(string query, ParserOptions options)
    {
        if (query.Length > options.MaxLength)
        {
            var start = new SourceSpan(0, 0);
            return ParseResult.Refused(ParseError.At(query, start, $"query is longer than {options.MaxLength} characters"));
        }
        var tokens = new TokenStream(query, options);
        if (tokens.Current.Kind == TokenKind.EndOfInput)
            return ParseResult.Refused(ParseError.At(query, new SourceSpan(0, 0), "no expression found in input"));
        var expression = new ExpressionParser(tokens).ParseWhole();
        return expression is not null
            ? ParseResult.Accepted(expression)
            : ParseResult.Refused(tokens.Error ?? throw new InvalidOperationException("the parser gave neither a tree nor an error"));
    }
}
