using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Rows;
using Triptych.Model.Traces;
using Triptych.Primitives.Binary;

namespace Triptych.Traces.Block;

/// <summary>Gives the attribute sets of events or links back.</summary>
internal sealed class InnerSets(ColumnLoader loader, DecodedColumn json, DecodedColumn kinds) : IDisposable
{
    private readonly PooledBufferWriter _set = new();
    private readonly PooledBufferWriter _key = new();
    private readonly PooledBufferWriter _value = new();
    private readonly PooledBufferWriter _scratch = new();

    /// <summary>Reads the columns of a list.</summary>
    public static async ValueTask<InnerSets> LoadAsync(ColumnLoader loader, string field, CancellationToken cancellationToken) => new(
        loader,
        await loader.LoadLeafAsync(field, TraceBlockSchema.Attributes, ColumnForm.Values, cancellationToken),
        await loader.LoadLeafAsync(field, TraceBlockSchema.AttributeKinds, ColumnForm.Codes, cancellationToken));

    /// <summary>The attribute set in a slot, valid until the next call.</summary>
    public ReadOnlySpan<byte> Read(int slot)
    {
        _set.Reset();
        if (!AttributeText.TryReadJson(_set, json.Bytes(slot), kinds.Bytes(slot), _key, _value, _scratch))
            throw loader.Corrupt("the attributes of an event or link are not what their kinds say");
        return _set.WrittenSpan;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _set.Dispose();
        _key.Dispose();
        _value.Dispose();
        _scratch.Dispose();
    }
}

/// <summary>The events of spans, as <see cref="SpanEventReader"/> reads them.</summary>
internal sealed class EventColumn(DecodedColumn times, DecodedColumn names, DecodedColumn dropped, InnerSets sets) : BlockColumn
{
    private readonly PooledBufferWriter _events = new();

    /// <summary>Reads the columns.</summary>
    public static async ValueTask<EventColumn> LoadAsync(ColumnLoader loader, CancellationToken cancellationToken) => new(
        await loader.LoadLeafAsync(TraceBlockSchema.Events, "time_unix_nanos", ColumnForm.Values, cancellationToken),
        await loader.LoadLeafAsync(TraceBlockSchema.Events, "name", ColumnForm.Values, cancellationToken),
        await loader.LoadLeafAsync(TraceBlockSchema.Events, "dropped_attributes_count", ColumnForm.Values, cancellationToken),
        await InnerSets.LoadAsync(loader, TraceBlockSchema.Events, cancellationToken));

    /// <inheritdoc/>
    public override void Fill(SlotSelection rows, Column into)
    {
        var column = (BytesColumn)into;
        for (var i = 0; i < rows.Length; i++)
        {
            _events.Reset();
            for (var slot = rows[i] == 0 ? 0 : times.ListEnds[rows[i] - 1]; slot < times.ListEnds[rows[i]]; slot++)
            {
                var name = names.Bytes(slot);
                var set = sets.Read(slot);
                SpanEventReader.WriteHeader(
                    _events.GetSpan(SpanEventReader.HeaderSizeBytes), times.Int64s[slot], (uint)dropped.Int32s[slot], name.Length, set.Length);
                _events.Advance(SpanEventReader.HeaderSizeBytes);
                _events.Write(name);
                _events.Write(set);
            }

            column.Add(_events.WrittenSpan);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _events.Dispose();
        sets.Dispose();
        base.Dispose();
    }
}

/// <summary>The links of spans, as <see cref="SpanLinkReader"/> reads them.</summary>
internal sealed class LinkColumn(
    DecodedColumn traceIds, DecodedColumn spanIds, DecodedColumn states, DecodedColumn flags, DecodedColumn dropped, InnerSets sets) : BlockColumn
{
    private readonly PooledBufferWriter _links = new();

    /// <summary>Reads the columns.</summary>
    public static async ValueTask<LinkColumn> LoadAsync(ColumnLoader loader, CancellationToken cancellationToken) => new(
        await loader.LoadLeafAsync(TraceBlockSchema.Links, "trace_id", ColumnForm.Values, cancellationToken),
        await loader.LoadLeafAsync(TraceBlockSchema.Links, "span_id", ColumnForm.Values, cancellationToken),
        await loader.LoadLeafAsync(TraceBlockSchema.Links, "trace_state", ColumnForm.Values, cancellationToken),
        await loader.LoadLeafAsync(TraceBlockSchema.Links, "flags", ColumnForm.Values, cancellationToken),
        await loader.LoadLeafAsync(TraceBlockSchema.Links, "dropped_attributes_count", ColumnForm.Values, cancellationToken),
        await InnerSets.LoadAsync(loader, TraceBlockSchema.Links, cancellationToken));

    /// <inheritdoc/>
    public override void Fill(SlotSelection rows, Column into)
    {
        var column = (BytesColumn)into;
        for (var i = 0; i < rows.Length; i++)
        {
            _links.Reset();
            for (var slot = rows[i] == 0 ? 0 : flags.ListEnds[rows[i] - 1]; slot < flags.ListEnds[rows[i]]; slot++)
            {
                var state = states.Bytes(slot);
                var set = sets.Read(slot);
                SpanLinkReader.WriteHeader(
                    _links.GetSpan(SpanLinkReader.HeaderSizeBytes), traceIds.Bytes(slot), spanIds.Bytes(slot),
                    (uint)flags.Int32s[slot], (uint)dropped.Int32s[slot], state.Length, set.Length);
                _links.Advance(SpanLinkReader.HeaderSizeBytes);
                _links.Write(state);
                _links.Write(set);
            }

            column.Add(_links.WrittenSpan);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _links.Dispose();
        sets.Dispose();
        base.Dispose();
    }
}
