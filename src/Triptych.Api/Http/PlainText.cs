using Microsoft.AspNetCore.Http;

namespace Triptych.Api.Http;

/// <summary>Answers of one line of text.</summary>
public static class PlainText
{
    /// <summary>Writes a status and a line.</summary>
    public static Task WriteAsync(HttpResponse response, int statusCode, string line)
    {
        response.StatusCode = statusCode;
        response.ContentType = "text/plain; charset=utf-8";
        response.Headers.XContentTypeOptions = "nosniff";
        return response.WriteAsync(line.EndsWith('\n') ? line : line + "\n");
    }
}
