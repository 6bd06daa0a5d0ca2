using Triptych.Columnar.Rows;
using Triptych.TraceQL.Syntax;

namespace Triptych.TraceQL.Planning;

/// <summary>Where the values of a slot come from.</summary>
internal enum SlotSource
{
    /// <summary>A column of the scan, one value for each row.</summary>
    Column,

    /// <summary>The events of the span: one value for each event that has it.</summary>
    Events,

    /// <summary>The links of the span.</summary>
    Links,

    /// <summary>Computed when the trace has been assembled.</summary>
    Trace,
}

/// <summary>A value that is kept for each row of a <see cref="SpanTable"/> because the query refers to it.</summary>
internal sealed record FieldSlot(FieldReference Reference, SlotSource Source, ColumnRef? Column);

/// <summary>
/// The fields that a query reads besides those each row has anyway. Slots are numbered in the order of their first use; two
/// spellings of one intrinsic share a slot.
/// </summary>
internal sealed class FieldCatalog
{
    private readonly List<FieldSlot> _slots = [];

    public IReadOnlyList<FieldSlot> Slots => _slots;

    /// <summary>Whether some field needs the whole trace.</summary>
    public bool NeedsTrace => _slots.Exists(slot => slot.Source == SlotSource.Trace);

    /// <summary>Whether the reference is the resource's service name, which each row carries as a symbol.</summary>
    public static bool IsServiceName(FieldReference reference) =>
        reference is AttributeReference { Scope: FieldScope.Resource, OfParent: false, Name: "service.name" };

    /// <summary>The number of the slot for a reference, new when it was not there.</summary>
    public int SlotOf(FieldReference reference)
    {
        var canonical = Canonical(reference);
        var found = _slots.FindIndex(slot => slot.Reference == canonical);
        if (found >= 0)
        {
            return found;
        }

        var (source, column) = SourceOf(canonical);
        _slots.Add(new FieldSlot(canonical, source, column));
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

    private static FieldReference Canonical(FieldReference reference) =>
        reference is IntrinsicReference intrinsic ? intrinsic with { Spelling = "" } : reference;

    private static (SlotSource Source, ColumnRef? Column) SourceOf(FieldReference reference)
    {
        if (reference is AttributeReference attribute)
        {
            return attribute.Scope switch
            {
                FieldScope.Event => (SlotSource.Events, SpanColumns.Events),
                FieldScope.Link => (SlotSource.Links, SpanColumns.Links),
                _ => (SlotSource.Column, AttributeColumn(attribute)),
            };
        }

        return ((IntrinsicReference)reference).Intrinsic switch
        {
            Intrinsic.StatusMessage => (SlotSource.Column, SpanColumns.StatusMessage),
            Intrinsic.SpanId => (SlotSource.Column, SpanColumns.SpanId),
            Intrinsic.ParentId => (SlotSource.Column, SpanColumns.ParentSpanId),
            Intrinsic.TraceId => (SlotSource.Column, SpanColumns.TraceId),
            Intrinsic.InstrumentationName => (SlotSource.Column, SpanColumns.ScopeName),
            Intrinsic.InstrumentationVersion => (SlotSource.Column, SpanColumns.ScopeVersion),
            Intrinsic.EventName or Intrinsic.EventTimeSinceStart => (SlotSource.Events, SpanColumns.Events),
            Intrinsic.LinkTraceId or Intrinsic.LinkSpanId => (SlotSource.Links, SpanColumns.Links),
            Intrinsic.TraceDuration or Intrinsic.RootName or Intrinsic.RootServiceName or Intrinsic.ChildCount
                or Intrinsic.NestedSetLeft or Intrinsic.NestedSetRight or Intrinsic.NestedSetParent => (SlotSource.Trace, null),
            var other => throw new InvalidOperationException($"{other} is read from the row itself"),
        };
    }
}
