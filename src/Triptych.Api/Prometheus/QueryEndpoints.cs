using System.Text;
using Triptych.Api.Http;
using Triptych.PromQL.Planning;
using Triptych.PromQL.Syntax;
using Triptych.Query;
using Triptych.Query.Budgets;
using Triptych.Query.Steps;

namespace Triptych.Api.Prometheus;

/// <summary>Evaluates queries, and formats and parses them.</summary>
internal sealed class QueryEndpoints(PromQLEngine engine, QueryRunner runner, TimeProvider time)
{
    private const string Truncated = "results truncated due to limit";
    private const string AllStats = "all";
    private const long NanosPerMs = 1_000_000;

    /// <summary><c>query</c>: one time.</summary>
    public Task QueryAsync(ApiCall call)
    {
        var parameters = call.Parameters;
        var timeMs = parameters.TimeMs("time", time.GetUtcNow().ToUnixTimeMilliseconds());
        var query = parameters.Get("query");
        return AnswerAsync(call, StepGrid.Instant(timeMs), context => engine.QueryInstantAsync(query, timeMs, context));
    }

    /// <summary><c>query_range</c>: start, start + step, … up to end, just as they were asked for.</summary>
    public Task QueryRangeAsync(ApiCall call)
    {
        var parameters = call.Parameters;
        var startMs = parameters.TimeMs("start");
        var endMs = parameters.TimeMs("end");
        if (endMs < startMs) parameters.Refuse("end", "end timestamp must not be before start time");
        if (parameters.Get("step").Length == 0) parameters.Refuse("step", "cannot parse \"\" to a valid duration");
        const string NotPositive = "zero or negative query resolution step widths are not accepted. Try a positive integer";
        var stepNanos = parameters.DurationNanos("step").GetValueOrDefault();
        if (stepNanos <= 0) parameters.Refuse("step", NotPositive);
        if (parameters.Problem is { } problem) return call.FailAsync(problem);

        // A step below a millisecond is too fine in all but the shortest ranges, where it is none.
        if ((Int128)(endMs - startMs) * NanosPerMs / stepNanos > StepGrid.MaxSteps)
        {
            return call.FailAsync(ApiError.BadData(
                "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)"));
        }

        if (stepNanos < NanosPerMs) return call.FailAsync(ApiError.BadParameter("step", NotPositive));
        var query = parameters.Get("query");
        var grid = StepGrid.Range(startMs, endMs, stepNanos / NanosPerMs);
        return AnswerAsync(call, grid, context => engine.QueryRangeAsync(query, grid, context));
    }

    /// <summary><c>format_query</c>.</summary>
    public Task FormatQueryAsync(ApiCall call)
    {
        var parsed = PromQLParser.Parse(call.Parameters.Get("query"), engine.Options.Parser);
        return parsed.Expression is { } expression
            ? call.AnswerAsync(json => json.WriteStringValue(PrettyPrinter.Print(expression)))
            : call.FailAsync(ApiError.BadParameter("query", parsed.Error!.ToString()));
    }

    /// <summary><c>parse_query</c>.</summary>
    public Task ParseQueryAsync(ApiCall call)
    {
        var parsed = PromQLParser.Parse(call.Parameters.Get("query"), engine.Options.Parser);
        if (parsed.Expression is { Height: > SyntaxTreeJson.MaxHeight })
            return call.FailAsync(ApiError.BadParameter("query", $"the syntax tree has more than {SyntaxTreeJson.MaxHeight} levels"));
        return parsed.Expression is { } expression
            ? call.AnswerAsync(json => SyntaxTreeJson.Write(json, expression))
            : call.FailAsync(ApiError.BadParameter("query", parsed.Error!.ToString()));
    }

    private async Task AnswerAsync(ApiCall call, StepGrid grid, Func<QueryContext, ValueTask<QueryResult<PromQLAnswer>>> evaluate)
    {
        var parameters = call.Parameters;
        var limit = parameters.Limit();
        var timeoutNanos = parameters.DurationNanos("timeout");
        var lookbackNanos = parameters.DurationNanos("lookback_delta", "error parsing lookback delta duration: ");
        if (parameters.Problem is { } problem)
        {
            await call.FailAsync(problem);
            return;
        }

        var perStep = parameters.Get("stats") == AllStats && engine.Options.PerStepStats;
        var arrived = time.GetTimestamp();
        var started = arrived;
        QueryContext? used = null;
        var timeout = timeoutNanos is { } nanos ? TimeSpan.FromTicks(nanos / TimeSpan.NanosecondsPerTick) : (TimeSpan?)null;
        var run = await runner.RunAsync<PromQLAnswer>(
            "promql",
            call.Tenant,
            timeout,
            given =>
            {
                started = time.GetTimestamp();
                used = given;
                if (lookbackNanos is > 0) used.LookBack(TimeSpan.FromTicks(lookbackNanos.Value / TimeSpan.NanosecondsPerTick));
                if (perStep) used.SamplesQueriedPerStep = new long[grid.Count];
                return evaluate(used);
            },
            call.Aborted,
            call.Origin(parameters.Get("query")).BetweenMs(grid.Start, grid.End, grid.Count > 1 ? grid.Step : 0));
        call.Response.RegisterForDispose(run);
        if (run.Result.Error is { } error)
        {
            await call.FailAsync(error);
            return;
        }

        var context = used ?? run.Context;
        var timings = new QueryTimings(time.GetElapsedTime(arrived, started), time.GetElapsedTime(started), context);
        await WriteAsync(call, run.Result.Value!, context, limit, parameters.Get("stats").Length > 0 ? timings : null);
    }

    private static async Task WriteAsync(ApiCall call, PromQLAnswer answer, QueryContext context, int limit, QueryTimings? timings)
    {
        await using var response = ApiResponse.Begin(call.Response);
        response.Json.WriteStartObject();
        var cut = await AnswerJson.WriteAsync(response, answer, limit);
        timings?.Write(response.Json, answer.Grid);
        response.Json.WriteEndObject();
        if (cut) context.Warn(Truncated);
        var stats = call.Parameters.Get("stats");
        if (stats is not ("" or "true" or AllStats)) context.Warn(DeprecatedStats(stats));
        await response.EndAsync(context.Warnings, context.Infos);
    }

    private static string DeprecatedStats(string value)
    {
        var quoted = new StringBuilder();
        QuotedString.Append(quoted, value);
        return $"value {quoted} for parameter \"stats\" is deprecated and will be rejected in the next major release, use \"true\" or \"all\"";
    }
}
