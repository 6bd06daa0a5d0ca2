using System.Runtime.InteropServices;
using Triptych.Columnar.Parquet.Writing;
using Triptych.Model.Traces;
using Triptych.Primitives.Binary;

namespace Triptych.Traces.Block;

/// <summary>The attributes of events or links on their way to the Parquet writer.</summary>
internal sealed class InnerAttributes : IDisposable
{
    private readonly BytesRows _json = new();
    private readonly BytesRows _kinds = new();
    private readonly PooledBufferWriter _scratch = new();

    /// <summary>Adds the attribute set of one event or link.</summary>
    public void Add(ReadOnlySpan<byte> set)
    {
        AttributeText.WriteJson(_json.Data, _kinds.Data, set, _scratch);
        _json.End();
        _kinds.End();
    }

    /// <summary>Writes all and forgets them.</summary>
    public void Hand(RowGroupWriter group, string field, ReadOnlySpan<int> rowEnds)
    {
        group.Column(field, TraceBlockSchema.Attributes).WriteBytes(_json.Ends, _json.Data.WrittenSpan, ColumnShape.Lists(rowEnds));
        group.Column(field, TraceBlockSchema.AttributeKinds).WriteBytes(_kinds.Ends, _kinds.Data.WrittenSpan, ColumnShape.Lists(rowEnds));
        _json.Clear();
        _kinds.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _json.Dispose();
        _kinds.Dispose();
        _scratch.Dispose();
    }
}

/// <summary>Events of some rows on their way to the Parquet writer.</summary>
internal sealed class EventBuffer : IDisposable
{
    private readonly List<int> _rowEnds = [];
    private readonly List<long> _times = [];
    private readonly List<int> _dropped = [];
    private readonly BytesRows _names = new();
    private readonly InnerAttributes _attributes = new();

    /// <summary>Adds a row's events.</summary>
    public void Add(ReadOnlySpan<byte> events)
    {
        var reader = new SpanEventReader(events);
        while (reader.TryRead())
        {
            _times.Add(reader.TimeUnixNanos);
            _dropped.Add((int)reader.DroppedAttributes);
            _names.Add(reader.Name);
            _attributes.Add(reader.Attributes);
        }

        _rowEnds.Add(_times.Count);
    }

    /// <summary>Writes all and forgets them.</summary>
    public void Hand(RowGroupWriter group)
    {
        var rowEnds = CollectionsMarshal.AsSpan(_rowEnds);
        var shape = ColumnShape.Lists(rowEnds);
        group.Column(TraceBlockSchema.Events, "time_unix_nanos").WriteInt64(CollectionsMarshal.AsSpan(_times), shape);
        group.Column(TraceBlockSchema.Events, "name").WriteBytes(_names.Ends, _names.Data.WrittenSpan, shape);
        group.Column(TraceBlockSchema.Events, "dropped_attributes_count").WriteInt32(CollectionsMarshal.AsSpan(_dropped), shape);
        _attributes.Hand(group, TraceBlockSchema.Events, rowEnds);
        _rowEnds.Clear();
        _times.Clear();
        _dropped.Clear();
        _names.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _names.Dispose();
        _attributes.Dispose();
    }
}

/// <summary>Links of some rows on their way to the Parquet writer.</summary>
internal sealed class LinkBuffer : IDisposable
{
    private readonly List<int> _rowEnds = [];
    private readonly List<int> _flags = [];
    private readonly List<int> _dropped = [];
    private readonly PooledBufferWriter _traceIds = new();
    private readonly PooledBufferWriter _spanIds = new();
    private readonly BytesRows _traceStates = new();
    private readonly InnerAttributes _attributes = new();

    /// <summary>Adds a row's links.</summary>
    public void Add(ReadOnlySpan<byte> links)
    {
        var reader = new SpanLinkReader(links);
        while (reader.TryRead())
        {
            _traceIds.Write(reader.TraceId);
            _spanIds.Write(reader.SpanId);
            _flags.Add((int)reader.Flags);
            _dropped.Add((int)reader.DroppedAttributes);
            _traceStates.Add(reader.TraceState);
            _attributes.Add(reader.Attributes);
        }

        _rowEnds.Add(_flags.Count);
    }

    /// <summary>Writes all and forgets them.</summary>
    public void Hand(RowGroupWriter group)
    {
        var rowEnds = CollectionsMarshal.AsSpan(_rowEnds);
        var shape = ColumnShape.Lists(rowEnds);
        group.Column(TraceBlockSchema.Links, "trace_id").WriteFixed(_traceIds.WrittenSpan, shape);
        group.Column(TraceBlockSchema.Links, "span_id").WriteFixed(_spanIds.WrittenSpan, shape);
        group.Column(TraceBlockSchema.Links, "trace_state").WriteBytes(_traceStates.Ends, _traceStates.Data.WrittenSpan, shape);
        group.Column(TraceBlockSchema.Links, "flags").WriteInt32(CollectionsMarshal.AsSpan(_flags), shape);
        group.Column(TraceBlockSchema.Links, "dropped_attributes_count").WriteInt32(CollectionsMarshal.AsSpan(_dropped), shape);
        _attributes.Hand(group, TraceBlockSchema.Links, rowEnds);
        _rowEnds.Clear();
        _flags.Clear();
        _dropped.Clear();
        _traceIds.Reset();
        _spanIds.Reset();
        _traceStates.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _traceIds.Dispose();
        _spanIds.Dispose();
        _traceStates.Dispose();
        _attributes.Dispose();
    }
}
