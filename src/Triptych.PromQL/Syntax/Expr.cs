namespace Triptych.PromQL.Syntax;

/// <summary>The four types a PromQL expression can have.</summary>
public enum PromType
{
    Scalar,
    InstantVector,
    RangeVector,
    String,
}

/// <summary>
/// A node of the syntax tree. Trees are immutable; <see cref="Height"/> is bounded by the parser
/// (<see cref="ParserOptions.MaxDepth"/>), so that a recursive walk cannot exhaust the stack.
/// </summary>
public abstract record Expr(SourceSpan Span)
{
    /// <summary>The static type.</summary>
    public abstract PromType Type { get; }

    /// <summary>1 for a leaf, else 1 + the height of the highest child.</summary>
    public virtual int Height => 1;
}

/// <summary>A number; <c>5m</c> written as a number is 300.</summary>
public sealed record NumberLiteral(double Value, bool WrittenAsDuration, SourceSpan Span) : Expr(Span)
{
    public override PromType Type => PromType.Scalar;
}

/// <summary>A string, unquoted.</summary>
public sealed record StringLiteral(string Value, SourceSpan Span) : Expr(Span)
{
    public override PromType Type => PromType.String;
}

/// <summary>An expression in parentheses.</summary>
public sealed record ParenExpr(Expr Inner, SourceSpan Span) : Expr(Span)
{
    public override PromType Type => Inner.Type;

    public override int Height { get; } = 1 + Inner.Height;
}

/// <summary><c>-x</c> or <c>+x</c>.</summary>
public sealed record UnaryExpr(bool Negate, Expr Inner, SourceSpan Span) : Expr(Span)
{
    public override PromType Type => Inner.Type;

    public override int Height { get; } = 1 + Inner.Height;
}

/// <summary>Two operands and what stands between them.</summary>
/// <param name="ReturnBool">The <c>bool</c> modifier.</param>
/// <param name="Matching">The clauses after the operator; <see cref="VectorMatching.Default"/> if there were none.</param>
/// <param name="OperatorSpan">Where the operator itself stands.</param>
public sealed record BinaryExpr(
    BinaryOp Op, Expr Left, Expr Right, bool ReturnBool, VectorMatching Matching, SourceSpan OperatorSpan, SourceSpan Span) : Expr(Span)
{
    public override PromType Type =>
        Left.Type == PromType.Scalar && Right.Type == PromType.Scalar ? PromType.Scalar : PromType.InstantVector;

    public override int Height { get; } = 1 + Math.Max(Left.Height, Right.Height);
}

/// <summary>An aggregation over series.</summary>
/// <param name="Parameter">k, φ, the ratio or the label name; null for the operators without one.</param>
/// <param name="Grouping">Label names of <c>by</c> or <c>without</c>.</param>
/// <param name="Without">True for <c>without</c>.</param>
public sealed record AggregateExpr(
    AggregateOp Op, Expr Inner, Expr? Parameter, IReadOnlyList<string> Grouping, bool Without, SourceSpan Span) : Expr(Span)
{
    public override PromType Type => PromType.InstantVector;

    public override int Height { get; } = 1 + Math.Max(Inner.Height, Parameter?.Height ?? 0);
}

/// <summary>A function call whose name is known and whose arguments were checked.</summary>
public sealed record CallExpr(FunctionSignature Function, IReadOnlyList<Expr> Arguments, SourceSpan Span) : Expr(Span)
{
    public override PromType Type => Function.ReturnType;

    public override int Height { get; } = 1 + MaxHeight(Arguments);

    private static int MaxHeight(IReadOnlyList<Expr> arguments)
    {
        var height = 0;
        foreach (var argument in arguments)
            height = Math.Max(height, argument.Height);
        return height;
    }
}
