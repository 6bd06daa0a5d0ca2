using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Triptych.Api.Hosting;
using Triptych.Api.Http;
using Triptych.Ingest;
using Triptych.Ingest.Documents;
using Triptych.Ingest.Intake;
using Triptych.Ingest.LokiPush;
using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Model.Logs;

namespace Triptych.Api.Documents;

/// <summary>
/// <c>POST /api/triptych/v1/logs/ndjson</c>: log records as newline-delimited JSON (docs/logs-in.md). 204 when all is durable; 400 with the
/// reason when some lines were refused (the others are kept); 413 for too much; 503 with Retry-After when there is no room just now.
/// </summary>
public sealed class NdJsonEndpoint(FrontDoor frontDoor, IngestLimits limits, LogIntakeOptions intake, TimeProvider time)
{
    private const int MaxNames = 100;
    private const int MaxNameChars = 1024;

    private static readonly string[] UsualStreamFields = ["service.name", "service", "app", "host.name", "host"];

    private readonly DocumentRequests _requests = new(frontDoor, limits, IngestProtocol.NdJson, PlainText.WriteAsync);

    /// <summary>Maps the endpoint.</summary>
    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/api/triptych/v1/logs/ndjson", context => _requests.TakeAsync(context, TakeAsync)).WithMetadata(new ApiFamilyMetadata(ApiFamily.Loki));

    private async Task TakeAsync(DocumentRequest request)
    {
        var (options, described, error) = ReadOptions(request.Context.Request);
        if (options is null)
        {
            await _requests.RefuseAsync(request, 400, "bad_parameters", error!);
            return;
        }

        using var batch = new LogBatch(request.Limits.InFlight);
        var outcome = new DecodeOutcome();
        NdJsonDecoder.Decode(request.Body.Span, options, intake, time.GetUtcNow(), batch, outcome);
        var hash = outcome.UsedServerTime ? (Primitives.Checksums.Hash128?)null : RequestIdentity.Of(request.Tenant, Signal.Logs, request.Body.Span, described);
        var context = request.Context;
        var result = await frontDoor.AppendAsync(IngestProtocol.NdJson, new AppendContext(request.Tenant, hash), batch, outcome, context.RequestAborted);
        await PushAnswer.WriteAsync(context.Response, result);
    }

    private static (DocumentOptions? Options, string Described, string? Error) ReadOptions(HttpRequest request)
    {
        var time = Names(request, "time_field");
        var message = Names(request, "message_field");
        var streams = Names(request, "stream_fields");
        var labels = Names(request, "labels");
        string[] all = [.. time, .. message, .. streams, .. labels];
        if (all.Length > MaxNames || Array.Exists(all, static n => n.Length > MaxNameChars))
            return (null, "", $"more than {MaxNames} names of fields and labels, or one of more than {MaxNameChars} characters");
        var pairs = new List<KeyValuePair<string, string>>();
        foreach (var label in labels)
        {
            var equals = label.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1 || !LokiPushDecoder.IsLabelName(Encoding.UTF8.GetBytes(label[..equals])))
                return (null, "", $"labels: \"{label}\" is not name=value with a name of letters, digits, '_' and ':'");
            pairs.Add(new(label[..equals], label[(equals + 1)..]));
        }

        var options = new DocumentOptions(
            time.Count > 0 ? time : DocumentOptions.UsualTimeFields, message.Count > 0 ? message : DocumentOptions.UsualMessageFields,
            streams.Count > 0 ? streams : UsualStreamFields, pairs, numbersAreMillis: false);
        return (options, string.Join('\n', string.Join(',', time), string.Join(',', message), string.Join(',', streams), string.Join(',', labels)), null);
    }

    /// <summary>Names with commas between them, from the query or else from a header: <c>time_field</c>, <c>X-Triptych-Time-Field</c>.</summary>
    private static List<string> Names(HttpRequest request, string parameter)
    {
        var values = request.Query[parameter];
        if (values.Count == 0) values = request.Headers["X-Triptych-" + parameter.Replace('_', '-')];
        return [.. values.SelectMany(static v => (v ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];
    }
}
