using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Triptych.Api.Hosting;
using Triptych.Api.Http;
using Triptych.Ingest;
using Triptych.Ingest.Documents;
using Triptych.Ingest.Intake;
using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Model.Logs;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Checksums;

namespace Triptych.Api.Documents;

/// <summary>
/// What of Elasticsearch's API shippers of logs need, below <c>/elasticsearch</c> (and without it on a port of its own): <c>_bulk</c> with an answer for each
/// item, and the questions that they ask at their start. What is not known is refused by name. docs/logs-in.md.
/// </summary>
public sealed class ElasticsearchEndpoints(
    FrontDoor frontDoor, IngestLimits limits, LogIntakeOptions intake, ElasticsearchOptions options, TimeProvider time)
{
    /// <summary>Where all of it lies.</summary>
    public const string Prefix = "/elasticsearch";

    // An answer of 100,000 items, each with an index and identifier of some hundred bytes; beyond it clients are asked for smaller requests.
    private const int MaxAnswerBytes = 64 * 1024 * 1024;

    private static readonly byte[] AllWell = "{\"took\":0,\"errors\":false,\"items\":["u8.ToArray();
    private static readonly byte[] SomeFailed = "{\"took\":0,\"errors\":true,\"items\":["u8.ToArray();
    private static readonly byte[] End = "]}"u8.ToArray();

    private static readonly string[] BulkMethods = ["POST", "PUT"];
    private static readonly string[] ReadMethods = ["GET", "HEAD"];
    private static readonly string[] SetupMethods = ["GET", "HEAD", "PUT", "POST"];

    /// <summary>What shippers set up at their start, for which there is nothing to do here.</summary>
    private static readonly string[] Setup =
    [
        "/_ilm/policy/{name}", "/_index_template/{name}", "/_template/{name}", "/_component_template/{name}", "/_data_stream/{name}",
        "/_ingest/pipeline/{name}",
    ];

    private readonly DocumentRequests _requests = new(frontDoor, limits, IngestProtocol.ElasticsearchBulk, RefuseAsync);

    /// <summary>Maps the endpoints.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        var family = new ApiFamilyMetadata(ApiFamily.Elasticsearch);
        foreach (var path in new[] { Prefix + "/_bulk", Prefix + "/{index}/_bulk", "/_bulk", "/{index}/_bulk" })
        {
            routes.MapMethods(path, BulkMethods, context => _requests.TakeAsync(context, TakeAsync)).WithMetadata(family);
        }

        MapAnswer(Prefix, WriteAbout);
        MapAnswer(Prefix + "/_license", WriteLicense);
        MapAnswer(Prefix + "/_xpack", WriteFeatures);
        MapAnswer(Prefix + "/_cluster/health", WriteHealth);
        foreach (var path in Setup) routes.MapMethods(Prefix + path, SetupMethods, AcknowledgeAsync).WithMetadata(family);
        routes.MapMethods(Prefix + "/{index}", ["HEAD", "PUT"], AcknowledgeAsync).WithMetadata(family);
        routes.Map(Prefix + "/{**path}", NotSupportedAsync).WithMetadata(family).WithOrder(int.MaxValue - 2);

        void MapAnswer(string path, Action<Utf8JsonWriter> write) =>
            routes.MapMethods(path, ReadMethods, context => AnswerAsync(context, write)).WithMetadata(family);
    }

    private async Task TakeAsync(DocumentRequest request)
    {
        var context = request.Context;
        var index = context.Request.RouteValues["index"] as string;
        var hash = RequestIdentity.Of(request.Tenant, Signal.Logs, request.Body.Span, $"bulk {index}");
        using var batch = new LogBatch(request.Limits.InFlight);
        using var items = new PooledBufferWriter(MaxAnswerBytes);
        var outcome = new DecodeOutcome();
        var bulk = new BulkRequest(index, hash.ToString(), time.GetUtcNow(), options.Documents, intake);
        bool hasErrors;
        try
        {
            hasErrors = BulkDecoder.Decode(request.Body.Span, bulk, batch, outcome, items);
        }
        catch (BufferLimitExceededException)
        {
            await _requests.RefuseAsync(request, 413, "body", $"the answer would have more than {MaxAnswerBytes} bytes: send smaller requests");
            return;
        }

        if (outcome.Error is not null)
        {
            await _requests.RefuseAsync(request, 400, "malformed", outcome.Error);
            return;
        }

        var identity = new AppendContext(request.Tenant, outcome.UsedServerTime ? (Hash128?)null : hash);
        var refusedBefore = outcome.Refused;
        var result = await frontDoor.AppendAsync(IngestProtocol.ElasticsearchBulk, identity, batch, outcome, context.RequestAborted);
        if (result.Status == AppendStatus.Unavailable)
        {
            RetryAfterHeader.Set(context.Response, result.RetryAfter);
            await RefuseAsync(context.Response, 503, result.Detail ?? "unavailable");
            return;
        }

        // Items are checked before they reach the store. What it refuses nevertheless (a record that became too old meanwhile, no memory) it does not tell item
        // by item, and an answer that says 201 for it would be wrong: all come again, and what is durable already is known.
        if (result.Refused > refusedBefore)
        {
            RetryAfterHeader.Set(context.Response, limits.RetryAfter);
            await RefuseAsync(context.Response, 503, result.Refusals[^1].Detail);
            return;
        }

        Begin(context.Response, 200);
        await context.Response.Body.WriteAsync(hasErrors ? SomeFailed : AllWell, context.RequestAborted);
        await context.Response.Body.WriteAsync(items.WrittenMemory, context.RequestAborted);
        await context.Response.Body.WriteAsync(End, context.RequestAborted);
    }

    private static Task AcknowledgeAsync(HttpContext context) => AnswerAsync(context, writer =>
    {
        if (context.Request.Method is not ("PUT" or "POST")) return;
        writer.WriteBoolean("acknowledged", true);
    });

    private static Task NotSupportedAsync(HttpContext context) => RefuseAsync(
        context.Response, 400, $"{context.Request.Method} {context.Request.Path} is not supported: of Elasticsearch's API this server has _bulk and what shippers ask at their start");

    private static Task AnswerAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        Begin(context.Response, 200);
        if (HttpMethods.IsHead(context.Request.Method)) return Task.CompletedTask;
        return WriteJsonAsync(context.Response, write);
    }

    private static Task RefuseAsync(HttpResponse response, int statusCode, string message)
    {
        Begin(response, statusCode);
        var type = statusCode switch
        {
            413 => "content_too_long_exception",
            429 or 503 => "es_rejected_execution_exception",
            _ => "illegal_argument_exception",
        };
        return WriteJsonAsync(response, writer =>
        {
            writer.WriteStartObject("error");
            writer.WriteStartArray("root_cause");
            writer.WriteStartObject();
            writer.WriteString("type", type);
            writer.WriteString("reason", message);
            writer.WriteEndObject();
            writer.WriteEndArray();
            writer.WriteString("type", type);
            writer.WriteString("reason", message);
            writer.WriteEndObject();
            writer.WriteNumber("status", statusCode);
        });
    }

    // Clients of Elasticsearch 8 refuse servers that do not say this.
    private static void Begin(HttpResponse response, int statusCode)
    {
        response.StatusCode = statusCode;
        response.ContentType = "application/json";
        response.Headers["X-Elastic-Product"] = "Elasticsearch";
    }

    private static async Task WriteJsonAsync(HttpResponse response, Action<Utf8JsonWriter> write)
    {
        using var output = new PooledBufferWriter();
        await using (var writer = new Utf8JsonWriter(output))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        await response.Body.WriteAsync(output.WrittenMemory, response.HttpContext.RequestAborted);
    }

    private void WriteAbout(Utf8JsonWriter writer)
    {
        writer.WriteString("name", "triptych");
        writer.WriteString("cluster_name", "triptych");
        writer.WriteString("cluster_uuid", "triptych-logs");
        writer.WriteStartObject("version");
        writer.WriteString("number", options.Version);
        writer.WriteString("build_flavor", "default");
        writer.WriteString("build_type", "triptych");
        writer.WriteBoolean("build_snapshot", false);
        writer.WriteString("minimum_wire_compatibility_version", "7.17.0");
        writer.WriteString("minimum_index_compatibility_version", "7.0.0");
        writer.WriteEndObject();
        writer.WriteString("tagline", "You Know, for Search");
    }

    private static void WriteLicense(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("license");
        writer.WriteString("status", "active");
        writer.WriteString("uid", "triptych");
        writer.WriteString("type", "basic");
        writer.WriteString("mode", "basic");
        writer.WriteEndObject();
    }

    private static void WriteFeatures(Utf8JsonWriter writer)
    {
        WriteLicense(writer);
        writer.WriteStartObject("features");
        foreach (var feature in new[] { "ilm", "data_streams" })
        {
            writer.WriteStartObject(feature);
            writer.WriteBoolean("available", true);
            writer.WriteBoolean("enabled", true);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void WriteHealth(Utf8JsonWriter writer)
    {
        writer.WriteString("cluster_name", "triptych");
        writer.WriteString("status", "green");
        writer.WriteBoolean("timed_out", false);
        writer.WriteNumber("number_of_nodes", 1);
        writer.WriteNumber("number_of_data_nodes", 1);
    }
}
