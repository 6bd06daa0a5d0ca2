using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Triptych.Api.Http;

/// <summary>
/// A JSON body that goes out while it is written: what writes it calls <see cref="FlushIfFullAsync"/> between items, so that an answer of
/// any size
/// holds a few pages of memory. Disposing sends the rest.
/// </summary>
public sealed class JsonAnswer : IAsyncDisposable
{
    private const int FlushBytes = 32 * 1024;

    // The type is application/json with nosniff, so nothing needs the escaping for HTML.
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    private readonly HttpResponse _response;
    private long _flushed;

    /// <summary>Begins an answer.</summary>
    public JsonAnswer(HttpResponse response, int statusCode = StatusCodes.Status200OK)
    {
        _response = response;
        response.StatusCode = statusCode;
        response.ContentType = "application/json";
        response.Headers.XContentTypeOptions = "nosniff";
        Json = new Utf8JsonWriter(response.BodyWriter, Options);
    }

    /// <summary>Where the body is written.</summary>
    public Utf8JsonWriter Json { get; }

    /// <summary>Sends what has gathered, once it is worth it.</summary>
    /// <exception cref="OperationCanceledException">The client went away.</exception>
    public ValueTask FlushIfFullAsync() =>
        Json.BytesCommitted + Json.BytesPending - _flushed < FlushBytes ? ValueTask.CompletedTask : FlushAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await FlushAsync();
        await Json.DisposeAsync();
    }

    private async ValueTask FlushAsync()
    {
        Json.Flush();
        _flushed = Json.BytesCommitted;
        await _response.BodyWriter.FlushAsync(_response.HttpContext.RequestAborted);
    }
}
