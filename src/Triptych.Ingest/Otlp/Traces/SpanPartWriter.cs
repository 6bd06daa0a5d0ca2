using Triptych.Ingest.Otlp.Values;
using Triptych.Ingest.Text;
using Triptych.Model.Traces;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Protobuf;

namespace Triptych.Ingest.Otlp.Traces;

/// <summary>Collects the events and links of one span in the forms of <see cref="SpanEventReader"/> and <see cref="SpanLinkReader"/>.</summary>
internal sealed class SpanPartWriter : IDisposable
{
    private readonly PooledBufferWriter _events = new(capacity: 0);
    private readonly PooledBufferWriter _links = new(capacity: 0);
    private readonly AttributeSetWriter _attributes = new();
    private readonly ValidText _valid = new();

    /// <summary>The events so far.</summary>
    public ReadOnlySpan<byte> Events => _events.WrittenSpan;

    /// <summary>The links so far.</summary>
    public ReadOnlySpan<byte> Links => _links.WrittenSpan;

    /// <summary>Links left out because their ids do not have 16 and 8 bytes.</summary>
    public int InvalidLinks { get; private set; }

    /// <summary>True when an event or link had more attributes than a set holds.</summary>
    public bool HasTooMany { get; private set; }

    /// <summary>Begins the next span.</summary>
    public void Reset()
    {
        _events.Reset();
        _links.Reset();
        InvalidLinks = 0;
        HasTooMany = false;
    }

    /// <summary>Adds <c>Event{time 1, name 2, attributes 3, dropped_attributes_count 4}</c>.</summary>
    public void AddEvent(scoped ref ProtoReader parent, ProtoReader message)
    {
        ulong time = 0;
        uint dropped = 0;
        ReadOnlySpan<byte> name = default;
        _attributes.Reset();
        while (message.TryReadTag(out var field, out _))
        {
            switch (field)
            {
                case 1: time = message.ReadFixed64(); break;
                case 2: name = message.ReadBytes(); break;
                case 3: _attributes.Add(ref message, message.ReadMessage()); break;
                case 4: dropped = message.ReadUInt32(); break;
            }
        }

        if (parent.Absorb(message)) AddEvent((long)Math.Min(time, long.MaxValue), name, dropped, _attributes);
    }

    /// <summary>Adds an event with the attributes of a set.</summary>
    public void AddEvent(long unixNanos, ReadOnlySpan<byte> name, uint dropped, AttributeSetWriter set)
    {
        HasTooMany |= set.HasTooMany;
        name = _valid.Of(name);
        var attributes = set.Finish();
        SpanEventReader.WriteHeader(_events.GetSpan(SpanEventReader.HeaderSizeBytes), unixNanos, dropped, name.Length, attributes.Length);
        _events.Advance(SpanEventReader.HeaderSizeBytes);
        _events.Write(name);
        _events.Write(attributes);
    }

    /// <summary>Adds <c>Link{trace_id 1, span_id 2, trace_state 3, attributes 4, dropped_attributes_count 5, flags 6}</c>.</summary>
    public void AddLink(scoped ref ProtoReader parent, ProtoReader message)
    {
        ReadOnlySpan<byte> traceId = default;
        ReadOnlySpan<byte> spanId = default;
        ReadOnlySpan<byte> state = default;
        uint dropped = 0;
        uint flags = 0;
        _attributes.Reset();
        while (message.TryReadTag(out var field, out _))
        {
            switch (field)
            {
                case 1: traceId = message.ReadBytes(); break;
                case 2: spanId = message.ReadBytes(); break;
                case 3: state = message.ReadBytes(); break;
                case 4: _attributes.Add(ref message, message.ReadMessage()); break;
                case 5: dropped = message.ReadUInt32(); break;
                case 6: flags = message.ReadFixed32(); break;
            }
        }

        if (!parent.Absorb(message)) return;
        if (traceId.Length != TraceId.Length || spanId.Length != SpanId.Length)
        {
            InvalidLinks++;
            return;
        }

        AddLink(traceId, spanId, state, flags, dropped, _attributes);
    }

    /// <summary>Adds a link, whose ids have 16 and 8 bytes, with the attributes of a set.</summary>
    public void AddLink(
        ReadOnlySpan<byte> traceId, ReadOnlySpan<byte> spanId, ReadOnlySpan<byte> state, uint flags, uint dropped, AttributeSetWriter set)
    {
        HasTooMany |= set.HasTooMany;
        state = _valid.Of(state);
        var attributes = set.Finish();
        var header = _links.GetSpan(SpanLinkReader.HeaderSizeBytes);
        SpanLinkReader.WriteHeader(header, traceId, spanId, flags, dropped, state.Length, attributes.Length);
        _links.Advance(SpanLinkReader.HeaderSizeBytes);
        _links.Write(state);
        _links.Write(attributes);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _events.Dispose();
        _links.Dispose();
        _attributes.Dispose();
        _valid.Dispose();
    }
}
