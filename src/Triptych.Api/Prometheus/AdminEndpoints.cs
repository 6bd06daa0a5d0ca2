using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Triptych.Api.Admin;
using Triptych.Api.Hosting;
using Triptych.Model;
using Triptych.Storage.Deletion;

namespace Triptych.Api.Prometheus;

/// <summary>
/// <c>admin/tsdb/delete_series</c> and <c>admin/tsdb/clean_tombstones</c>. A deletion is durable when it is answered and completes soon after;
/// the latter waits until it has.
/// </summary>
public sealed class AdminEndpoints(DeletionService deletions, AdminAccess access)
{
    private static readonly string[] Methods = ["POST", "PUT"];

    /// <summary>Maps the endpoints.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        var family = new ApiFamilyMetadata(ApiFamily.Prometheus);
        routes.MapMethods("/api/v1/admin/tsdb/delete_series", Methods, ApiCall.Handler(DeleteAsync)).WithMetadata(family);
        routes.MapMethods("/api/v1/admin/tsdb/clean_tombstones", Methods, ApiCall.Handler(CleanAsync)).WithMetadata(family);
    }

    private async Task DeleteAsync(ApiCall call)
    {
        if (await RefusedAsync(call)) return;
        var (startMs, endMs) = call.Parameters.Range();
        if (endMs < startMs) call.Parameters.Refuse("end", "end timestamp must not be before start time");
        var selectors = call.Parameters.Selectors();
        var problem = call.Parameters.Problem ?? (selectors.Count == 0 ? ApiError.BadData("no match[] parameter provided") : null);
        if (problem is not null)
        {
            await call.FailAsync(problem);
            return;
        }

        var answer = await deletions.RequestAsync(call.Tenant, Signal.Metrics, startMs, endMs, [.. call.Parameters.All("match[]")], call.Aborted);
        if (answer.Refusal is { } refusal) await call.FailAsync(answer.IsBusy ? new ApiError("unavailable", 503, refusal) : ApiError.BadData(refusal));
        else call.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task CleanAsync(ApiCall call)
    {
        if (await RefusedAsync(call)) return;
        await deletions.WhenCompleteAsync(call.Tenant, Signal.Metrics, call.Aborted);
        call.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task<bool> RefusedAsync(ApiCall call)
    {
        if (access.IsEnabled) return false;
        await call.FailAsync(new ApiError("unavailable", 500, AdminAccess.Refusal));
        return true;
    }
}
