using System.Numerics;
using Triptych.Model.Attributes;
using Triptych.Model.Traces;

namespace Triptych.Derive.Attributes;

/// <summary>
/// How many bytes a span has in OTLP's protobuf. Told from what is kept of it, so that it is the same for every way in and after a replay.
/// Lists and maps, which are kept as JSON, count as that text; all else is exact.
/// </summary>
internal static class OtlpSize
{
    private const int Fixed64Field = 1 + 8;

    /// <summary>Bytes of a span, without its own tag and length.</summary>
    /// <param name="batch">Where it is.</param>
    /// <param name="span">The span.</param>
    /// <param name="attributeBytes">What <see cref="WantedAttributes.Find"/> said of its attributes.</param>
    public static long OfSpan(SpanBatch batch, in SpanEntry span, long attributeBytes)
    {
        var size = 2L + TraceId.Length + 2 + SpanId.Length + attributeBytes;
        if (((ReadOnlySpan<byte>)span.ParentSpanId).ContainsAnyExcept((byte)0)) size += 2 + SpanId.Length;
        size += Text(span.TraceState.Length) + Text(span.Name.Length);
        if (span.Kind != 0) size += 2;
        if (span.StartUnixNanos != 0) size += Fixed64Field;
        if (span.StartUnixNanos + span.DurationNanos != 0) size += Fixed64Field;
        size += Number(span.DroppedAttributes) + Number(span.DroppedEvents) + Number(span.DroppedLinks);
        if (span.Flags != 0) size += 2 + 4;
        var status = Text(span.StatusMessage.Length) + (span.StatusCode != 0 ? 2 : 0);
        if (status > 0) size += Nested(status);
        if (span.Events.Length > 0) size += Events(batch.Read(span.Events));
        if (span.Links.Length > 0) size += Links(batch.Read(span.Links));
        return size;
    }

    /// <summary>Bytes of an attribute, with its tag and length.</summary>
    public static long OfAttribute(in AttributeReader attribute)
    {
        var value = attribute.Kind switch
        {
            AttributeKind.Bool => 2L,
            AttributeKind.Int => 1 + Varint((ulong)attribute.Bits),
            AttributeKind.Double => Fixed64Field,
            _ => Nested(attribute.Bytes.Length),
        };
        return Nested(Text(attribute.Key.Length) + Nested(value));
    }

    private static long Attributes(ReadOnlySpan<byte> set)
    {
        var size = 0L;
        var reader = new AttributeReader(set);
        while (reader.TryRead()) size += OfAttribute(reader);
        return size;
    }

    private static long Events(ReadOnlySpan<byte> events)
    {
        var size = 0L;
        var reader = new SpanEventReader(events);
        while (reader.TryRead())
            size += Nested(
                (reader.TimeUnixNanos != 0 ? Fixed64Field : 0) + Text(reader.Name.Length) + Number(reader.DroppedAttributes) + Attributes(reader.Attributes));
        return size;
    }

    private static long Links(ReadOnlySpan<byte> links)
    {
        var size = 0L;
        var reader = new SpanLinkReader(links);
        while (reader.TryRead())
        {
            size += Nested(
                2 + TraceId.Length + 2 + SpanId.Length + Text(reader.TraceState.Length) + Number(reader.DroppedAttributes) + (reader.Flags != 0 ? 5 : 0)
                + Attributes(reader.Attributes));
        }

        return size;
    }

    private static long Text(int length) => length == 0 ? 0 : Nested(length);

    private static long Nested(long length) => 1 + Varint((ulong)length) + length;

    private static long Number(uint value) => value == 0 ? 0 : 1 + Varint(value);

    private static int Varint(ulong value) => value == 0 ? 1 : (BitOperations.Log2(value) / 7) + 1;
}
