using Triptych.TraceQL.Syntax;

namespace Triptych.TraceQL.Planning;

/// <summary>
/// Arithmetic. Two integers give an integer (division truncates), two durations added or subtracted a duration, all else a
/// float; nil where an operand is no number or an integer is divided by zero.
/// </summary>
internal sealed class ArithmeticNode(FieldOperator op, FieldNode left, FieldNode right) : FieldNode
{
    public override FieldValue Evaluate(SpanTable table, int row)
    {
        var a = left.Evaluate(table, row);
        var b = right.Evaluate(table, row);
        if (!a.IsNumeric || !b.IsNumeric)
        {
            return FieldValue.Nil;
        }

        if (a.Kind == ValueKind.Integer && b.Kind == ValueKind.Integer)
        {
            return Integers(a.Bits, b.Bits);
        }

        if (a.Kind == ValueKind.Duration && b.Kind == ValueKind.Duration && op is FieldOperator.Add or FieldOperator.Subtract)
        {
            return FieldValue.OfDuration(op == FieldOperator.Add ? a.Bits + b.Bits : a.Bits - b.Bits);
        }

        return FieldValue.OfFloat(Floats(a.AsDouble, b.AsDouble));
    }

    private FieldValue Integers(long a, long b)
    {
        switch (op)
        {
            case FieldOperator.Add:
                return FieldValue.OfInteger(unchecked(a + b));
            case FieldOperator.Subtract:
                return FieldValue.OfInteger(unchecked(a - b));
            case FieldOperator.Multiply:
                return FieldValue.OfInteger(unchecked(a * b));
            case FieldOperator.Divide when b == -1:
                return FieldValue.OfInteger(unchecked(-a));
            case FieldOperator.Divide:
                return b == 0 ? FieldValue.Nil : FieldValue.OfInteger(a / b);
            case FieldOperator.Modulo:
                return b == 0 ? FieldValue.Nil : FieldValue.OfInteger(b == -1 ? 0 : a % b);
            default:
                var power = Math.Pow(a, b);
                return b >= 0 && Math.Abs(power) < 1L << 53 ? FieldValue.OfInteger((long)power) : FieldValue.OfFloat(power);
        }
    }

    private double Floats(double a, double b) => op switch
    {
        FieldOperator.Add => a + b,
        FieldOperator.Subtract => a - b,
        FieldOperator.Multiply => a * b,
        FieldOperator.Divide => a / b,
        FieldOperator.Modulo => a % b,
        _ => Math.Pow(a, b),
    };
}
