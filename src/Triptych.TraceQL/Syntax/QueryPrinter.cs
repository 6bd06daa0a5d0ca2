using System.Globalization;
using System.Text;

namespace Triptych.TraceQL.Syntax;

/// <summary>The canonical text of a query: one that parses to the same tree, with parentheses around every nested operation.</summary>
public static class QueryPrinter
{
    public static string Print(TraceQLQuery query)
    {
        var text = new StringBuilder();
        Stages(text, query.Stages);
        if (query.Metrics is not null)
        {
            text.Append(query.Stages.Count == 0 ? "" : " | ");
            Metrics(text, query.Metrics);
            foreach (var stage in query.SecondStages)
            {
                SecondStage(text, stage);
            }
        }

        if (query.Hints.Count > 0)
        {
            text.Append(" with(").AppendJoin(", ", query.Hints.Select(hint => $"{hint.Name}={hint.Value}")).Append(')');
        }

        return text.ToString();
    }

    public static string Print(FieldExpression expression)
    {
        var text = new StringBuilder();
        Field(text, expression);
        return text.ToString();
    }

    public static string Print(SpansetExpression expression)
    {
        var text = new StringBuilder();
        Spanset(text, expression);
        return text.ToString();
    }

    internal static string NameOf(AggregateKind kind) => kind switch
    {
        AggregateKind.Count => "count",
        AggregateKind.Min => "min",
        AggregateKind.Max => "max",
        AggregateKind.Sum => "sum",
        _ => "avg",
    };

    private static void Stages(StringBuilder text, IReadOnlyList<PipelineStage> stages)
    {
        for (var i = 0; i < stages.Count; i++)
        {
            text.Append(i == 0 ? "" : " | ");
            Stage(text, stages[i]);
        }
    }

    private static void Stage(StringBuilder text, PipelineStage stage)
    {
        switch (stage)
        {
            case SpansetStage spanset:
                Spanset(text, spanset.Expression);
                break;
            case ScalarFilterStage filter:
                Scalar(text, filter.Left);
                text.Append(' ').Append(filter.Operator.Written()).Append(' ');
                Scalar(text, filter.Right);
                break;
            case GroupStage group:
                text.Append("by(");
                Field(text, group.By);
                text.Append(')');
                break;
            case SelectStage select:
                text.Append("select(").AppendJoin(", ", select.Fields).Append(')');
                break;
            default:
                text.Append("coalesce()");
                break;
        }
    }

    private static void Spanset(StringBuilder text, SpansetExpression expression)
    {
        switch (expression)
        {
            case SpansetFilter { Condition: null }:
                text.Append("{ }");
                break;
            case SpansetFilter { Condition: { } condition }:
                text.Append("{ ");
                Field(text, condition);
                text.Append(" }");
                break;
            case SpansetOperation operation:
                SpansetOperand(text, operation.Left);
                text.Append(' ').Append(Written(operation.Relation, operation.Form)).Append(' ');
                SpansetOperand(text, operation.Right);
                break;
            case WrappedPipeline wrapped:
                text.Append('(');
                Stages(text, wrapped.Stages);
                text.Append(')');
                break;
        }
    }

    private static void SpansetOperand(StringBuilder text, SpansetExpression operand)
    {
        var nested = operand is SpansetOperation;
        text.Append(nested ? "(" : "");
        Spanset(text, operand);
        text.Append(nested ? ")" : "");
    }

    private static string Written(SpansetRelation relation, RelationForm form)
    {
        var sign = relation switch
        {
            SpansetRelation.And => "&&",
            SpansetRelation.Or => "||",
            SpansetRelation.Child => ">",
            SpansetRelation.Parent => "<",
            SpansetRelation.Descendant => ">>",
            SpansetRelation.Ancestor => "<<",
            _ => "~",
        };
        return form switch
        {
            RelationForm.Negated => "!" + sign,
            RelationForm.Union => "&" + sign,
            _ => sign,
        };
    }

