namespace Triptych.TraceQL.Syntax;

/// <summary>The metrics function after the last pipe of a pipeline, its second stages, and the hints.</summary>
internal static class MetricsParser
{
    public static bool IsFunction(TokenCursor cursor) =>
        cursor.Kind == TokenKind.Identifier && IsFunctionName(cursor.Current.Text);

    public static bool IsFunctionName(string name) => KindNamed(name) is not null || name == "compare";

    public static MetricsFunction? ParseFunction(TokenCursor cursor)
    {
        var token = cursor.Take();
        if (!cursor.Expect(TokenKind.OpenParen, "("))
        {
            return null;
        }

        if (KindNamed(token.Text) is not { } kind)
        {
            return ParseCompare(cursor, token.Position);
        }

        FieldReference? operand = null;
        if (kind is not (MetricsKind.Rate or MetricsKind.CountOverTime))
        {
            operand = FieldExpressionParser.ParseReference(cursor);
            if (operand is null)
            {
                return null;
            }
        }

        List<double>? quantiles = [];
        if (kind == MetricsKind.QuantileOverTime && (quantiles = ParseQuantiles(cursor)) is null)
        {
            return null;
        }

        if (!cursor.Expect(TokenKind.CloseParen, ")"))
        {
            return null;
        }

        List<FieldReference>? by = [];
        if (cursor.IsCall("by"))
        {
            cursor.Take();
            by = FieldExpressionParser.ParseReferenceList(cursor);
        }

        return by is null ? null : new MetricsAggregate(kind, operand, quantiles, by, token.Position);
    }

    /// <summary>Comparisons and <c>| topk(n)</c> stages, none or more.</summary>
    public static List<MetricsSecondStage>? ParseSecondStages(TokenCursor cursor)
    {
        var stages = new List<MetricsSecondStage>();
        while (true)
        {
            if (!cursor.HasRoom(stages.Count, SyntaxLimits.MaxStages, "pipeline stages"))
            {
                return null;
            }

            MetricsSecondStage? stage;
            if (cursor.TryTake(TokenKind.Pipe))
            {
                stage = ParseTopBottom(cursor);
            }
            else if (OperatorTable.FieldOperatorOf(cursor.Kind) is { } op && op.IsComparison()
                     && op is not (FieldOperator.Regex or FieldOperator.NotRegex))
            {
                stage = ParseFilter(cursor, op);
            }
            else
            {
                return stages;
            }

            if (stage is null)
            {
                return null;
            }

            stages.Add(stage);
        }
    }

    /// <summary><c>with(name=value, …)</c>, or nothing.</summary>
    public static List<Hint>? ParseHints(TokenCursor cursor)
    {
        var hints = new List<Hint>();
        if (!cursor.IsCall("with"))
        {
            return hints;
        }

        cursor.Take();
        cursor.Take();
        do
        {
            var name = cursor.Current;
            if (!cursor.HasRoom(hints.Count, SyntaxLimits.MaxListEntries, "hints")
                || !cursor.Expect(TokenKind.Identifier, "the name of a hint")
                || !cursor.Expect(TokenKind.Equal, "=")
                || ParseStatic(cursor) is not { } value)
            {
                return null;
            }

            hints.Add(new Hint(name.Text, value, name.Position));
        }
        while (cursor.TryTake(TokenKind.Comma));

        return cursor.Expect(TokenKind.CloseParen, ")") ? hints : null;
    }

    private static MetricsSecondStage? ParseFilter(TokenCursor cursor, FieldOperator op)
    {
        var position = cursor.Take().Position;
        var valuePosition = cursor.Current.Position;
        if (ParseStatic(cursor) is not { } threshold)
        {
            return null;
        }

        if (!threshold.IsNumeric)
        {
            cursor.Fail(valuePosition, "syntax error: the values of a metrics query are compared with a number");
            return null;
        }

        return new MetricsFilterStage(op, threshold, position);
    }

