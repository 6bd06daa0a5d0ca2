using Triptych.Query;

namespace Triptych.Api.Prometheus;

/// <summary>An error as the Prometheus API names it.</summary>
/// <param name="Type">The <c>errorType</c> of the envelope.</param>
/// <param name="StatusCode">The HTTP status that goes with it.</param>
/// <param name="Message">One line for the client.</param>
internal sealed record ApiError(string Type, int StatusCode, string Message)
{
    /// <summary>What the client is told to wait before it asks again; null where that would not help.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>A request that is not valid.</summary>
    public static ApiError BadData(string message) => new("bad_data", 400, message);

    /// <summary>A parameter that is not valid.</summary>
    public static ApiError BadParameter(string name, string reason) => BadData($"invalid parameter \"{name}\": {reason}");

    /// <summary>A query that ended without an answer.</summary>
    /// <param name="error">Why.</param>
    /// <param name="clientIsGone">
    /// Languages report every cancellation alike. Where the client still waits, what cancelled the query was its deadline.
    /// </param>
    public static ApiError Of(QueryError error, bool clientIsGone) => error.Kind switch
    {
        QueryErrorKind.BadData => BadParameter("query", error.Message),
        QueryErrorKind.NotEvaluated => BadData(error.Message),
        QueryErrorKind.Execution => new("execution", 422, error.Message),
        QueryErrorKind.Timeout => new("timeout", 503, error.Message),
        QueryErrorKind.Stopped => new("canceled", 499, error.Message),
        QueryErrorKind.Canceled when clientIsGone => new("canceled", 499, error.Message),
        QueryErrorKind.Canceled => new("timeout", 503, "query timed out in expression evaluation"),
        QueryErrorKind.NotReady => new("unavailable", 503, error.Message) { RetryAfter = error.RetryAfter },
        _ => new("internal", 500, error.Message),
    };
}
