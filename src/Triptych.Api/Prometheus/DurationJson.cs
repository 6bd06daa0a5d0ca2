using System.Text.Json;
using Triptych.Primitives.Text;
using Triptych.PromQL.Syntax;

namespace Triptych.Api.Prometheus;

/// <summary>Writes a duration of a syntax tree: <c>"range":300000,"rangeExpr":null</c>, or 0 and the expression that gives it.</summary>
internal static class DurationJson
{
    /// <summary>Writes both properties; a duration that is not there is 0.</summary>
    public static void Write(Utf8JsonWriter json, string key, DurationExpr? duration)
    {
        var literal = SecondsOf(duration);
        json.WriteNumber(key, literal is { } seconds ? (long)Math.Round(seconds * 1000, MidpointRounding.AwayFromZero) : 0);
        json.WritePropertyName(key + "Expr");
        if (literal is not null) json.WriteNullValue();
        else WriteTree(json, duration!);
    }

    // A sign before a literal belongs to it.
    private static double? SecondsOf(DurationExpr? duration) => duration switch
    {
        null => 0,
        DurationLiteral literal => literal.Seconds,
        DurationUnary { Inner: DurationLiteral literal } unary => unary.Negate ? -literal.Seconds : literal.Seconds,
        _ => null,
    };

    private static void WriteTree(Utf8JsonWriter json, DurationExpr duration)
    {
        switch (duration)
        {
            case DurationLiteral literal:
                WriteLiteral(json, literal, negate: false);
                break;
            case DurationUnary { Inner: DurationLiteral literal } unary:
                WriteLiteral(json, literal, unary.Negate);
                break;
            case DurationUnary { Negate: false } plus:
                WriteTree(json, plus.Inner);
                break;
            case DurationUnary minus:
                WriteExpression(json, "-", null, minus.Inner, wrapped: false);
                break;
            case DurationParen { Inner: DurationLiteral or DurationUnary { Inner: DurationLiteral } } paren:
                WriteExpression(json, "+", null, paren.Inner, wrapped: true);
                break;
            case DurationParen paren:
                WriteWrapped(json, paren.Inner);
                break;
            default:
                WriteOperation(json, duration, wrapped: false);
                break;
        }
    }

    private static void WriteWrapped(Utf8JsonWriter json, DurationExpr inner)
    {
        while (inner is DurationParen paren) inner = paren.Inner;
        if (inner is DurationUnary { Negate: true } minus) WriteExpression(json, "-", null, minus.Inner, wrapped: true);
        else if (inner is DurationBinary or DurationFunction) WriteOperation(json, inner, wrapped: true);
        else WriteExpression(json, "+", null, inner, wrapped: true);
    }

    private static void WriteOperation(Utf8JsonWriter json, DurationExpr duration, bool wrapped)
    {
        switch (duration)
        {
            case DurationBinary binary:
                WriteExpression(json, SpellingOf(binary.Op), binary.Left, binary.Right, wrapped);
                break;
            case DurationFunction call:
                WriteExpression(json, SpellingOf(call.Call), call.First, call.Second, wrapped);
                break;
            default:
                throw new InvalidOperationException($"unknown duration node {duration.GetType().Name}");
        }
    }

    private static void WriteExpression(Utf8JsonWriter json, string op, DurationExpr? left, DurationExpr? right, bool wrapped)
    {
        json.WriteStartObject();
        WriteOperand(json, "lhs", left);
        json.WriteString("op", op);
        WriteOperand(json, "rhs", right);
        json.WriteString("type", "durationExpr");
        json.WriteBoolean("wrapped", wrapped);
        json.WriteEndObject();
    }

    private static void WriteOperand(Utf8JsonWriter json, string key, DurationExpr? operand)
    {
        json.WritePropertyName(key);
        if (operand is null) json.WriteNullValue();
        else WriteTree(json, operand);
    }

    private static void WriteLiteral(Utf8JsonWriter json, DurationLiteral literal, bool negate)
    {
        json.WriteStartObject();
        json.WriteBoolean("duration", literal.WrittenAsDuration);
        json.WriteString("type", "numberLiteral");
        json.WriteString("val", FloatFormat.Plain(negate ? -literal.Seconds : literal.Seconds));
        json.WriteEndObject();
    }

    private static string SpellingOf(DurationOp op) => op switch
    {
        DurationOp.Add => "+",
        DurationOp.Subtract => "-",
        DurationOp.Multiply => "*",
        DurationOp.Divide => "/",
        DurationOp.Modulo => "%",
        _ => "^",
    };

    private static string SpellingOf(DurationCall call) => call switch
    {
        DurationCall.Step => "step",
        DurationCall.Range => "range",
        DurationCall.MinOf => "min_of",
        _ => "max_of",
    };
}
