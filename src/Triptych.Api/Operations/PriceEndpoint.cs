using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Triptych.Api.Hosting;
using Triptych.Api.Http;
using Triptych.Api.Loki;
using Triptych.Query;

namespace Triptych.Api.Operations;

/// <summary>
/// <c>GET /api/triptych/v1/query/price</c> with <c>language</c> (promql, logql, traceql), <c>query</c>, <c>start</c>, <c>end</c> (RFC 3339, Unix seconds or
/// nanoseconds) and <c>step</c> (a duration; none for a query at <c>end</c>): what the query would read at most, without reading it. 400 says what is wrong
/// with the query.
/// </summary>
/// <param name="price">What knows prices.</param>
/// <param name="runner">Gives each question its slot, deadline and budget: not the one of queries, which may all be running when somebody asks.</param>
/// <param name="time">The clock.</param>
public sealed class PriceEndpoint(QueryPrice price, QueryRunner runner, TimeProvider time)
{
    private const string Path = "/api/triptych/v1/query/price";
    private const int MaxTextLength = 64 * 1024;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
    };

    /// <summary>Maps the endpoint.</summary>
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet(Path, AnswerAsync).WithMetadata(new ApiFamilyMetadata(ApiFamily.Ui));

    private async Task AnswerAsync(HttpContext context)
    {
        if (TenantHeader.Read(context.Request) is not { } tenant)
        {
            await RefuseAsync(context, TenantHeader.Error);
            return;
        }

        var (language, items) = context.Request.Query["language"].ToString() switch
        {
            "promql" => ("promql", "samples"),
            "logql" => ("logql", "lines"),
            "traceql" => ("traceql", "spans"),
            _ => ("", ""),
        };
        if (language.Length == 0)
        {
            await RefuseAsync(context, "language is none of promql, logql and traceql");
            return;
        }

        if (Read(context.Request.Query, out var request) is { } problem)
        {
            await RefuseAsync(context, problem);
            return;
        }

        using var run = await runner.RunAsync(
            "price", tenant, null,
            query => language switch
            {
                "promql" => price.OfPromQLAsync(request!, query),
                "logql" => price.OfLogQLAsync(request!, query),
                _ => price.OfTraceQLAsync(request!, query),
            },
            context.RequestAborted);
        if (run.Result.Error is { } error)
        {
            RetryAfterHeader.Set(context.Response, error.RetryAfter);
            await RefuseAsync(context, error.Message, StatusOf(error.Kind));
            return;
        }

        var found = run.Result.Value!;
        var answer = new
        {
            Language = language,
            found.Scans,
            found.Price.Blocks,
            found.Price.BlockBytes,
            found.Price.ReadBytes,
            found.Price.Series,
            Items = items,
            found.Price.Rows,
            found.Price.MemorySeries,
            found.Price.MemoryRows,
            found.Price.UnopenedBlocks,
            found.Notes,
        };
        await context.Response.WriteAsJsonAsync(answer, Json, context.RequestAborted);
    }

    private string? Read(IQueryCollection query, out PriceRequest? request)
    {
        request = null;
        var text = query["query"].ToString();
        if (text.Length == 0) return "query is missing";
        if (text.Length > MaxTextLength) return $"query has more than {MaxTextLength} characters";
        var nowNanos = (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
        if (ReadTime(query["end"].ToString(), nowNanos, out var end) is { } endProblem) return $"end: {endProblem}";
        if (ReadTime(query["start"].ToString(), end, out var start) is { } startProblem) return $"start: {startProblem}";
        if (start > end) return "end must not be before start";
        if (start < 0 || end > LogQL.Planning.LogQLEngine.MaxUnixNanos) return "times lie between 1970 and 2191";
        var stepText = query["step"].ToString();
        var step = 0L;
        if (stepText.Length > 0 && (!LokiTime.TryParseDuration(stepText, out step) || step <= 0))
            return $"step: \"{LokiTime.Shorten(stepText)}\" is not a duration above 0";
        request = new PriceRequest(text, start, end, step);
        return null;
    }

    private static string? ReadTime(string text, long otherwise, out long unixNanos)
    {
        unixNanos = otherwise;
        if (text.Length == 0) return null;
        return LokiTime.TryParse(text, out unixNanos, out var error) ? null : error;
    }

    private static int StatusOf(QueryErrorKind kind) => kind switch
    {
        QueryErrorKind.BadData or QueryErrorKind.NotEvaluated => StatusCodes.Status400BadRequest,
        QueryErrorKind.Execution => StatusCodes.Status422UnprocessableEntity,
        QueryErrorKind.Canceled or QueryErrorKind.Stopped => StatusCodes.Status499ClientClosedRequest,
        QueryErrorKind.Timeout or QueryErrorKind.NotReady => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };

    private static Task RefuseAsync(HttpContext context, string reason, int status = StatusCodes.Status400BadRequest) =>
        PlainText.WriteAsync(context.Response, status, reason.ReplaceLineEndings(" "));
}
