using System.Globalization;
using System.Text.Json;
using Triptych.Ingest.Text;
using Triptych.Ingest.Translation;
using Triptych.Model;
using Triptych.Model.Attributes;
using Triptych.Model.Traces;
using Triptych.Primitives.Binary;

namespace Triptych.Ingest.Zipkin;

/// <summary>
/// Decodes a list of spans in Zipkin's second JSON format into a batch of spans, in one pass without objects. Any thread may call. Throws nothing but
/// <see cref="Primitives.Memory.MemoryBudgetExceededException"/>. Refusals: <c>invalid_id</c>, <c>invalid_time</c>, <c>too_many_attributes</c>.
/// </summary>
public static class ZipkinDecoder
{
    private const int MaxDepth = 16;

    /// <summary>Decodes a body; see <see cref="DecodeOutcome"/> for how it ends.</summary>
    public static void Decode(ReadOnlySpan<byte> body, SpanBatch into, DecodeOutcome outcome)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            using var spans = new ZipkinSpans(into, outcome);
            var error = spans.Read(ref reader, body);
            if (error is not null) outcome.Fail($"malformed Zipkin JSON at offset {reader.TokenStartIndex}: {error}");
        }
        catch (JsonException e)
        {
            outcome.Fail($"malformed JSON at offset {reader.BytesConsumed}: {e.Message}");
        }
    }
}

/// <summary>The spans of one body while they are read. Methods answer what is wrong, or null.</summary>
internal sealed class ZipkinSpans(SpanBatch batch, DecodeOutcome outcome) : IDisposable
{
    // Beyond so many services of one body a service that comes again is another, equal resource.
    private const int KnownResources = 64;

    private readonly SpanTranslator _spans = new(batch, outcome, TagDialect.Zipkin);
    private readonly PooledBufferWriter _key = new(capacity: 0);
    private readonly PooledBufferWriter _value = new(capacity: 0);
    private readonly List<(ByteSlice Service, int Resource)> _resources = [];
    private long _firstAnnotationNanos;

