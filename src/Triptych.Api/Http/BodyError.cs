using Microsoft.AspNetCore.Http;

namespace Triptych.Api.Http;

/// <summary>Why a request's body cannot be used, with the HTTP status that says so. Each protocol puts it into its own form.</summary>
/// <param name="StatusCode">400, 408, 413, 415, 429 or 503.</param>
/// <param name="Message">One line.</param>
public sealed record BodyError(int StatusCode, string Message)
{
    /// <summary>Whether the same request may succeed later.</summary>
    public bool IsRetryable => StatusCode is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable;
}
