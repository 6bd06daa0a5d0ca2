namespace Triptych.PromQL.Syntax;

/// <summary>Words with a meaning in some places; in any case of letters.</summary>
internal static class Keywords
{
    private static readonly Dictionary<string, AggregateOp> s_aggregates = Enum.GetValues<AggregateOp>()
        .ToDictionary(op => op.Spelling(), StringComparer.OrdinalIgnoreCase);

    private static readonly Dictionary<string, BinaryOp> s_wordOperators = new(StringComparer.OrdinalIgnoreCase)
    {
        ["and"] = BinaryOp.And,
        ["or"] = BinaryOp.Or,
        ["unless"] = BinaryOp.Unless,
        ["atan2"] = BinaryOp.Atan2,
    };

    // These never start an expression; every other keyword can be the name of a metric.
    private static readonly HashSet<string> s_neverMetricNames = new(StringComparer.OrdinalIgnoreCase)
    {
        "bool", "on", "ignoring", "group_left", "group_right",
    };

    private static readonly HashSet<string> s_otherKeywords = new(StringComparer.OrdinalIgnoreCase)
    {
        "offset", "by", "without",
    };

    public static bool TryAggregate(string word, out AggregateOp op) => s_aggregates.TryGetValue(word, out op);

    public static bool TryWordOperator(string word, out BinaryOp op) => s_wordOperators.TryGetValue(word, out op);

    public static bool CanBeMetricName(string word) => !s_neverMetricNames.Contains(word);

    public static bool IsReserved(string word) =>
        s_neverMetricNames.Contains(word) || s_otherKeywords.Contains(word) || s_wordOperators.ContainsKey(word);

    /// <summary>The operator a token stands for, if it is one.</summary>
    public static bool TryBinaryOperator(Token token, out BinaryOp op)
    {
        op = token.Kind switch
        {
            TokenKind.Add => BinaryOp.Add,
            TokenKind.Subtract => BinaryOp.Subtract,
            TokenKind.Multiply => BinaryOp.Multiply,
            TokenKind.Divide => BinaryOp.Divide,
            TokenKind.Modulo => BinaryOp.Modulo,
            TokenKind.Power => BinaryOp.Power,
            TokenKind.Equal => BinaryOp.Equal,
            TokenKind.NotEqual => BinaryOp.NotEqual,
            TokenKind.Greater => BinaryOp.Greater,
            TokenKind.Less => BinaryOp.Less,
            TokenKind.GreaterOrEqual => BinaryOp.GreaterOrEqual,
            TokenKind.LessOrEqual => BinaryOp.LessOrEqual,
            TokenKind.TrimUpper => BinaryOp.TrimUpper,
            TokenKind.TrimLower => BinaryOp.TrimLower,
            _ => (BinaryOp)(-1),
        };
        return (int)op >= 0 || (token.Kind == TokenKind.Identifier && TryWordOperator(token.Text, out op));
    }
}
