using System.Buffers.Binary;

namespace Triptych.Model.Traces;

/// <summary>
/// Walks a span's events:
/// <code>event := timeUnixNanos:i64  droppedAttributes:u32  nameLength:u32  attributesLength:u32  name  attributes</code>
/// one after another, little endian; attributes are an attribute set (<see cref="Attributes.AttributeReader"/>).
/// </summary>
public ref struct SpanEventReader(ReadOnlySpan<byte> events)
{
    /// <summary>Bytes before an event's name.</summary>
    public const int HeaderSizeBytes = 20;

    private ReadOnlySpan<byte> _rest = events;

    /// <summary>When it happened.</summary>
    public long TimeUnixNanos { get; private set; }

    /// <summary>How many attributes the client dropped.</summary>
    public uint DroppedAttributes { get; private set; }

    /// <summary>The event's name.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>Its attribute set.</summary>
    public ReadOnlySpan<byte> Attributes { get; private set; }

    /// <summary>Steps to the next event; false at the end or where the bytes are not events.</summary>
    public bool TryRead()
    {
        if (_rest.Length < HeaderSizeBytes) return false;
        TimeUnixNanos = BinaryPrimitives.ReadInt64LittleEndian(_rest);
        DroppedAttributes = BinaryPrimitives.ReadUInt32LittleEndian(_rest[8..]);
        long nameLength = BinaryPrimitives.ReadUInt32LittleEndian(_rest[12..]);
        long attributesLength = BinaryPrimitives.ReadUInt32LittleEndian(_rest[16..]);
        if (nameLength + attributesLength > _rest.Length - HeaderSizeBytes) return false;
        Name = _rest.Slice(HeaderSizeBytes, (int)nameLength);
        Attributes = _rest.Slice(HeaderSizeBytes + (int)nameLength, (int)attributesLength);
        _rest = _rest[(HeaderSizeBytes + (int)nameLength + (int)attributesLength)..];
        return true;
    }

    /// <summary>Writes an event's header; name and attributes follow it.</summary>
    public static void WriteHeader(Span<byte> into, long timeUnixNanos, uint droppedAttributes, int nameLength, int attributesLength)
    {
        BinaryPrimitives.WriteInt64LittleEndian(into, timeUnixNanos);
        BinaryPrimitives.WriteUInt32LittleEndian(into[8..], droppedAttributes);
        BinaryPrimitives.WriteInt32LittleEndian(into[12..], nameLength);
        BinaryPrimitives.WriteInt32LittleEndian(into[16..], attributesLength);
    }
}
