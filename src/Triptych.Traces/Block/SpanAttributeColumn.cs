using System.Text;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Rows;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Memory;
using Triptych.Traces.Attributes;
using Triptych.Traces.Scan;

namespace Triptych.Traces.Block;

/// <summary>
/// One attribute of spans, or of their resource where they have none: out of its column where it has one, else, and where that has no value, out of the map.
/// </summary>
internal sealed class SpanAttributeColumn : BlockColumn
{
    // Of so many rows the places of the attribute stand on the stack.
    private const int SlotsAtOnce = 1024;

    private readonly byte[] _key;
    private readonly ValueColumn? _values;
    private readonly SpanAttributeMap? _map;
    private readonly SetLookup? _orResource;
    private readonly DecodedColumn? _resources;
    private readonly PooledBufferWriter _scratch = new();
    private int _code = int.MinValue;

    private SpanAttributeColumn(string key, ValueColumn? values, SpanAttributeMap? map, SetLookup? orResource, DecodedColumn? resources)
    {
        _key = Encoding.UTF8.GetBytes(key);
        _values = values;
        _map = map;
        _orResource = orResource;
        _resources = resources;
    }

    /// <summary>Whether a column of the scan contract is made of the map.</summary>
    public static bool ReadsMap(ColumnRef reference, GroupAttributes attributes) =>
        reference.Name is "span_attributes" or "any_attributes" && (reference.Key is null || !attributes.IsInColumn(reference.Key));

    /// <summary>Reads what the attribute is made of.</summary>
    public static async ValueTask<SpanAttributeColumn> LoadAsync(
        string key, ColumnLoader loader, SetLookup? orResource, DecodedColumn? resources, MemoryBudget budget, bool isOnlyOfMap,
        CancellationToken cancellationToken)
    {
        var number = loader.Attributes.Find(key);
        var values = number < 0 ? null : await ValueColumn.LoadAsync(loader.Attributes.Columns[number], loader, cancellationToken);
        SpanAttributeMap? map = null;
        if (number < 0 || !loader.Attributes.IsWhole[number])
        {
            map = isOnlyOfMap
                ? await SpanAttributeMap.LoadAsync(loader, key, budget, cancellationToken)
                : await SpanAttributeMap.LoadAsync(loader, cancellationToken);
        }

        return new SpanAttributeColumn(key, values, map, orResource, resources);
    }

    /// <inheritdoc/>
    public override void Fill(SlotSelection rows, Column into)
    {
        var column = (AttributeColumn)into;
        if (_map is null && _orResource is null)
        {
            _values!.Fill(rows, column);
            return;
        }

        if (_code == int.MinValue) _code = _map?.CodeOf(_key) ?? -1;
        Span<int> slots = stackalloc int[Math.Min(rows.Length, SlotsAtOnce)];
        for (var first = 0; first < rows.Length; first += slots.Length)
        {
            var part = rows.Slice(first, Math.Min(slots.Length, rows.Length - first));
            var found = slots[..part.Length];
            if (_map is null) found.Fill(-1);
            else _map.Find(part, _code, _key, found);
            Fill(part, found, column);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _scratch.Dispose();
        base.Dispose();
    }

    private void Fill(SlotSelection rows, ReadOnlySpan<int> slots, AttributeColumn column)
    {
        var missing = 0;
        for (var i = 0; i < slots.Length; i++)
        {
            var row = rows[i];
            var isInColumn = _values is not null && !_values.IsNull(row);
            if (!isInColumn && slots[i] < 0 && _orResource is null)
            {
                missing++;
                continue;
            }

            column.AddNulls(missing);
            missing = 0;
            if (isInColumn) column.Add(_values!.Spec.Kind, _values.BitsOf(row), _values.BytesOf(row));
            else if (slots[i] >= 0) AddOfMap(row, slots[i], column);
            else _orResource!.Add(_resources!.Int32s[row], column);
        }

        column.AddNulls(missing);
    }

    private void AddOfMap(int row, int slot, AttributeColumn column)
    {
        var kind = _map!.KindOf(row, slot);
        if (!AttributeText.TryRead(kind, _map.Text(row, slot), _scratch, out var bits, out var bytes))
            throw _map.Corrupt("an attribute's text is not of its kind");
        column.Add(kind, bits, bytes);
    }
}
