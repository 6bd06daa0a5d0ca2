using System.Text;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Rows;
using Triptych.Model.Attributes;
using Triptych.Primitives.Binary;
using Triptych.Traces.Scan;

namespace Triptych.Traces.Block;

/// <summary>The attributes of spans as read from the map column and its column of kinds. The loader owns the columns.</summary>
internal sealed class SpanAttributeMap
{
    private readonly ColumnLoader _loader;
    private readonly DecodedColumn _keys;
    private readonly DecodedColumn _values;
    private readonly DecodedColumn _kinds;

    private SpanAttributeMap(ColumnLoader loader, DecodedColumn keys, DecodedColumn values, DecodedColumn kinds)
    {
        _loader = loader;
        _keys = keys;
        _values = values;
        _kinds = kinds;
    }

    /// <summary>Reads the columns and checks that they belong together.</summary>
    public static async ValueTask<SpanAttributeMap> LoadAsync(ColumnLoader loader, CancellationToken cancellationToken)
    {
        var map = new SpanAttributeMap(
            loader,
            await loader.LoadLeafAsync(TraceBlockSchema.SpanAttributes, "key", ColumnForm.Codes, cancellationToken),
            await loader.LoadLeafAsync(TraceBlockSchema.SpanAttributes, "value", ColumnForm.Codes, cancellationToken),
            await loader.LoadCodesAsync(TraceBlockSchema.SpanAttributeKinds, cancellationToken));
        map.Check();
        return map;
    }

    /// <summary>The slots of a row's attributes.</summary>
    public (int Start, int End) SlotsOf(int row) => (row == 0 ? 0 : _keys.ListEnds[row - 1], _keys.ListEnds[row]);

    /// <summary>The code that a key has; -1 where no row has it, -2 where keys are not coded.</summary>
    public int CodeOf(ReadOnlySpan<byte> key)
    {
        if (!_keys.IsCoded) return -2;
        for (var code = 0; code < _keys.Dictionary!.SlotCount; code++)
        {
            if (_keys.Dictionary.Bytes(code).SequenceEqual(key)) return code;
        }

        return -1;
    }

    /// <summary>The slot of a row's attribute; -1 where it has none.</summary>
    public int Find(int row, int code, ReadOnlySpan<byte> key)
    {
        var (start, end) = SlotsOf(row);
        if (code >= 0)
        {
            var found = _keys.Codes[start..end].IndexOf(code);
            return found < 0 ? -1 : start + found;
        }

        for (var slot = start; code == -2 && slot < end; slot++)
        {
            if (_keys.Bytes(slot).SequenceEqual(key)) return slot;
        }

        return -1;
    }

    /// <summary>The kind of the value in a slot of a row.</summary>
    public AttributeKind KindOf(int row, int slot) => (AttributeKind)_kinds.Bytes(row)[slot - SlotsOf(row).Start];

    /// <summary>The name in a slot.</summary>
    public ReadOnlySpan<byte> Key(int slot) => _keys.Bytes(slot);

    /// <summary>The value in a slot, as text.</summary>
    public ReadOnlySpan<byte> Text(int slot) => _values.Bytes(slot);

    /// <summary>An error about the block.</summary>
    public Exception Corrupt(string problem) => _loader.Corrupt(problem);

    private void Check()
    {
        if (_keys.SlotCount != _values.SlotCount || _keys.RowCount != _kinds.RowCount) throw Corrupt("keys, values and kinds of attributes do not match");
        for (var row = 0; row < _keys.RowCount; row++)
        {
            var (start, end) = SlotsOf(row);
            if (_kinds.Bytes(row).Length != end - start) throw Corrupt("a row has more or fewer attributes than kinds");
        }
    }
}

/// <summary>One attribute of spans, or of their resource where they have none.</summary>
internal sealed class SpanAttributeColumn(SpanAttributeMap map, string key, SetLookup? orResource, DecodedColumn? resources) : BlockColumn
{
    private readonly byte[] _key = Encoding.UTF8.GetBytes(key);
    private readonly PooledBufferWriter _scratch = new();
    private int _code = int.MinValue;

    /// <inheritdoc/>
    public override void Fill(SlotSelection rows, Column into)
    {
        var column = (AttributeColumn)into;
        if (_code == int.MinValue) _code = map.CodeOf(_key);
        for (var i = 0; i < rows.Length; i++)
        {
            var row = rows[i];
            var slot = map.Find(row, _code, _key);
            if (slot >= 0)
            {
                var kind = map.KindOf(row, slot);
                if (!AttributeText.TryRead(kind, map.Text(slot), _scratch, out var bits, out var bytes)) throw map.Corrupt("an attribute's text is not of its kind");
                column.Add(kind, bits, bytes);
            }
            else if (orResource is not null)
            {
                orResource.Add(resources!.Int32s[row], column);
            }
            else
            {
                column.AddNull();
            }
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _scratch.Dispose();
        base.Dispose();
    }
}

/// <summary>All attributes of spans, as attribute sets.</summary>
internal sealed class SpanSetColumn(SpanAttributeMap map) : BlockColumn
{
    private readonly PooledBufferWriter _set = new();
    private readonly PooledBufferWriter _scratch = new();

    /// <inheritdoc/>
    public override void Fill(SlotSelection rows, Column into)
    {
        var column = (BytesColumn)into;
        for (var i = 0; i < rows.Length; i++)
        {
            _set.Reset();
            var (start, end) = map.SlotsOf(rows[i]);
            for (var slot = start; slot < end; slot++)
            {
                var kind = map.KindOf(rows[i], slot);
                if (!AttributeText.TryWriteAttribute(_set, map.Key(slot), kind, map.Text(slot), _scratch))
                    throw map.Corrupt("an attribute's text is not of its kind");
            }

            column.Add(_set.WrittenSpan);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _set.Dispose();
        _scratch.Dispose();
        base.Dispose();
    }
}
