using System.Text.Json;
using Triptych.Model.Labels;
using Triptych.Primitives.Text;
using Triptych.PromQL.Syntax;

namespace Triptych.Api.Prometheus;

/// <summary>Writes a syntax tree as <c>parse_query</c> answers it: every node an object with its <c>type</c>; durations in milliseconds.</summary>
internal static class SyntaxTreeJson
{
    /// <summary>What of a tree cannot be written; null where all of it can.</summary>
    public static string? FindUnsupported(Expr expression)
    {
        foreach (var node in SyntaxWalk.All(expression))
        {
            var durations = node switch
            {
                VectorSelector vector => new[] { vector.Offset },
                MatrixSelector matrix => [matrix.Range],
                SubqueryExpr subquery => [subquery.Range, subquery.Step, subquery.Offset],
                _ => [],
            };
            if (durations.Any(d => d is not null && !TryMilliseconds(d, out _))) return "step() or range() in a duration";
        }

        return null;
    }

    /// <summary>Writes a tree.</summary>
    public static void Write(Utf8JsonWriter json, Expr expression)
    {
        json.WriteStartObject();
        switch (expression)
        {
            case NumberLiteral number:
                json.WriteString("type", "numberLiteral");
                json.WriteString("val", FloatFormat.Prometheus(number.Value));
                break;
            case StringLiteral literal:
                json.WriteString("type", "stringLiteral");
                json.WriteString("val", literal.Value);
                break;
            case ParenExpr paren:
                json.WriteString("type", "parenExpr");
                WriteNode(json, "expr", paren.Inner);
                break;
            case UnaryExpr unary:
                json.WriteString("type", "unaryExpr");
                json.WriteString("op", unary.Negate ? "-" : "+");
                WriteNode(json, "expr", unary.Inner);
                break;
            case BinaryExpr binary:
                WriteBinary(json, binary);
                break;
            case AggregateExpr aggregate:
                WriteAggregate(json, aggregate);
                break;
            case CallExpr call:
                WriteCall(json, call);
                break;
            case VectorSelector vector:
                json.WriteString("type", "vectorSelector");
                WriteSelector(json, vector);
                break;
            case MatrixSelector matrix:
                json.WriteString("type", "matrixSelector");
                WriteDuration(json, "range", matrix.Range);
                WriteSelector(json, matrix.Selector);
                break;
            case SubqueryExpr subquery:
                json.WriteString("type", "subquery");
                WriteNode(json, "expr", subquery.Inner);
                WriteDuration(json, "range", subquery.Range);
                WriteDuration(json, "step", subquery.Step);
                WriteModifiers(json, subquery.Offset, subquery.At);
                break;
            default:
                throw new InvalidOperationException($"unknown node {expression.GetType().Name}");
        }

        json.WriteEndObject();
    }

    private static void WriteNode(Utf8JsonWriter json, string key, Expr? expression)
    {
        json.WritePropertyName(key);
        if (expression is null) json.WriteNullValue();
        else Write(json, expression);
    }

    private static void WriteBinary(Utf8JsonWriter json, BinaryExpr binary)
    {
        json.WriteString("type", "binaryExpr");
        json.WriteString("op", binary.Op.Spelling());
        WriteNode(json, "lhs", binary.Left);
        WriteNode(json, "rhs", binary.Right);
        json.WriteBoolean("bool", binary.ReturnBool);
        json.WritePropertyName("matching");
        if (binary.Left.Type == PromType.Scalar || binary.Right.Type == PromType.Scalar)
        {
            json.WriteNullValue();
            return;
        }

        var matching = binary.Matching;
        json.WriteStartObject();
        json.WriteString("card", matching.Cardinality switch
        {
            MatchCardinality.ManyToOne => "many-to-one",
            MatchCardinality.OneToMany => "one-to-many",
            _ => binary.Op.IsSetOperator() ? "many-to-many" : "one-to-one",
        });
        WriteStrings(json, "labels", matching.Labels);
        json.WriteBoolean("on", matching.On);
        WriteStrings(json, "include", matching.Include);
        json.WriteStartObject("fillValues");
        WriteFill(json, "lhs", matching.FillLeft);
        WriteFill(json, "rhs", matching.FillRight);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteFill(Utf8JsonWriter json, string key, double? value)
    {
        if (value is { } number) json.WriteString(key, FloatFormat.Prometheus(number));
        else json.WriteNull(key);
    }

    private static void WriteAggregate(Utf8JsonWriter json, AggregateExpr aggregate)
    {
        json.WriteString("type", "aggregation");
        json.WriteString("op", aggregate.Op.Spelling());
        WriteNode(json, "expr", aggregate.Inner);
        WriteNode(json, "param", aggregate.Parameter);
        WriteStrings(json, "grouping", aggregate.Grouping);
        json.WriteBoolean("without", aggregate.Without);
    }

    private static void WriteCall(Utf8JsonWriter json, CallExpr call)
    {
        json.WriteString("type", "call");
        json.WriteStartObject("func");
        json.WriteString("name", call.Function.Name);
        WriteStrings(json, "argTypes", call.Function.ArgumentTypes.Select(NameOf));
        json.WriteNumber("variadic", call.Function.Variadic);
        json.WriteString("returnType", NameOf(call.Function.ReturnType));
        json.WriteEndObject();
        json.WriteStartArray("args");
        foreach (var argument in call.Arguments) Write(json, argument);
        json.WriteEndArray();
    }

    private static void WriteSelector(Utf8JsonWriter json, VectorSelector selector)
    {
        json.WriteString("name", selector.Name ?? "");
        json.WriteStartArray("matchers");
        foreach (var matcher in selector.Matchers)
        {
            json.WriteStartObject();
            json.WriteString("type", matcher.Op.Spelling());
            json.WriteString("name", matcher.Name);
            json.WriteString("value", matcher.Value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteModifiers(json, selector.Offset, selector.At);
        json.WriteBoolean("anchored", selector.Extension == RangeExtension.Anchored);
        json.WriteBoolean("smoothed", selector.Extension == RangeExtension.Smoothed);
    }

    private static void WriteModifiers(Utf8JsonWriter json, DurationExpr? offset, AtModifier? at)
    {
        WriteDuration(json, "offset", offset);
        if (at is { Kind: AtKind.Timestamp }) json.WriteNumber("timestamp", at.TimestampMs);
        else json.WriteNull("timestamp");
        if (at is { Kind: AtKind.Start or AtKind.End }) json.WriteString("startOrEnd", at.Kind == AtKind.Start ? "start" : "end");
        else json.WriteNull("startOrEnd");
    }

    private static void WriteDuration(Utf8JsonWriter json, string key, DurationExpr? duration)
    {
        var milliseconds = 0L;
        if (duration is not null && !TryMilliseconds(duration, out milliseconds)) throw new InvalidOperationException("the tree was not checked first");
        json.WriteNumber(key, milliseconds);
    }

    // Arithmetic is given as its result; what depends on the query's own step and range has none here.
    private static bool TryMilliseconds(DurationExpr duration, out long milliseconds)
    {
        milliseconds = 0;
        return !duration.DependsOnQuery && DurationEvaluator.TryEvaluate(duration, 0, 0, mustBePositive: false, out milliseconds) is null;
    }

    private static void WriteStrings(Utf8JsonWriter json, string key, IEnumerable<string> values)
    {
        json.WriteStartArray(key);
        foreach (var value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }

    private static string NameOf(PromType type) => type switch
    {
        PromType.Scalar => "scalar",
        PromType.InstantVector => "vector",
        PromType.RangeVector => "matrix",
        _ => "string",
    };
}
