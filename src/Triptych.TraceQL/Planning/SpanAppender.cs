using System.Buffers.Binary;
using Triptych.Columnar.Rows;

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
    private readonly List<(int Slot, int Column, FieldReader Reader)> _slots = [];

    public SpanAppender(SpanTable table)
    {
        _table = table;
        for (var slot = 0; slot < table.Catalog.Slots.Count; slot++)
        {
            if (FieldReader.For(table.Catalog.Slots[slot].Reference, table.Symbols, table.Lists) is not { } reader)
            {
                continue;
            }

            var column = _projection.IndexOf(reader.Column);
            if (column < 0)
            {
                column = _projection.Count;
                _projection.Add(reader.Column);
            }

            _slots.Add((slot, column, reader));
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

        foreach (var (slot, column, reader) in _slots)
        {
            var values = batch.Columns[column];
            for (var i = 0; i < batch.RowCount; i++)
            {
                _table.SetValue(first + i, slot, reader.Read(values, i, starts[i]));
            }
        }
    }
}
