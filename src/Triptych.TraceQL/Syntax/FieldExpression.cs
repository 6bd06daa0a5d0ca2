namespace Triptych.TraceQL.Syntax;

public enum FieldOperator
{
    And,
    Or,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Regex,
    NotRegex,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
}

public enum UnaryOperator
{
    Not,
    Negate,
}

/// <summary>An expression over one span, inside <c>{ }</c>, <c>by( )</c> or an aggregate.</summary>
public abstract record FieldExpression(SourcePosition Position);

public sealed record StaticExpression(StaticValue Value, SourcePosition Position) : FieldExpression(Position);

public sealed record ReferenceExpression(FieldReference Reference, SourcePosition Position) : FieldExpression(Position);

public sealed record UnaryExpression(UnaryOperator Operator, FieldExpression Operand, SourcePosition Position)
    : FieldExpression(Position);

/// <summary>The position is the operator's.</summary>
public sealed record BinaryExpression(FieldOperator Operator, FieldExpression Left, FieldExpression Right, SourcePosition Position)
    : FieldExpression(Position);

/// <summary>Facts about operators that the parser, the checker and evaluators share.</summary>
public static class FieldOperators
{
    public static bool IsComparison(this FieldOperator op) => op is >= FieldOperator.Equal and <= FieldOperator.NotRegex;

    public static bool IsLogical(this FieldOperator op) => op is FieldOperator.And or FieldOperator.Or;

    public static bool IsArithmetic(this FieldOperator op) => op >= FieldOperator.Add;

    /// <summary>The operator with its operands exchanged: <c>a &lt; b</c> is <c>b &gt; a</c>.</summary>
    public static FieldOperator Mirrored(this FieldOperator op) => op switch
    {
        FieldOperator.Less => FieldOperator.Greater,
        FieldOperator.LessOrEqual => FieldOperator.GreaterOrEqual,
        FieldOperator.Greater => FieldOperator.Less,
        FieldOperator.GreaterOrEqual => FieldOperator.LessOrEqual,
        _ => op,
    };

    public static string Written(this FieldOperator op) => op switch
    {
        FieldOperator.And => "&&",
        FieldOperator.Or => "||",
        FieldOperator.Equal => "=",
        FieldOperator.NotEqual => "!=",
        FieldOperator.Less => "<",
        FieldOperator.LessOrEqual => "<=",
        FieldOperator.Greater => ">",
        FieldOperator.GreaterOrEqual => ">=",
        FieldOperator.Regex => "=~",
        FieldOperator.NotRegex => "!~",
        FieldOperator.Add => "+",
        FieldOperator.Subtract => "-",
        FieldOperator.Multiply => "*",
        FieldOperator.Divide => "/",
        FieldOperator.Modulo => "%",
        _ => "^",
    };
}
