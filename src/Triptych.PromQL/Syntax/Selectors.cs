using Triptych.Model.Labels;

namespace Triptych.PromQL.Syntax;

/// <summary>One condition of a selector and where it stands.</summary>
public sealed record SelectorMatcher(LabelMatcher Matcher, SourceSpan Span)
{
    /// <summary>The label; <c>__name__</c> for the metric name.</summary>
    public string Name => Matcher.Name;

    public MatchOp Op => Matcher.Op;

    /// <summary>The unquoted value or the regular expression.</summary>
    public string Value => Matcher.Value;
}

/// <summary>What fixes the evaluation time of a selector or subquery.</summary>
public enum AtKind
{
    Timestamp,
    Start,
    End,
}

/// <summary>The <c>@</c> modifier.</summary>
/// <param name="TimestampMs">Unix milliseconds; meaningful only for <see cref="AtKind.Timestamp"/>.</param>
public sealed record AtModifier(AtKind Kind, long TimestampMs);

/// <summary>The suffix keyword that changes how a range's edges are treated.</summary>
public enum RangeExtension
{
    None,
    Anchored,
    Smoothed,
}

/// <summary>Series by name and labels: <c>up{job="a"} offset 5m @ end()</c>.</summary>
/// <param name="Name">The name in front of (or as a bare string inside) the braces; null if there is none.</param>
/// <param name="Matchers">All conditions, the one on <c>__name__</c> for <paramref name="Name"/> included and first.</param>
public sealed record VectorSelector(
    string? Name,
    IReadOnlyList<SelectorMatcher> Matchers,
    DurationExpr? Offset,
    AtModifier? At,
    RangeExtension Extension,
    SourceSpan Span) : Expr(Span)
{
    public override PromType Type => PromType.InstantVector;
}

/// <summary>A selector with a range: <c>x[5m]</c>. Offset and @ are on <paramref name="Selector"/>.</summary>
public sealed record MatrixSelector(VectorSelector Selector, DurationExpr Range, SourceSpan Span) : Expr(Span)
{
    public override PromType Type => PromType.RangeVector;
}

/// <summary>An instant expression evaluated at many times: <c>x[1h:5m]</c>.</summary>
/// <param name="Step">Null for <c>[1h:]</c>: the engine's default step.</param>
public sealed record SubqueryExpr(
    Expr Inner, DurationExpr Range, DurationExpr? Step, DurationExpr? Offset, AtModifier? At, SourceSpan Span) : Expr(Span)
{
    public override PromType Type => PromType.RangeVector;

    public override int Height { get; } = 1 + Inner.Height;

    public override int Nesting { get; } = 1 + Inner.Nesting;
}
