using System.Buffers.Binary;
using Triptych.Ingest.Translation;
using Triptych.Model.Attributes;
using Triptych.Model.Traces;
using Triptych.Primitives.Protobuf;

namespace Triptych.Ingest.Jaeger;

/// <summary>
/// Decodes a <c>PostSpansRequest</c> of Jaeger's <c>api_v2</c> into a batch of spans. Any thread may call. Throws nothing but
/// <see cref="Primitives.Memory.MemoryBudgetExceededException"/>. Refusals: <c>invalid_id</c>, <c>invalid_time</c>, <c>too_many_attributes</c>.
/// </summary>
public static class JaegerProtoDecoder
{
    private const long NanosPerSecond = 1_000_000_000;

    /// <summary>Decodes a body; see <see cref="DecodeOutcome"/> for how it ends.</summary>
    public static void Decode(ReadOnlySpan<byte> body, SpanBatch into, DecodeOutcome outcome)
    {
        using var spans = new SpanTranslator(into, outcome, TagDialect.Jaeger);
        var reader = new ProtoReader(body);
        while (reader.TryReadTag(out var field, out _))
        {
            if (field == 1) ReadBatch(ref reader, reader.ReadMessage(), spans);
        }

        ProtoFault.Report(reader, outcome);
    }

    // Batch{spans 1, process 2}
    private static void ReadBatch(scoped ref ProtoReader parent, ProtoReader message, SpanTranslator spans)
    {
        var again = message;
        spans.ResourceAttributes.Reset();
        ReadOnlySpan<byte> service = default;
        while (message.TryReadTag(out var field, out _))
        {
            if (field == 2) ReadProcess(ref message, message.ReadMessage(), spans, ref service);
        }

        if (!parent.Absorb(message)) return;
        var resource = spans.AddResource(service);
        while (again.TryReadTag(out var field, out _))
        {
            if (field == 1) ReadSpan(ref again, again.ReadMessage(), spans, resource);
        }

        parent.Absorb(again);
    }

    // Process{service_name 1, tags 2}
    private static void ReadProcess(scoped ref ProtoReader parent, ProtoReader message, SpanTranslator spans, ref ReadOnlySpan<byte> service)
    {
        while (message.TryReadTag(out var field, out _))
        {
            if (field == 1)
            {
                service = message.ReadBytes();
            }
            else if (field == 2)
            {
                var tag = ReadTag(ref message, message.ReadMessage());
                spans.ResourceAttributes.Add(tag.Key, tag.Kind, tag.Bits, tag.Bytes);
            }
        }

        parent.Absorb(message);
    }

    /// <summary>
    /// <c>Span{trace_id 1, span_id 2, operation_name 3, references 4, flags 5, start_time 6, duration 7, tags 8, logs 9, process 10, warnings 12}</c>;
    /// the ids and the process first, because references are compared with them and the process may be the span's own.
    /// </summary>
    private static void ReadSpan(scoped ref ProtoReader parent, ProtoReader message, SpanTranslator spans, int resource)
    {
        var again = message;
        var span = new TranslatedSpan { Resource = resource };
        while (message.TryReadTag(out var field, out _))
        {
            switch (field)
            {
                case 1: span.TraceId = TraceIdOf(message.ReadBytes()); break;
                case 2: span.SpanId = SpanIdOf(message.ReadBytes()); break;
                case 3: span.Name = spans.StoreText(message.ReadBytes()); break;
                case 5: span.Flags = message.ReadUInt32() & 1; break;
                case 6: span.StartUnixNanos = ReadNanos(ref message, message.ReadMessage()); break;
                case 7: span.DurationNanos = ReadNanos(ref message, message.ReadMessage()); break;
                case 10:
                    ReadOnlySpan<byte> service = default;
                    spans.ResourceAttributes.Reset();
                    ReadProcess(ref message, message.ReadMessage(), spans, ref service);
                    span.Resource = spans.AddResource(service);
                    break;
            }
        }

        if (!parent.Absorb(message)) return;
        spans.BeginSpan();
        var references = new JaegerReferences(spans, span.TraceId, 0);
        while (again.TryReadTag(out var field, out _))
        {
            switch (field)
            {
                case 4:
                    ReadReference(ref again, again.ReadMessage(), ref references);
                    break;
                case 8:
                    var tag = ReadTag(ref again, again.ReadMessage());
                    spans.AddTag(tag.Key, tag.Kind, tag.Bits, tag.Bytes);
                    break;
                case 9:
                    ReadLog(ref again, again.ReadMessage(), spans);
                    break;
                case 12:
                    spans.AddTag("jaeger.warning"u8, AttributeKind.String, 0, again.ReadBytes());
                    break;
            }
        }

        if (!parent.Absorb(again)) return;
        references.End(ref span, out var dropped);
        spans.EndSpan(span, dropped);
    }

