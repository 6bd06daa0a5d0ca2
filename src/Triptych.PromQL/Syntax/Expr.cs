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
/// A node of the syntax tree. Trees are immutable; <see cref="Nesting"/> is bounded by the parser (<see cref="ParserOptions.MaxDepth"/>), the
/// height is not: <c>a + b + c + …</c> hangs from its left operands. A walk that recurses therefore takes the operators of a
/// <see cref="BinaryExpr.Chain"/> in a loop, and then cannot exhaust the stack.
/// </summary>
public abstract record Expr(SourceSpan Span)
{
    /// <summary>The static type.</summary>
    public abstract PromType Type { get; }

    /// <summary>1 for a leaf, else 1 + the height of the highest child.</summary>
    public virtual int Height => 1;

    /// <summary>The height where a chain of binary operators counts as one level: how deep a recursive walk goes.</summary>
    public virtual int Nesting => 1;
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

    public override int Nesting { get; } = 1 + Inner.Nesting;
}

/// <summary><c>-x</c> or <c>+x</c>.</summary>
public sealed record UnaryExpr(bool Negate, Expr Inner, SourceSpan Span) : Expr(Span)
{
    public override PromType Type => Inner.Type;

    public override int Height { get; } = 1 + Inner.Height;

    public override int Nesting { get; } = 1 + Inner.Nesting;
}

/// <summary>Two operands and what stands between them.</summary>
/// <param name="ReturnBool">The <c>bool</c> modifier.</param>
/// <param name="Matching">The clauses after the operator; <see cref="VectorMatching.Default"/> if there were none.</param>
/// <param name="OperatorSpan">Where the operator itself stands.</param>
public sealed record BinaryExpr(
    BinaryOp Op, Expr Left, Expr Right, bool ReturnBool, VectorMatching Matching, SourceSpan OperatorSpan, SourceSpan Span) : Expr(Span)
{
    public override PromType Type { get; } =
        Left.Type == PromType.Scalar && Right.Type == PromType.Scalar ? PromType.Scalar : PromType.InstantVector;

    public override int Height { get; } = 1 + Math.Max(Left.Height, Right.Height);

    public override int Nesting { get; } = Math.Max(Left is BinaryExpr ? Left.Nesting : 1 + Left.Nesting, 1 + Right.Nesting);

    /// <summary>
    /// This operator and those that its left operands are, one within the other without parentheses: the innermost first, this one last.
    /// </summary>
    public IReadOnlyList<BinaryExpr> Chain()
    {
        var chain = new List<BinaryExpr>();
        for (Expr operand = this; operand is BinaryExpr binary; operand = binary.Left)
            chain.Add(binary);
        chain.Reverse();
        return chain;
    }

    /// <summary>Compares as records do, but a chain in a loop.</summary>
    public bool Equals(BinaryExpr? other)
    {
        var mine = this;
        while (!ReferenceEquals(mine, other))
        {
            if (other is null || !mine.EqualsButForLeft(other))
                return false;
            if (mine.Left is not BinaryExpr left)
                return mine.Left.Equals(other.Left);
            (mine, other) = (left, other.Left as BinaryExpr);
        }
        return true;
    }

    public override int GetHashCode() => HashCode.Combine(Op, Right, ReturnBool, Matching, OperatorSpan, Span);

    public override string ToString() => PromQLPrinter.Print(this);

    private bool EqualsButForLeft(BinaryExpr other) =>
        Op == other.Op && ReturnBool == other.ReturnBool && Span == other.Span && OperatorSpan == other.OperatorSpan
        && Matching.Equals(other.Matching) && Right.Equals(other.Right);
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

    public override int Nesting { get; } = 1 + Math.Max(Inner.Nesting, Parameter?.Nesting ?? 0);
}

/// <summary>A function call whose name is known and whose arguments were checked.</summary>
public sealed record CallExpr(FunctionSignature Function, IReadOnlyList<Expr> Arguments, SourceSpan Span) : Expr(Span)
{
    public override PromType Type => Function.ReturnType;

    public override int Height { get; } = 1 + Arguments.Select(argument => argument.Height).DefaultIfEmpty().Max();

    public override int Nesting { get; } = 1 + Arguments.Select(argument => argument.Nesting).DefaultIfEmpty().Max();
}
