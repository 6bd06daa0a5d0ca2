using Microsoft.AspNetCore.Http;
using Triptych.Api.Operations;

namespace Triptych.Api.Tempo;

/// <summary>What a request of Tempo's API asks, for the list of running queries. Its parameters have been found valid before.</summary>
internal static class TempoOrigin
{
    private static readonly TimeSpan DefaultRange = TimeSpan.FromHours(1);

    /// <summary>Of a request, over HTTP or gRPC.</summary>
    public static QueryOrigin Of(HttpContext http, TempoParameters parameters)
    {
        var id = http.Request.RouteValues["id"] as string;
        var text = id ?? parameters.Text("q") ?? parameters.Text("query") ?? parameters.Text("tags") ?? "";
        var origin = QueryOrigin.Of(http, text);

        // A look-up by id looks at all times unless it is told which.
        if (id is not null && parameters.Text("start") is null) return origin;
        var (start, end) = id is null ? parameters.Range(DefaultRange) : parameters.LookupRange();
        return origin.Between(start, end, parameters.Duration("step") ?? 0);
    }
}