    // SpanRef{trace_id 1, span_id 2, ref_type 3}
    private static void ReadReference(scoped ref ProtoReader parent, ProtoReader message, scoped ref JaegerReferences references)
    {
        UInt128 trace = 0;
        ulong span = 0;
        var kind = 0;
        while (message.TryReadTag(out var field, out _))
        {
            if (field == 1) trace = TraceIdOf(message.ReadBytes());
            else if (field == 2) span = SpanIdOf(message.ReadBytes());
            else if (field == 3) kind = message.ReadInt32();
        }

        if (parent.Absorb(message)) references.Add(trace, span, isChildOf: kind == 0);
    }

    // Log{timestamp 1, fields 2}
    private static void ReadLog(scoped ref ProtoReader parent, ProtoReader message, SpanTranslator spans)
    {
        long nanos = 0;
        ReadOnlySpan<byte> name = default;
        spans.PartAttributes.Reset();
        while (message.TryReadTag(out var field, out _))
        {
            if (field == 1)
            {
                nanos = ReadNanos(ref message, message.ReadMessage());
            }
            else if (field == 2)
            {
                var tag = ReadTag(ref message, message.ReadMessage());
                if (tag.Kind == AttributeKind.String && tag.Key.SequenceEqual("event"u8)) name = tag.Bytes;
                else spans.PartAttributes.Add(tag.Key, tag.Kind, tag.Bits, tag.Bytes);
            }
        }

        if (parent.Absorb(message)) spans.AddEvent(nanos, name);
    }

    private ref struct Tag
    {
        public ReadOnlySpan<byte> Key;
        public AttributeKind Kind;
        public long Bits;
        public ReadOnlySpan<byte> Bytes;
    }

    // KeyValue{key 1, v_type 2, v_str 3, v_bool 4, v_int64 5, v_float64 6, v_binary 7}
    private static Tag ReadTag(scoped ref ProtoReader parent, ProtoReader message)
    {
        var tag = default(Tag);
        var type = 0;
        ReadOnlySpan<byte> text = default;
        ReadOnlySpan<byte> binary = default;
        long flag = 0;
        long number = 0;
        long real = 0;
        while (message.TryReadTag(out var field, out _))
        {
            switch (field)
            {
                case 1: tag.Key = message.ReadBytes(); break;
                case 2: type = message.ReadInt32(); break;
                case 3: text = message.ReadBytes(); break;
                case 4: flag = message.ReadBool() ? 1 : 0; break;
                case 5: number = message.ReadInt64(); break;
                case 6: real = (long)message.ReadFixed64(); break;
                case 7: binary = message.ReadBytes(); break;
            }
        }

        parent.Absorb(message);
        (tag.Kind, tag.Bits) = type switch
        {
            1 => (AttributeKind.Bool, flag),
            2 => (AttributeKind.Int, number),
            3 => (AttributeKind.Double, real),
            4 => (AttributeKind.Bytes, 0),
            _ => (AttributeKind.String, 0),
        };
        tag.Bytes = type == 4 ? binary : text;
        return tag;
    }

    // Timestamp and Duration{seconds 1, nanos 2}
    private static long ReadNanos(scoped ref ProtoReader parent, ProtoReader message)
    {
        long seconds = 0;
        long nanos = 0;
        while (message.TryReadTag(out var field, out _))
        {
            if (field == 1) seconds = message.ReadInt64();
            else if (field == 2) nanos = message.ReadInt32();
        }

        parent.Absorb(message);
        return seconds < 0 || seconds >= long.MaxValue / NanosPerSecond || nanos is < 0 or >= NanosPerSecond ? 0 : (seconds * NanosPerSecond) + nanos;
    }

    /// <summary>16 bytes, or 8 of the lower half; else 0, which is no id.</summary>
    private static UInt128 TraceIdOf(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        16 => BinaryPrimitives.ReadUInt128BigEndian(bytes),
        8 => BinaryPrimitives.ReadUInt64BigEndian(bytes),
        _ => 0,
    };

    private static ulong SpanIdOf(ReadOnlySpan<byte> bytes) => bytes.Length == 8 ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : 0;
}
