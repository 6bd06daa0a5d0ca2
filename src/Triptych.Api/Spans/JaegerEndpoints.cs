using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Triptych.Api.Documents;
using Triptych.Api.Grpc;
using Triptych.Api.Hosting;
using Triptych.Api.Http;
using Triptych.Ingest;
using Triptych.Ingest.Intake;
using Triptych.Ingest.Jaeger;
using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Model.Traces;
using Triptych.Primitives.Memory;

namespace Triptych.Api.Spans;

/// <summary>
/// What a Jaeger collector takes: <c>api_v2</c> over gRPC, and Thrift in the binary protocol over HTTP (docs/traces-in.md). 202 or OK when all is durable;
/// 400 or INVALID_ARGUMENT with the reason when some spans were refused (the others are kept); 413 or RESOURCE_EXHAUSTED for too much; 503 with
/// Retry-After or UNAVAILABLE when there is no room just now.
/// </summary>
public sealed class JaegerEndpoints(FrontDoor frontDoor, IngestLimits limits)
{
    private const string ServicePath = "/jaeger.api_v2.CollectorService/PostSpans";

    private readonly DocumentRequests _requests = new(frontDoor, limits, IngestProtocol.JaegerThrift, PlainText.WriteAsync, Signal.Traces);

    /// <summary>Maps the endpoints.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        var family = new ApiFamilyMetadata(ApiFamily.Jaeger);
        routes.MapPost("/api/traces", context => _requests.TakeAsync(context, TakeThriftAsync)).WithMetadata(family);
        routes.MapPost(ServicePath, TakeGrpcAsync).WithMetadata(family);
    }

    private async Task TakeThriftAsync(DocumentRequest request)
    {
        var http = request.Context.Request;
        var mediaType = (http.ContentType ?? "").Split(';')[0].Trim().ToLowerInvariant();
        if (mediaType is not ("application/x-thrift" or "application/vnd.apache.thrift.binary"))
        {
            await _requests.RefuseAsync(
                request, 415, "content_type",
                $"content type \"{mediaType}\" is not supported (known: application/x-thrift and application/vnd.apache.thrift.binary, the binary protocol)");
            return;
        }

        if (http.Query["format"] is [{ Length: > 0 } format] && format != "jaeger.thrift")
        {
            await _requests.RefuseAsync(request, 400, "bad_parameters", $"format \"{format}\" is not supported (known: jaeger.thrift)");
            return;
        }

        using var batch = new SpanBatch(request.Limits.InFlight);
        var outcome = new DecodeOutcome();
        JaegerThriftDecoder.Decode(request.Body.Span, batch, outcome);
        if (outcome.Error is not null)
        {
            await _requests.RefuseAsync(request, 400, "malformed", outcome.Error);
            return;
        }

        var append = new AppendContext(request.Tenant, RequestIdentity.Of(request.Tenant, Signal.Traces, request.Body.Span, "jaeger.thrift"));
        var result = await frontDoor.AppendAsync(IngestProtocol.JaegerThrift, append, batch, outcome, request.Context.RequestAborted);
        await PushAnswer.WriteAsync(request.Context.Response, result, StatusCodes.Status202Accepted);
    }

    private async Task TakeGrpcAsync(HttpContext context)
    {
        if (!GrpcUnary.IsGrpc(context.Request))
        {
            await PlainText.WriteAsync(
                context.Response, StatusCodes.Status415UnsupportedMediaType, $"{ServicePath} is a gRPC method; over HTTP/1.1 post Thrift to /api/traces");
            return;
        }

        if (TenantHeader.Read(context.Request) is not { } tenant)
        {
            await GrpcUnary.WriteStatusAsync(context.Response, GrpcStatus.InvalidArgument, TenantHeader.Error);
            return;
        }

        var own = limits.ForRequest();
        var (bytes, error) = await GrpcUnary.ReadAsync(context.Request, own, context.RequestAborted);
        if (bytes is null)
        {
            await RefuseAsync(context.Response, tenant, "body", error!);
            return;
        }

        using (bytes)
        {
            try
            {
                await TakeGrpcAsync(context, tenant, bytes.Memory, own);
            }
            catch (MemoryBudgetExceededException e)
            {
                await RefuseAsync(context.Response, tenant, "body", own.NoRoom(e));
            }
        }
    }

    private async Task TakeGrpcAsync(HttpContext context, TenantId tenant, ReadOnlyMemory<byte> body, IngestLimits own)
    {
        using var batch = new SpanBatch(own.InFlight);
        var outcome = new DecodeOutcome();
        JaegerProtoDecoder.Decode(body.Span, batch, outcome);
        if (outcome.Error is not null)
        {
            await RefuseAsync(context.Response, tenant, "malformed", new BodyError(400, outcome.Error));
            return;
        }

        var append = new AppendContext(tenant, RequestIdentity.Of(tenant, Signal.Traces, body.Span, "jaeger.api_v2"));
        var result = await frontDoor.AppendAsync(IngestProtocol.JaegerGrpc, append, batch, outcome, context.RequestAborted);
        if (result.Status == AppendStatus.Unavailable)
        {
            await GrpcFailure.WriteAsync(context.Response, new BodyError(503, result.Detail ?? "unavailable"), limits.RetryAfter);
        }
        else if (result.Refusals is [{ } refusal, ..])
        {
            var total = result.Refused + result.Accepted;
            var message = $"{refusal.Detail}, total ignored: {result.Refused} out of {total}";
            await GrpcUnary.WriteStatusAsync(context.Response, GrpcStatus.InvalidArgument, message);
        }
        else
        {
            // PostSpansResponse has no fields.
            await GrpcUnary.WriteAsync(context.Response, ReadOnlyMemory<byte>.Empty);
        }
    }

    private Task RefuseAsync(HttpResponse response, TenantId tenant, string reason, BodyError error)
    {
        frontDoor.Refuse(IngestProtocol.JaegerGrpc, Signal.Traces, tenant, reason, error.Message);
        return GrpcFailure.WriteAsync(response, error, limits.RetryAfter);
    }
}
