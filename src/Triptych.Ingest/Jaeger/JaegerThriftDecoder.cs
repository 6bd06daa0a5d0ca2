using Triptych.Ingest.Translation;
using Triptych.Model.Attributes;
using Triptych.Model.Traces;

namespace Triptych.Ingest.Jaeger;

/// <summary>
/// Decodes a <c>Batch</c> of Jaeger's Thrift model in the binary protocol, as clients post it to a collector's <c>/api/traces</c>, into a batch of spans.
/// Any thread may call. Throws nothing but <see cref="Primitives.Memory.MemoryBudgetExceededException"/>. Refusals: <c>invalid_id</c>,
/// <c>invalid_time</c>, <c>too_many_attributes</c>.
/// </summary>
public static class JaegerThriftDecoder
{
    /// <summary>Decodes a body; see <see cref="DecodeOutcome"/> for how it ends.</summary>
    public static void Decode(ReadOnlySpan<byte> body, SpanBatch into, DecodeOutcome outcome)
    {
        using var spans = new SpanTranslator(into, outcome, TagDialect.Jaeger);
        var reader = new ThriftReader(body);
        var again = reader;
        spans.ResourceAttributes.Reset();
        ReadOnlySpan<byte> service = default;

        // Batch{process 1, spans 2}: the process is wanted before the spans, in whichever order they stand.
        while (reader.TryReadField(out var type, out var id))
        {
            if (id == 1 && type == ThriftType.Struct) service = ReadProcess(ref reader, spans);
            else reader.Skip(type);
        }

        if (IsMalformed(reader, outcome)) return;
        var resource = spans.AddResource(service);
        while (again.TryReadField(out var type, out var id))
        {
            if (id != 2 || type != ThriftType.List)
            {
                again.Skip(type);
                continue;
            }

            for (var count = again.ReadListOfStructs(); count > 0 && again.Error is null; count--) ReadSpan(ref again, spans, resource);
        }

        IsMalformed(again, outcome);
    }

    private static bool IsMalformed(scoped in ThriftReader reader, DecodeOutcome outcome)
    {
        if (reader.Error is not { } error) return false;
        outcome.Fail($"malformed Thrift at offset {reader.Position}: {error}");
        return true;
    }

    // Process{serviceName 1, tags 2}
    private static ReadOnlySpan<byte> ReadProcess(scoped ref ThriftReader reader, SpanTranslator spans)
    {
        ReadOnlySpan<byte> service = default;
        while (reader.TryReadField(out var type, out var id))
        {
            if (id == 1 && type == ThriftType.Binary) service = reader.ReadBinary();
            else if (id == 2 && type == ThriftType.List) ReadTags(ref reader, spans, TagPlace.Resource);
            else reader.Skip(type);
        }

        return service;
    }

    /// <summary>
    /// <c>Span{traceIdLow 1, traceIdHigh 2, spanId 3, parentSpanId 4, operationName 5, references 6, flags 7, startTime 8, duration 9, tags 10, logs 11}</c>;
    /// the ids first, because references are compared with them.
    /// </summary>
    private static void ReadSpan(scoped ref ThriftReader reader, SpanTranslator spans, int resource)
    {
        var again = reader;
        var span = new TranslatedSpan { Resource = resource };
        ulong low = 0;
        ulong high = 0;
        while (reader.TryReadField(out var type, out var id))
        {
            switch (id, type)
            {
                case (1, ThriftType.Int64): low = (ulong)reader.ReadInt64(); break;
                case (2, ThriftType.Int64): high = (ulong)reader.ReadInt64(); break;
                case (3, ThriftType.Int64): span.SpanId = (ulong)reader.ReadInt64(); break;
                case (4, ThriftType.Int64): span.ParentSpanId = (ulong)reader.ReadInt64(); break;
                case (5, ThriftType.Binary): span.Name = spans.StoreText(reader.ReadBinary()); break;
                case (7, ThriftType.Int32): span.Flags = (uint)reader.ReadInt32() & 1; break;
                case (8, ThriftType.Int64): span.StartUnixNanos = TranslatedSpan.NanosOf(reader.ReadInt64()); break;
                case (9, ThriftType.Int64): span.DurationNanos = TranslatedSpan.NanosOf(reader.ReadInt64()); break;
                default: reader.Skip(type); break;
            }
        }

        if (reader.Error is not null) return;
        span.TraceId = new UInt128(high, low);
        spans.BeginSpan();
        var references = new JaegerReferences(spans, span.TraceId, span.ParentSpanId);
        while (again.TryReadField(out var type, out var id))
        {
            if (id == 6 && type == ThriftType.List) ReadReferences(ref again, ref references);
            else if (id == 10 && type == ThriftType.List) ReadTags(ref again, spans, TagPlace.Span);
            else if (id == 11 && type == ThriftType.List) ReadLogs(ref again, spans);
            else again.Skip(type);
        }

        if (again.Error is { } error)
        {
            reader.Fail(error);
            return;
        }

        references.End(ref span, out var dropped);
        spans.EndSpan(span, dropped);
    }

