using Triptych.Model.Labels;

namespace Triptych.PromQL.Syntax;

/// <summary>Binary operators.</summary>
public enum BinaryOp
{
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
    Atan2,
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    TrimUpper,
    TrimLower,
    And,
    Or,
    Unless,
}

/// <summary>Aggregation operators.</summary>
public enum AggregateOp
{
    Sum,
    Avg,
    Min,
    Max,
    Count,
    Group,
    Stddev,
    Stdvar,
    Topk,
    Bottomk,
    Quantile,
    CountValues,
    Limitk,
    LimitRatio,
}

/// <summary>How many series of each side may meet in a binary operation.</summary>
public enum MatchCardinality
{
    OneToOne,
    ManyToOne,
    OneToMany,
    ManyToMany,
}

/// <summary>The clauses between a binary operator and its right operand.</summary>
/// <param name="On">True if <paramref name="Labels"/> came from <c>on</c>, false for <c>ignoring</c> or nothing.</param>
/// <param name="Written">True if <c>on</c> or <c>ignoring</c> was written.</param>
/// <param name="Include">Labels of <c>group_left</c>/<c>group_right</c>, copied from the "one" side.</param>
/// <param name="FillLeft">Value for a missing left sample; null: no fill.</param>
/// <param name="FillRight">Value for a missing right sample; null: no fill.</param>
public sealed record VectorMatching(
    MatchCardinality Cardinality,
    bool On,
    bool Written,
    IReadOnlyList<string> Labels,
    IReadOnlyList<string> Include,
    double? FillLeft,
    double? FillRight)
{
    /// <summary>All labels match, one to one.</summary>
    public static VectorMatching Default { get; } = new(MatchCardinality.OneToOne, false, false, [], [], null, null);
}

/// <summary>Precedence, spelling and kinds of operators.</summary>
public static class OperatorFacts
{
    public const int PowerPrecedence = 6;

    /// <summary>Binds tighter the larger; 1 for <c>or</c>, 6 for <c>^</c>.</summary>
    public static int Precedence(this BinaryOp op) => op switch
    {
        BinaryOp.Or => 1,
        BinaryOp.And or BinaryOp.Unless => 2,
        BinaryOp.Add or BinaryOp.Subtract => 4,
        BinaryOp.Multiply or BinaryOp.Divide or BinaryOp.Modulo or BinaryOp.Atan2 => 5,
        BinaryOp.Power => PowerPrecedence,
        _ => 3,
    };

    public static bool IsSetOperator(this BinaryOp op) => op is BinaryOp.And or BinaryOp.Or or BinaryOp.Unless;

    /// <summary>True for the six comparisons; histogram trims share their precedence but are not comparisons.</summary>
    public static bool IsComparison(this BinaryOp op) => op is >= BinaryOp.Equal and <= BinaryOp.LessOrEqual;

    public static string Spelling(this BinaryOp op) => op switch
    {
        BinaryOp.Add => "+",
        BinaryOp.Subtract => "-",
        BinaryOp.Multiply => "*",
        BinaryOp.Divide => "/",
        BinaryOp.Modulo => "%",
        BinaryOp.Power => "^",
        BinaryOp.Atan2 => "atan2",
        BinaryOp.Equal => "==",
        BinaryOp.NotEqual => "!=",
        BinaryOp.Greater => ">",
        BinaryOp.Less => "<",
        BinaryOp.GreaterOrEqual => ">=",
        BinaryOp.LessOrEqual => "<=",
        BinaryOp.TrimUpper => "</",
        BinaryOp.TrimLower => ">/",
        BinaryOp.And => "and",
        BinaryOp.Or => "or",
        _ => "unless",
    };

    public static string Spelling(this AggregateOp op) => op switch
    {
        AggregateOp.CountValues => "count_values",
        AggregateOp.LimitRatio => "limit_ratio",
        _ => op.ToString().ToLowerInvariant(),
    };

    public static bool TakesParameter(this AggregateOp op) =>
        op is AggregateOp.Topk or AggregateOp.Bottomk or AggregateOp.Quantile or AggregateOp.CountValues
            or AggregateOp.Limitk or AggregateOp.LimitRatio;

    public static bool IsExperimental(this AggregateOp op) => op is AggregateOp.Limitk or AggregateOp.LimitRatio;

    public static string Spelling(this MatchOp op) => op switch
    {
        MatchOp.Equal => "=",
        MatchOp.NotEqual => "!=",
        MatchOp.Regex => "=~",
        _ => "!~",
    };

    /// <summary>The words of error messages: "instant vector" and so on.</summary>
    public static string Describe(this PromType type) => type switch
    {
        PromType.Scalar => "scalar",
        PromType.InstantVector => "instant vector",
        PromType.RangeVector => "range vector",
        _ => "string",
    };
}
