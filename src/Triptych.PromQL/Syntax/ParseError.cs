using System.Globalization;

namespace Triptych.PromQL.Syntax;

/// <summary>Why a query was refused, and where.</summary>
/// <param name="Span">The offending part of the query text.</param>
/// <param name="Line">1-based line of the start of <paramref name="Span"/>.</param>
/// <param name="Column">1-based column, in characters.</param>
/// <param name="Message">One line, without the position.</param>
public sealed record ParseError(SourceSpan Span, int Line, int Column, string Message)
{
    /// <summary>Works out line and column of an error in <paramref name="query"/>.</summary>
    public static ParseError At(string query, SourceSpan span, string message)
    {
        var line = 1;
        var lineStart = 0;
        var end = Math.Min(span.Start, query.Length);
        for (var i = 0; i < end; i++)
        {
            if (query[i] == '\n')
            {
                line++;
                lineStart = i + 1;
            }
        }
        return new ParseError(span, line, end - lineStart + 1, message);
    }

    /// <summary>The text clients of Prometheus know: <c>1:5: parse error: …</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Line}:{Column}: parse error: {Message}");
}

/// <summary>Either an expression or an error, never both.</summary>
public readonly struct ParseResult
{
    private ParseResult(Expr? expression, ParseError? error)
    {
        Expression = expression;
        Error = error;
    }

    /// <summary>The tree, null if the query was refused.</summary>
    public Expr? Expression { get; }

    /// <summary>The refusal, null if the query was accepted.</summary>
    public ParseError? Error { get; }

    public static ParseResult Accepted(Expr expression) => new(expression, null);

    public static ParseResult Refused(ParseError error) => new(null, error);
}
