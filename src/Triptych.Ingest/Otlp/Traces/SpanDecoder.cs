using Triptych.Ingest.Otlp.Values;
using Triptych.Ingest.Text;
using Triptych.Model;
using Triptych.Model.Attributes;
using Triptych.Model.Traces;
using Triptych.Primitives.Protobuf;

namespace Triptych.Ingest.Otlp.Traces;

/// <summary>
/// Copies the spans of one body into a batch. Message fields may come in any order, so a resource or scope is looked for before the spans under it are
/// read. One owner, one thread at a time.
/// </summary>
internal sealed class SpanDecoder(SpanBatch batch, DecodeOutcome outcome) : IDisposable
{
    private readonly AttributeSetWriter _attributes = new();
    private readonly SpanPartWriter _parts = new();
    private readonly ValidText _valid = new();

    /// <summary>Reads <c>ResourceSpans{resource 1, scope_spans 2}</c>.</summary>
    public void DecodeResourceSpans(scoped ref ProtoReader parent, ProtoReader message)
    {
        var again = message;
        _attributes.Reset();
        while (message.TryReadTag(out var field, out _))
        {
            if (field == 1) AddAttributes(ref message, message.ReadMessage(), attributesField: 1);
        }

        if (!parent.Absorb(message)) return;
        var isRefused = _attributes.HasTooMany;
        var attributes = _attributes.Finish();
        var serviceName = AttributeReader.TryFind(attributes, "service.name"u8, out var found) && found.Kind == AttributeKind.String
            ? batch.Store(found.Bytes)
            : ByteSlice.Empty;
        var resource = batch.AddResource(serviceName, batch.Store(attributes));
        while (again.TryReadTag(out var field, out _))
        {
            if (field == 2) DecodeScopeSpans(ref again, again.ReadMessage(), resource, isRefused);
        }

        parent.Absorb(again);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _attributes.Dispose();
        _parts.Dispose();
        _valid.Dispose();
    }

    /// <summary>Reads <c>ScopeSpans{scope 1 {name 1, version 2, attributes 3}, spans 2}</c>.</summary>
    private void DecodeScopeSpans(scoped ref ProtoReader parent, ProtoReader message, int resource, bool isRefused)
    {
        var again = message;
        ReadOnlySpan<byte> name = default;
        ReadOnlySpan<byte> version = default;
        _attributes.Reset();
        while (message.TryReadTag(out var field, out _))
        {
            if (field != 1) continue;
            var scopeMessage = message.ReadMessage();
            while (scopeMessage.TryReadTag(out var part, out _))
            {
                if (part == 1) name = scopeMessage.ReadBytes();
                else if (part == 2) version = scopeMessage.ReadBytes();
                else if (part == 3) _attributes.Add(ref scopeMessage, scopeMessage.ReadMessage());
            }

            message.Absorb(scopeMessage);
        }

        if (!parent.Absorb(message)) return;
        isRefused |= _attributes.HasTooMany;
        var scope = batch.AddScope(StoreText(name), StoreText(version), batch.Store(_attributes.Finish()));
        while (again.TryReadTag(out var field, out _))
        {
            if (field == 2) DecodeSpan(ref again, again.ReadMessage(), resource, scope, isRefused);
        }

        parent.Absorb(again);
    }

