using Triptych.TraceQL.Syntax;

namespace Triptych.TraceQL.Planning;

/// <summary>A compiled field expression: a value for a row of a table. One thread at a time (nodes keep verdicts on symbols).</summary>
internal abstract class FieldNode
{
    public abstract FieldValue Evaluate(SpanTable table, int row);

    public bool Holds(SpanTable table, int row) => Evaluate(table, row).IsTrue;
}

internal sealed class LiteralNode(FieldValue value) : FieldNode
{
    public override FieldValue Evaluate(SpanTable table, int row) => value;
}

/// <summary>A field that is kept in a slot of the table.</summary>
internal sealed class SlotNode(int slot) : FieldNode
{
    public override FieldValue Evaluate(SpanTable table, int row) => table.Value(row, slot);
}

/// <summary>A field that every row has.</summary>
internal sealed class RowFieldNode(Intrinsic? intrinsic) : FieldNode
{
    /// <summary>The field of each row that a reference means, or null where it needs a slot.</summary>
    public static RowFieldNode? For(FieldReference reference) => reference switch
    {
        _ when FieldCatalog.IsServiceName(reference) => new RowFieldNode(null),
        IntrinsicReference { Intrinsic: Intrinsic.Duration or Intrinsic.Name or Intrinsic.Status or Intrinsic.Kind } field =>
            new RowFieldNode(field.Intrinsic),
        _ => null,
    };

    public override FieldValue Evaluate(SpanTable table, int row)
    {
        ref var span = ref table[row];
        return intrinsic switch
        {
            null => FieldValue.OfSymbol(span.Service),
            Intrinsic.Duration => FieldValue.OfDuration(span.DurationNanos),
            Intrinsic.Name => FieldValue.OfSymbol(span.Name),
            Intrinsic.Status => new FieldValue(ValueKind.Status, span.Status),
            _ => new FieldValue(ValueKind.Kind, span.Kind),
        };
    }
}

/// <summary>A sign before a number, or a boolean turned round; nil where the operand is neither.</summary>
internal sealed class UnaryNode(UnaryOperator op, FieldNode operand) : FieldNode
{
    public override FieldValue Evaluate(SpanTable table, int row)
    {
        var value = operand.Evaluate(table, row);
        return (op, value.Kind) switch
        {
            (UnaryOperator.Not, ValueKind.Boolean) => FieldValue.OfBoolean(!value.IsTrue),
            (UnaryOperator.Negate, ValueKind.Integer or ValueKind.Duration) => value with { Bits = unchecked(-value.Bits) },
            (UnaryOperator.Negate, ValueKind.Float) => FieldValue.OfFloat(-value.AsDouble),
            _ => FieldValue.Nil,
        };
    }
}

/// <summary><c>&amp;&amp;</c> and <c>||</c>; what is not true counts as false.</summary>
internal sealed class LogicalNode(bool isAnd, FieldNode left, FieldNode right) : FieldNode
{
    public override FieldValue Evaluate(SpanTable table, int row) => FieldValue.OfBoolean(
        isAnd ? left.Holds(table, row) && right.Holds(table, row) : left.Holds(table, row) || right.Holds(table, row));
}

/// <summary><c>= nil</c> and <c>!= nil</c>.</summary>
internal sealed class PresenceNode(bool present, FieldNode operand) : FieldNode
{
    public override FieldValue Evaluate(SpanTable table, int row) =>
        FieldValue.OfBoolean(operand.Evaluate(table, row).Kind != ValueKind.Nil == present);
}
