using Microsoft.AspNetCore.Http;
using Triptych.Api.Http;
using Triptych.Api.Operations;
using Triptych.Model;
using Triptych.Query;
using Triptych.Query.Budgets;

namespace Triptych.Api.Loki;

/// <summary>One request to Loki's read API: whose it is, what it asks for, and how it is evaluated and refused.</summary>
internal sealed class LokiCall(HttpContext http, TenantId tenant, LokiParameters parameters, QueryRunner runner, TimeProvider time)
{
    private const int ClientClosedRequest = 499;

    private readonly long _began = time.GetTimestamp();

    /// <summary>The request and its response.</summary>
    public HttpContext Http => http;

    /// <summary>Whose data.</summary>
    public TenantId Tenant => tenant;

    /// <summary>What it asks for.</summary>
    public LokiParameters Parameters => parameters;

    /// <summary>How long it has run.</summary>
    public TimeSpan Elapsed => time.GetElapsedTime(_began);

    /// <summary>How long it waited until it was evaluated.</summary>
    public TimeSpan Queued { get; private set; }

    /// <summary>Answers 400 where a parameter could not be read; returns whether it did.</summary>
    public async ValueTask<bool> RefusedAsync()
    {
        if (parameters.Error is null) return false;
        await WriteErrorAsync(http.Response, StatusCodes.Status400BadRequest, parameters.Error);
        return true;
    }

    /// <summary>Runs the request within the limits of queries; null where it failed, which has been answered then.</summary>
    public async ValueTask<T?> EvaluateAsync<T>(Func<QueryContext, ValueTask<QueryResult<T>>> evaluate)
        where T : class
    {
        var run = await runner.RunAsync("logql", tenant, null, BeginAsync, http.RequestAborted, Origin());
        http.Response.RegisterForDispose(run);
        if (run.Result.Error is not { } error) return run.Result.Value;
        RetryAfterHeader.Set(http.Response, error.RetryAfter);
        await WriteErrorAsync(http.Response, StatusOf(error.Kind), error.Message);
        return null;

        ValueTask<QueryResult<T>> BeginAsync(QueryContext context)
        {
            Queued = Elapsed;
            return evaluate(context);
        }
    }

    // Every parameter has been found valid by now.
    private QueryOrigin Origin()
    {
        var text = parameters.Text("query") ?? string.Join(", ", parameters.All("match[]").Concat(parameters.All("match")));
        var origin = QueryOrigin.Of(http, text);
        if (http.Request.Path.Value == "/loki/api/v1/query")
        {
            var at = parameters.Time("time", parameters.NowUnixNanos);
            return origin.Between(at, at);
        }

        var range = parameters.Range();
        return origin.Between(range.StartUnixNanos, range.EndUnixNanos);
    }

    /// <summary>Loki's form of an error: one line of text.</summary>
    public static Task WriteErrorAsync(HttpResponse response, int statusCode, string message) =>
        PlainText.WriteAsync(response, statusCode, message.ReplaceLineEndings(" "));

    private static int StatusOf(QueryErrorKind kind) => kind switch
    {
        QueryErrorKind.BadData or QueryErrorKind.NotEvaluated or QueryErrorKind.Execution => StatusCodes.Status400BadRequest,
        QueryErrorKind.Canceled or QueryErrorKind.Stopped => ClientClosedRequest,
        QueryErrorKind.Timeout => StatusCodes.Status504GatewayTimeout,
        QueryErrorKind.NotReady => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };
}
