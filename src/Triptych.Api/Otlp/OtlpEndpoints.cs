using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Triptych.Api.Grpc;
using Triptych.Api.Hosting;
using Triptych.Api.Http;
using Triptych.Ingest;
using Triptych.Ingest.Intake;
using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Primitives.Memory;

namespace Triptych.Api.Otlp;

/// <summary>
/// OTLP over HTTP (protobuf and JSON) and over gRPC, for all three signals, also at the paths under which Prometheus and Loki take it.
/// Bad input answers 400 or INVALID_ARGUMENT, which clients do not send again; no room or no disk answers 503 with Retry-After or UNAVAILABLE, which they do.
/// </summary>
public sealed class OtlpEndpoints(IEnumerable<OtlpSignal> signals, FrontDoor frontDoor, IngestLimits limits)
{
    /// <summary>Maps the endpoints.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var signal in signals)
        {
            routes.MapPost(signal.HttpPath, context => TakeHttpAsync(context, signal)).WithMetadata(new ApiFamilyMetadata(ApiFamily.Otlp));
            routes.MapPost(signal.ServicePath, context => TakeGrpcAsync(context, signal)).WithMetadata(new ApiFamilyMetadata(ApiFamily.Otlp));
            var (path, family) = signal.Signal switch
            {
                Signal.Metrics => ("/api/v1/otlp/v1/metrics", ApiFamily.Prometheus),
                Signal.Logs => ("/otlp/v1/logs", ApiFamily.Loki),
                _ => (null, ApiFamily.None),
            };
            if (path is not null) routes.MapPost(path, context => TakeHttpAsync(context, signal)).WithMetadata(new ApiFamilyMetadata(family));
        }
    }

    private async Task TakeHttpAsync(HttpContext context, OtlpSignal signal)
    {
        var mediaType = (context.Request.ContentType ?? "").Split(';')[0].Trim().ToLowerInvariant();
        BodyEncoding encoding;
        switch (mediaType)
        {
            case "application/x-protobuf" or "application/protobuf":
                encoding = BodyEncoding.Protobuf;
                break;
            case "application/json":
                encoding = BodyEncoding.Json;
                break;
            default:
                Refuse(IngestProtocol.OtlpHttp, signal, TenantId.Default, "content_type", mediaType);
                await AnswerAsync(context, 415, GrpcStatus.InvalidArgument, BodyEncoding.Protobuf,
                    $"content type \"{mediaType}\" is not supported (known: application/x-protobuf, application/json)");
                return;
        }

        if (TenantHeader.Read(context.Request) is not { } tenant)
        {
            await AnswerAsync(context, 400, GrpcStatus.InvalidArgument, encoding, TenantHeader.Error);
            return;
        }

        var own = limits.ForRequest();
        var (bytes, error) = await RequestBody.ReadAsync(context.Request, own, context.RequestAborted);
        if (bytes is null)
        {
            Refuse(IngestProtocol.OtlpHttp, signal, tenant, "body", error!.Message);
            if (error.IsRetryable) RetryAfterHeader.Set(context.Response, limits.RetryAfter);
            await AnswerAsync(context, error.StatusCode, error.IsRetryable ? GrpcStatus.Unavailable : GrpcStatus.InvalidArgument, encoding, error.Message);
            return;
        }

        using (bytes)
        {
            var outcome = await TakeAsync(new OtlpRequest(tenant, IngestProtocol.OtlpHttp, encoding, bytes.Memory, own), signal, context.RequestAborted);
            if (outcome.TooLarge is not null)
            {
                await AnswerAsync(context, outcome.TooLarge.StatusCode, GrpcStatus.InvalidArgument, encoding, outcome.TooLarge.Message);
            }
            else if (outcome.Error is not null)
            {
                await AnswerAsync(context, 400, GrpcStatus.InvalidArgument, encoding, outcome.Error);
            }
            else if (outcome.Result!.Status == AppendStatus.Unavailable)
            {
                RetryAfterHeader.Set(context.Response, outcome.Result.RetryAfter);
                await AnswerAsync(context, 503, GrpcStatus.Unavailable, encoding, outcome.Result.Detail ?? "unavailable");
            }
            else
            {
                await WriteAsync(context.Response, 200, encoding, OtlpResponse.Success(signal.Signal, outcome.Result, encoding));
            }
        }
    }

    private async Task TakeGrpcAsync(HttpContext context, OtlpSignal signal)
    {
        if (!GrpcUnary.IsGrpc(context.Request))
        {
            context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            await context.Response.WriteAsync($"{signal.ServicePath} is a gRPC method; over HTTP/1.1 use {signal.HttpPath}\n");
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
            Refuse(IngestProtocol.OtlpGrpc, signal, tenant, "body", error!.Message);
            await AnswerGrpcFailureAsync(context.Response, error);
            return;
        }

        using (bytes)
        {
            var request = new OtlpRequest(tenant, IngestProtocol.OtlpGrpc, BodyEncoding.Protobuf, bytes.Memory, own);
            var outcome = await TakeAsync(request, signal, context.RequestAborted);
            if (outcome.TooLarge is not null)
            {
                await AnswerGrpcFailureAsync(context.Response, outcome.TooLarge);
            }
            else if (outcome.Error is not null)
            {
                await GrpcUnary.WriteStatusAsync(context.Response, GrpcStatus.InvalidArgument, outcome.Error);
            }
            else if (outcome.Result!.Status == AppendStatus.Unavailable)
            {
                await AnswerGrpcFailureAsync(context.Response, new BodyError(503, outcome.Result.Detail ?? "unavailable"));
            }
            else
            {
                await GrpcUnary.WriteAsync(context.Response, OtlpResponse.Success(signal.Signal, outcome.Result, BodyEncoding.Protobuf));
            }
        }
    }

    private async ValueTask<OtlpOutcome> TakeAsync(OtlpRequest request, OtlpSignal signal, CancellationToken cancellationToken)
    {
        OtlpOutcome outcome;
        try
        {
            outcome = await signal.TakeAsync(request, cancellationToken);
        }
        catch (MemoryBudgetExceededException e)
        {
            var error = request.Limits.NoRoom(e);
            Refuse(request.Protocol, signal, request.Tenant, "body", error.Message);
            return error.IsRetryable
                ? new OtlpOutcome(null, AppendResult.Unavailable(error.Message, limits.RetryAfter))
                : new OtlpOutcome(null, null) { TooLarge = error };
        }

        if (outcome.Error is not null) Refuse(request.Protocol, signal, request.Tenant, "malformed", outcome.Error);
        return outcome;
    }

    private Task AnswerGrpcFailureAsync(HttpResponse response, BodyError error) => GrpcFailure.WriteAsync(response, error, limits.RetryAfter);

    private void Refuse(IngestProtocol protocol, OtlpSignal signal, TenantId tenant, string reason, string detail) =>
        frontDoor.Refuse(protocol, signal.Signal, tenant, reason, detail);

    private static Task AnswerAsync(HttpContext context, int statusCode, GrpcStatus code, BodyEncoding encoding, string message) =>
        WriteAsync(context.Response, statusCode, encoding, OtlpResponse.Failure((int)code, message, encoding));

    private static async Task WriteAsync(HttpResponse response, int statusCode, BodyEncoding encoding, byte[] body)
    {
        response.StatusCode = statusCode;
        response.ContentType = encoding == BodyEncoding.Json ? "application/json" : "application/x-protobuf";
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body);
    }
}
