using Triptych.Columnar.Parquet.Writing;
using Triptych.Model.Attributes;
using Triptych.Traces.Attributes;
using Triptych.Traces.Head;

namespace Triptych.Traces.Block;

/// <summary>Rows of a block on their way to the Parquet writer, column by column, so that memory is bounded by a few thousand rows.</summary>
internal sealed class SpanColumnsBuffer(SpanView view, AttributeLayout layout) : IDisposable
{
    /// <summary>The most rows that are handed on at once.</summary>
    public const int MaxRows = AttributeRows.MaxRows;

    private readonly byte[] _ids = new byte[MaxRows * 16];
    private readonly int[] _integers = new int[MaxRows];
    private readonly long[] _longs = new long[MaxRows];
    private readonly bool[] _validity = new bool[MaxRows];
    private readonly int[] _ends = new int[MaxRows];
    private readonly BytesRows _texts = new();
    private readonly BytesRows _keys = new();
    private readonly EventBuffer _events = new();
    private readonly LinkBuffer _links = new();

    /// <summary>The attributes of spans.</summary>
    public AttributeRows Attributes { get; } = new(layout);

    private delegate ReadOnlySpan<byte> BytesOf(in SpanRow row);

    private delegate int IntegerOf(in SpanRow row);

    /// <summary>Writes some rows to a row group.</summary>
    public void Write(ReadOnlySpan<OrderedSpan> rows, RowGroupWriter group)
    {
        WriteIds(rows, group.Column(TraceBlockSchema.TraceId), 16, static (in SpanRow row) => row.TraceId);
        WriteIds(rows, group.Column(TraceBlockSchema.SpanId), 8, static (in SpanRow row) => row.SpanId);
        WriteIds(rows, group.Column(TraceBlockSchema.ParentSpanId), 8, static (in SpanRow row) => row.ParentSpanId);
        WriteOrder(rows, group);
        for (var i = 0; i < rows.Length; i++) _longs[i] = view[rows[i].Row].StartUnixNanos;
        group.Column(TraceBlockSchema.Start).WriteInt64(_longs.AsSpan(0, rows.Length));
        for (var i = 0; i < rows.Length; i++) _longs[i] = view[rows[i].Row].DurationNanos;
        group.Column(TraceBlockSchema.Duration).WriteInt64(_longs.AsSpan(0, rows.Length));
        WriteIntegers(rows, group.Column(TraceBlockSchema.Kind), static (in SpanRow row) => row.Kind);
        WriteIntegers(rows, group.Column(TraceBlockSchema.StatusCode), static (in SpanRow row) => row.StatusCode);
        WriteStatusMessages(rows, group.Column(TraceBlockSchema.StatusMessage));
        WriteTexts(rows, group.Column(TraceBlockSchema.Name), (in SpanRow row) => view.Names[row.Name]);
        WriteTexts(rows, group.Column(TraceBlockSchema.ServiceName), (in SpanRow row) => SetItem.FirstText(view.Resources[row.Resource]));
        WriteTexts(rows, group.Column(TraceBlockSchema.TraceState), (in SpanRow row) => view.Read(row.TraceState));
        WriteIntegers(rows, group.Column(TraceBlockSchema.Flags), static (in SpanRow row) => (int)row.Flags);
        WriteIntegers(rows, group.Column(TraceBlockSchema.DroppedAttributes), static (in SpanRow row) => (int)row.DroppedAttributes);
        WriteIntegers(rows, group.Column(TraceBlockSchema.DroppedEvents), static (in SpanRow row) => (int)row.DroppedEvents);
        WriteIntegers(rows, group.Column(TraceBlockSchema.DroppedLinks), static (in SpanRow row) => (int)row.DroppedLinks);
        WriteTexts(rows, group.Column(TraceBlockSchema.ScopeName), (in SpanRow row) => SetItem.FirstText(view.Scopes[row.Scope]));
        WriteTexts(rows, group.Column(TraceBlockSchema.ScopeVersion), (in SpanRow row) => SetItem.SecondText(view.Scopes[row.Scope]));
        WriteIntegers(rows, group.Column(TraceBlockSchema.Resource), static (in SpanRow row) => row.Resource);
        WriteIntegers(rows, group.Column(TraceBlockSchema.Scope), static (in SpanRow row) => row.Scope);
        foreach (var row in rows) Attributes.Add(view.Read(view[row.Row].Attributes));
        Attributes.Hand(group);
        WriteResources(rows, group);
        foreach (var row in rows)
        {
            _events.Add(view.Read(view[row.Row].Events));
            _links.Add(view.Read(view[row.Row].Links));
        }

        _events.Hand(group);
        _links.Hand(group);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _texts.Dispose();
        _keys.Dispose();
        Attributes.Dispose();
        _events.Dispose();
        _links.Dispose();
    }

