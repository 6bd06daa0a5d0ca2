using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Triptych.Api.Hosting;
using Triptych.Api.Http;
using Triptych.Ingest;
using Triptych.Ingest.Intake;
using Triptych.Ingest.RemoteWrite;
using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Model.Metrics;
using Triptych.Primitives.Memory;

namespace Triptych.Api.Prometheus;

/// <summary>
/// Prometheus remote write, version 1: <c>POST /api/v1/write</c>, snappy block format. 204 when all is durable; 400 with the reason when some samples were
/// refused (the others are kept); 415 for what is not version 1; 503 with Retry-After when there is no room just now.
/// </summary>
public sealed class RemoteWriteEndpoint(FrontDoor frontDoor, IngestLimits limits)
{
    private const string Version1 = "prometheus.WriteRequest";

    /// <summary>Maps the endpoint.</summary>
    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/api/v1/write", TakeAsync).WithMetadata(new ApiFamilyMetadata(ApiFamily.Prometheus));

    private async Task TakeAsync(HttpContext context)
    {
        if (FindProblem(context.Request) is { } problem)
        {
            await PlainText.WriteAsync(context.Response, 415, problem);
            return;
        }

        if (TenantHeader.Read(context.Request) is not { } tenant)
        {
            await PlainText.WriteAsync(context.Response, 400, TenantHeader.Error);
            return;
        }

        var own = limits.ForRequest();
        var (bytes, error) = await RequestBody.ReadSnappyAsync(context.Request, own, context.RequestAborted);
        if (bytes is null)
        {
            frontDoor.Refuse(IngestProtocol.RemoteWrite, Signal.Metrics, tenant, "body", error!.Message);
            if (error.IsRetryable) RetryAfterHeader.Set(context.Response, limits.RetryAfter);
            await PlainText.WriteAsync(context.Response, error.StatusCode, error.Message);
            return;
        }

        using (bytes)
        {
            try
            {
                await DecodeAndAppendAsync(context, own, tenant, bytes.Memory);
            }
            catch (MemoryBudgetExceededException e)
            {
                var full = own.NoRoom(e);
                frontDoor.Refuse(IngestProtocol.RemoteWrite, Signal.Metrics, tenant, "body", full.Message);
                if (full.IsRetryable) RetryAfterHeader.Set(context.Response, limits.RetryAfter);
                await PlainText.WriteAsync(context.Response, full.StatusCode, full.Message);
            }
        }
    }

    private async Task DecodeAndAppendAsync(HttpContext context, IngestLimits own, TenantId tenant, ReadOnlyMemory<byte> body)
    {
        using var batch = new MetricBatch(own.InFlight);
        var outcome = new DecodeOutcome();
        RemoteWriteV1Decoder.Decode(body.Span, batch, outcome);
        if (outcome.Error is not null)
        {
            frontDoor.Refuse(IngestProtocol.RemoteWrite, Signal.Metrics, tenant, "malformed", outcome.Error);
            await PlainText.WriteAsync(context.Response, 400, outcome.Error);
            return;
        }

        var identity = new AppendContext(tenant, RequestIdentity.Of(tenant, Signal.Metrics, body.Span));
        var result = await frontDoor.AppendAsync(IngestProtocol.RemoteWrite, identity, batch, outcome, context.RequestAborted);
        if (result.Status == AppendStatus.Unavailable)
        {
            RetryAfterHeader.Set(context.Response, result.RetryAfter);
            await PlainText.WriteAsync(context.Response, 503, result.Detail ?? "unavailable");
        }
        else if (result.Refusals is [{ } refusal, ..])
        {
            await PlainText.WriteAsync(context.Response, 400, $"{refusal.Detail} ({result.Refused} samples refused, {result.Accepted} kept)");
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        }
    }

    private static string? FindProblem(HttpRequest request)
    {
        var encoding = request.Headers.ContentEncoding.ToString();
        if (encoding.Length > 0 && !encoding.Equals("snappy", StringComparison.OrdinalIgnoreCase))
        {
            return $"content encoding \"{encoding}\" is not supported: remote write is snappy";
        }

        var parts = (request.ContentType ?? "application/x-protobuf").Split(';', StringSplitOptions.TrimEntries);
        if (!parts[0].Equals("application/x-protobuf", StringComparison.OrdinalIgnoreCase)) return $"content type \"{parts[0]}\" is not application/x-protobuf";
        foreach (var parameter in parts.Skip(1))
        {
            if (parameter.StartsWith("proto=", StringComparison.OrdinalIgnoreCase) && parameter[6..] != Version1)
            {
                return $"message {parameter[6..]} is not supported: send remote write 1.0 ({Version1})";
            }
        }

        return null;
    }
}
