using Microsoft.AspNetCore.Http;
using Triptych.Model.Append;

namespace Triptych.Api.Http;

/// <summary>
/// How a push of log records or spans ends, in Loki's form: 204 (or another code for success), 400 with the first reason and how many were refused, or
/// 503 with when to come again.
/// </summary>
internal static class PushAnswer
{
    /// <summary>Answers with what the store said.</summary>
    public static Task WriteAsync(HttpResponse response, AppendResult result, int success = StatusCodes.Status204NoContent)
    {
        if (result.Status == AppendStatus.Unavailable)
        {
            RetryAfterHeader.Set(response, result.RetryAfter);
            return PlainText.WriteAsync(response, StatusCodes.Status503ServiceUnavailable, result.Detail ?? "unavailable");
        }

        if (result.Refusals is [{ } refusal, ..])
        {
            var total = result.Refused + result.Accepted;
            return PlainText.WriteAsync(response, StatusCodes.Status400BadRequest, $"{refusal.Detail}, total ignored: {result.Refused} out of {total}");
        }

        response.StatusCode = success;
        return Task.CompletedTask;
    }
}
