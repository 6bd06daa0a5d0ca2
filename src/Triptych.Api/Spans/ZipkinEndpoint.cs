using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Triptych.Api.Documents;
using Triptych.Api.Hosting;
using Triptych.Api.Http;
using Triptych.Ingest;
using Triptych.Ingest.Intake;
using Triptych.Ingest.Zipkin;
using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Model.Traces;

namespace Triptych.Api.Spans;

/// <summary>
/// What Zipkin's reporters send: <c>POST /api/v2/spans</c> in JSON (docs/traces-in.md). 202 when all is durable; 400 with the reason when some spans were
/// refused (the others are kept); 413 for too much; 503 with Retry-After when there is no room just now.
/// </summary>
public sealed class ZipkinEndpoint(FrontDoor frontDoor, IngestLimits limits)
{
    private readonly DocumentRequests _requests = new(frontDoor, limits, IngestProtocol.Zipkin, PlainText.WriteAsync, Signal.Traces);

    /// <summary>Maps the endpoint.</summary>
    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/api/v2/spans", context => _requests.TakeAsync(context, TakeAsync)).WithMetadata(new ApiFamilyMetadata(ApiFamily.Zipkin));

    private async Task TakeAsync(DocumentRequest request)
    {
        var mediaType = (request.Context.Request.ContentType ?? "application/json").Split(';')[0].Trim().ToLowerInvariant();
        if (mediaType != "application/json")
        {
            await _requests.RefuseAsync(request, 415, "content_type", $"content type \"{mediaType}\" is not supported (known: application/json)");
            return;
        }

        using var batch = new SpanBatch(request.Limits.InFlight);
        var outcome = new DecodeOutcome();
        ZipkinDecoder.Decode(request.Body.Span, batch, outcome);
        if (outcome.Error is not null)
        {
            await _requests.RefuseAsync(request, 400, "malformed", outcome.Error);
            return;
        }

        var append = new AppendContext(request.Tenant, RequestIdentity.Of(request.Tenant, Signal.Traces, request.Body.Span, "zipkin.v2"));
        var result = await frontDoor.AppendAsync(IngestProtocol.Zipkin, append, batch, outcome, request.Context.RequestAborted);
        await PushAnswer.WriteAsync(request.Context.Response, result, StatusCodes.Status202Accepted);
    }
}
