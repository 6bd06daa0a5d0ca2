namespace Triptych.TraceQL.Syntax;

/// <summary>
/// Refuses what parses but cannot mean anything (<see cref="TraceQLErrorKind.Invalid"/>) and what the language reserves
/// without a meaning yet (<see cref="TraceQLErrorKind.Unsupported"/>).
/// </summary>
internal static class TypeChecker
{
    public static TraceQLError? Check(TraceQLQuery query)
    {
        foreach (var stage in query.Stages)
        {
            if (CheckStage(stage) is { } error)
            {
                return error;
            }
        }

        return CheckMetrics(query);
    }

    private static TraceQLError? CheckStage(PipelineStage stage)
    {
        switch (stage)
        {
            case SpansetStage spanset:
                return CheckSpanset(spanset.Expression);
            case GroupStage group:
                return FieldTypeChecker.Check(group.By, out _)
                    ?? (FieldTypeChecker.ReadsSpan(group.By) ? null : Invalid(group.Position, "by() must group by something of the span"));
            case SelectStage select:
                return select.Fields.Select(field => FieldTypeChecker.CheckReference(field, select.Position)).FirstOrDefault(error => error is not null);
            case ScalarFilterStage filter:
                return CheckScalar(filter.Left) ?? CheckScalar(filter.Right) ?? CheckShape(filter);
            default:
                return null;
        }
    }

    private static TraceQLError? CheckShape(ScalarFilterStage filter) =>
        filter is { Left: ScalarAggregate, Right: ScalarStatic }
            ? null
            : Unsupported(filter.Position, "scalar filters other than one aggregate compared with one number");

    private static TraceQLError? CheckSpanset(SpansetExpression expression)
    {
        switch (expression)
        {
            case SpansetFilter { Condition: { } condition }:
                return FieldTypeChecker.Check(condition, out var type)
                    ?? (type is FieldType.Boolean or FieldType.Attribute
                        ? null
                        : Invalid(condition.Position, $"a spanset filter must be true or false, not {FieldTypeChecker.Describe(type)}"));
            case SpansetOperation operation:
                return CheckSpanset(operation.Left) ?? CheckSpanset(operation.Right);
            case WrappedPipeline wrapped:
                return wrapped.Stages.Select(CheckStage).FirstOrDefault(error => error is not null);
            default:
                return null;
        }
    }

    private static TraceQLError? CheckScalar(ScalarExpression expression)
    {
        switch (expression)
        {
            case ScalarAggregate { Operand: { } operand } aggregate:
                if (FieldTypeChecker.Check(operand, out var type) is { } error)
                {
                    return error;
                }

                if (type != FieldType.Attribute && !FieldTypeChecker.IsNumeric(type))
                {
                    return Invalid(aggregate.Position, $"an aggregate needs a number, not {FieldTypeChecker.Describe(type)}");
                }

                return FieldTypeChecker.ReadsSpan(operand)
                    ? null
                    : Invalid(aggregate.Position, "an aggregate must read something of the span");
            case ScalarOperation operation:
                return CheckScalar(operation.Left) ?? CheckScalar(operation.Right);
            case ScalarPipeline pipeline:
                return pipeline.Stages.Select(CheckStage).FirstOrDefault(e => e is not null) ?? CheckScalar(pipeline.Aggregate);
            default:
                return null;
        }
    }

    private static TraceQLError? CheckMetrics(TraceQLQuery query)
    {
        switch (query.Metrics)
        {
            case MetricsAggregate aggregate:
                if (CheckAggregate(aggregate) is { } error)
                {
                    return error;
                }

                break;
            case MetricsArithmetic arithmetic:
                if (CheckArithmetic(arithmetic.Expression) is { } arithmeticError)
                {
                    return arithmeticError;
                }

                break;
            case CompareFunction compare:
                if (CheckCompare(compare, query) is { } compareError)
                {
                    return compareError;
                }

                break;
        }

        foreach (var stage in query.SecondStages)
        {
            if (stage is TopBottomStage { Limit: <= 0 })
            {
                return Invalid(stage.Position, "topk and bottomk need a limit above 0");
            }
        }

        return null;
    }

    private static TraceQLError? CheckArithmetic(MetricsExpression expression) => expression switch
    {
        MetricsOperand { Query.Metrics: CompareFunction compare } => Invalid(compare.Position, "compare() has no part in arithmetic"),
        MetricsOperand operand => Check(operand.Query),
        MetricsOperation operation => CheckArithmetic(operation.Left) ?? CheckArithmetic(operation.Right),
        _ => null,
    };

    private static TraceQLError? CheckCompare(CompareFunction compare, TraceQLQuery query)
    {
        if (compare.TopN <= 0)
        {
            return Invalid(compare.Position, "compare() needs a number of values above 0");
        }

        var hasWindow = compare.StartUnixNanos != 0 || compare.EndUnixNanos != 0;
        if (hasWindow && (compare.StartUnixNanos <= 0 || compare.EndUnixNanos <= 0))
        {
            return Invalid(compare.Position, "compare() needs a start and an end above 0, in Unix nanoseconds");
        }

        if (hasWindow && compare.StartUnixNanos >= compare.EndUnixNanos)
        {
            return Invalid(compare.Position, "compare() needs a start before its end");
        }

        return CheckSpanset(compare.Selection)
            ?? (query.SecondStages.Count > 0
                ? Invalid(query.SecondStages[0].Position, "compare() cannot be followed by another stage")
                : null);
    }

    private static TraceQLError? CheckAggregate(MetricsAggregate aggregate)
    {
        if (aggregate.Operand is { } operand)
        {
            if (FieldTypeChecker.CheckReference(operand, aggregate.Position) is { } error)
            {
                return error;
            }

            if (operand is IntrinsicReference intrinsic && !FieldTypeChecker.IsNumeric(Intrinsics.TypeOf(intrinsic.Intrinsic)))
            {
                return Invalid(aggregate.Position, $"{MetricsAggregate.NameOf(aggregate.Kind)} needs a number, {operand} is none");
            }
        }

        foreach (var quantile in aggregate.Quantiles)
        {
            if (quantile is < 0 or > 1)
            {
                return Invalid(aggregate.Position, "quantiles lie between 0 and 1");
            }
        }

        return aggregate.By.Select(field => FieldTypeChecker.CheckReference(field, aggregate.Position)).FirstOrDefault(e => e is not null);
    }

    internal static TraceQLError Invalid(SourcePosition position, string message) => new(TraceQLErrorKind.Invalid, message, position);

    internal static TraceQLError Unsupported(SourcePosition position, string message) => new(TraceQLErrorKind.Unsupported, message, position);
}
