using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Triptych.Api.Admin;
using Triptych.Api.Hosting;
using Triptych.Api.Http;
using Triptych.Api.Loki.Tail;
using Triptych.Columnar.Rows;
using Triptych.LogQL.Planning;
using Triptych.LogQL.Tailing;
using Triptych.Storage.Deletion;

namespace Triptych.Api.Loki;

/// <summary>
/// Loki's read API under <c>/loki/api/v1</c>, GET and POST form alike. Answers are JSON, errors one line of text: 400 for what cannot be read or evaluated,
/// 499 for a client that went away, 504 past the deadline, 500 where storage failed. Every request runs as a query of its tenant, with a slot, a deadline and
/// a memory budget. Any thread may call.
/// </summary>
public sealed class LokiEndpoints(
    LogQLEngine engine, ILogSource source, LogTails tails, QueryRunner runner, BuildInfo build, TimeProvider time,
    DeletionService? deletions = null, AdminAccess? access = null)
{
    private const string Prefix = "/loki/api/v1/";
    private const string OldTail = "this path is Loki's before version 1: live tail is at /loki/api/v1/tail";

    private static readonly string[] Methods = ["GET", "HEAD", "POST"];
    private static readonly string[] FlushMethods = ["POST"];
    private static readonly string[] DeleteMethods = ["GET", "HEAD", "POST", "PUT", "DELETE"];

    /// <summary>The configuration in force as YAML, without secrets, for <c>/config</c>; null to leave that out.</summary>
    public Func<string>? ConfigYaml { get; init; }

    /// <summary>Makes blocks of all lines in memory, for <c>/flush</c>; false while the write-ahead log is replayed. Null to leave it out.</summary>
    public Func<CancellationToken, Task<bool>>? FlushAsync { get; init; }

    /// <summary>Maps the endpoints.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        var queries = new LokiQueryRoutes(engine);
        MapCall(routes, "query", queries.InstantAsync);
        MapCall(routes, "query_range", queries.RangeAsync);
        MapCall(routes, "format_query", queries.FormatAsync);

        var labels = new LokiLabelRoutes(source);
        MapCall(routes, "labels", labels.NamesAsync);
        MapCall(routes, "label", labels.NamesAsync);
        MapCall(routes, "label/{name}/values", labels.ValuesAsync);
        MapCall(routes, "series", labels.SeriesAsync);
        MapCall(routes, "detected_labels", labels.DetectedAsync);

        MapCall(routes, "patterns", new LokiPatternRoutes(source).PatternsAsync);
        var volumes = new LokiVolumeRoutes(source);
        MapCall(routes, "index/stats", volumes.StatsAsync);
        MapCall(routes, "index/shards", volumes.ShardsAsync);
        MapCall(routes, "index/volume", volumes.VolumeAsync);
        MapCall(routes, "index/volume_range", volumes.VolumeRangeAsync);

        var fields = new LokiFieldRoutes(engine);
        MapCall(routes, "detected_fields", fields.FieldsAsync);
        MapCall(routes, "detected_field/{name}/values", fields.ValuesAsync);

        var status = new LokiStatusRoutes(build, runner.Limits, engine.Options, tails.Options);
        MapCall(routes, "status/buildinfo", status.BuildInfoAsync);
        MapCall(routes, "drilldown-limits", status.DrilldownLimitsAsync);
        MapCall(routes, "tail", new LokiTailRoutes(engine, tails, time).TailAsync);
        // Grafana tries the old path first and takes a 400 there for "use the other one".
        MapPath(routes, "/loki/api/v2alpha/tail", OldTailAsync);
        MapPath(routes, "/services", status.ServicesAsync);
        MapPath(routes, "/config/tenant/v1/limits", status.TenantLimitsAsync);
        MapRules(routes, status);
        MapProcess(routes);
        MapLegacy(routes, labels);
        if (deletions is null) return;
        var deletes = new LokiDeleteRoutes(deletions, access ?? new AdminAccess(IsEnabled: false));
        MapPath(routes, Prefix + "delete", deletes.AnswerAsync, DeleteMethods);
    }

    private void MapRules(IEndpointRouteBuilder routes, LokiStatusRoutes status)
    {
        MapCall(routes, "rules", status.NoRulesAsync);
        MapPath(routes, "/api/prom/rules", status.NoRulesAsync);
        MapPath(routes, "/prometheus/api/v1/rules", call => status.NoneAsync(call, "groups"));
        MapPath(routes, "/prometheus/api/v1/alerts", call => status.NoneAsync(call, "alerts"));
    }

    private void MapProcess(IEndpointRouteBuilder routes)
    {
        var process = new LokiProcessRoutes(access ?? new AdminAccess(IsEnabled: false), time) { ConfigYaml = ConfigYaml, FlushAsync = FlushAsync };
        foreach (var ring in LokiProcessRoutes.Rings) MapPath(routes, ring, process.RingAsync);
        if (ConfigYaml is not null) MapPath(routes, "/config", process.ConfigAsync);
        if (FlushAsync is not null) MapPath(routes, "/flush", process.FlushLinesAsync, FlushMethods);
    }

    private void MapLegacy(IEndpointRouteBuilder routes, LokiLabelRoutes labels)
    {
        MapPath(routes, "/api/prom/query", new LokiLegacyRoutes(engine).QueryAsync);
        MapPath(routes, "/api/prom/label", labels.LegacyNamesAsync);
        MapPath(routes, "/api/prom/label/{name}/values", labels.LegacyValuesAsync);
        MapPath(routes, "/api/prom/tail", OldTailAsync);
    }

    private void MapCall(IEndpointRouteBuilder routes, string path, Func<LokiCall, Task> handle) => MapPath(routes, Prefix + path, handle);

    private void MapPath(IEndpointRouteBuilder routes, string path, Func<LokiCall, Task> handle, string[]? methods = null) =>
        routes.MapMethods(path, methods ?? Methods, context => HandleAsync(context, handle)).WithMetadata(new ApiFamilyMetadata(ApiFamily.Loki));

    private async Task HandleAsync(HttpContext context, Func<LokiCall, Task> handle)
    {
        if (TenantHeader.Read(context.Request) is not { } tenant)
        {
            await LokiCall.WriteErrorAsync(context.Response, 400, TenantHeader.Error);
            return;
        }

        LokiParameters parameters;
        try
        {
            parameters = await LokiParameters.ReadAsync(context.Request, time.GetUtcNow(), context.RequestAborted);
        }
        catch (InvalidDataException e)
        {
            await LokiCall.WriteErrorAsync(context.Response, 400, $"form is not valid: {e.Message}");
            return;
        }
        catch (BadHttpRequestException e)
        {
            await LokiCall.WriteErrorAsync(context.Response, e.StatusCode, e.Message);
            return;
        }

        await handle(new LokiCall(context, tenant, parameters, runner, time));
    }

    private static Task OldTailAsync(LokiCall call) => LokiCall.WriteErrorAsync(call.Http.Response, 400, OldTail);
}