    private void DecodeSpan(scoped ref ProtoReader parent, ProtoReader span, int resource, int scope, bool isRefused)
    {
        var entry = default(SpanEntry);
        var texts = default(SpanTexts);
        ulong start = 0;
        ulong end = 0;
        _attributes.Reset();
        _parts.Reset();
        while (span.TryReadTag(out var field, out _))
        {
            switch (field)
            {
                case 1: texts.TraceId = span.ReadBytes(); break;
                case 2: texts.SpanId = span.ReadBytes(); break;
                case 3: texts.TraceState = span.ReadBytes(); break;
                case 4: texts.ParentSpanId = span.ReadBytes(); break;
                case 5: texts.Name = span.ReadBytes(); break;
                case 6: entry.Kind = KnownOrZero(span.ReadInt32(), 5); break;
                case 7: start = span.ReadFixed64(); break;
                case 8: end = span.ReadFixed64(); break;
                case 9: _attributes.Add(ref span, span.ReadMessage()); break;
                case 10: entry.DroppedAttributes = span.ReadUInt32(); break;
                case 11: _parts.AddEvent(ref span, span.ReadMessage()); break;
                case 12: entry.DroppedEvents = span.ReadUInt32(); break;
                case 13: _parts.AddLink(ref span, span.ReadMessage()); break;
                case 14: entry.DroppedLinks = span.ReadUInt32(); break;
                case 15: texts.StatusMessage = ReadStatus(ref span, span.ReadMessage(), ref entry); break;
                case 16: entry.Flags = span.ReadFixed32(); break;
            }
        }

        if (!parent.Absorb(span)) return;
        if (isRefused || _attributes.HasTooMany || _parts.HasTooMany)
        {
            outcome.Refuse("too_many_attributes", $"a span, its event, link, scope or resource has more than {AttributeSetWriter.MaxAttributes} attributes");
            return;
        }

        if (!TakeIds(ref entry, texts) || !TakeTimes(ref entry, start, end)) return;
        entry.Resource = resource;
        entry.Scope = scope;
        entry.DroppedLinks = (uint)Math.Min(uint.MaxValue, entry.DroppedLinks + (ulong)_parts.InvalidLinks);
        entry.Name = StoreText(texts.Name);
        entry.TraceState = StoreText(texts.TraceState);
        entry.StatusMessage = StoreText(texts.StatusMessage);
        entry.Attributes = Store(_attributes.Finish());
        entry.Events = Store(_parts.Events);
        entry.Links = Store(_parts.Links);
        batch.AddSpan(entry);
    }

    private static byte KnownOrZero(int value, int highest) => value >= 0 && value <= highest ? (byte)value : (byte)0;

    private static ReadOnlySpan<byte> ReadStatus(scoped ref ProtoReader span, ProtoReader status, scoped ref SpanEntry entry)
    {
        ReadOnlySpan<byte> message = default;
        while (status.TryReadTag(out var field, out _))
        {
            if (field == 2) message = status.ReadBytes();
            else if (field == 3) entry.StatusCode = KnownOrZero(status.ReadInt32(), 2);
        }

        span.Absorb(status);
        return message;
    }

    private bool TakeIds(ref SpanEntry entry, scoped in SpanTexts texts)
    {
        if (texts.TraceId.Length != TraceId.Length || !texts.TraceId.ContainsAnyExcept((byte)0))
        {
            outcome.Refuse("invalid_id", "a span's trace id is not 16 bytes with one that is not zero");
            return false;
        }

        if (texts.SpanId.Length != SpanId.Length || !texts.SpanId.ContainsAnyExcept((byte)0))
        {
            outcome.Refuse("invalid_id", "a span's id is not 8 bytes with one that is not zero");
            return false;
        }

        if (!texts.ParentSpanId.IsEmpty && texts.ParentSpanId.Length != SpanId.Length)
        {
            outcome.Refuse("invalid_id", "a span's parent id is neither empty nor 8 bytes");
            return false;
        }

        texts.TraceId.CopyTo(entry.TraceId);
        texts.SpanId.CopyTo(entry.SpanId);
        texts.ParentSpanId.CopyTo(entry.ParentSpanId);
        return true;
    }

    private bool TakeTimes(ref SpanEntry entry, ulong start, ulong end)
    {
        if (start is 0 or > long.MaxValue || end > long.MaxValue)
        {
            outcome.Refuse("invalid_time", "a span has no start time, or one of its times is beyond the year 2262");
            return false;
        }

        entry.StartUnixNanos = (long)start;
        entry.DurationNanos = end > start ? (long)(end - start) : 0;
        return true;
    }

    private void AddAttributes(scoped ref ProtoReader parent, ProtoReader message, int attributesField)
    {
        while (message.TryReadTag(out var field, out _))
        {
            if (field == attributesField) _attributes.Add(ref message, message.ReadMessage());
        }

        parent.Absorb(message);
    }

    private ByteSlice StoreText(ReadOnlySpan<byte> text) => text.IsEmpty ? ByteSlice.Empty : batch.Store(_valid.Of(text));

    private ByteSlice Store(ReadOnlySpan<byte> bytes) => bytes.IsEmpty ? ByteSlice.Empty : batch.Store(bytes);

    private ref struct SpanTexts
    {
        public ReadOnlySpan<byte> TraceId;
        public ReadOnlySpan<byte> SpanId;
        public ReadOnlySpan<byte> ParentSpanId;
        public ReadOnlySpan<byte> TraceState;
        public ReadOnlySpan<byte> Name;
        public ReadOnlySpan<byte> StatusMessage;
    }
}
