using System.Buffers.Text;
using System.Text;
using Triptych.Model;
using Triptych.Model.Attributes;
using Triptych.Model.Traces;

namespace Triptych.Ingest.Translation;

/// <summary>Whose tags are read.</summary>
internal enum TagDialect
{
    /// <summary>Jaeger: typed tags; the status may also follow from HTTP's.</summary>
    Jaeger,

    /// <summary>Zipkin: all tags are text; the text of <c>error</c> is its message.</summary>
    Zipkin,
}

/// <summary>
/// The tags of a span that mean something to OTLP: kind, status, scope, trace state. Those that become a field are no attributes then. Texts are kept in
/// the batch, because tags may come in any order.
/// </summary>
internal struct TagMeaning(TagDialect dialect)
{
    private const byte Ok = 1;
    private const byte Error = 2;
    private const byte Server = 2;

    private bool _isError;
    private byte _saidStatus;
    private long _httpStatus;
    private ByteSlice _errorText;
    private ByteSlice _description;
    private ByteSlice _httpMessage;

    /// <summary>OTLP's number out of <c>span.kind</c>, or 0.</summary>
    public byte Kind { get; private set; }

    public ByteSlice TraceState { get; private set; }

    public ByteSlice ScopeName { get; private set; }

    public ByteSlice ScopeVersion { get; private set; }

    /// <summary>Takes a tag; false where it is an attribute (too).</summary>
    public bool Take(SpanBatch batch, ReadOnlySpan<byte> key, AttributeKind kind, long bits, ReadOnlySpan<byte> text)
    {
        var isText = kind == AttributeKind.String;
        switch (key)
        {
            case var _ when key.SequenceEqual("span.kind"u8):
                var known = isText ? KindOf(text) : (byte)0;
                Kind = known != 0 ? known : Kind;
                return known != 0;
            case var _ when key.SequenceEqual("error"u8):
                return TakeError(batch, kind, bits, text);
            case var _ when key.SequenceEqual("otel.status_code"u8) && isText:
                _saidStatus = StatusOf(text);
                return true;
            case var _ when key.SequenceEqual("otel.status_description"u8) && isText:
                _description = batch.Store(text);
                return true;
            case var _ when key.SequenceEqual("http.status_code"u8) && dialect == TagDialect.Jaeger:
                _httpStatus = kind == AttributeKind.Int ? bits : isText ? NumberOf(text) : 0;
                return false;
            case var _ when key.SequenceEqual("http.status_message"u8) && isText && dialect == TagDialect.Jaeger:
                _httpMessage = batch.Store(text);
                return false;
            case var _ when key.SequenceEqual("w3c.tracestate"u8) && isText:
                TraceState = batch.Store(text);
                return true;
            case var _ when isText && (key.SequenceEqual("otel.scope.name"u8) || key.SequenceEqual("otel.library.name"u8)):
                ScopeName = batch.Store(text);
                return true;
            case var _ when isText && (key.SequenceEqual("otel.scope.version"u8) || key.SequenceEqual("otel.library.version"u8)):
                ScopeVersion = batch.Store(text);
                return true;
            default:
                return false;
        }
    }

    /// <summary>The status, once all tags are known: what says so itself, else HTTP's, of which a server's 4xx is no failure of the server.</summary>
    public readonly (byte Code, ByteSlice Message) Status(byte kind)
    {
        if (_isError) return (Error, _description.Length > 0 ? _description : _errorText.Length > 0 ? _errorText : _httpMessage);
        if (_saidStatus != 0) return (_saidStatus, _description);
        var isHttpError = _httpStatus >= 500 || (_httpStatus >= 400 && kind != Server);
        return isHttpError ? (Error, _httpMessage) : ((byte)0, _description);
    }

    private bool TakeError(SpanBatch batch, AttributeKind kind, long bits, ReadOnlySpan<byte> text)
    {
        if (dialect == TagDialect.Jaeger)
        {
            _isError |= kind == AttributeKind.Bool && bits != 0;
            return kind == AttributeKind.Bool && bits != 0;
        }

        if (text.SequenceEqual("false"u8)) return false;
        _isError = true;
        if (text.SequenceEqual("true"u8)) return true;
        _errorText = batch.Store(text);
        return false;
    }

    private static long NumberOf(ReadOnlySpan<byte> text) =>
        Utf8Parser.TryParse(text, out int number, out var used) && used == text.Length ? number : 0;

    private static byte StatusOf(ReadOnlySpan<byte> text) =>
        Ascii.EqualsIgnoreCase(text, "error"u8) || text.SequenceEqual("STATUS_CODE_ERROR"u8) ? Error
        : Ascii.EqualsIgnoreCase(text, "ok"u8) || text.SequenceEqual("STATUS_CODE_OK"u8) ? Ok
        : (byte)0;

    private static byte KindOf(ReadOnlySpan<byte> text)
    {
        if (text.SequenceEqual("internal"u8)) return 1;
        if (text.SequenceEqual("server"u8)) return 2;
        if (text.SequenceEqual("client"u8)) return 3;
        if (text.SequenceEqual("producer"u8)) return 4;
        return text.SequenceEqual("consumer"u8) ? (byte)5 : (byte)0;
    }
}