    // SpanRef{refType 1, traceIdLow 2, traceIdHigh 3, spanId 4}
    private static void ReadReferences(scoped ref ThriftReader reader, scoped ref JaegerReferences references)
    {
        for (var count = reader.ReadListOfStructs(); count > 0 && reader.Error is null; count--)
        {
            var kind = 0;
            ulong low = 0;
            ulong high = 0;
            ulong span = 0;
            while (reader.TryReadField(out var type, out var id))
            {
                switch (id, type)
                {
                    case (1, ThriftType.Int32): kind = reader.ReadInt32(); break;
                    case (2, ThriftType.Int64): low = (ulong)reader.ReadInt64(); break;
                    case (3, ThriftType.Int64): high = (ulong)reader.ReadInt64(); break;
                    case (4, ThriftType.Int64): span = (ulong)reader.ReadInt64(); break;
                    default: reader.Skip(type); break;
                }
            }

            references.Add(new UInt128(high, low), span, isChildOf: kind == 0);
        }
    }

    // Log{timestamp 1, fields 2}
    private static void ReadLogs(scoped ref ThriftReader reader, SpanTranslator spans)
    {
        for (var count = reader.ReadListOfStructs(); count > 0 && reader.Error is null; count--)
        {
            long nanos = 0;
            ReadOnlySpan<byte> name = default;
            spans.PartAttributes.Reset();
            while (reader.TryReadField(out var type, out var id))
            {
                if (id == 1 && type == ThriftType.Int64) nanos = TranslatedSpan.NanosOf(reader.ReadInt64());
                else if (id == 2 && type == ThriftType.List) name = ReadTags(ref reader, spans, TagPlace.Event);
                else reader.Skip(type);
            }

            spans.AddEvent(nanos, name);
        }
    }

    /// <summary>Where tags belong.</summary>
    private enum TagPlace
    {
        Resource,
        Span,
        Event,
    }

    /// <summary>
    /// Reads a list of <c>Tag{key 1, vType 2, vStr 3, vDouble 4, vBool 5, vLong 6, vBinary 7}</c>; the field <c>event</c> of an event is its name.
    /// </summary>
    private static ReadOnlySpan<byte> ReadTags(scoped ref ThriftReader reader, SpanTranslator spans, TagPlace place)
    {
        ReadOnlySpan<byte> eventName = default;
        for (var count = reader.ReadListOfStructs(); count > 0 && reader.Error is null; count--)
        {
            var kind = AttributeKind.String;
            ReadOnlySpan<byte> key = default;
            ReadOnlySpan<byte> text = default;
            ReadOnlySpan<byte> binary = default;
            long number = 0;
            long real = 0;
            var flag = false;
            while (reader.TryReadField(out var type, out var id))
            {
                switch (id, type)
                {
                    case (1, ThriftType.Binary): key = reader.ReadBinary(); break;
                    case (2, ThriftType.Int32): kind = KindOf(ref reader, reader.ReadInt32()); break;
                    case (3, ThriftType.Binary): text = reader.ReadBinary(); break;
                    case (4, ThriftType.Double): real = reader.ReadInt64(); break;
                    case (5, ThriftType.Bool): flag = reader.ReadBool(); break;
                    case (6, ThriftType.Int64): number = reader.ReadInt64(); break;
                    case (7, ThriftType.Binary): binary = reader.ReadBinary(); break;
                    default: reader.Skip(type); break;
                }
            }

            if (reader.Error is not null) break;
            var bits = kind switch { AttributeKind.Int => number, AttributeKind.Double => real, AttributeKind.Bool => flag ? 1 : 0, _ => 0 };
            var bytes = kind == AttributeKind.Bytes ? binary : text;
            if (place == TagPlace.Span) spans.AddTag(key, kind, bits, bytes);
            else if (place == TagPlace.Event && kind == AttributeKind.String && key.SequenceEqual("event"u8)) eventName = text;
            else (place == TagPlace.Resource ? spans.ResourceAttributes : spans.PartAttributes).Add(key, kind, bits, bytes);
        }

        return eventName;
    }

    private static AttributeKind KindOf(scoped ref ThriftReader reader, int type)
    {
        switch (type)
        {
            case 0: return AttributeKind.String;
            case 1: return AttributeKind.Double;
            case 2: return AttributeKind.Bool;
            case 3: return AttributeKind.Int;
            case 4: return AttributeKind.Bytes;
            default:
                reader.Fail($"{type} is no type of a tag");
                return AttributeKind.String;
        }
    }
}
