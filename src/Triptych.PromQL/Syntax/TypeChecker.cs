namespace Triptych.PromQL.Syntax;

/// <summary>Finds the first node, in the order of the text, whose operands do not fit. A null message means that all fit.</summary>
internal static class TypeChecker
{
    private static readonly (SourceSpan, string?) s_fits = (default, null);

    public static (SourceSpan Span, string? Message) Check(Expr expression)
    {
        switch (expression)
        {
            case ParenExpr paren:
                return Check(paren.Inner);
            case UnaryExpr unary:
                var inner = Check(unary.Inner);
                if (inner.Message is not null || unary.Type is PromType.Scalar or PromType.InstantVector)
                    return inner;
                return (
                    unary.Span,
                    $"unary expression only allowed on expressions of type scalar or instant vector, got \"{unary.Type.Describe()}\"");
            case VectorSelector vector:
                return CheckSelector(vector, mayBeEmpty: false);
            case MatrixSelector matrix:
                return CheckSelector(matrix.Selector, mayBeEmpty: false);
            case SubqueryExpr subquery:
                var queried = Check(subquery.Inner);
                if (queried.Message is not null || subquery.Inner.Type == PromType.InstantVector)
                    return queried;
                return (subquery.Span, $"subquery is only allowed on instant vector, got {subquery.Inner.Type.Describe()} instead");
            case BinaryExpr binary:
                return CheckBinary(binary);
            case AggregateExpr aggregate:
                return CheckAggregate(aggregate);
            case CallExpr call:
                return CheckCall(call);
            default:
                return s_fits;
        }
    }

    private static (SourceSpan, string?) CheckSelector(VectorSelector selector, bool mayBeEmpty)
    {
        return mayBeEmpty || selector.Matchers.Any(matcher => !matcher.Matcher.MatchesEmpty)
            ? s_fits
            : (selector.Span, "vector selector must contain at least one non-empty matcher");
    }

    private static (SourceSpan Span, string? Message) CheckBinary(BinaryExpr binary)
    {
        var chain = binary.Chain();
        var problem = Check(chain[0].Left);
        for (var i = 0; i < chain.Count && problem.Message is null; i++)
        {
            problem = Check(chain[i].Right);
            if (problem.Message is null)
                problem = CheckOperator(chain[i]);
        }
        return problem;
    }

    private static (SourceSpan Span, string? Message) CheckOperator(BinaryExpr binary)
    {
        foreach (var operand in (Expr[])[binary.Left, binary.Right])
        {
            if (operand.Type is PromType.RangeVector or PromType.String)
                return (operand.Span, "binary expression must contain only scalar and instant vector types");
        }
        var scalars = (binary.Left.Type == PromType.Scalar ? 1 : 0) + (binary.Right.Type == PromType.Scalar ? 1 : 0);
        if (scalars == 2 && binary.Op.IsComparison() && !binary.ReturnBool)
            return (binary.OperatorSpan, "comparisons between scalars must use BOOL modifier");
        if (scalars > 0 && binary.Op.IsSetOperator())
            return (binary.OperatorSpan, $"set operator \"{binary.Op.Spelling()}\" not allowed in binary scalar expression");
        if (scalars > 0 && binary.Matching is not { Written: false, FillLeft: null, FillRight: null })
            return (binary.OperatorSpan, "vector matching only allowed between instant vectors");
        if (scalars == 2 && (binary.Op is BinaryOp.TrimLower or BinaryOp.TrimUpper))
            return (binary.OperatorSpan, $"operator \"{binary.Op.Spelling()}\" not allowed for scalar operations");
        return s_fits;
    }

    private static (SourceSpan, string?) CheckAggregate(AggregateExpr aggregate)
    {
        var (span, message) = aggregate.Parameter is null ? s_fits : Check(aggregate.Parameter);
        if (message is null)
            (span, message) = Check(aggregate.Inner);
        if (message is not null)
            return (span, message);
        if (aggregate.Inner.Type != PromType.InstantVector)
            return (aggregate.Inner.Span, $"expected type instant vector in aggregation expression, got {aggregate.Inner.Type.Describe()}");
        var wanted = aggregate.Op == AggregateOp.CountValues ? PromType.String : PromType.Scalar;
        if (aggregate.Parameter is { } parameter && parameter.Type != wanted)
            return (parameter.Span, $"expected type {wanted.Describe()} in aggregation parameter, got {parameter.Type.Describe()}");
        return s_fits;
    }

    private static (SourceSpan, string?) CheckCall(CallExpr call)
    {
        var function = call.Function;
        var count = call.Arguments.Count;
        if (count < function.MinArguments || (function.MaxArguments >= 0 && count > function.MaxArguments))
        {
            var bound = function.Variadic == 0 ? "" : count < function.MinArguments ? "at least " : "at most ";
            var expected = count < function.MinArguments ? function.MinArguments : function.MaxArguments;
            return (call.Span, $"expected {bound}{expected} argument(s) in call to \"{function.Name}\", got {count}");
        }
        for (var i = 0; i < count; i++)
        {
            var argument = call.Arguments[i];
            var problem = function.Name == "info" && i == 1 ? CheckInfoSelector(argument) : Check(argument);
            if (problem.Item2 is not null)
                return problem;
            if (argument.Type != function.ArgumentType(i))
                return (
                    argument.Span,
                    $"expected type {function.ArgumentType(i).Describe()} in call to function \"{function.Name}\", "
                    + $"got {argument.Type.Describe()}");
        }
        return s_fits;
    }

    private static (SourceSpan, string?) CheckInfoSelector(Expr argument)
    {
        if (argument is not VectorSelector selector)
            return (argument.Span, "expected label selectors as the second argument to \"info\" function");
        return selector.Name is null
            ? CheckSelector(selector, mayBeEmpty: true)
            : (argument.Span, "expected label selectors only, got vector selector instead");
    }
}
