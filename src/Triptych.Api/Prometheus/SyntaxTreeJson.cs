using System.Text.Json;
using Triptych.Primitives.Text;
using Triptych.PromQL.Syntax;

namespace Triptych.Api.Prometheus;

/// <summary>
/// Writes a syntax tree as <c>parse_query</c> answers it: every node an object with its <c>type</c>, keys in the order of the alphabet.
/// A duration is given in milliseconds, and as a tree besides where it is more than a literal; then the number is 0.
/// </summary>
internal static class SyntaxTreeJson
{
    /// <summary>The highest tree that is written: JSON nests as the tree does, and readers and writers of it stop at 1,000 levels.</summary>
    public const int MaxHeight = 900;

    /// <summary>Writes a tree.</summary>
    public static void Write(Utf8JsonWriter json, Expr expression)
    {
        json.WriteStartObject();
        switch (expression)
        {
            case NumberLiteral number:
                json.WriteString("type", "numberLiteral");
                json.WriteString("val", FloatFormat.Plain(number.Value));
                break;
            case StringLiteral literal:
                json.WriteString("type", "stringLiteral");
                json.WriteString("val", literal.Value);
                break;
            case ParenExpr paren:
                WriteNode(json, "expr", paren.Inner);
                json.WriteString("type", "parenExpr");
                break;
            case UnaryExpr unary:
                WriteNode(json, "expr", unary.Inner);
                json.WriteString("op", unary.Negate ? "-" : "+");
                json.WriteString("type", "unaryExpr");
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
                WriteSelector(json, vector, null);
                break;
            case MatrixSelector matrix:
                WriteSelector(json, matrix.Selector, matrix.Range);
                break;
            case SubqueryExpr subquery:
                WriteSubquery(json, subquery);
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
        json.WriteBoolean("bool", binary.ReturnBool);
        WriteNode(json, "lhs", binary.Left);
        json.WritePropertyName("matching");
        if (binary.Left.Type == PromType.Scalar || binary.Right.Type == PromType.Scalar) json.WriteNullValue();
        else WriteMatching(json, binary);
        json.WriteString("op", binary.Op.Spelling());
        WriteNode(json, "rhs", binary.Right);
        json.WriteString("type", "binaryExpr");
    }

    private static void WriteMatching(Utf8JsonWriter json, BinaryExpr binary)
    {
        var matching = binary.Matching;
        json.WriteStartObject();
        json.WriteString("card", matching.Cardinality switch
        {
            MatchCardinality.ManyToOne => "many-to-one",
            MatchCardinality.OneToMany => "one-to-many",
            _ => binary.Op.IsSetOperator() ? "many-to-many" : "one-to-one",
        });
        json.WriteStartObject("fillValues");
        WriteFill(json, "lhs", matching.FillLeft);
        WriteFill(json, "rhs", matching.FillRight);
        json.WriteEndObject();
        WriteStrings(json, "include", matching.Include);
        WriteStrings(json, "labels", matching.Labels);
        json.WriteBoolean("on", matching.On);
        json.WriteEndObject();
    }

    // JSON has no number for what is not finite.
    private static void WriteFill(Utf8JsonWriter json, string key, double? value)
    {
        json.WritePropertyName(key);
        if (value is not { } number) json.WriteNullValue();
        else if (double.IsFinite(number)) json.WriteRawValue(FloatFormat.Prometheus(number), skipInputValidation: true);
        else json.WriteStringValue(FloatFormat.Prometheus(number));
    }

    private static void WriteAggregate(Utf8JsonWriter json, AggregateExpr aggregate)
    {
        WriteNode(json, "expr", aggregate.Inner);
        WriteStrings(json, "grouping", aggregate.Grouping);
        json.WriteString("op", aggregate.Op.Spelling());
        WriteNode(json, "param", aggregate.Parameter);
        json.WriteString("type", "aggregation");
        json.WriteBoolean("without", aggregate.Without);
    }

    private static void WriteCall(Utf8JsonWriter json, CallExpr call)
    {
        json.WriteStartArray("args");
        foreach (var argument in call.Arguments) Write(json, argument);
        json.WriteEndArray();
        json.WriteStartObject("func");
        WriteStrings(json, "argTypes", call.Function.ArgumentTypes.Select(NameOf));
        json.WriteString("name", call.Function.Name);
        json.WriteString("returnType", NameOf(call.Function.ReturnType));
        json.WriteNumber("variadic", call.Function.Variadic);
        json.WriteEndObject();
        json.WriteString("type", "call");
    }

    private static void WriteSelector(Utf8JsonWriter json, VectorSelector selector, DurationExpr? range)
    {
        json.WriteBoolean("anchored", selector.Extension == RangeExtension.Anchored);
        json.WriteStartArray("matchers");
        foreach (var matcher in selector.Matchers)
        {
            json.WriteStartObject();
            json.WriteString("name", matcher.Name);
            json.WriteString("type", matcher.Op.Spelling());
            json.WriteString("value", matcher.Value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("name", selector.Name ?? "");
        DurationJson.Write(json, "offset", selector.Offset);
        if (range is not null) DurationJson.Write(json, "range", range);
        json.WriteBoolean("smoothed", selector.Extension == RangeExtension.Smoothed);
        WriteStartOrEnd(json, selector.At);
        WriteTimestamp(json, selector.At);
        json.WriteString("type", range is null ? "vectorSelector" : "matrixSelector");
    }

    private static void WriteSubquery(Utf8JsonWriter json, SubqueryExpr subquery)
    {
        WriteNode(json, "expr", subquery.Inner);
        DurationJson.Write(json, "offset", subquery.Offset);
        DurationJson.Write(json, "range", subquery.Range);
        WriteStartOrEnd(json, subquery.At);
        DurationJson.Write(json, "step", subquery.Step);
        WriteTimestamp(json, subquery.At);
        json.WriteString("type", "subquery");
    }

    private static void WriteStartOrEnd(Utf8JsonWriter json, AtModifier? at)
    {
        if (at is { Kind: AtKind.Start or AtKind.End }) json.WriteString("startOrEnd", at.Kind == AtKind.Start ? "start" : "end");
        else json.WriteNull("startOrEnd");
    }

    private static void WriteTimestamp(Utf8JsonWriter json, AtModifier? at)
    {
        if (at is { Kind: AtKind.Timestamp }) json.WriteNumber("timestamp", at.TimestampMs);
        else json.WriteNull("timestamp");
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
