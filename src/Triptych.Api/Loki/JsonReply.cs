using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Triptych.Columnar.Symbols;

namespace Triptych.Api.Loki;

/// <summary>
/// A JSON answer that goes out as it is written: texts go from their UTF-8 bytes straight into the response's buffers. Call
/// <see cref="FlushIfFullAsync"/> between the items of anything long and <see cref="FinishAsync"/> at the end.
/// </summary>
internal sealed class JsonReply : IAsyncDisposable
{
    private const int FlushBytes = 64 * 1024;

    internal static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly HttpContext _context;
    private long _flushedBytes;

    /// <summary>Begins an answer.</summary>
    public JsonReply(HttpContext context, int statusCode = StatusCodes.Status200OK)
    {
        _context = context;
        context.Response.StatusCode = statusCode;
        context.Response.ContentType = "application/json; charset=utf-8";
        // The relaxed encoder leaves < and > as they are, so no browser may take the answer for a page.
        context.Response.Headers.XContentTypeOptions = "nosniff";
        Writer = new Utf8JsonWriter(context.Response.BodyWriter, Options);
    }

    /// <summary>Where the answer is written.</summary>
    public Utf8JsonWriter Writer { get; }

    /// <summary>Sends what has been written once it is much.</summary>
    public ValueTask FlushIfFullAsync() =>
        Writer.BytesCommitted + Writer.BytesPending - _flushedBytes < FlushBytes ? ValueTask.CompletedTask : FlushAsync();

    /// <summary>Sends the rest.</summary>
    public ValueTask FinishAsync() => FlushAsync();

    /// <summary>Writes the property <c>warnings</c>, why the answer may lack something; nothing where there are none.</summary>
    public void WriteWarnings(IReadOnlyCollection<string> warnings)
    {
        if (warnings.Count == 0) return;
        Writer.WriteStartArray("warnings");
        foreach (var warning in warnings) Writer.WriteStringValue(warning);
        Writer.WriteEndArray();
    }

    /// <summary>Writes labels as an object, ordered by name.</summary>
    public void WriteLabels(ReadOnlySpan<LabelId> labels, SymbolTable symbols) => LokiJson.WriteLabels(Writer, labels, symbols);

    /// <summary>Writes a time as seconds, exact to the millisecond.</summary>
    public void WriteSeconds(long unixNanos)
    {
        var unixMs = unixNanos / 1_000_000;
        if (unixMs % 1000 == 0) Writer.WriteNumberValue(unixMs / 1000);
        else Writer.WriteNumberValue(unixMs / 1000m);
    }

    /// <summary>Writes a sample: the time in seconds and the value as text.</summary>
    public void WriteSample(long unixNanos, double value)
    {
        Span<byte> text = stackalloc byte[PlainDecimal.MaxLength];
        var length = PlainDecimal.Write(value, text);
        Writer.WriteStartArray();
        WriteSeconds(unixNanos);
        Writer.WriteStringValue(text[..length]);
        Writer.WriteEndArray();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Writer.DisposeAsync();

    private async ValueTask FlushAsync()
    {
        Writer.Flush();
        _flushedBytes = Writer.BytesCommitted;
        await _context.Response.BodyWriter.FlushAsync(_context.RequestAborted);
    }
}
