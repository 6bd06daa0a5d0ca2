using Microsoft.AspNetCore.Http;
using Triptych.Api.Http;
using Triptych.Ingest.Intake;
using Triptych.Model;
using Triptych.Primitives.Memory;

namespace Triptych.Api.Documents;

/// <summary>A request with documents, its body read and decompressed.</summary>
/// <param name="Context">The request.</param>
/// <param name="Tenant">Whose it is.</param>
/// <param name="Limits">Its own limits.</param>
/// <param name="Body">The body, valid until the request is over.</param>
internal sealed record DocumentRequest(HttpContext Context, TenantId Tenant, IngestLimits Limits, ReadOnlyMemory<byte> Body);

/// <summary>How a protocol says that a request is not taken: status and one line.</summary>
internal delegate Task RefusalWriter(HttpResponse response, int statusCode, string message);

/// <summary>Reads requests with documents: tenant, body, and the refusal of what cannot be read, counted and in the protocol's own form.</summary>
internal sealed class DocumentRequests(
    FrontDoor frontDoor, IngestLimits limits, IngestProtocol protocol, RefusalWriter refuse, Signal signal = Signal.Logs)
{
    /// <summary>Reads a request and hands it on.</summary>
    public async Task TakeAsync(HttpContext context, Func<DocumentRequest, Task> take)
    {
        if (TenantHeader.Read(context.Request) is not { } tenant)
        {
            await refuse(context.Response, 400, TenantHeader.Error);
            return;
        }

        var own = limits.ForRequest();
        var (bytes, error) = await RequestBody.ReadAsync(context.Request, own, context.RequestAborted);
        if (bytes is null)
        {
            await RefuseAsync(context, tenant, error!);
            return;
        }

        using (bytes)
        {
            try
            {
                await take(new DocumentRequest(context, tenant, own, bytes.Memory));
            }
            catch (MemoryBudgetExceededException e)
            {
                await RefuseAsync(context, tenant, own.NoRoom(e));
            }
        }
    }

    /// <summary>Refuses a whole request, counted.</summary>
    public Task RefuseAsync(DocumentRequest request, int statusCode, string reason, string message)
    {
        frontDoor.Refuse(protocol, signal, request.Tenant, reason, message);
        return refuse(request.Context.Response, statusCode, message);
    }

    private Task RefuseAsync(HttpContext context, TenantId tenant, BodyError error)
    {
        frontDoor.Refuse(protocol, signal, tenant, "body", error.Message);
        if (error.IsRetryable) RetryAfterHeader.Set(context.Response, limits.RetryAfter);
        return refuse(context.Response, error.StatusCode, error.Message);
    }
}
