namespace Triptych.TraceQL.Syntax;

/// <summary>
/// Stages of a pipeline. A parenthesis may hold a spanset expression, a scalar expression or a whole pipeline, and only
/// what it contains tells; so operands are parsed alike, and operators check what stands on their sides.
/// </summary>
internal static class PipelineParser
{
    /// <summary>One of the three things an operand can turn out to be; exactly one is set.</summary>
    private readonly record struct Operand(SpansetExpression? Spanset, ScalarExpression? Scalar, ScalarFilterStage? Filter)
    {
        public string Describe() => Spanset is not null ? "a spanset" : Scalar is not null ? "a number" : "a scalar filter";
    }

    /// <summary>
    /// Stages up to what is no stage: the end, a closing parenthesis, or a metrics function after a pipe (the pipe is taken).
    /// A bare scalar as last stage is answered apart.
    /// </summary>
    public static (List<PipelineStage> Stages, ScalarExpression? Scalar)? ParseStages(TokenCursor cursor)
    {
        var stages = new List<PipelineStage>();
        while (true)
        {
            if (!cursor.HasRoom(stages.Count, SyntaxLimits.MaxStages, "pipeline stages"))
            {
                return null;
            }

            var position = cursor.Current.Position;
            if (cursor.IsCall("by") || cursor.IsCall("select") || cursor.IsCall("coalesce"))
            {
                if (ParseCallStage(cursor, first: stages.Count == 0) is not { } stage)
                {
                    return null;
                }

                stages.Add(stage);
            }
            else
            {
                if (ParseBinary(cursor, 1) is not { } operand)
                {
                    return null;
                }

                if (operand.Scalar is not null)
                {
                    return (stages, operand.Scalar);
                }

                stages.Add(operand.Filter ?? (PipelineStage)new SpansetStage(operand.Spanset!, position));
            }

            if (!cursor.TryTake(TokenKind.Pipe) || MetricsParser.IsFunction(cursor))
            {
                return (stages, null);
            }
        }
    }

    public static SpansetFilter? ParseFilter(TokenCursor cursor)
    {
        var position = cursor.Current.Position;
        if (!cursor.Expect(TokenKind.OpenBrace, "{"))
        {
            return null;
        }

        if (cursor.TryTake(TokenKind.CloseBrace))
        {
            return new SpansetFilter(null, position);
        }

        var condition = FieldExpressionParser.Parse(cursor);
        return condition is not null && cursor.Expect(TokenKind.CloseBrace, "}") ? new SpansetFilter(condition, position) : null;
    }

    private static PipelineStage? ParseCallStage(TokenCursor cursor, bool first)
    {
        var token = cursor.Take();
        switch (token.Text)
        {
            case "select":
                return FieldExpressionParser.ParseReferenceList(cursor) is { } fields ? new SelectStage(fields, token.Position) : null;
            case "by":
                cursor.Take();
                var by = FieldExpressionParser.Parse(cursor);
                return by is not null && cursor.Expect(TokenKind.CloseParen, ")") ? new GroupStage(by, token.Position) : null;
            default:
                if (first)
                {
                    cursor.Fail(token.Position, "syntax error: a pipeline cannot start with coalesce()");
                    return null;
                }

                cursor.Take();
                return cursor.Expect(TokenKind.CloseParen, ")") ? new CoalesceStage(token.Position) : null;
        }
    }

    private static Operand? ParseBinary(TokenCursor cursor, int minPrecedence)
    {
        var left = ParsePrimary(cursor);
        while (left is { } leftOperand && OperatorTable.PrecedenceOf(cursor.Kind) is > 0 and var precedence && precedence >= minPrecedence)
        {
            var token = cursor.Take();
            if (!cursor.CountOperator() || !cursor.Enter())
            {
                return null;
            }

            var right = ParseBinary(cursor, token.Kind == TokenKind.Power ? precedence : precedence + 1);
            cursor.Leave();
            left = right is { } rightOperand ? Combine(cursor, token, leftOperand, rightOperand) : null;
        }

        return left;
    }

    private static Operand? Combine(TokenCursor cursor, Token token, Operand left, Operand right)
    {
        if (left.Spanset is not null && right.Spanset is not null && OperatorTable.RelationOf(token.Kind) is { } relation)
        {
            return new Operand(
                new SpansetOperation(relation.Relation, relation.Form, left.Spanset, right.Spanset, token.Position), null, null);
        }

        if (left.Scalar is not null && right.Scalar is not null && OperatorTable.FieldOperatorOf(token.Kind) is { } op)
        {
            if (op.IsArithmetic())
            {
                return new Operand(null, new ScalarOperation(op, left.Scalar, right.Scalar, token.Position), null);
            }

            if (op.IsComparison() && op is not (FieldOperator.Regex or FieldOperator.NotRegex))
            {
                return new Operand(null, null, new ScalarFilterStage(op, left.Scalar, right.Scalar, token.Position));
            }
        }

        cursor.Fail(
            token.Position,
            $"syntax error: operator {token.Text} does not apply between {left.Describe()} and {right.Describe()}");
        return null;
    }

    private static Operand? ParsePrimary(TokenCursor cursor)
    {
        var token = cursor.Current;
        switch (token.Kind)
        {
            case TokenKind.OpenBrace:
                return ParseFilter(cursor) is { } filter ? new Operand(filter, null, null) : null;
            case TokenKind.OpenParen:
                return ParseParenthesis(cursor);
            case TokenKind.Subtract:
                cursor.Take();
                if (cursor.Kind == TokenKind.Literal && cursor.Current.Value.Negated() is { } negated)
                {
                    cursor.Take();
                    return new Operand(null, new ScalarStatic(negated, token.Position), null);
                }

                break;
            case TokenKind.Literal when token.Value.IsNumeric:
                cursor.Take();
                return new Operand(null, new ScalarStatic(token.Value, token.Position), null);
            case TokenKind.Identifier when AggregateNamed(token.Text) is { } kind && cursor.IsCall(token.Text):
                return ParseAggregate(cursor, kind);
        }

        cursor.FailUnexpected("{, an aggregate or another pipeline stage");
        return null;
    }

    private static Operand? ParseAggregate(TokenCursor cursor, AggregateKind kind)
    {
        var position = cursor.Take().Position;
        cursor.Take();
        var operand = kind == AggregateKind.Count ? null : FieldExpressionParser.Parse(cursor);
        if (operand is null && kind != AggregateKind.Count)
        {
            return null;
        }

        return cursor.Expect(TokenKind.CloseParen, ")")
            ? new Operand(null, new ScalarAggregate(kind, operand, position), null)
            : null;
    }

    private static Operand? ParseParenthesis(TokenCursor cursor)
    {
        var open = cursor.Take();
        if (!cursor.Enter())
        {
            return null;
        }

        var inner = ParseStages(cursor);
        cursor.Leave();
        if (inner is not var (stages, scalar) || !cursor.Expect(TokenKind.CloseParen, ")"))
        {
            return null;
        }

        if (scalar is not null)
        {
            return new Operand(null, stages.Count == 0 ? scalar : new ScalarPipeline(stages, scalar, open.Position), null);
        }

        return stages is [SpansetStage only]
            ? new Operand(only.Expression, null, null)
            : new Operand(new WrappedPipeline(stages, open.Position), null, null);
    }

    internal static AggregateKind? AggregateNamed(string name) => name switch
    {
        "count" => AggregateKind.Count,
        "min" => AggregateKind.Min,
        "max" => AggregateKind.Max,
        "sum" => AggregateKind.Sum,
        "avg" => AggregateKind.Average,
        _ => null,
    };
}
