using Microsoft.AspNetCore.Http;

namespace Triptych.Api.Operations;

/// <summary>What a query asks and who asks it, for the list of running queries. Holds no header but the user agent, so no credentials.</summary>
/// <param name="Api">Method and path, such as <c>GET /api/v1/query_range</c>.</param>
/// <param name="Text">The query, or the selectors of a look-up; at most <see cref="MaxTextLength"/> characters.</param>
/// <param name="RemoteAddress">Where the request came from; empty where the connection has none.</param>
/// <param name="UserAgent">What the client calls itself; at most <see cref="MaxAgentLength"/> characters.</param>
public sealed record QueryOrigin(string Api, string Text, string RemoteAddress, string UserAgent)
{
    /// <summary>Characters of a query that are kept.</summary>
    public const int MaxTextLength = 4096;

    /// <summary>Characters of a user agent, and of a path, that are kept.</summary>
    public const int MaxAgentLength = 256;

    /// <summary>The first time that is asked for, in Unix milliseconds; null where none is.</summary>
    public long? StartUnixMs { get; init; }

    /// <summary>The last time that is asked for, in Unix milliseconds; null where none is.</summary>
    public long? EndUnixMs { get; init; }

    /// <summary>Milliseconds between two steps; null where there are none.</summary>
    public long? StepMs { get; init; }

    /// <summary>Whether the text was longer than what is kept.</summary>
    public bool IsCut { get; private init; }

    /// <summary>Of a request.</summary>
    /// <param name="http">The request.</param>
    /// <param name="text">The query; cut where it is too long.</param>
    public static QueryOrigin Of(HttpContext http, string text)
    {
        var request = http.Request;
        var remote = http.Connection.RemoteIpAddress;
        if (remote is { IsIPv4MappedToIPv6: true }) remote = remote.MapToIPv4();
        return new QueryOrigin(
            $"{request.Method} {Cut(request.Path.Value ?? "", MaxAgentLength)}", Cut(text, MaxTextLength), remote?.ToString() ?? "",
            Cut(request.Headers.UserAgent.ToString(), MaxAgentLength))
        {
            IsCut = text.Length > MaxTextLength,
        };
    }

    /// <summary>With a closed range of Unix nanoseconds.</summary>
    public QueryOrigin Between(long startUnixNanos, long endUnixNanos, long stepNanos = 0) =>
        BetweenMs(startUnixNanos / 1_000_000, endUnixNanos / 1_000_000, stepNanos / 1_000_000);

    /// <summary>With a closed range of Unix milliseconds.</summary>
    public QueryOrigin BetweenMs(long startUnixMs, long endUnixMs, long stepMs = 0) =>
        this with { StartUnixMs = startUnixMs, EndUnixMs = endUnixMs, StepMs = stepMs > 0 ? stepMs : null };

    // Not in the middle of a pair of surrogates.
    private static string Cut(string text, int length)
    {
        if (text.Length <= length) return text;
        return char.IsHighSurrogate(text[length - 1]) ? text[..(length - 1)] : text[..length];
    }
}
