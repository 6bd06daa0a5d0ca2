using Triptych.Model;
using Triptych.Model.Traces;
using Triptych.Primitives.Binary;
using Triptych.Storage.Wal;

namespace Triptych.Traces.Head;

/// <summary>
/// The payload of a WAL record of traces (docs/formats/wal.md): the spans that an append took, in columns, because neighbours compress well. A record needs no other.
/// <code>
/// version:u8 = 1
/// resources: uvarint(n) { service name  attribute set }            texts and sets with their uvarint length before them
/// scopes:    uvarint(n) { name  version  attribute set }
/// spans:     uvarint(n), then each of these n times:
///   { trace id:16 } { span id:8 } { parent span id:8 } { resource:uvarint } { scope:uvarint }
///   { start - start before:zigzag } { duration:uvarint } { kind:u8 } { status code:u8 } { flags:uvarint }
///   { dropped attributes:uvarint } { dropped events:uvarint } { dropped links:uvarint }
///   { name } { trace state } { status message } { attribute set } { events } { links }
/// </code>
/// </summary>
internal static class TraceRecord
{
    private const byte Version = 1;

    // Ids and one byte for each other column.
    private const int MinSpanBytes = 32 + 14;

    /// <summary>Writes the accepted spans of a batch; nothing when there are none.</summary>
    public static void Write(PooledBufferWriter output, SpanBatch batch, ReadOnlySpan<int> accepted)
    {
        if (accepted.IsEmpty) return;
        var spans = batch.Spans;
        output.WriteByte(Version);
        output.WriteUnsigned((ulong)batch.Resources.Length);
        foreach (var resource in batch.Resources)
        {
            output.WriteLengthPrefixed(batch.Read(resource.ServiceName));
            output.WriteLengthPrefixed(batch.Read(resource.Attributes));
        }

        output.WriteUnsigned((ulong)batch.Scopes.Length);
        foreach (var scope in batch.Scopes)
        {
            output.WriteLengthPrefixed(batch.Read(scope.Name));
            output.WriteLengthPrefixed(batch.Read(scope.Version));
            output.WriteLengthPrefixed(batch.Read(scope.Attributes));
        }

        output.WriteUnsigned((ulong)accepted.Length);
        foreach (var i in accepted) output.Write(spans[i].TraceId);
        foreach (var i in accepted) output.Write(spans[i].SpanId);
        foreach (var i in accepted) output.Write(spans[i].ParentSpanId);
        foreach (var i in accepted) output.WriteUnsigned((ulong)spans[i].Resource);
        foreach (var i in accepted) output.WriteUnsigned((ulong)spans[i].Scope);
        var start = 0L;
        foreach (var i in accepted)
        {
            output.WriteSigned(spans[i].StartUnixNanos - start);
            start = spans[i].StartUnixNanos;
        }

        foreach (var i in accepted) output.WriteUnsigned((ulong)spans[i].DurationNanos);
        foreach (var i in accepted) output.WriteByte(spans[i].Kind);
        foreach (var i in accepted) output.WriteByte(spans[i].StatusCode);
        foreach (var i in accepted) output.WriteUnsigned(spans[i].Flags);
        foreach (var i in accepted) output.WriteUnsigned(spans[i].DroppedAttributes);
        foreach (var i in accepted) output.WriteUnsigned(spans[i].DroppedEvents);
        foreach (var i in accepted) output.WriteUnsigned(spans[i].DroppedLinks);
        foreach (var i in accepted) output.WriteLengthPrefixed(batch.Read(spans[i].Name));
        foreach (var i in accepted) output.WriteLengthPrefixed(batch.Read(spans[i].TraceState));
        foreach (var i in accepted) output.WriteLengthPrefixed(batch.Read(spans[i].StatusMessage));
        foreach (var i in accepted) output.WriteLengthPrefixed(batch.Read(spans[i].Attributes));
        foreach (var i in accepted) output.WriteLengthPrefixed(batch.Read(spans[i].Events));
        foreach (var i in accepted) output.WriteLengthPrefixed(batch.Read(spans[i].Links));
    }

