using Microsoft.AspNetCore.Http;
using Triptych.LogQL.Planning;
using Triptych.LogQL.Syntax;
using Triptych.Query;
using Triptych.Query.Budgets;
using Triptych.Query.Steps;

namespace Triptych.Api.Loki;

/// <summary>Queries: <c>query</c>, <c>query_range</c>, <c>format_query</c>.</summary>
internal sealed class LokiQueryRoutes(LogQLEngine engine)
{
    /// <summary><c>query</c>: a metric query at one time.</summary>
    public Task InstantAsync(LokiCall call)
    {
        var parameters = call.Parameters;
        var request = new LogQLRequest
        {
            Query = parameters.Text("query") ?? "",
            Grid = StepGrid.Instant(parameters.Time("time", parameters.NowUnixNanos)),
            Limit = parameters.Count("limit", 100),
            Direction = parameters.Direction(),
            IsInstant = true,
        };
        return AnswerAsync(call, request);
    }

    /// <summary><c>query_range</c>: lines, or a metric query at each step.</summary>
    public Task RangeAsync(LokiCall call)
    {
        var parameters = call.Parameters;
        var range = parameters.Range();
        var step = parameters.StepNanos(range);
        var request = new LogQLRequest
        {
            Query = parameters.Text("query") ?? "",
            Grid = range.StartUnixNanos > range.EndUnixNanos
                ? StepGrid.Instant(range.StartUnixNanos)
                : StepGrid.Range(range.StartUnixNanos, range.EndUnixNanos, step),
            StartUnixNanos = range.StartUnixNanos,
            EndUnixNanos = range.EndUnixNanos,
            Limit = parameters.Count("limit", 100),
            Direction = parameters.Direction(),
            IntervalNanos = parameters.IntervalNanos(),
        };
        // Only lines are limited: a metric query may carry any limit.
        if (request.Limit > LokiParameters.MaxLines && LogQLParser.Parse(request.Query).Value is LogPipeline)
        {
            parameters.Fail(LokiParameters.TooManyLines(request.Limit));
        }

        return AnswerAsync(call, request);
    }

    /// <summary><c>format_query</c>: the query as its one canonical line; errors are JSON here.</summary>
    public async Task FormatAsync(LokiCall call)
    {
        var parsed = LogQLParser.Parse(call.Parameters.Text("query") ?? "");
        await using var reply = new JsonReply(call.Http, parsed.Succeeded ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest);
        reply.Writer.WriteStartObject();
        reply.Writer.WriteString("status", parsed.Succeeded ? "success" : "invalid-query");
        if (parsed.Succeeded) reply.Writer.WriteString("data", QueryPrinter.Print(parsed.Value));
        else reply.Writer.WriteString("error", parsed.Error.ToString());
        reply.Writer.WriteEndObject();
        await reply.FinishAsync();
    }

    private async Task AnswerAsync(LokiCall call, LogQLRequest request)
    {
        if (await call.RefusedAsync()) return;
        var answer = await call.EvaluateAsync<Answered>(async query =>
        {
            var result = await engine.QueryAsync(request, query);
            return result.Error is { } error ? error : new Answered(result.Value!, query);
        });
        if (answer is null) return;
        await using var reply = new JsonReply(call.Http);
        await new AnswerWriter(reply, answer.Query).WriteAsync(answer.Answer, request, AnswerWriter.WantsCategories(call.Http.Request), call);
    }

    private sealed record Answered(LogQLAnswer Answer, QueryContext Query);
}