    private void WriteIds(ReadOnlySpan<OrderedSpan> rows, ColumnWriter column, int width, BytesOf idOf)
    {
        for (var i = 0; i < rows.Length; i++) idOf(view[rows[i].Row]).CopyTo(_ids.AsSpan(i * width, width));
        column.WriteFixed(_ids.AsSpan(0, rows.Length * width));
    }

    private void WriteOrder(ReadOnlySpan<OrderedSpan> rows, RowGroupWriter group)
    {
        for (var i = 0; i < rows.Length; i++) _integers[i] = rows[i].Left;
        group.Column(TraceBlockSchema.NestedLeft).WriteInt32(_integers.AsSpan(0, rows.Length));
        for (var i = 0; i < rows.Length; i++) _integers[i] = rows[i].Right;
        group.Column(TraceBlockSchema.NestedRight).WriteInt32(_integers.AsSpan(0, rows.Length));
        for (var i = 0; i < rows.Length; i++) _integers[i] = rows[i].ParentRow;
        group.Column(TraceBlockSchema.ParentRow).WriteInt32(_integers.AsSpan(0, rows.Length));
    }

    private void WriteIntegers(ReadOnlySpan<OrderedSpan> rows, ColumnWriter column, IntegerOf integerOf)
    {
        for (var i = 0; i < rows.Length; i++) _integers[i] = integerOf(view[rows[i].Row]);
        column.WriteInt32(_integers.AsSpan(0, rows.Length));
    }

    private void WriteTexts(ReadOnlySpan<OrderedSpan> rows, ColumnWriter column, BytesOf textOf)
    {
        _texts.Clear();
        foreach (var row in rows) _texts.Add(textOf(view[row.Row]));
        column.WriteBytes(_texts.Ends, _texts.Data.WrittenSpan);
    }

    private void WriteStatusMessages(ReadOnlySpan<OrderedSpan> rows, ColumnWriter column)
    {
        _texts.Clear();
        for (var i = 0; i < rows.Length; i++)
        {
            var text = view.Read(view[rows[i].Row].StatusMessage);
            _validity[i] = !text.IsEmpty;
            _texts.Add(text);
        }

        column.WriteBytes(_texts.Ends, _texts.Data.WrittenSpan, ColumnShape.Nullable(_validity.AsSpan(0, rows.Length)));
    }

    private void WriteResources(ReadOnlySpan<OrderedSpan> rows, RowGroupWriter group)
    {
        _texts.Clear();
        _keys.Clear();
        for (var i = 0; i < rows.Length; i++)
        {
            var attributes = new AttributeReader(SetItem.Attributes(view.Resources[view[rows[i].Row].Resource], 1));
            while (attributes.TryRead())
            {
                _keys.Add(attributes.Key);
                AttributeText.Write(_texts.Data, attributes);
                _texts.End();
            }

            _ends[i] = _keys.Count;
        }

        var shape = ColumnShape.Lists(_ends.AsSpan(0, rows.Length));
        group.Column(TraceBlockSchema.ResourceAttributes, "key").WriteBytes(_keys.Ends, _keys.Data.WrittenSpan, shape);
        group.Column(TraceBlockSchema.ResourceAttributes, "value").WriteBytes(_texts.Ends, _texts.Data.WrittenSpan, shape);
    }
}
