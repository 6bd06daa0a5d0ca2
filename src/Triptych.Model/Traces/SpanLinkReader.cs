using System.Buffers.Binary;

namespace Triptych.Model.Traces;

/// <summary>
/// Walks a span's links:
/// <code>link := traceId:16  spanId:8  flags:u32  droppedAttributes:u32  traceStateLength:u32  attributesLength:u32  traceState  attributes</code>
/// one after another, little endian; attributes are an attribute set (<see cref="Attributes.AttributeReader"/>).
/// </summary>
public ref struct SpanLinkReader(ReadOnlySpan<byte> links)
{
    /// <summary>Bytes before a link's trace state.</summary>
    public const int HeaderSizeBytes = 40;

    private ReadOnlySpan<byte> _rest = links;

    /// <summary>The linked trace, 16 bytes.</summary>
    public ReadOnlySpan<byte> TraceId { get; private set; }

    /// <summary>The linked span, 8 bytes.</summary>
    public ReadOnlySpan<byte> SpanId { get; private set; }

    /// <summary>OTLP's flags.</summary>
    public uint Flags { get; private set; }

    /// <summary>How many attributes the client dropped.</summary>
    public uint DroppedAttributes { get; private set; }

    /// <summary>The W3C trace state.</summary>
    public ReadOnlySpan<byte> TraceState { get; private set; }

    /// <summary>The attribute set.</summary>
    public ReadOnlySpan<byte> Attributes { get; private set; }

    /// <summary>Steps to the next link; false at the end or where the bytes are not links.</summary>
    public bool TryRead()
    {
        if (_rest.Length < HeaderSizeBytes) return false;
        TraceId = _rest[..16];
        SpanId = _rest.Slice(16, 8);
        Flags = BinaryPrimitives.ReadUInt32LittleEndian(_rest[24..]);
        DroppedAttributes = BinaryPrimitives.ReadUInt32LittleEndian(_rest[28..]);
        long stateLength = BinaryPrimitives.ReadUInt32LittleEndian(_rest[32..]);
        long attributesLength = BinaryPrimitives.ReadUInt32LittleEndian(_rest[36..]);
        if (stateLength + attributesLength > _rest.Length - HeaderSizeBytes) return false;
        TraceState = _rest.Slice(HeaderSizeBytes, (int)stateLength);
        Attributes = _rest.Slice(HeaderSizeBytes + (int)stateLength, (int)attributesLength);
        _rest = _rest[(HeaderSizeBytes + (int)stateLength + (int)attributesLength)..];
        return true;
    }

    /// <summary>Writes a link's header; trace state and attributes follow it.</summary>
    public static void WriteHeader(
        Span<byte> into, ReadOnlySpan<byte> traceId, ReadOnlySpan<byte> spanId, uint flags, uint droppedAttributes, int traceStateLength, int attributesLength)
    {
        traceId.CopyTo(into[..16]);
        spanId.CopyTo(into.Slice(16, 8));
        BinaryPrimitives.WriteUInt32LittleEndian(into[24..], flags);
        BinaryPrimitives.WriteUInt32LittleEndian(into[28..], droppedAttributes);
        BinaryPrimitives.WriteInt32LittleEndian(into[32..], traceStateLength);
        BinaryPrimitives.WriteInt32LittleEndian(into[36..], attributesLength);
    }
}