    /// <summary>Reads a whole record into an empty batch, so that one which is damaged is set aside before any of it is taken in.</summary>
    /// <exception cref="InvalidDataException">The payload is not a record of traces.</exception>
    public static void Read(ReadOnlySpan<byte> payload, SpanBatch into)
    {
        var reader = new VarintReader(payload);
        var version = reader.ReadByte();
        if (version > Version) throw new WalTooNewException($"a record of traces has version {version}, this one knows {Version}");
        if (version != Version) throw new InvalidDataException($"a record of traces has version {version}, this program knows {Version}");
        for (var n = reader.ReadCount(payload.Length); n > 0 && !reader.Failed; n--)
        {
            into.AddResource(into.Store(reader.ReadLengthPrefixed()), into.Store(reader.ReadLengthPrefixed()));
        }

        for (var n = reader.ReadCount(payload.Length); n > 0 && !reader.Failed; n--)
        {
            into.AddScope(into.Store(reader.ReadLengthPrefixed()), into.Store(reader.ReadLengthPrefixed()), into.Store(reader.ReadLengthPrefixed()));
        }

        var spans = new SpanEntry[reader.ReadCount(payload.Length / MinSpanBytes)];
        if (spans.Length > 0 && (into.Resources.Length == 0 || into.Scopes.Length == 0))
            throw new InvalidDataException("a record of traces has spans without a resource or a scope");
        ReadNumbers(ref reader, spans, into.Resources.Length, into.Scopes.Length);
        foreach (ref var span in spans.AsSpan()) span.Name = Text(ref reader, into);
        foreach (ref var span in spans.AsSpan()) span.TraceState = Text(ref reader, into);
        foreach (ref var span in spans.AsSpan()) span.StatusMessage = Text(ref reader, into);
        foreach (ref var span in spans.AsSpan()) span.Attributes = Text(ref reader, into);
        foreach (ref var span in spans.AsSpan()) span.Events = Text(ref reader, into);
        foreach (ref var span in spans.AsSpan()) span.Links = Text(ref reader, into);
        if (reader.Failed || !reader.AtEnd) throw new InvalidDataException($"a record of traces breaks off at byte {reader.Position}");
        foreach (ref readonly var span in spans.AsSpan()) into.AddSpan(span);
    }

    private static void ReadNumbers(ref VarintReader reader, Span<SpanEntry> spans, int resources, int scopes)
    {
        foreach (ref var span in spans) ReadId(ref reader, span.TraceId);
        foreach (ref var span in spans) ReadId(ref reader, span.SpanId);
        foreach (ref var span in spans) ReadId(ref reader, span.ParentSpanId);
        foreach (ref var span in spans) span.Resource = reader.ReadCount(resources - 1);
        foreach (ref var span in spans) span.Scope = reader.ReadCount(scopes - 1);
        var start = 0L;
        foreach (ref var span in spans) span.StartUnixNanos = start += reader.ReadSigned();
        foreach (ref var span in spans) span.DurationNanos = (long)reader.ReadUnsigned();
        foreach (ref var span in spans) span.Kind = reader.ReadByte();
        foreach (ref var span in spans) span.StatusCode = reader.ReadByte();
        foreach (ref var span in spans) span.Flags = (uint)reader.ReadUnsigned();
        foreach (ref var span in spans) span.DroppedAttributes = (uint)reader.ReadUnsigned();
        foreach (ref var span in spans) span.DroppedEvents = (uint)reader.ReadUnsigned();
        foreach (ref var span in spans) span.DroppedLinks = (uint)reader.ReadUnsigned();
    }

    private static void ReadId(ref VarintReader reader, Span<byte> id)
    {
        var bytes = reader.ReadBytes(id.Length);
        if (bytes.Length == id.Length) bytes.CopyTo(id);
    }

    private static ByteSlice Text(ref VarintReader reader, SpanBatch into) => into.Store(reader.ReadLengthPrefixed());
}
