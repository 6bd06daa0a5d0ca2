using Triptych.Model.Labels;

namespace Triptych.LogQL.Syntax;

/// <summary>Any part of a query, with the place where it begins.</summary>
public abstract record LogQLNode(SourcePosition Position);

/// <summary>A whole query or an operand of one.</summary>
public abstract record LogQLExpression(SourcePosition Position) : LogQLNode(Position);

/// <summary>How a label is compared; the members are those of <see cref="MatchOp"/>, in its order.</summary>
public enum MatcherKind
{
    Equal,
    NotEqual,
    Regex,
    NotRegex,
}

/// <summary>One comparison of a label with a text or an anchored regular expression (RE2 syntax).</summary>
public sealed record LabelMatcherNode(SourcePosition Position, string Label, MatcherKind Kind, string Value) : LogQLNode(Position);

/// <summary>The streams to read: all matchers hold.</summary>
public sealed record StreamSelector(SourcePosition Position, IReadOnlyList<LabelMatcherNode> Matchers) : LogQLNode(Position)
{
    /// <summary>The matchers as stores take them.</summary>
    public IReadOnlyList<LabelMatcher> ToMatchers() => [.. Matchers.Select(m => LabelMatcher.Create(m.Label, (MatchOp)m.Kind, m.Value))];
}

/// <summary>A log query: streams and the stages that their lines go through, in order.</summary>
public sealed record LogPipeline(SourcePosition Position, StreamSelector Selector, IReadOnlyList<PipelineStage> Stages)
    : LogQLExpression(Position);

/// <summary>A query that answers with numbers.</summary>
public abstract record MetricExpression(SourcePosition Position) : LogQLExpression(Position);

/// <summary>A number with its sign.</summary>
public sealed record NumberLiteral(SourcePosition Position, double Value) : MetricExpression(Position);

/// <summary><c>vector(n)</c>: one sample without labels at each step.</summary>
public sealed record VectorLiteral(SourcePosition Position, double Value) : MetricExpression(Position);

/// <summary>The lines that a range aggregation looks at: those of a pipeline in (t − range − offset, t − offset].</summary>
/// <param name="Position">Where the selector begins.</param>
/// <param name="Pipeline">Streams and stages; the unwrap stage, if any, is among them.</param>
/// <param name="RangeNanos">Length of the window, above zero.</param>
/// <param name="OffsetNanos">How far back the window ends; negative looks ahead.</param>
public sealed record LogRange(SourcePosition Position, LogPipeline Pipeline, long RangeNanos, long OffsetNanos) : LogQLNode(Position)
{
    /// <summary>The label whose value is the sample; null counts lines or bytes.</summary>
    public UnwrapStage? Unwrap => Pipeline.Stages.OfType<UnwrapStage>().FirstOrDefault();
}

/// <summary><c>by (…)</c> or <c>without (…)</c>.</summary>
public sealed record Grouping(SourcePosition Position, bool Without, IReadOnlyList<string> Labels) : LogQLNode(Position);

public enum RangeOperator
{
    CountOverTime,
    Rate,
    RateCounter,
    BytesOverTime,
    BytesRate,
    AbsentOverTime,
    SumOverTime,
    AvgOverTime,
    MinOverTime,
    MaxOverTime,
    StddevOverTime,
    StdvarOverTime,
    QuantileOverTime,
    FirstOverTime,
    LastOverTime,
}

public sealed record RangeAggregation(
    SourcePosition Position, RangeOperator Operator, LogRange Range, double? Parameter, Grouping? Grouping) : MetricExpression(Position);

public enum VectorOperator
{
    Sum,
    Avg,
    Min,
    Max,
    Count,
    Stddev,
    Stdvar,
    Topk,
    Bottomk,
    ApproxTopk,
    Sort,
    SortDesc,
}

public sealed record VectorAggregation(
    SourcePosition Position, VectorOperator Operator, MetricExpression Inner, int? Parameter, Grouping? Grouping)
    : MetricExpression(Position);

public enum BinaryOperator
{
    Or,
    And,
    Unless,
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
}

public enum MatchCardinality
{
    OneToOne,
    ManyToOne,
    OneToMany,
}

/// <summary>Which series of the two sides belong together.</summary>
/// <param name="On">True: only <paramref name="Labels"/> count; false: all others count.</param>
/// <param name="Labels">Labels of on(…) or ignoring(…).</param>
/// <param name="Cardinality">ManyToOne is group_left.</param>
/// <param name="Include">Labels that the many side takes over from the one side.</param>
public sealed record VectorMatching(bool On, IReadOnlyList<string> Labels, MatchCardinality Cardinality, IReadOnlyList<string> Include);

public sealed record BinaryExpression(
    SourcePosition Position, BinaryOperator Operator, MetricExpression Left, MetricExpression Right, bool ReturnBool,
    VectorMatching? Matching) : MetricExpression(Position);

/// <summary><c>label_replace(inner, destination, replacement, source, regex)</c>.</summary>
public sealed record LabelReplace(
    SourcePosition Position, MetricExpression Inner, string Destination, string Replacement, string Source, string Regex)
    : MetricExpression(Position);

/// <summary><c>variants(e1, e2) of (range)</c>: several aggregations over one reading of the lines.</summary>
public sealed record Variants(SourcePosition Position, IReadOnlyList<MetricExpression> Expressions, LogRange Range)
    : MetricExpression(Position);
