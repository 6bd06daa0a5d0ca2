namespace Triptych.TraceQL.Syntax;

internal enum TokenKind
{
    End,
    OpenBrace,
    CloseBrace,
    OpenParen,
    CloseParen,
    Comma,
    Pipe,
    And,
    Or,
    Not,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Regex,
    /// <summary><c>!~</c>: no regex match between fields, no sibling between spansets.</summary>
    NotTilde,
    Tilde,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
    Descendant,
    Ancestor,
    NotChild,
    NotParent,
    NotDescendant,
    NotAncestor,
    UnionChild,
    UnionParent,
    UnionDescendant,
    UnionAncestor,
    UnionSibling,
    /// <summary>Integer, float, duration or string: <see cref="Token.Value"/>.</summary>
    Literal,
    /// <summary>A scoped attribute or scoped intrinsic: <see cref="Token.Field"/>.</summary>
    Field,
    /// <summary>Keywords, bare intrinsics and function names: <see cref="Token.Text"/>.</summary>
    Identifier,
}

/// <summary>One token; <see cref="Text"/> is the token as written, for messages and identifiers.</summary>
internal readonly record struct Token(
    TokenKind Kind,
    SourcePosition Position,
    string Text,
    StaticValue Value = default,
    FieldReference? Field = null);
