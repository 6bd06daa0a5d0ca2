using System.Globalization;
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
/// Prometheus remote write, versions 1 and 2: <c>POST /api/v1/write</c>, snappy block format; the content type's <c>proto</c> says which. 204 when all is
/// durable; 400 with the reason when some samples were refused (the others are kept); 415 for what is neither; 503 with Retry-After when there is no room
/// just now. Answers to version 2 that come from the store say in headers how many items of each kind are durable.
/// </summary>
public sealed class RemoteWriteEndpoint(FrontDoor frontDoor, IngestLimits limits, TimeProvider time, bool addsTypeAndUnit = false)
{
    private readonly MetadataRepeats _metadata = new(time);

    /// <summary>Maps the endpoint.</summary>
    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/api/v1/write", TakeAsync).WithMetadata(new ApiFamilyMetadata(ApiFamily.Prometheus));

    private async Task TakeAsync(HttpContext context)
    {
        if (RemoteWriteForm.Read(context.Request, out var version) is { } problem)
        {
            frontDoor.Refuse(IngestProtocol.RemoteWrite, Signal.Metrics, TenantId.Default, "content_type", problem);
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
                await DecodeAndAppendAsync(context, own, new Write(version, tenant, bytes.Memory));
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

    private async Task DecodeAndAppendAsync(HttpContext context, IngestLimits own, Write write)
    {
        using var batch = new MetricBatch(own.InFlight);
        var outcome = new DecodeOutcome();
        if (write.Version == RemoteWriteVersion.V1) RemoteWriteV1Decoder.Decode(write.Body.Span, batch, outcome);
        else RemoteWriteV2Decoder.Decode(write.Body, write.Tenant, _metadata, batch, outcome, addsTypeAndUnit);
        if (outcome.Error is not null)
        {
            frontDoor.Refuse(IngestProtocol.RemoteWrite, Signal.Metrics, write.Tenant, "malformed", outcome.Error);
            await PlainText.WriteAsync(context.Response, 400, outcome.Error);
            return;
        }

        var identity = new AppendContext(write.Tenant, RequestIdentity.Of(write.Tenant, Signal.Metrics, write.Body.Span));
        var result = await frontDoor.AppendAsync(IngestProtocol.RemoteWrite, identity, batch, outcome, context.RequestAborted);
        if (write.Version == RemoteWriteVersion.V2) WriteCounts(context.Response, result);
        if (result.Status == AppendStatus.Unavailable)
        {
            RetryAfterHeader.Set(context.Response, result.RetryAfter);
            await PlainText.WriteAsync(context.Response, 503, result.Detail ?? "unavailable");
        }
        else if (result.Refused > 0)
        {
            await PlainText.WriteAsync(context.Response, 400, Describe(result, write.Version));
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        }
    }

    // A sender of version 2 takes an answer without these for one of a receiver that does not know its message.
    private static void WriteCounts(HttpResponse response, AppendResult result)
    {
        Write("Samples", result.Accepted - result.Histograms);
        Write("Histograms", result.Histograms);
        Write("Exemplars", result.Exemplars);

        void Write(string kind, long count) =>
            response.Headers[$"X-Prometheus-Remote-Write-{kind}-Written"] = count.ToString(CultureInfo.InvariantCulture);
    }

    // Version 2 is told of each kind of problem, version 1 of the first.
    private static string Describe(AppendResult result, RemoteWriteVersion version)
    {
        var told = version == RemoteWriteVersion.V1 ? result.Refusals.Take(1) : result.Refusals;
        return $"{string.Join("; ", told.Select(r => r.Detail))} ({result.Refused} samples refused, {result.Accepted} kept)";
    }

    private sealed record Write(RemoteWriteVersion Version, TenantId Tenant, ReadOnlyMemory<byte> Body);
}