    private static void Scalar(StringBuilder text, ScalarExpression expression)
    {
        switch (expression)
        {
            case ScalarStatic literal:
                text.Append(literal.Value);
                break;
            case ScalarAggregate aggregate:
                text.Append(NameOf(aggregate.Kind)).Append('(');
                if (aggregate.Operand is not null)
                {
                    Field(text, aggregate.Operand);
                }

                text.Append(')');
                break;
            case ScalarOperation operation:
                text.Append('(');
                Scalar(text, operation.Left);
                text.Append(' ').Append(operation.Operator.Written()).Append(' ');
                Scalar(text, operation.Right);
                text.Append(')');
                break;
            case ScalarPipeline pipeline:
                text.Append('(');
                Stages(text, pipeline.Stages);
                text.Append(" | ");
                Scalar(text, pipeline.Aggregate);
                text.Append(')');
                break;
        }
    }

    private static void Field(StringBuilder text, FieldExpression expression)
    {
        switch (expression)
        {
            case StaticExpression literal:
                text.Append(literal.Value);
                break;
            case ReferenceExpression reference:
                text.Append(reference.Reference.Written);
                break;
            case UnaryExpression unary:
                text.Append(unary.Operator == UnaryOperator.Not ? "!" : "-");
                FieldOperand(text, unary.Operand);
                break;
            case BinaryExpression binary:
                FieldOperand(text, binary.Left);
                text.Append(' ').Append(binary.Operator.Written()).Append(' ');
                FieldOperand(text, binary.Right);
                break;
        }
    }

    private static void FieldOperand(StringBuilder text, FieldExpression operand)
    {
        // A negative number is read back as a sign and a number, which would change what "^" applies to.
        var nested = operand is UnaryExpression or BinaryExpression
            || operand is StaticExpression { Value: { IsNumeric: true } value } && (value.AsDouble < 0 || double.IsNegative(value.AsDouble));
        text.Append(nested ? "(" : "");
        Field(text, operand);
        text.Append(nested ? ")" : "");
    }

    private static void Metrics(StringBuilder text, MetricsFunction function)
    {
        if (function is CompareFunction compare)
        {
            text.Append("compare(");
            Spanset(text, compare.Selection);
            text.Append(CultureInfo.InvariantCulture, $", {compare.TopN}");
            if (compare.EndUnixNanos != 0)
            {
                text.Append(CultureInfo.InvariantCulture, $", {compare.StartUnixNanos}, {compare.EndUnixNanos}");
            }

            text.Append(')');
            return;
        }

        if (function is MetricsArithmetic arithmetic)
        {
            Arithmetic(text, arithmetic.Expression, isOperand: false);
            return;
        }

        var aggregate = (MetricsAggregate)function;
        text.Append(MetricsAggregate.NameOf(aggregate.Kind)).Append('(').Append(aggregate.Operand?.Written);
        foreach (var quantile in aggregate.Quantiles)
        {
            text.Append(", ").Append(StaticValue.OfFloat(quantile));
        }

        text.Append(')');
        if (aggregate.By.Count > 0)
        {
            text.Append(" by(").AppendJoin(", ", aggregate.By).Append(')');
        }
    }

    private static void Arithmetic(StringBuilder text, MetricsExpression expression, bool isOperand)
    {
        switch (expression)
        {
            case MetricsNumber number:
                text.Append(number.Value);
                break;
            case MetricsOperand operand:
                text.Append('(').Append(Print(operand.Query)).Append(')');
                break;
            case MetricsOperation operation:
                text.Append(isOperand ? "(" : "");
                Arithmetic(text, operation.Left, isOperand: true);
                text.Append(' ').Append(operation.Operator.Written()).Append(' ');
                Arithmetic(text, operation.Right, isOperand: true);
                text.Append(isOperand ? ")" : "");
                break;
        }
    }

    private static void SecondStage(StringBuilder text, MetricsSecondStage stage)
    {
        if (stage is TopBottomStage top)
        {
            text.Append(CultureInfo.InvariantCulture, $" | {(top.Top ? "topk" : "bottomk")}({top.Limit})");
        }
        else if (stage is MetricsFilterStage filter)
        {
            text.Append(' ').Append(filter.Operator.Written()).Append(' ').Append(filter.Threshold);
        }
    }
}
