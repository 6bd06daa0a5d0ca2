using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Triptych.LogQL.Planning;
using Triptych.LogQL.Tailing;
using Triptych.Primitives.Checksums;
using Triptych.Query;
using Triptych.Query.Budgets;
using Triptych.Query.Steps;

namespace Triptych.Api.Loki.Tail;

/// <summary>
/// <c>tail</c>: lines as they are acknowledged, over a WebSocket, after the newest ones since <c>start</c>. Whatever is wrong is answered before the connection
/// becomes one, as 400. <c>delay_for</c> (0 to 5 s) holds lines back for so long, so that late ones come in order.
/// </summary>
internal sealed class LokiTailRoutes(LogQLEngine engine, LogTails tails, TimeProvider time)
{
    private const long HourNanos = 3_600_000_000_000;
    private const int MaxDelaySeconds = 5;

    /// <summary>Serves one tail until it ends.</summary>
    public async Task TailAsync(LokiCall call)
    {
        var parameters = call.Parameters;
        var delay = Delay(parameters);
        var now = parameters.NowUnixNanos;
        var start = parameters.Time("start", Math.Max(0, now - HourNanos));
        var limit = parameters.Count("limit", 100);
        if (limit > LokiParameters.MaxLines) parameters.Fail(LokiParameters.TooManyLines(limit));
        if (await call.RefusedAsync()) return;
        var query = parameters.Text("query") ?? "";
        var opened = tails.Open(call.Tenant, query, delay);
        if (opened.Error is { } error)
        {
            await LokiCall.WriteErrorAsync(call.Http.Response, StatusCodes.Status400BadRequest, error.Message);
            return;
        }

        using var tail = opened.Value!;
        // Last, so that a client that is told nothing about a refused upgrade, as pages in browsers are, can ask for the reason without one.
        if (!call.Http.WebSockets.IsWebSocketRequest)
        {
            await LokiCall.WriteErrorAsync(call.Http.Response, StatusCodes.Status400BadRequest, "tail is a WebSocket: the request has no upgrade to one");
            return;
        }

        var records = new HashSet<Hash128>();
        var request = new LogQLRequest
        {
            Query = query,
            Grid = StepGrid.Instant(now),
            StartUnixNanos = start,
            EndUnixNanos = Math.Max(start, now + 1),
            Limit = limit,
            Records = records,
        };
        if (await BacklogAsync(call, request) is not { } backlog) return;
        tail.Skip(records);
        await ServeAsync(call, tail, backlog);
    }

    private async ValueTask<TailFrame?> BacklogAsync(LokiCall call, LogQLRequest request)
    {
        var answer = await call.EvaluateAsync<Answered>(async context =>
        {
            // Another try begins anew.
            request.Records!.Clear();
            var result = await engine.QueryAsync(request, context);
            return result.Error is { } error ? error : new Answered(result.Value!, context);
        });
        return answer is null ? null : new TailFrame([.. answer.Answer.Lines!.Reverse()], answer.Context.Symbols, 0, []);
    }

    private async Task ServeAsync(LokiCall call, LogTail tail, TailFrame backlog)
    {
        var context = call.Http;
        var stopping = context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        // A client that does not answer pings is gone, whatever its connection says.
        var accept = new WebSocketAcceptContext { KeepAliveInterval = tails.Options.ClientTimeout, KeepAliveTimeout = tails.Options.ClientTimeout };
        using var socket = await context.WebSockets.AcceptWebSocketAsync(accept);
        using var writer = new TailFrameWriter(AnswerWriter.WantsCategories(context.Request));
        await new TailSession(socket, tail, writer, tails.Options, time).RunAsync(backlog, stopping);
    }

    /// <summary>Whole or broken seconds, as Loki counts it.</summary>
    private static TimeSpan Delay(LokiParameters parameters)
    {
        if (parameters.Text("delay_for") is not { } text) return TimeSpan.Zero;
        if (!double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds))
        {
            parameters.Fail("delay_for", $"\"{LokiTime.Shorten(text)}\" is not a number of seconds");
            return TimeSpan.Zero;
        }

        if (seconds is < 0 or > MaxDelaySeconds) parameters.Fail($"delay_for can't be greater than {MaxDelaySeconds} seconds or less than 0");
        return TimeSpan.FromSeconds(Math.Clamp(seconds, 0, MaxDelaySeconds));
    }

    private sealed record Answered(LogQLAnswer Answer, QueryContext Context);
}
