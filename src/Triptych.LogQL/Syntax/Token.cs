namespace Triptych.LogQL.Syntax;

internal enum TokenKind
{
    End,
    Identifier,
    String,
    Number,
    Duration,
    Bytes,
    /// <summary>A parser flag: two dashes and a word.</summary>
    Flag,
    /// <summary>A bracketed duration, <c>[5m]</c>.</summary>
    Range,
    OpenBrace,
    CloseBrace,
    OpenParen,
    CloseParen,
    Comma,
    Pipe,
    PipeExact,
    PipeMatch,
    PipePattern,
    NotEqual,
    NotMatch,
    NotPattern,
    Assign,
    Match,
    Equal,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    Caret,
}

/// <summary>One lexeme. <see cref="Text"/> is the source text, or the decoded value of a string.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Position">Where it begins.</param>
/// <param name="Text">Source text, or the decoded value of a string.</param>
/// <param name="Number">Value of a number; of a size in bytes.</param>
/// <param name="Nanos">Value of a duration or range in nanoseconds.</param>
internal readonly record struct Token(TokenKind Kind, SourcePosition Position, string Text, double Number = 0, long Nanos = 0)
{
    /// <summary>How an error message names this token.</summary>
    public string Described => Kind switch
    {
        TokenKind.End => "end of query",
        TokenKind.String => "string " + Literals.StringLiteral.Quote(Shortened(Text)),
        _ => "\"" + Shortened(Text) + "\"",
    };

    private static string Shortened(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
