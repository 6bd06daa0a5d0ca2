using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Triptych.Api.Admin;
using Triptych.Api.Hosting;
using Triptych.Api.Http;
using Triptych.Columnar.Samples;
using Triptych.PromQL.Planning;

namespace Triptych.Api.Prometheus;

/// <summary>
/// The HTTP API of Prometheus for reading: <c>/api/v1/…</c> and <c>/federate</c>. A request's parameters come from the URL and a form body,
/// its tenant from X-Scope-OrgID, its limits from the runner. Any thread may call.
/// </summary>
/// <param name="engine">Evaluates queries.</param>
/// <param name="source">Where labels, metadata and exemplars are looked up: the engine's own source.</param>
/// <param name="stored">How samples lie in the store.</param>
/// <param name="runner">Gives each query its slot, deadline and budget.</param>
/// <param name="build">Which build this is.</param>
/// <param name="time">The clock for "now".</param>
/// <param name="targets">What is scraped.</param>
/// <param name="facts">What the status endpoints tell.</param>
public sealed class PrometheusEndpoints(
    PromQLEngine engine, ISampleSource source, IStoredSamples stored, QueryRunner runner, BuildInfo build, TimeProvider time, ITargetSource targets,
    ServerFacts facts)
{
    private const string Prefix = "/api/v1/";
    private static readonly string[] Get = ["GET"];
    private static readonly string[] PostAndPut = ["POST", "PUT"];
    private static readonly string[] GetAndPost = ["GET", "POST"];
    private static readonly ApiFamilyMetadata Family = new(ApiFamily.Prometheus);

    /// <summary>Maps the endpoints.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        MapQueries(routes);
        MapLookups(routes);
        MapStatus(routes);
    }

    private void MapQueries(IEndpointRouteBuilder routes)
    {
        var queries = new QueryEndpoints(engine, runner, time);
        Add(routes, GetAndPost, "query", queries.QueryAsync);
        Add(routes, GetAndPost, "query_range", queries.QueryRangeAsync);
        Add(routes, GetAndPost, "format_query", queries.FormatQueryAsync);
        Add(routes, GetAndPost, "parse_query", queries.ParseQueryAsync);
    }

    private void MapLookups(IEndpointRouteBuilder routes)
    {
        var lookups = new LookupEndpoints(source, runner, engine.Options.Parser);
        Add(routes, GetAndPost, "query_exemplars", lookups.ExemplarsAsync);
        Add(routes, GetAndPost, "labels", lookups.LabelsAsync);
        Add(routes, Get, "label/{name}/values", lookups.LabelValuesAsync);
        Add(routes, Get, "metadata", lookups.MetadataAsync);
        Add(routes, GetAndPost, "series", new SeriesEndpoint(source, runner).SeriesAsync);
        var federation = new FederationEndpoint(source, runner, time);
        routes.MapMethods("/federate", Get, ApiCall.Handler(federation.FederateAsync)).WithMetadata(Family);
    }

    private void MapStatus(IEndpointRouteBuilder routes)
    {
        var scraped = new TargetEndpoints(targets);
        Add(routes, Get, "targets", scraped.TargetsAsync);
        Add(routes, Get, "targets/metadata", new TargetMetadataEndpoint(source, runner, targets, time).MetadataAsync);
        Add(routes, Get, "targets/relabel_steps", scraped.RelabelStepsAsync);
        Add(routes, Get, "scrape_pools", scraped.ScrapePoolsAsync);
        var status = new StatusEndpoints(build, facts, engine.Options, time);
        Add(routes, Get, "rules", status.RulesAsync);
        Add(routes, Get, "alerts", status.AlertsAsync);
        Add(routes, Get, "alertmanagers", status.AlertmanagersAsync);
        Add(routes, Get, "features", status.FeaturesAsync);
        Add(routes, Get, "notifications", status.NotificationsAsync);
        Add(routes, Get, "notifications/live", status.LiveNotificationsAsync);
        Add(routes, Get, "status/buildinfo", status.BuildInfoAsync);
        routes.MapMethods("/version", Get, ApiCall.Handler(status.VersionAsync)).WithMetadata(Family);
        Add(routes, Get, "status/runtimeinfo", status.RuntimeInfoAsync);
        Add(routes, Get, "status/flags", status.FlagsAsync);
        Add(routes, Get, "status/config", status.ConfigAsync);
        Add(routes, Get, "status/walreplay", status.WalReplayAsync);
        var tsdb = new TsdbStatusEndpoint(source, stored, runner);
        Add(routes, Get, "status/tsdb", tsdb.StatusAsync);
        Add(routes, Get, "status/tsdb/blocks", tsdb.BlocksAsync);
        MapRefused(routes);
    }

    // What Prometheus has behind switches that are off, or does in its own way.
    private static void MapRefused(IEndpointRouteBuilder routes)
    {
        foreach (var path in (string[])["search/metric_names", "search/label_names", "search/label_values"])
            Add(routes, GetAndPost, path, call => call.FailAsync(new ApiError("unavailable", 500, "the search API (feature search-api) is not supported")));
        Add(routes, PostAndPut, "admin/tsdb/snapshot", call => call.FailAsync(
            new ApiError("unavailable", 500, "snapshots of Prometheus' own files are not supported: triptych backup copies what is stored")));
        foreach (var path in (string[])["/-/reload", "/-/quit"])
            routes.MapMethods(path, PostAndPut, http => PlainText.WriteAsync(http.Response, 403, "Lifecycle API is not enabled.")).WithMetadata(Family);
    }

    private static void Add(IEndpointRouteBuilder routes, string[] methods, string path, Func<ApiCall, Task> answer) =>
        routes.MapMethods(Prefix + path, methods, ApiCall.Handler(answer)).WithMetadata(Family);
}