    /// <summary>Reads the whole list.</summary>
    public string? Read(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray) return "a list of spans is expected";
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject) return "a span is expected";
            if (ReadSpan(ref reader, body) is { } error) return error;
        }

        return reader.Read() ? "something stands behind the list" : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _spans.Dispose();
        _key.Dispose();
        _value.Dispose();
    }

    private string? ReadSpan(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        var span = default(TranslatedSpan);
        var service = ByteSlice.Empty;
        _firstAnnotationNanos = 0;
        _spans.BeginSpan();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = JsonUnescape.Read(reader, body, _key);
            string? error;
            if (name.SequenceEqual("tags"u8)) error = ReadTags(ref reader, body);
            else if (name.SequenceEqual("annotations"u8)) error = ReadAnnotations(ref reader, body);
            else if (name.SequenceEqual("localEndpoint"u8)) error = ReadEndpoint(ref reader, body, isLocal: true, ref service);
            else if (name.SequenceEqual("remoteEndpoint"u8)) error = ReadEndpoint(ref reader, body, isLocal: false, ref service);
            else error = ReadField(ref reader, body, name, ref span);
            if (error is not null) return error;
        }

        if (span.StartUnixNanos == 0) span.StartUnixNanos = _firstAnnotationNanos;
        span.Resource = ResourceOf(service);
        _spans.EndSpan(span);
        return null;
    }

    private string? ReadField(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, ReadOnlySpan<byte> name, ref TranslatedSpan span)
    {
        switch (name)
        {
            case var _ when name.SequenceEqual("traceId"u8):
                return ReadId(ref reader, body, 32, out span.TraceId);
            case var _ when name.SequenceEqual("id"u8):
                var idError = ReadId(ref reader, body, 16, out var id);
                span.SpanId = (ulong)id;
                return idError;
            case var _ when name.SequenceEqual("parentId"u8):
                var parentError = ReadId(ref reader, body, 16, out var parent);
                span.ParentSpanId = (ulong)parent;
                return parentError;
            case var _ when name.SequenceEqual("name"u8):
                var nameError = ReadText(ref reader, body, out var text);
                span.Name = _spans.StoreText(text);
                return nameError;
            case var _ when name.SequenceEqual("kind"u8):
                var kindError = ReadText(ref reader, body, out var kind);
                span.Kind = KindOf(kind);
                return kindError;
            case var _ when name.SequenceEqual("timestamp"u8):
                return ReadMicros(ref reader, out span.StartUnixNanos);
            case var _ when name.SequenceEqual("duration"u8):
                return ReadMicros(ref reader, out span.DurationNanos);
            case var _ when name.SequenceEqual("shared"u8):
                reader.Read();
                if (reader.TokenType == JsonTokenType.True) _spans.AddTag("zipkin.shared"u8, AttributeKind.Bool, 1, default);
                return Skip(ref reader);
            case var _ when name.SequenceEqual("debug"u8):
                reader.Read();
                if (reader.TokenType == JsonTokenType.True) span.Flags = 1;
                return Skip(ref reader);
            default:
                reader.Read();
                return Skip(ref reader);
        }
    }

    private string? ReadTags(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        if (!reader.Read() || reader.TokenType == JsonTokenType.Null) return null;
        if (reader.TokenType != JsonTokenType.StartObject) return "tags are an object";
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = JsonUnescape.Read(reader, body, _key);
            if (ReadText(ref reader, body, out var value) is { } error) return error;
            _spans.AddTag(key, AttributeKind.String, 0, value);
        }

        return null;
    }

    private string? ReadAnnotations(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        if (!reader.Read() || reader.TokenType == JsonTokenType.Null) return null;
        if (reader.TokenType != JsonTokenType.StartArray) return "annotations are a list";
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            long nanos = 0;
            ReadOnlySpan<byte> value = default;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = JsonUnescape.Read(reader, body, _key);
                string? error = null;
                if (name.SequenceEqual("timestamp"u8))
                {
                    error = ReadMicros(ref reader, out nanos);
                }
                else if (name.SequenceEqual("value"u8))
                {
                    error = ReadText(ref reader, body, out value);
                }
                else
                {
                    reader.Read();
                    error = Skip(ref reader);
                }

                if (error is not null) return error;
            }

            if (nanos > 0 && (_firstAnnotationNanos == 0 || nanos < _firstAnnotationNanos)) _firstAnnotationNanos = nanos;
            _spans.PartAttributes.Reset();
            _spans.AddEvent(nanos, value);
        }

        return reader.TokenType == JsonTokenType.EndArray ? null : "an annotation is an object";
    }

    /// <summary>The local service is the resource; addresses and the remote service are attributes of the span.</summary>
    private string? ReadEndpoint(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, bool isLocal, ref ByteSlice service)
    {
        if (!reader.Read() || reader.TokenType == JsonTokenType.Null) return null;
        if (reader.TokenType != JsonTokenType.StartObject) return "an endpoint is an object";
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = JsonUnescape.Read(reader, body, _key);
            if (name.SequenceEqual("port"u8))
            {
                if (ReadNumber(ref reader, out var port) is { } portError) return portError;
                if (port != 0) _spans.AddTag(isLocal ? "net.host.port"u8 : "net.peer.port"u8, AttributeKind.Int, port, default);
                continue;
            }

            var isService = name.SequenceEqual("serviceName"u8);
            if (!isService && !name.SequenceEqual("ipv4"u8) && !name.SequenceEqual("ipv6"u8))
            {
                reader.Read();
                if (Skip(ref reader) is { } skipError) return skipError;
                continue;
            }

            if (ReadText(ref reader, body, out var text) is { } error) return error;
            if (text.IsEmpty) continue;
            if (isService && isLocal) service = _spans.StoreText(text);
            else _spans.AddTag(isService ? "peer.service"u8 : isLocal ? "net.host.ip"u8 : "net.peer.ip"u8, AttributeKind.String, 0, text);
        }

        return null;
    }

    private int ResourceOf(ByteSlice service)
    {
        foreach (var (known, index) in _resources)
        {
            if (batch.Read(known).SequenceEqual(batch.Read(service))) return index;
        }

        _spans.ResourceAttributes.Reset();
        var resource = _spans.AddResource([.. batch.Read(service)]);
        if (_resources.Count < KnownResources) _resources.Add((service, resource));
        return resource;
    }

    /// <summary>An id of up to so many hexadecimal digits; what is none is 0, for which the span is refused.</summary>
    private string? ReadId(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, int maxDigits, out UInt128 id)
    {
        id = 0;
        if (ReadText(ref reader, body, out var text) is { } error) return error;
        if (text.Length <= maxDigits && UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)) id = value;
        return null;
    }

    private string? ReadText(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> body, out ReadOnlySpan<byte> text)
    {
        text = default;
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null) return null;
        if (reader.TokenType != JsonTokenType.String) return "a text is expected";
        text = JsonUnescape.Read(reader, body, _value);
        return null;
    }

    private static string? ReadMicros(scoped ref Utf8JsonReader reader, out long nanos)
    {
        var error = ReadNumber(ref reader, out var micros);
        nanos = TranslatedSpan.NanosOf(micros);
        return error;
    }

    private static string? ReadNumber(scoped ref Utf8JsonReader reader, out long number)
    {
        number = 0;
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null) return null;
        if (reader.TokenType != JsonTokenType.Number) return "a number is expected";
        if (!reader.TryGetInt64(out number)) number = reader.TryGetDouble(out var real) && Math.Abs(real) < 1e18 ? (long)real : -1;
        return null;
    }

    private static string? Skip(ref Utf8JsonReader reader)
    {
        reader.Skip();
        return null;
    }

    private static byte KindOf(ReadOnlySpan<byte> kind)
    {
        if (kind.SequenceEqual("SERVER"u8)) return 2;
        if (kind.SequenceEqual("CLIENT"u8)) return 3;
        if (kind.SequenceEqual("PRODUCER"u8)) return 4;
        return kind.SequenceEqual("CONSUMER"u8) ? (byte)5 : (byte)0;
    }
}
