namespace Triptych.PromQL.Syntax;

/// <summary>Operators inside durations.</summary>
public enum DurationOp
{
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
}

/// <summary>What a duration can ask of the query it stands in.</summary>
public enum DurationCall
{
    Step,
    Range,
    MinOf,
    MaxOf,
}

/// <summary>A duration in a range, a subquery step or an offset; seconds when evaluated.</summary>
public abstract record DurationExpr(SourceSpan Span)
{
    public virtual int Height => 1;

    /// <summary>True if the value depends on the query's step or range, so that it is known only at evaluation.</summary>
    public virtual bool DependsOnQuery => false;
}

/// <summary><c>5m</c> or plain seconds.</summary>
public sealed record DurationLiteral(double Seconds, SourceSpan Span) : DurationExpr(Span)
{
    /// <summary>False for plain seconds.</summary>
    public bool WrittenAsDuration { get; init; }
}

/// <summary>A sign before a duration.</summary>
public sealed record DurationUnary(bool Negate, DurationExpr Inner, SourceSpan Span) : DurationExpr(Span)
{
    public override int Height { get; } = 1 + Inner.Height;

    public override bool DependsOnQuery { get; } = Inner.DependsOnQuery;
}

/// <summary>Arithmetic on durations.</summary>
public sealed record DurationBinary(DurationOp Op, DurationExpr Left, DurationExpr Right, SourceSpan Span) : DurationExpr(Span)
{
    public override int Height { get; } = 1 + Math.Max(Left.Height, Right.Height);

    public override bool DependsOnQuery { get; } = Left.DependsOnQuery || Right.DependsOnQuery;
}

/// <summary>Parentheses, kept for printing.</summary>
public sealed record DurationParen(DurationExpr Inner, SourceSpan Span) : DurationExpr(Span)
{
    public override int Height { get; } = 1 + Inner.Height;

    public override bool DependsOnQuery { get; } = Inner.DependsOnQuery;
}

/// <summary><c>step()</c>, <c>range()</c>, <c>min_of(a, b)</c>, <c>max_of(a, b)</c>.</summary>
/// <param name="First">Null for the calls without arguments; then <paramref name="Second"/> is null too.</param>
public sealed record DurationFunction(DurationCall Call, DurationExpr? First, DurationExpr? Second, SourceSpan Span) : DurationExpr(Span)
{
    public override int Height { get; } = 1 + Math.Max(First?.Height ?? 0, Second?.Height ?? 0);

    public override bool DependsOnQuery { get; } =
        Call is DurationCall.Step or DurationCall.Range || First is { DependsOnQuery: true } || Second is { DependsOnQuery: true };
}
