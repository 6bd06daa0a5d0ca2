using System.Buffers.Binary;
using Triptych.Ingest.Otlp.Traces;
using Triptych.Ingest.Otlp.Values;
using Triptych.Ingest.Text;
using Triptych.Model;
using Triptych.Model.Attributes;
using Triptych.Model.Traces;

namespace Triptych.Ingest.Translation;

/// <summary>
/// Puts spans of other protocols into a batch as OTLP would bring them: resource, span by span with its tags, events and links in any order. What is the
/// same for all protocols is decided here: ids, times, bounds, what tags mean. One owner, one thread at a time.
/// </summary>
internal sealed class SpanTranslator(SpanBatch batch, DecodeOutcome outcome, TagDialect dialect) : IDisposable
{
    private readonly AttributeSetWriter _resource = new();
    private readonly AttributeSetWriter _attributes = new();
    private readonly AttributeSetWriter _part = new();
    private readonly SpanPartWriter _parts = new();
    private readonly ValidText _valid = new();
    private TagMeaning _meaning;
    private (ByteSlice Name, ByteSlice Version, int Index) _scope = (ByteSlice.Empty, ByteSlice.Empty, -1);
    private bool _hasTooMany;

    /// <summary>The attributes of the resource that is being read; begin with <see cref="AttributeSetWriter.Reset"/>.</summary>
    public AttributeSetWriter ResourceAttributes => _resource;

    /// <summary>The attributes of the event or link that is being read; begin with <see cref="AttributeSetWriter.Reset"/>.</summary>
    public AttributeSetWriter PartAttributes => _part;

    /// <summary>Adds the resource with the attributes so far and its service's name, which may be empty.</summary>
    public int AddResource(ReadOnlySpan<byte> serviceName)
    {
        var name = ByteSlice.Empty;
        if (!serviceName.IsEmpty)
        {
            name = StoreText(serviceName);
            _resource.Add("service.name"u8, AttributeKind.String, 0, serviceName);
        }

        _hasTooMany |= _resource.HasTooMany;
        return batch.AddResource(name, Store(_resource.Finish()));
    }

    /// <summary>Begins the next span.</summary>
    public void BeginSpan()
    {
        _attributes.Reset();
        _parts.Reset();
        _meaning = new TagMeaning(dialect);
    }

    /// <summary>Takes a tag of the span.</summary>
    public void AddTag(ReadOnlySpan<byte> key, AttributeKind kind, long bits, ReadOnlySpan<byte> bytes)
    {
        if (!_meaning.Take(batch, key, kind, bits, kind == AttributeKind.String ? _valid.Of(bytes) : default)) _attributes.Add(key, kind, bits, bytes);
    }

    /// <summary>Adds an event with the attributes of <see cref="PartAttributes"/>.</summary>
    public void AddEvent(long unixNanos, ReadOnlySpan<byte> name) => _parts.AddEvent(unixNanos, name, 0, _part);

    /// <summary>Adds a link with the attributes of <see cref="PartAttributes"/>; one without ids is left out and counted as dropped.</summary>
    public void AddLink(UInt128 traceId, ulong spanId, ref uint dropped)
    {
        if (traceId == 0 || spanId == 0)
        {
            dropped++;
            return;
        }

        Span<byte> ids = stackalloc byte[TraceId.Length + SpanId.Length];
        BinaryPrimitives.WriteUInt128BigEndian(ids, traceId);
        BinaryPrimitives.WriteUInt64BigEndian(ids[TraceId.Length..], spanId);
        _parts.AddLink(ids[..TraceId.Length], ids[TraceId.Length..], default, 0, 0, _part);
    }

    /// <summary>Text for the batch, repaired where it is not UTF-8.</summary>
    public ByteSlice StoreText(ReadOnlySpan<byte> text) => text.IsEmpty ? ByteSlice.Empty : batch.Store(_valid.Of(text));

    /// <summary>Adds the span, or refuses it: <c>invalid_id</c>, <c>invalid_time</c>, <c>too_many_attributes</c>.</summary>
    public void EndSpan(in TranslatedSpan span, uint droppedLinks = 0)
    {
        if (_hasTooMany || _attributes.HasTooMany || _parts.HasTooMany)
        {
            outcome.Refuse("too_many_attributes", $"a span, its event, link or resource has more than {AttributeSetWriter.MaxAttributes} attributes");
            return;
        }

        if (span.TraceId == 0 || span.SpanId == 0)
        {
            outcome.Refuse("invalid_id", "a span has no trace id or no id of its own, or one that is no hexadecimal number");
            return;
        }

        if (span.StartUnixNanos <= 0)
        {
            outcome.Refuse("invalid_time", "a span has no start time, or one beyond the year 2262");
            return;
        }

        var entry = default(SpanEntry);
        BinaryPrimitives.WriteUInt128BigEndian(entry.TraceId, span.TraceId);
        BinaryPrimitives.WriteUInt64BigEndian(entry.SpanId, span.SpanId);
        BinaryPrimitives.WriteUInt64BigEndian(entry.ParentSpanId, span.ParentSpanId);
        entry.StartUnixNanos = span.StartUnixNanos;
        entry.DurationNanos = Math.Min(span.DurationNanos, long.MaxValue - span.StartUnixNanos);
        entry.Kind = span.Kind != 0 ? span.Kind : _meaning.Kind;
        entry.Flags = span.Flags;
        entry.DroppedLinks = droppedLinks;
        entry.Resource = span.Resource;
        entry.Scope = ScopeOf(_meaning.ScopeName, _meaning.ScopeVersion);
        entry.Name = span.Name;
        entry.TraceState = _meaning.TraceState;
        (entry.StatusCode, entry.StatusMessage) = _meaning.Status(entry.Kind);
        entry.Attributes = Store(_attributes.Finish());
        entry.Events = Store(_parts.Events);
        entry.Links = Store(_parts.Links);
        batch.AddSpan(entry);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _resource.Dispose();
        _attributes.Dispose();
        _part.Dispose();
        _parts.Dispose();
        _valid.Dispose();
    }

    /// <summary>The scope of that name: mostly that of the span before.</summary>
    private int ScopeOf(ByteSlice name, ByteSlice version)
    {
        var isLast = _scope.Index >= 0
            && batch.Read(name).SequenceEqual(batch.Read(_scope.Name)) && batch.Read(version).SequenceEqual(batch.Read(_scope.Version));
        if (!isLast) _scope = (name, version, batch.AddScope(name, version, ByteSlice.Empty));
        return _scope.Index;
    }

    private ByteSlice Store(ReadOnlySpan<byte> bytes) => bytes.IsEmpty ? ByteSlice.Empty : batch.Store(bytes);
}
