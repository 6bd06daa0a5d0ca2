using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Triptych.Api.Hosting;
using Triptych.Api.Http;
using Triptych.Model;
using Triptych.Primitives.Memory;

namespace Triptych.Api.Operations;

/// <summary>
/// <c>GET /api/triptych/v1/queries</c>: the queries of all tenants, languages and APIs that wait or run, the oldest first, at most
/// <see cref="MaxListed"/>, and how many there are. <c>DELETE /api/triptych/v1/queries/{id}</c> stops one: 204, and its client is told that it was stopped
/// by an operator; 404 where it is over already.
/// </summary>
/// <param name="running">Those that wait or run.</param>
/// <param name="slots">Queries that run at once at most; remote reads have slots of their own.</param>
/// <param name="together">What all of them may hold together.</param>
public sealed class RunningQueriesEndpoint(RunningQueries running, int slots, MemoryBudget together)
{
    /// <summary>Queries of an answer.</summary>
    public const int MaxListed = 500;

    private const string Path = "/api/triptych/v1/queries";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
    };

    /// <summary>Maps the endpoints.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        var family = new ApiFamilyMetadata(ApiFamily.Ui);
        routes.MapGet(Path, ListAsync).WithMetadata(family);
        routes.MapDelete(Path + "/{id}", StopAsync).WithMetadata(family);
    }

    private Task ListAsync(HttpContext context)
    {
        var queries = running.List().Where(query => IsFor(context, query.Tenant)).ToList();
        var answer = new
        {
            Queries = queries.Take(MaxListed).Select(Describe),
            Total = queries.Count,
            Running = queries.Count(static q => q.IsRunning),
            Slots = slots,
            MemoryBytes = together.Used,
            MemoryLimitBytes = together.Limit,
        };
        return context.Response.WriteAsJsonAsync(answer, Json, context.RequestAborted);
    }

    private Task StopAsync(HttpContext context)
    {
        if (!Guid.TryParse(context.Request.RouteValues["id"] as string, out var id))
            return PlainText.WriteAsync(context.Response, StatusCodes.Status400BadRequest, "the id of a query is expected, as the list gives it");
        var isOwn = running.List().Any(query => query.Id == id && IsFor(context, query.Tenant));
        if (!isOwn || !running.TryStop(id))
            return PlainText.WriteAsync(context.Response, StatusCodes.Status404NotFound, "no query of this id is running: it is over, or never was");
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    /// <summary>Whoever asks for a tenant, as through a gateway that sets its header, has to do with that tenant's queries alone.</summary>
    private static bool IsFor(HttpContext context, TenantId tenant) =>
        !context.Request.Headers.TryGetValue(TenantHeader.Name, out var named) || named.ToString() == tenant.Name;

    private static object Describe(RunningQuery query)
    {
        var progress = query.Progress;
        return new
        {
            query.Id,
            query.Language,
            query.Origin.Api,
            query.Origin.Text,
            TextIsCut = query.Origin.IsCut,
            Tenant = query.Tenant.Name,
            query.Origin.StartUnixMs,
            query.Origin.EndUnixMs,
            query.Origin.StepMs,
            StartedUnixMs = query.StartedAt.ToUnixTimeMilliseconds(),
            ElapsedMs = (long)query.Elapsed.TotalMilliseconds,
            WaitedMs = (long)query.Waited.TotalMilliseconds,
            TimeoutMs = (long)query.Timeout.TotalMilliseconds,
            State = query.Stopped.IsCancellationRequested ? "stopping" : query.IsRunning ? "running" : "waiting",
            progress.BytesRead,
            progress.RowsRead,
            query.MemoryBytes,
            query.PeakMemoryBytes,
            query.Origin.RemoteAddress,
            query.Origin.UserAgent,
        };
    }
}
