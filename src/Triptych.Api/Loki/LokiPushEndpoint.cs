using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Triptych.Api.Hosting;
using Triptych.Api.Http;
using Triptych.Ingest;
using Triptych.Ingest.Intake;
using Triptych.Ingest.LokiPush;
using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Model.Logs;
using Triptych.Primitives.Memory;

namespace Triptych.Api.Loki;

/// <summary>
/// Loki's push API: <c>POST /loki/api/v1/push</c>, JSON or snappy protobuf. 204 when all is durable; 400 with the reason when some entries were refused
/// (the others are kept); 413 for too much; 503 with Retry-After when there is no room just now.
/// </summary>
public sealed class LokiPushEndpoint(FrontDoor frontDoor, IngestLimits limits, LogIntakeOptions options, TimeProvider time)
{
    /// <summary>Maps the endpoint.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        // The second is the path of Loki before version 1, to which old agents still push.
        foreach (var path in new[] { "/loki/api/v1/push", "/api/prom/push" })
            routes.MapPost(path, TakeAsync).WithMetadata(new ApiFamilyMetadata(ApiFamily.Loki));
    }

    private async Task TakeAsync(HttpContext context)
    {
        if (TenantHeader.Read(context.Request) is not { } tenant)
        {
            await PlainText.WriteAsync(context.Response, 400, TenantHeader.Error);
            return;
        }

        var isJson = context.Request.ContentType?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) == true;
        var own = limits.ForRequest();
        var (bytes, error) = isJson
            ? await RequestBody.ReadAsync(context.Request, own, context.RequestAborted)
            : Explain(context.Request, await RequestBody.ReadSnappyAsync(context.Request, own, context.RequestAborted));
        if (bytes is null)
        {
            frontDoor.Refuse(IngestProtocol.LokiPush, Signal.Logs, tenant, "body", error!.Message);
            if (error.IsRetryable) RetryAfterHeader.Set(context.Response, limits.RetryAfter);
            await PlainText.WriteAsync(context.Response, error.StatusCode, error.Message);
            return;
        }

        using (bytes)
        {
            try
            {
                await DecodeAndAppendAsync(context, own, tenant, bytes.Memory, isJson ? BodyEncoding.Json : BodyEncoding.Protobuf);
            }
            catch (MemoryBudgetExceededException e)
            {
                var full = own.NoRoom(e);
                frontDoor.Refuse(IngestProtocol.LokiPush, Signal.Logs, tenant, "body", full.Message);
                if (full.IsRetryable) RetryAfterHeader.Set(context.Response, limits.RetryAfter);
                await PlainText.WriteAsync(context.Response, full.StatusCode, full.Message);
            }
        }
    }

    private async Task DecodeAndAppendAsync(HttpContext context, IngestLimits own, TenantId tenant, ReadOnlyMemory<byte> body, BodyEncoding encoding)
    {
        using var batch = new LogBatch(own.InFlight);
        var outcome = new DecodeOutcome();
        LokiPushDecoder.Decode(body.Span, encoding, time.GetUtcNow(), options, batch, outcome);
        if (outcome.Error is not null)
        {
            frontDoor.Refuse(IngestProtocol.LokiPush, Signal.Logs, tenant, "malformed", outcome.Error);
            await PlainText.WriteAsync(context.Response, 400, outcome.Error);
            return;
        }

        var identity = new AppendContext(tenant, outcome.UsedServerTime ? null : RequestIdentity.Of(tenant, Signal.Logs, body.Span));
        var result = await frontDoor.AppendAsync(IngestProtocol.LokiPush, identity, batch, outcome, context.RequestAborted);
        await PushAnswer.WriteAsync(context.Response, result);
    }

    /// <summary>As in Loki, what is not JSON is read as protobuf; where that fails, a type that says otherwise is most likely why.</summary>
    private static (PooledBytes? Bytes, BodyError? Error) Explain(HttpRequest request, (PooledBytes? Bytes, BodyError? Error) read)
    {
        var type = request.ContentType ?? "";
        if (read.Error is not { StatusCode: 400 } error || type.StartsWith("application/x-protobuf", StringComparison.OrdinalIgnoreCase)) return read;
        return (null, error with { Message = $"{error.Message}: content type \"{type}\" is read as application/x-protobuf (known besides: application/json)" });
    }
}
