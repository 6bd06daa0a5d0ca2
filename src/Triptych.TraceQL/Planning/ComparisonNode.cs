using Triptych.Columnar.Symbols;
using Triptych.TraceQL.Syntax;

namespace Triptych.TraceQL.Planning;

/// <summary>
/// A comparison by value. Numbers compare with numbers, all else only with its own type; other pairs, and nil, never compare
/// (false for every operator). A list satisfies it when one element does, and <c>!=</c> when none is equal.
/// </summary>
internal sealed class ComparisonNode(FieldOperator op, FieldNode left, FieldNode right) : FieldNode
{
    public override FieldValue Evaluate(SpanTable table, int row) =>
        FieldValue.OfBoolean(Compare(table, left.Evaluate(table, row), right.Evaluate(table, row)));

    private bool Compare(SpanTable table, FieldValue a, FieldValue b)
    {
        if (a.Kind != ValueKind.List && b.Kind != ValueKind.List)
        {
            return Single(table.Symbols, op, a, b);
        }

        if (a.Kind == ValueKind.Nil || b.Kind == ValueKind.Nil)
        {
            return false;
        }

        var negated = op == FieldOperator.NotEqual;
        var positive = negated ? FieldOperator.Equal : op;
        var found = false;
        foreach (var x in Elements(table, ref a))
        {
            foreach (var y in Elements(table, ref b))
            {
                found |= Single(table.Symbols, positive, x, y);
            }
        }

        return found != negated;
    }

    private static ReadOnlySpan<FieldValue> Elements(SpanTable table, ref FieldValue value) =>
        value.Kind == ValueKind.List ? table.Lists[(int)value.Bits] : new ReadOnlySpan<FieldValue>(ref value);

    /// <summary>Compares two single values.</summary>
    public static bool Single(SymbolTable symbols, FieldOperator op, FieldValue a, FieldValue b)
    {
        if (a.IsNumeric && b.IsNumeric)
        {
            if (a.Kind != ValueKind.Float && b.Kind != ValueKind.Float)
            {
                return Holds(op, a.Bits.CompareTo(b.Bits));
            }

            var (x, y) = (a.AsDouble, b.AsDouble);
            return double.IsNaN(x) || double.IsNaN(y) ? op == FieldOperator.NotEqual : Holds(op, x.CompareTo(y));
        }

        if (a.Kind != b.Kind || a.Kind == ValueKind.Nil)
        {
            return false;
        }

        if (a.Kind != ValueKind.String)
        {
            return op is FieldOperator.Equal or FieldOperator.NotEqual && Holds(op, a.Bits.CompareTo(b.Bits));
        }

        return op switch
        {
            FieldOperator.Equal => a.Bits == b.Bits,
            FieldOperator.NotEqual => a.Bits != b.Bits,
            _ => Holds(op, symbols.GetUtf8((int)a.Bits).SequenceCompareTo(symbols.GetUtf8((int)b.Bits))),
        };
    }

    /// <summary>Whether an order (negative, 0, positive) satisfies a comparison.</summary>
    public static bool Holds(FieldOperator op, int order) => op switch
    {
        FieldOperator.Equal => order == 0,
        FieldOperator.NotEqual => order != 0,
        FieldOperator.Less => order < 0,
        FieldOperator.LessOrEqual => order <= 0,
        FieldOperator.Greater => order > 0,
        _ => order >= 0,
    };
}
