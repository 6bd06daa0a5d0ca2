using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Triptych.Api.Hosting;
using Triptych.Api.Http;
using Triptych.Api.Loki;
using Triptych.Model;
using Triptych.Storage.Catalog;
using Triptych.Storage.Deletion;

namespace Triptych.Api.Admin;

/// <summary>
/// <c>/api/triptych/v1/deletions</c>: deletions of all three signals with their progress, and the way to delete spans. POST with <c>signal</c>
/// (metrics, logs, traces), one or more <c>query</c>, <c>start</c> and <c>end</c> (RFC 3339, seconds or nanoseconds; both inclusive) in the URL; GET lists;
/// GET and DELETE of one by its id.
/// </summary>
public sealed class DeletionEndpoints(DeletionService deletions, AdminAccess access, TimeProvider time)
{
    private const string Path = "/api/triptych/v1/deletions";
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
    };

    /// <summary>Maps the endpoints.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        var family = new ApiFamilyMetadata(ApiFamily.Ui);
        routes.MapPost(Path, Handler(AddAsync)).WithMetadata(family);
        routes.MapGet(Path, Handler(ListAsync)).WithMetadata(family);
        routes.MapGet(Path + "/{id}", Handler(GetAsync)).WithMetadata(family);
        routes.MapDelete(Path + "/{id}", Handler(CancelAsync)).WithMetadata(family);
    }

    private RequestDelegate Handler(Func<HttpContext, TenantId, Task> answer) => context =>
    {
        if (!access.IsEnabled && !HttpMethods.IsGet(context.Request.Method))
            return PlainText.WriteAsync(context.Response, StatusCodes.Status403Forbidden, AdminAccess.Refusal);
        return TenantHeader.Read(context.Request) is { } tenant
            ? answer(context, tenant)
            : PlainText.WriteAsync(context.Response, StatusCodes.Status400BadRequest, TenantHeader.Error);
    };

    private async Task AddAsync(HttpContext context, TenantId tenant)
    {
        var query = context.Request.Query;
        var name = query["signal"].ToString();
        var signal = SignalTime.Signals.Where(s => SignalTime.NameOf(s) == name).Cast<Signal?>().FirstOrDefault();
        if (signal is null)
        {
            await RefuseAsync(context, "signal is none of metrics, logs and traces");
            return;
        }

        var nowNanos = SignalTime.Of(Signal.Logs, time.GetUtcNow());
        if (ReadTime(query["start"].ToString(), null, out var start) is { } startProblem)
        {
            await RefuseAsync(context, "start: " + startProblem);
            return;
        }

        if (ReadTime(query["end"].ToString(), nowNanos, out var end) is { } endProblem)
        {
            await RefuseAsync(context, "end: " + endProblem);
            return;
        }

        if (signal == Signal.Metrics) (start, end) = (start / 1_000_000, end / 1_000_000);
        var selectors = query["query"].Where(static q => !string.IsNullOrEmpty(q)).Select(static q => q!).ToList();
        var answer = await deletions.RequestAsync(tenant, signal.Value, start, end, selectors, context.RequestAborted);
        if (answer.Request is not { } request)
        {
            await RefuseAsync(context, answer.Refusal!, answer.IsBusy ? StatusCodes.Status429TooManyRequests : StatusCodes.Status400BadRequest);
            return;
        }

        context.Response.StatusCode = StatusCodes.Status202Accepted;
        await context.Response.WriteAsJsonAsync(Describe(deletions.Find(tenant, request.Id)!), Json, context.RequestAborted);
    }

    private Task ListAsync(HttpContext context, TenantId tenant) =>
        context.Response.WriteAsJsonAsync(new { Deletions = deletions.List(tenant, signal: null).Select(Describe) }, Json, context.RequestAborted);

    private Task GetAsync(HttpContext context, TenantId tenant) => deletions.Find(tenant, IdOf(context)) is { } found
        ? context.Response.WriteAsJsonAsync(Describe(found), Json, context.RequestAborted)
        : RefuseAsync(context, "there is no deletion of this id", StatusCodes.Status404NotFound);

    private async Task CancelAsync(HttpContext context, TenantId tenant)
    {
        if (deletions.Find(tenant, IdOf(context)) is null) await RefuseAsync(context, "there is no deletion of this id", StatusCodes.Status404NotFound);
        else if (await deletions.CancelAsync(tenant, IdOf(context), context.RequestAborted)) context.Response.StatusCode = StatusCodes.Status204NoContent;
        else await RefuseAsync(context, "the deletion is done or called off already", StatusCodes.Status409Conflict);
    }

    private static string IdOf(HttpContext context) => context.Request.RouteValues["id"] as string ?? "";

    private static string? ReadTime(string text, long? otherwise, out long unixNanos)
    {
        unixNanos = otherwise ?? 0;
        if (text.Length == 0) return otherwise is null ? "a time is needed: RFC 3339, Unix seconds or Unix nanoseconds" : null;
        return LokiTime.TryParse(text, out unixNanos, out var error) ? null : error;
    }

    private static Task RefuseAsync(HttpContext context, string reason, int status = StatusCodes.Status400BadRequest) =>
        PlainText.WriteAsync(context.Response, status, reason.ReplaceLineEndings(" "));

    private static object Describe(DeletionProgress progress)
    {
        var request = progress.Request;
        return new
        {
            request.Id,
            Signal = SignalTime.NameOf(request.Signal),
            Queries = request.Selectors,
            StartUnixMs = SignalTime.ToInstant(request.Signal, request.MinTime).ToUnixTimeMilliseconds(),
            EndUnixMs = SignalTime.ToInstant(request.Signal, request.MaxTime).ToUnixTimeMilliseconds(),
            request.CreatedUnixMs,
            State = request.State.ToString().ToLowerInvariant(),
            request.BlocksDone,
            progress.BlocksTotal,
            request.RowsDeleted,
            UnreadableObjects = request.Unreadable,
            FinishedUnixMs = request.FinishedUnixMs == 0 ? (long?)null : request.FinishedUnixMs,
        };
    }
}