    private static MetricsSecondStage? ParseTopBottom(TokenCursor cursor)
    {
        var token = cursor.Current;
        if (token.Kind != TokenKind.Identifier || token.Text is not ("topk" or "bottomk"))
        {
            cursor.FailUnexpected("topk or bottomk");
            return null;
        }

        cursor.Take();
        return cursor.Expect(TokenKind.OpenParen, "(") && ParseInt32(cursor, "a number of series") is { } limit
            && cursor.Expect(TokenKind.CloseParen, ")")
            ? new TopBottomStage(token.Text == "topk", limit, token.Position)
            : null;
    }

    private static CompareFunction? ParseCompare(TokenCursor cursor, SourcePosition position)
    {
        if (PipelineParser.ParseFilter(cursor) is not { } selection)
        {
            return null;
        }

        var topN = CompareFunction.DefaultTopN;
        long start = 0;
        long end = 0;
        if (cursor.TryTake(TokenKind.Comma))
        {
            if (ParseInt32(cursor, "a number of values") is not { } given)
            {
                return null;
            }

            topN = given;
            if (cursor.TryTake(TokenKind.Comma))
            {
                if (ParseInteger(cursor, "a start in nanoseconds") is not { } first
                    || !cursor.Expect(TokenKind.Comma, ", and an end")
                    || ParseInteger(cursor, "an end in nanoseconds") is not { } last)
                {
                    return null;
                }

                (start, end) = (first, last);
            }
        }

        return cursor.Expect(TokenKind.CloseParen, ")") ? new CompareFunction(selection, topN, start, end, position) : null;
    }

    private static List<double>? ParseQuantiles(TokenCursor cursor)
    {
        var quantiles = new List<double>();
        if (!cursor.Expect(TokenKind.Comma, ", and a quantile"))
        {
            return null;
        }

        do
        {
            var token = cursor.Current;
            if (!cursor.HasRoom(quantiles.Count, SyntaxLimits.MaxListEntries, "quantiles") || !cursor.Expect(TokenKind.Literal, "a quantile"))
            {
                return null;
            }

            if (token.Value.Type is not (FieldType.Integer or FieldType.Float))
            {
                cursor.Fail(token.Position, "syntax error: a quantile is a number");
                return null;
            }

            quantiles.Add(token.Value.AsDouble);
        }
        while (cursor.TryTake(TokenKind.Comma));

        return quantiles;
    }

    private static StaticValue? ParseStatic(TokenCursor cursor)
    {
        var negative = cursor.TryTake(TokenKind.Subtract);
        var token = cursor.Current;
        StaticValue? value = token.Kind switch
        {
            TokenKind.Literal => token.Value,
            TokenKind.Identifier when !negative => FieldExpressionParser.StaticWord(token.Text),
            _ => null,
        };
        value = negative ? value?.Negated() : value;
        if (value is null)
        {
            cursor.FailUnexpected("a value");
            return null;
        }

        cursor.Take();
        return value;
    }

    private static int? ParseInt32(TokenCursor cursor, string expected)
    {
        var position = cursor.Current.Position;
        if (ParseInteger(cursor, expected) is not { } value)
        {
            return null;
        }

        if (value <= int.MaxValue)
        {
            return (int)value;
        }

        cursor.Fail(position, $"syntax error: {value} is too large");
        return null;
    }

    private static long? ParseInteger(TokenCursor cursor, string expected)
    {
        var token = cursor.Current;
        if (token.Kind != TokenKind.Literal || token.Value.Type != FieldType.Integer)
        {
            cursor.FailUnexpected(expected);
            return null;
        }

        cursor.Take();
        return token.Value.Integer;
    }

    private static MetricsKind? KindNamed(string name) => name switch
    {
        "rate" => MetricsKind.Rate,
        "count_over_time" => MetricsKind.CountOverTime,
        "min_over_time" => MetricsKind.MinOverTime,
        "max_over_time" => MetricsKind.MaxOverTime,
        "sum_over_time" => MetricsKind.SumOverTime,
        "avg_over_time" => MetricsKind.AverageOverTime,
        "quantile_over_time" => MetricsKind.QuantileOverTime,
        "histogram_over_time" => MetricsKind.HistogramOverTime,
        _ => null,
    };
}
