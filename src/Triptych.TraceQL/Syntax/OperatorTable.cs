namespace Triptych.TraceQL.Syntax;

/// <summary>Operators and punctuation; among those that match, the longest is taken.</summary>
internal static class OperatorTable
{
    // Longest first, so that the first match is the longest.
    private static readonly (string Text, TokenKind Kind)[] Operators =
    [
        ("!>>", TokenKind.NotDescendant),
        ("!<<", TokenKind.NotAncestor),
        ("&>>", TokenKind.UnionDescendant),
        ("&<<", TokenKind.UnionAncestor),
        ("!>", TokenKind.NotChild),
        ("!<", TokenKind.NotParent),
        ("!~", TokenKind.NotTilde),
        ("!=", TokenKind.NotEqual),
        ("&>", TokenKind.UnionChild),
        ("&<", TokenKind.UnionParent),
        ("&~", TokenKind.UnionSibling),
        ("&&", TokenKind.And),
        ("||", TokenKind.Or),
        (">>", TokenKind.Descendant),
        ("<<", TokenKind.Ancestor),
        (">=", TokenKind.GreaterOrEqual),
        ("<=", TokenKind.LessOrEqual),
        ("=~", TokenKind.Regex),
        ("{", TokenKind.OpenBrace),
        ("}", TokenKind.CloseBrace),
        ("(", TokenKind.OpenParen),
        (")", TokenKind.CloseParen),
        (",", TokenKind.Comma),
        ("|", TokenKind.Pipe),
        ("!", TokenKind.Not),
        ("=", TokenKind.Equal),
        ("<", TokenKind.Less),
        (">", TokenKind.Greater),
        ("~", TokenKind.Tilde),
        ("+", TokenKind.Add),
        ("-", TokenKind.Subtract),
        ("*", TokenKind.Multiply),
        ("/", TokenKind.Divide),
        ("%", TokenKind.Modulo),
        ("^", TokenKind.Power),
    ];

    /// <summary>The operator at the start of the text; length 0 where there is none.</summary>
    public static (TokenKind Kind, int Length) Match(ReadOnlySpan<char> text)
    {
        foreach (var (written, kind) in Operators)
        {
            if (text.StartsWith(written))
            {
                return (kind, written.Length);
            }
        }

        return (TokenKind.End, 0);
    }

    /// <summary>The operator between fields or scalars that a token stands for, or null.</summary>
    public static FieldOperator? FieldOperatorOf(TokenKind kind) => kind switch
    {
        TokenKind.And => FieldOperator.And,
        TokenKind.Or => FieldOperator.Or,
        TokenKind.Equal => FieldOperator.Equal,
        TokenKind.NotEqual => FieldOperator.NotEqual,
        TokenKind.Less => FieldOperator.Less,
        TokenKind.LessOrEqual => FieldOperator.LessOrEqual,
        TokenKind.Greater => FieldOperator.Greater,
        TokenKind.GreaterOrEqual => FieldOperator.GreaterOrEqual,
        TokenKind.Regex => FieldOperator.Regex,
        TokenKind.NotTilde => FieldOperator.NotRegex,
        TokenKind.Add => FieldOperator.Add,
        TokenKind.Subtract => FieldOperator.Subtract,
        TokenKind.Multiply => FieldOperator.Multiply,
        TokenKind.Divide => FieldOperator.Divide,
        TokenKind.Modulo => FieldOperator.Modulo,
        TokenKind.Power => FieldOperator.Power,
        _ => null,
    };

    /// <summary>The relation between spansets that a token stands for, or null.</summary>
    public static (SpansetRelation Relation, RelationForm Form)? RelationOf(TokenKind kind) => kind switch
    {
        TokenKind.And => (SpansetRelation.And, RelationForm.Plain),
        TokenKind.Or => (SpansetRelation.Or, RelationForm.Plain),
        TokenKind.Greater => (SpansetRelation.Child, RelationForm.Plain),
        TokenKind.Less => (SpansetRelation.Parent, RelationForm.Plain),
        TokenKind.Descendant => (SpansetRelation.Descendant, RelationForm.Plain),
        TokenKind.Ancestor => (SpansetRelation.Ancestor, RelationForm.Plain),
        TokenKind.Tilde => (SpansetRelation.Sibling, RelationForm.Plain),
        TokenKind.NotChild => (SpansetRelation.Child, RelationForm.Negated),
        TokenKind.NotParent => (SpansetRelation.Parent, RelationForm.Negated),
        TokenKind.NotDescendant => (SpansetRelation.Descendant, RelationForm.Negated),
        TokenKind.NotAncestor => (SpansetRelation.Ancestor, RelationForm.Negated),
        TokenKind.NotTilde => (SpansetRelation.Sibling, RelationForm.Negated),
        TokenKind.UnionChild => (SpansetRelation.Child, RelationForm.Union),
        TokenKind.UnionParent => (SpansetRelation.Parent, RelationForm.Union),
        TokenKind.UnionDescendant => (SpansetRelation.Descendant, RelationForm.Union),
        TokenKind.UnionAncestor => (SpansetRelation.Ancestor, RelationForm.Union),
        TokenKind.UnionSibling => (SpansetRelation.Sibling, RelationForm.Union),
        _ => null,
    };

    /// <summary>How tightly an operator binds; 0 for what is no operator. Only <c>^</c> is right-associative.</summary>
    public static int PrecedenceOf(TokenKind kind) => kind switch
    {
        TokenKind.And or TokenKind.Or => 1,
        TokenKind.Equal or TokenKind.NotEqual or TokenKind.Less or TokenKind.LessOrEqual or TokenKind.Greater
            or TokenKind.GreaterOrEqual or TokenKind.Regex => 2,
        _ when RelationOf(kind) is not null => 2,
        TokenKind.Add or TokenKind.Subtract => 3,
        TokenKind.Multiply or TokenKind.Divide or TokenKind.Modulo => PrefixOperand,
        TokenKind.Power => 5,
        _ => 0,
    };

    /// <summary>Prefix <c>-</c> and <c>!</c> take an operand that binds at least as tightly as a product.</summary>
    public const int PrefixOperand = 4;
}
