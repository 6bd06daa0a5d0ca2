using System.Runtime.InteropServices;
using Triptych.Columnar.Symbols;
using Triptych.Primitives.Memory;
using Triptych.Query.Budgets;

namespace Triptych.TraceQL.Planning;

/// <summary>What each loaded span has, whatever the query refers to. Ids are big-endian numbers; 0 is no parent.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct SpanRow
{
    /// <summary>The trace's number among those loaded.</summary>
    public int Trace;

    public ulong SpanId;

    public ulong ParentId;

    public long StartUnixNanos;

    public long DurationNanos;

    /// <summary>Symbol of the name.</summary>
    public int Name;

    /// <summary>Symbol of the resource's service name.</summary>
    public int Service;

    public byte Kind;

    public byte Status;

    public readonly long EndUnixNanos => StartUnixNanos + DurationNanos;
}

/// <summary>Spans copied out of scans, with one value for each slot of the catalog. Native memory, charged to the query's budget.</summary>
internal sealed class SpanTable(FieldCatalog catalog, QueryContext context, MemoryBudget budget) : IDisposable
{
    private readonly NativeList<SpanRow> _rows = new(budget);
    private readonly NativeList<FieldValue> _values = new(budget);
    private FieldValueComparer? _sameContent;

    /// <summary>The values of list attributes, events and links, by the bits of <see cref="ValueKind.List"/>.</summary>
    public List<FieldValue[]> Lists { get; } = [];

    /// <summary>Lists are equal where their elements are, in order.</summary>
    public IEqualityComparer<FieldValue> SameContent => _sameContent ??= new FieldValueComparer(Lists);

    public SymbolTable Symbols => context.Symbols;

    /// <summary>Ends the query by its exception when its time is over or nobody wants it any more.</summary>
    public void Tick() => context.Tick();

    public FieldCatalog Catalog => catalog;

    public int Count => _rows.Count;

    public ref SpanRow this[int row] => ref _rows[row];

    public FieldValue Value(int row, int slot) => _values[(row * catalog.Slots.Count) + slot];

    public void SetValue(int row, int slot, FieldValue value) => _values[(row * catalog.Slots.Count) + slot] = value;

    /// <summary>Adds rows to be filled; all values are nil. Returns the number of the first.</summary>
    public int AddRows(int count)
    {
        var first = _rows.Count;
        if (!_rows.TryResize(first + count) || !_values.TryResize(checked((first + count) * catalog.Slots.Count)))
        {
            throw new MemoryBudgetExceededException(budget, count * 64L);
        }

        return first;
    }

    public void Clear()
    {
        _rows.Clear();
        _values.Clear();
        Lists.Clear();
    }

    public void Dispose()
    {
        _rows.Dispose();
        _values.Dispose();
    }
}
