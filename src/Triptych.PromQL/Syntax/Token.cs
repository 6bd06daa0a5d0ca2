namespace Triptych.PromQL.Syntax;

/// <summary>What a token is. Keywords are <see cref="Identifier"/>: only the parser knows where they are keywords.</summary>
public enum TokenKind
{
    EndOfInput,
    Error,
    Identifier,
    Number,
    Duration,
    String,
    LeftParen,
    RightParen,
    LeftBrace,
    RightBrace,
    LeftBracket,
    RightBracket,
    Comma,
    Colon,
    At,
    Assign,
    EqualRegex,
    NotEqualRegex,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    TrimUpper,
    TrimLower,
}

/// <summary>A token of a query.</summary>
/// <param name="Text">Identifier text, unquoted string, or the message of an error; empty otherwise.</param>
/// <param name="Value">The number, or the duration in seconds.</param>
public readonly record struct Token(TokenKind Kind, SourceSpan Span, string Text, double Value);
