using System.Buffers.Binary;
using System.Text;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;
using Triptych.Model.Attributes;
using Triptych.Model.Traces;
using Triptych.TraceQL.Syntax;

namespace Triptych.TraceQL.Planning;

/// <summary>Copies batches of a span scan into a <see cref="SpanTable"/>; it also says which columns the scan has to project.</summary>
internal sealed class SpanAppender
{
    private static readonly ColumnRef[] RowColumns =
    [
        SpanColumns.TraceId, SpanColumns.SpanId, SpanColumns.ParentSpanId, SpanColumns.StartUnixNanos, SpanColumns.DurationNanos,
        SpanColumns.Name, SpanColumns.ServiceName, SpanColumns.Kind, SpanColumns.StatusCode,
    ];

    private readonly SpanTable _table;
    private readonly List<ColumnRef> _projection = [.. RowColumns];
    private readonly int[] _columnOfSlot;
    private readonly List<FieldValue> _elements = [];

    public SpanAppender(SpanTable table)
    {
        _table = table;
        _columnOfSlot = new int[table.Catalog.Slots.Count];
        for (var slot = 0; slot < _columnOfSlot.Length; slot++)
        {
            if (table.Catalog.Slots[slot].Column is not { } column)
            {
                _columnOfSlot[slot] = -1;
                continue;
            }

            var index = _projection.IndexOf(column);
            if (index < 0)
            {
                index = _projection.Count;
                _projection.Add(column);
            }

            _columnOfSlot[slot] = index;
        }
    }

    public IReadOnlyList<ColumnRef> Projection => _projection;

    /// <summary>Appends all rows; <paramref name="traceNumberOf"/> numbers their traces, where the query needs that.</summary>
    public void Append(RecordBatch batch, Func<UInt128, int>? traceNumberOf)
    {
        var first = _table.AddRows(batch.RowCount);
        var traceIds = batch.Column<FixedBytesColumn>(0);
        var spanIds = batch.Column<FixedBytesColumn>(1);
        var parentIds = batch.Column<FixedBytesColumn>(2);
        var starts = batch.Column<Int64Column>(3).Values;
        var durations = batch.Column<Int64Column>(4).Values;
        var names = batch.Column<SymbolColumn>(5).Symbols;
        var services = batch.Column<SymbolColumn>(6).Symbols;
        var kinds = batch.Column<Int64Column>(7).Values;
        var statuses = batch.Column<Int64Column>(8).Values;
        for (var i = 0; i < batch.RowCount; i++)
        {
            ref var row = ref _table[first + i];
            row.Trace = traceNumberOf is null ? 0 : traceNumberOf(BinaryPrimitives.ReadUInt128BigEndian(traceIds[i]));
            row.SpanId = BinaryPrimitives.ReadUInt64BigEndian(spanIds[i]);
            row.ParentId = BinaryPrimitives.ReadUInt64BigEndian(parentIds[i]);
            row.StartUnixNanos = starts[i];
            row.DurationNanos = durations[i];
            row.Name = names[i];
            row.Service = services[i];
            row.Kind = (byte)kinds[i];
            row.Status = (byte)statuses[i];
        }

        for (var slot = 0; slot < _columnOfSlot.Length; slot++)
        {
            if (_columnOfSlot[slot] >= 0)
            {
                FillSlot(first, slot, batch.Columns[_columnOfSlot[slot]], batch.RowCount, starts);
            }
        }
    }

    private void FillSlot(int first, int slot, Column column, int rowCount, ReadOnlySpan<long> starts)
    {
        var definition = _table.Catalog.Slots[slot];
        var isParent = definition.Reference is IntrinsicReference { Intrinsic: Intrinsic.ParentId };
        for (var i = 0; i < rowCount; i++)
        {
            var value = (definition.Source, column) switch
            {
                (SlotSource.Events, BytesColumn events) => Events(definition.Reference, events[i], starts[i]),
                (SlotSource.Links, BytesColumn links) => Links(definition.Reference, links[i]),
                (_, AttributeColumn attributes) => Attribute(attributes.KindOf(i), attributes.BitsOf(i), attributes.BytesOf(i)),
                (_, SymbolColumn texts) => FieldValue.OfSymbol(texts[i]),
                (_, FixedBytesColumn ids) => isParent && !ids[i].ContainsAnyExcept((byte)0) ? FieldValue.OfSymbol(SymbolTable.Empty) : Hex(ids[i]),
                (_, BytesColumn texts) => FieldValue.OfSymbol(_table.Symbols.Intern(texts[i])),
                _ => throw new InvalidOperationException($"{column.GetType().Name} for {definition.Reference}"),
            };
            if (value.Kind != ValueKind.Nil)
            {
                _table.SetValue(first + i, slot, value);
            }
        }
    }

