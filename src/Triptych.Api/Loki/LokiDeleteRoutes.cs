using Microsoft.AspNetCore.Http;
using Triptych.Api.Admin;
using Triptych.Model;
using Triptych.Storage.Deletion;

namespace Triptych.Api.Loki;

/// <summary>
/// <c>delete</c>: asks for the deletion of lines (POST, PUT), lists what was asked for (GET), calls one off (DELETE; with <c>force=true</c> also when a
/// part of it is done).
/// </summary>
internal sealed class LokiDeleteRoutes(DeletionService deletions, AdminAccess access)
{
    /// <summary>Answers, by the request's method.</summary>
    public async Task AnswerAsync(LokiCall call)
    {
        if (!access.IsEnabled)
        {
            await LokiCall.WriteErrorAsync(call.Http.Response, StatusCodes.Status403Forbidden, AdminAccess.Refusal);
            return;
        }

        var method = call.Http.Request.Method;
        await (HttpMethods.IsGet(method) || HttpMethods.IsHead(method) ? ListAsync(call) : HttpMethods.IsDelete(method) ? CancelAsync(call) : AddAsync(call));
    }

    private async Task AddAsync(LokiCall call)
    {
        var parameters = call.Parameters;
        var start = parameters.Time("start", otherwise: -1);
        var end = parameters.Time("end", parameters.NowUnixNanos);
        var query = parameters.Text("query");
        if (await call.RefusedAsync()) return;
        var problem = query is null ? "query not set" : start < 0 ? "start time not set" : end > parameters.NowUnixNanos ? "deletes in future not allowed" : null;
        if (problem is null)
        {
            var answer = await deletions.RequestAsync(call.Tenant, Signal.Logs, start, end, [query!], call.Http.RequestAborted);
            if (answer.Refusal is null)
            {
                call.Http.Response.StatusCode = StatusCodes.Status204NoContent;
                return;
            }

            problem = answer.Refusal;
            if (answer.IsBusy)
            {
                await LokiCall.WriteErrorAsync(call.Http.Response, StatusCodes.Status429TooManyRequests, problem);
                return;
            }
        }

        await LokiCall.WriteErrorAsync(call.Http.Response, StatusCodes.Status400BadRequest, problem);
    }

    private async Task ListAsync(LokiCall call)
    {
        await using var reply = new JsonReply(call.Http);
        var json = reply.Writer;
        json.WriteStartArray();
        foreach (var progress in deletions.List(call.Tenant, Signal.Logs))
        {
            var request = progress.Request;

            // As Loki says: one that was called off after a part of it was done is listed as processed.
            if (request is { State: DeletionState.Cancelled, BlocksDone: 0 }) continue;
            json.WriteStartObject();
            json.WriteString("request_id", request.Id);
            json.WritePropertyName("start_time");
            reply.WriteSeconds(request.MinTime);
            json.WritePropertyName("end_time");
            reply.WriteSeconds(request.MaxTime);
            json.WriteString("query", request.Selectors[0]);
            json.WriteString("status", StatusOf(progress));
            json.WritePropertyName("created_at");
            reply.WriteSeconds(request.CreatedUnixMs * 1_000_000);
            json.WriteEndObject();
            await reply.FlushIfFullAsync();
        }

        json.WriteEndArray();
        await reply.FinishAsync();
    }

    private async Task CancelAsync(LokiCall call)
    {
        var id = call.Parameters.Text("request_id");
        var response = call.Http.Response;
        if (id is null) await LokiCall.WriteErrorAsync(response, StatusCodes.Status400BadRequest, "request_id not set");
        else if (deletions.Find(call.Tenant, id) is not { Request.Signal: Signal.Logs } progress)
            await LokiCall.WriteErrorAsync(response, StatusCodes.Status404NotFound, "could not find delete request with given id");
        else if (progress.Request is { State: DeletionState.Pending, BlocksDone: > 0 } && call.Parameters.Text("force") != "true")
        {
            await LokiCall.WriteErrorAsync(
                response, StatusCodes.Status400BadRequest, "Unable to cancel partially completed delete request. To force, use the ?force query parameter");
        }
        else if (await deletions.CancelAsync(call.Tenant, id, call.Http.RequestAborted)) response.StatusCode = StatusCodes.Status204NoContent;
        else await LokiCall.WriteErrorAsync(response, StatusCodes.Status400BadRequest, "deletion of request which is in process or already processed is not allowed");
    }

    private static string StatusOf(DeletionProgress progress)
    {
        if (progress.Request.State != DeletionState.Pending) return "processed";
        return progress.Request.BlocksDone == 0 ? "received" : $"{100 * progress.Request.BlocksDone / progress.BlocksTotal}% Complete";
    }
}
