using Triptych.Columnar.Rows;
using Triptych.Primitives.Binary;
using Triptych.Traces.Attributes;

namespace Triptych.Traces.Block;

/// <summary>All attributes of spans, as attribute sets, in the order of arrival.</summary>
internal sealed class SpanSetColumn : BlockColumn
{
    private readonly SpanAttributeMap _map;

    // By number; those that no row names are not read.
    private readonly ValueColumn?[] _columns;
    private readonly PooledBufferWriter _set = new();
    private readonly PooledBufferWriter _scratch = new();

    private SpanSetColumn(SpanAttributeMap map, ValueColumn?[] columns)
    {
        _map = map;
        _columns = columns;
    }

    /// <summary>Reads the map, and the columns that its rows name.</summary>
    public static async ValueTask<SpanSetColumn> LoadAsync(ColumnLoader loader, CancellationToken cancellationToken)
    {
        var map = await SpanAttributeMap.LoadAsync(loader, cancellationToken);
        var columns = new ValueColumn?[loader.Attributes.Columns.Count];
        if (columns.Length > 0)
        {
            var isNamed = new bool[columns.Length];
            map.MarkColumns(isNamed);
            for (var i = 0; i < columns.Length; i++)
            {
                if (isNamed[i]) columns[i] = await ValueColumn.LoadAsync(loader.Attributes.Columns[i], loader, cancellationToken);
            }
        }

        return new SpanSetColumn(map, columns);
    }

    /// <inheritdoc/>
    public override void Fill(SlotSelection rows, Column into)
    {
        var column = (BytesColumn)into;
        for (var i = 0; i < rows.Length; i++)
        {
            _set.Reset();
            Write(rows[i]);
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

    private void Write(int row)
    {
        var (slot, _) = _map.SlotsOf(row);
        foreach (var kind in _map.KindsOf(row))
        {
            if (kind >= AttributeRows.InColumn)
            {
                if (_columns[kind - AttributeRows.InColumn] is not { } values || values.IsNull(row))
                    throw _map.Corrupt("a row has no value in a column that it names");
                values.WriteAttribute(_set, row);
                continue;
            }

            if (!AttributeText.TryWriteAttribute(_set, _map.Key(slot), (Model.Attributes.AttributeKind)kind, _map.Text(row, slot), _scratch))
                throw _map.Corrupt("an attribute's text is not of its kind");
            slot++;
        }
    }
}
