using Triptych.Columnar.Rows;
using Triptych.TraceQL.Syntax;

namespace Triptych.TraceQL.Planning;

/// <summary>A value that is kept for each row of a <see cref="SpanTable"/> because the query refers to it.</summary>
/// <param name="Reference">The field.</param>
/// <param name="OfTrace">Whether it is computed once the trace has been assembled, rather than read from a column.</param>
internal sealed record FieldSlot(FieldReference Reference, bool OfTrace);

/// <summary>
/// The fields that a query reads besides those each row has anyway. Slots are numbered in the order of their first use; two
/// spellings of one intrinsic share a slot.
/// </summary>
internal sealed class FieldCatalog
{
    private readonly List<FieldSlot> _slots = [];

    public IReadOnlyList<FieldSlot> Slots => _slots;

    /// <summary>The first field that needs the whole trace, or null.</summary>
    public FieldReference? OfTrace => _slots.Find(slot => slot.OfTrace)?.Reference;

    /// <summary>Whether the reference is the resource's service name, which each row carries as a symbol.</summary>
    public static bool IsServiceName(FieldReference reference) =>
        reference is AttributeReference { Scope: FieldScope.Resource, OfParent: false, Name: "service.name" };

    /// <summary>The number of the slot for a reference, new when it was not there.</summary>
    public int SlotOf(FieldReference reference)
    {
        var found = _slots.FindIndex(slot => IsSame(slot.Reference, reference));
        if (found >= 0)
        {
            return found;
        }

        _slots.Add(new FieldSlot(reference, FieldReader.ColumnOf(reference) is null));
        return _slots.Count - 1;
    }

    /// <summary>The column of an attribute, or null where it has none.</summary>
    public static ColumnRef? AttributeColumn(AttributeReference attribute) => attribute.Scope switch
    {
        FieldScope.None => SpanColumns.AnyAttribute(attribute.Name),
        FieldScope.Span => SpanColumns.SpanAttribute(attribute.Name),
        FieldScope.Resource => SpanColumns.ResourceAttribute(attribute.Name),
        FieldScope.Instrumentation => SpanColumns.ScopeAttribute(attribute.Name),
        _ => null,
    };

    private static bool IsSame(FieldReference a, FieldReference b) =>
        a is IntrinsicReference x && b is IntrinsicReference y ? x.Intrinsic == y.Intrinsic : a == b;
}