    private FieldValue Hex(ReadOnlySpan<byte> id)
    {
        Span<byte> hex = stackalloc byte[32];
        Convert.TryToHexStringLower(id, hex, out var length);
        return FieldValue.OfSymbol(_table.Symbols.Intern(hex[..length]));
    }

    /// <summary>A typed attribute; lists become their elements, maps and bytes the text that an answer shows.</summary>
    private FieldValue Attribute(AttributeKind kind, long bits, ReadOnlySpan<byte> bytes)
    {
        switch (kind)
        {
            case AttributeKind.None:
                return FieldValue.Nil;
            case AttributeKind.Int:
                return FieldValue.OfInteger(bits);
            case AttributeKind.Double:
                return new FieldValue(ValueKind.Float, bits);
            case AttributeKind.Bool:
                return FieldValue.OfBoolean(bits != 0);
            case AttributeKind.String:
                return FieldValue.OfSymbol(_table.Symbols.Intern(bytes));
            case AttributeKind.Array:
                var values = new List<FieldValue>();
                var elements = new ListReader(bytes);
                while (elements.TryRead())
                {
                    values.Add(Attribute(elements.Kind, elements.Bits, elements.Bytes));
                }

                // An empty list is there, so it is not nil, yet no comparison with an element holds for it.
                _table.Lists.Add([.. values]);
                return new FieldValue(ValueKind.List, _table.Lists.Count - 1);
            default:
                // Maps and byte strings are there, but compare with nothing: a list without elements.
                _table.Lists.Add([]);
                return new FieldValue(ValueKind.List, _table.Lists.Count - 1);
        }
    }

    private FieldValue Events(FieldReference reference, ReadOnlySpan<byte> bytes, long spanStartUnixNanos)
    {
        _elements.Clear();
        var events = new SpanEventReader(bytes);
        while (events.TryRead())
        {
            switch (reference)
            {
                case IntrinsicReference { Intrinsic: Intrinsic.EventName }:
                    _elements.Add(FieldValue.OfSymbol(_table.Symbols.Intern(events.Name)));
                    break;
                case IntrinsicReference:
                    _elements.Add(FieldValue.OfDuration(events.TimeUnixNanos - spanStartUnixNanos));
                    break;
                case AttributeReference attribute:
                    AddAttribute(events.Attributes, attribute.Name);
                    break;
            }
        }

        return _table.AddList([.. _elements]);
    }

    private FieldValue Links(FieldReference reference, ReadOnlySpan<byte> bytes)
    {
        _elements.Clear();
        var links = new SpanLinkReader(bytes);
        while (links.TryRead())
        {
            switch (reference)
            {
                case IntrinsicReference intrinsic:
                    _elements.Add(Hex(intrinsic.Intrinsic == Intrinsic.LinkTraceId ? links.TraceId : links.SpanId));
                    break;
                case AttributeReference attribute:
                    AddAttribute(links.Attributes, attribute.Name);
                    break;
            }
        }

        return _table.AddList([.. _elements]);
    }

    private void AddAttribute(ReadOnlySpan<byte> set, string name)
    {
        if (!AttributeReader.TryFind(set, Encoding.UTF8.GetBytes(name), out var found))
        {
            return;
        }

        var value = Attribute(found.Kind, found.Bits, found.Bytes);
        if (value.Kind == ValueKind.List)
        {
            _elements.AddRange(_table.Lists[(int)value.Bits]);
        }
        else
        {
            _elements.Add(value);
        }
    }
}
