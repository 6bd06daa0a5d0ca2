using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Triptych.Api.Http;

namespace Triptych.Api.Prometheus;

/// <summary>
/// A JSON answer on its way to the client, written straight into the response's pipe and flushed each time that <see cref="FlushBytes"/>
/// have gathered, so that an answer of any size needs little memory. Until the first flush nothing is sent.
/// </summary>
internal sealed class ApiResponse : IAsyncDisposable
{
    /// <summary>Bytes that gather before they are sent.</summary>
    public const int FlushBytes = 64 * 1024;

    private const int MaxAnnotations = 10;

    // Answers are JSON for programs, never part of a page: only what JSON itself demands is escaped.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly HttpResponse _response;
    private readonly CancellationToken _aborted;
    private long _flushed;

    private ApiResponse(HttpResponse response)
    {
        _response = response;
        _aborted = response.HttpContext.RequestAborted;
        Json = new Utf8JsonWriter(response.BodyWriter, Options);
    }

    /// <summary>What the answer is written with.</summary>
    public Utf8JsonWriter Json { get; }

    /// <summary>Begins a successful answer; the caller writes the value of <c>data</c> next.</summary>
    public static ApiResponse Begin(HttpResponse response)
    {
        response.ContentType = "application/json";
        var begun = new ApiResponse(response);
        begun.Json.WriteStartObject();
        begun.Json.WriteString("status"u8, "success"u8);
        begun.Json.WritePropertyName("data"u8);
        return begun;
    }

    /// <summary>Answers with an error.</summary>
    public static async Task FailAsync(HttpResponse response, ApiError error)
    {
        response.StatusCode = error.StatusCode;
        RetryAfterHeader.Set(response, error.RetryAfter);
        response.ContentType = "application/json";
        await using var failed = new ApiResponse(response);
        failed.Json.WriteStartObject();
        failed.Json.WriteString("status"u8, "error"u8);
        failed.Json.WriteString("errorType"u8, error.Type);
        failed.Json.WriteString("error"u8, error.Message);
        failed.Json.WriteEndObject();
        await failed.SendAsync();
    }

    /// <summary>Sends what has gathered, when it is enough.</summary>
    public ValueTask FlushIfFullAsync() => Json.BytesCommitted + Json.BytesPending - _flushed < FlushBytes ? ValueTask.CompletedTask : SendAsync();

    /// <summary>Ends a successful answer after its data.</summary>
    public ValueTask EndAsync(IReadOnlyCollection<string> warnings, IReadOnlyCollection<string> infos)
    {
        WriteAnnotations("warnings", "warning", warnings);
        WriteAnnotations("infos", "info", infos);
        Json.WriteEndObject();
        return SendAsync();
    }

    /// <summary>Ends a successful answer that has nothing to remark.</summary>
    public ValueTask EndAsync() => EndAsync([], []);

    /// <summary>Gives the writer back; what was not ended stays unfinished.</summary>
    public ValueTask DisposeAsync() => Json.DisposeAsync();

    private void WriteAnnotations(string key, string kind, IReadOnlyCollection<string> texts)
    {
        if (texts.Count == 0) return;
        Json.WriteStartArray(key);
        foreach (var text in texts.Take(MaxAnnotations)) Json.WriteStringValue(text);
        if (texts.Count > MaxAnnotations) Json.WriteStringValue($"{texts.Count - MaxAnnotations} more {kind} annotations omitted");
        Json.WriteEndArray();
    }

    private async ValueTask SendAsync()
    {
        Json.Flush();
        _flushed = Json.BytesCommitted;
        await _response.BodyWriter.FlushAsync(_aborted);
    }
}
