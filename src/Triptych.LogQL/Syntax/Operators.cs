namespace Triptych.LogQL.Syntax;

/// <summary>The words that begin metric queries, and what each may be combined with.</summary>
internal static class Operators
{
    private static readonly Dictionary<string, RangeOperator> s_range = new(StringComparer.Ordinal)
    {
        ["count_over_time"] = RangeOperator.CountOverTime,
        ["rate"] = RangeOperator.Rate,
        ["rate_counter"] = RangeOperator.RateCounter,
        ["bytes_over_time"] = RangeOperator.BytesOverTime,
        ["bytes_rate"] = RangeOperator.BytesRate,
        ["absent_over_time"] = RangeOperator.AbsentOverTime,
        ["sum_over_time"] = RangeOperator.SumOverTime,
        ["avg_over_time"] = RangeOperator.AvgOverTime,
        ["min_over_time"] = RangeOperator.MinOverTime,
        ["max_over_time"] = RangeOperator.MaxOverTime,
        ["stddev_over_time"] = RangeOperator.StddevOverTime,
        ["stdvar_over_time"] = RangeOperator.StdvarOverTime,
        ["quantile_over_time"] = RangeOperator.QuantileOverTime,
        ["first_over_time"] = RangeOperator.FirstOverTime,
        ["last_over_time"] = RangeOperator.LastOverTime,
    };

    private static readonly Dictionary<string, VectorOperator> s_vector = new(StringComparer.Ordinal)
    {
        ["sum"] = VectorOperator.Sum,
        ["avg"] = VectorOperator.Avg,
        ["min"] = VectorOperator.Min,
        ["max"] = VectorOperator.Max,
        ["count"] = VectorOperator.Count,
        ["stddev"] = VectorOperator.Stddev,
        ["stdvar"] = VectorOperator.Stdvar,
        ["topk"] = VectorOperator.Topk,
        ["bottomk"] = VectorOperator.Bottomk,
        ["approx_topk"] = VectorOperator.ApproxTopk,
        ["sort"] = VectorOperator.Sort,
        ["sort_desc"] = VectorOperator.SortDesc,
    };

    private static readonly Dictionary<RangeOperator, string> s_rangeNames = s_range.ToDictionary(e => e.Value, e => e.Key);

    private static readonly Dictionary<VectorOperator, string> s_vectorNames = s_vector.ToDictionary(e => e.Value, e => e.Key);

    public static bool TryRange(string word, out RangeOperator op) => s_range.TryGetValue(word, out op);

    public static bool TryVector(string word, out VectorOperator op) => s_vector.TryGetValue(word, out op);

    public static bool IsFunction(string word) =>
        s_range.ContainsKey(word) || s_vector.ContainsKey(word) || word is "label_replace" or "vector" or "variants";

    public static string Name(RangeOperator op) => s_rangeNames[op];

    public static string Name(VectorOperator op) => s_vectorNames[op];

    public static string Name(BinaryOperator op) => op switch
    {
        BinaryOperator.Or => "or",
        BinaryOperator.And => "and",
        BinaryOperator.Unless => "unless",
        BinaryOperator.Equal => "==",
        BinaryOperator.NotEqual => "!=",
        BinaryOperator.Greater => ">",
        BinaryOperator.GreaterOrEqual => ">=",
        BinaryOperator.Less => "<",
        BinaryOperator.LessOrEqual => "<=",
        BinaryOperator.Add => "+",
        BinaryOperator.Subtract => "-",
        BinaryOperator.Multiply => "*",
        BinaryOperator.Divide => "/",
        BinaryOperator.Modulo => "%",
        _ => "^",
    };

    public static string Name(MatcherKind kind) => kind switch
    {
        MatcherKind.Equal => "=",
        MatcherKind.NotEqual => "!=",
        MatcherKind.Regex => "=~",
        _ => "!~",
    };

    public static string Name(ComparisonKind kind) => kind switch
    {
        ComparisonKind.Equal => "==",
        ComparisonKind.NotEqual => "!=",
        ComparisonKind.Greater => ">",
        ComparisonKind.GreaterOrEqual => ">=",
        ComparisonKind.Less => "<",
        _ => "<=",
    };

    public static string Name(LineFilterKind kind) => kind switch
    {
        LineFilterKind.Contains => "|=",
        LineFilterKind.NotContains => "!=",
        LineFilterKind.Regex => "|~",
        LineFilterKind.NotRegex => "!~",
        LineFilterKind.Pattern => "|>",
        _ => "!>",
    };

    /// <summary>Operators over the lines themselves.</summary>
    public static bool CountsLines(RangeOperator op) => op <= RangeOperator.AbsentOverTime && op != RangeOperator.RateCounter;

    /// <summary>Operators over unwrapped values.</summary>
    public static bool TakesSamples(RangeOperator op) =>
        op is not (RangeOperator.CountOverTime or RangeOperator.BytesOverTime or RangeOperator.BytesRate);

    /// <summary>Operators that may carry by or without themselves.</summary>
    public static bool TakesGrouping(RangeOperator op) => op >= RangeOperator.AvgOverTime;

    public static bool IsLabelName(string text)
    {
        if (text.Length == 0 || !(char.IsAsciiLetter(text[0]) || text[0] == '_'))
            return false;
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_')
                return false;
        }
        return true;
    }
}
