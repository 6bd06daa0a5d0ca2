using System.Globalization;
using Microsoft.AspNetCore.Routing;
using Triptych.Api.Admin;
using Triptych.Api.Dashboards;
using Triptych.Api.DataSources;
using Triptych.Api.Documents;
using Triptych.Api.Hosting;
using Triptych.Api.Http;
using Triptych.Api.Loki;
using Triptych.Api.Operations;
using Triptych.Api.Otlp;
using Triptych.Api.Prometheus;
using Triptych.Api.Prometheus.OpenApi;
using Triptych.Api.Prometheus.RemoteRead;
using Triptych.Api.SelfMetrics;
using Triptych.Api.Spans;
using Triptych.Api.Tempo;
using Triptych.Api.Tempo.Streaming;
using Triptych.Collect.Tail;
using Triptych.Ingest.Intake;
using Triptych.LogQL.Planning;
using Triptych.LogQL.Tailing;
using Triptych.Primitives.Memory;
using Triptych.Primitives.Text;
using Triptych.PromQL.Planning;
using Triptych.Query.Budgets;
using Triptych.Server.Configuration;
using Triptych.TraceQL.Planning;

namespace Triptych.Server.Hosting;

/// <summary>Every endpoint of the program, made and mapped in one place.</summary>
internal sealed class ServerEndpoints(
    ServerConfig config, Stores stores, FrontDoor frontDoor, LogTails tails, MemoryBudget inFlight, Readiness readiness, MeterCollector collector,
    IReadOnlyList<Listener> listeners, BuildInfo build, StorageEvents events, HeapRelief relief, DashboardStore dashboards,
    DataSourceSet dataSources, TimeProvider time)
{
    // What a query would cost is told soon or not at all.
    private static readonly TimeSpan PriceTime = TimeSpan.FromSeconds(5);
    private const long MaxPriceBytes = 64L << 20;
    private const int MaxPrices = 2;

    // A form or SQL; no question that people write is longer.
    private const int MaxQuestionBytes = 1024 * 1024;

    private readonly SelfMetricsEndpoint _selfMetrics = new(collector, frontDoor.Ledger, inFlight, build, time)
    {
        Stored = () => StoredSignal.Of(stores.Blocks),
    };

    /// <summary>What is scraped.</summary>
    public ScrapeTargets Targets { get; } = new(config);

    /// <summary>The program's own metrics in the text format.</summary>
    public string WriteSelfMetrics() => _selfMetrics.Write();

    /// <summary>Maps all of them.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        var ingest = config.Ingest;
        var limits = new IngestLimits(inFlight, ingest.MaxCompressedSize.Bytes, (int)Math.Min(int.MaxValue, ingest.MaxBodySize.Bytes));
        new HealthEndpoints(readiness).Map(routes);
        _selfMetrics.Map(routes);
        new SourceStatusEndpoint(frontDoor.Ledger, listeners, build.Version, stores.HasStored, stores.QuarantinedIn, stores.OverLimit, time).Map(routes);
        new UiSettingsEndpoint(config.Links.ToSettings(config.MetricsGenerator.TraceIdLabelName)).Map(routes);
        new BackupEndpoints(token => stores.BeginBackupAsync(build.Version, token), stores.Backups).Map(routes);
        var typeAndUnitLabels = config.Metrics.Promql.Enables(PromQLFeatures.TypeAndUnitLabels);
        var otlpMetrics = new OtlpMetrics(frontDoor, config.Metrics.Otlp.ToOptions(typeAndUnitLabels));
        var intake = config.Logs.ToOptions(ingest);
        OtlpSignal[] otlp = [new OtlpTraces(frontDoor), otlpMetrics, new OtlpLogs(frontDoor, time, intake)];
        new OtlpEndpoints(otlp, frontDoor, limits).Map(routes);
        new JaegerEndpoints(frontDoor, limits).Map(routes);
        new ZipkinEndpoint(frontDoor, limits).Map(routes);
        new RemoteWriteEndpoint(frontDoor, limits, time, typeAndUnitLabels).Map(routes);
        new LokiPushEndpoint(frontDoor, limits, intake, time).Map(routes);
        new NdJsonEndpoint(frontDoor, limits, intake, time).Map(routes);
        new ElasticsearchEndpoints(frontDoor, limits, intake, config.Logs.Elasticsearch.ToOptions(), time).Map(routes);
        var queryLimits = new QueryLimits
        {
            Timeout = config.Query.Timeout,
            MaxBytes = config.Query.MaxMemory.Bytes,
            MaxSamples = config.Query.MaxSamples,
        };
        var total = config.Query.MaxTotalMemory.Bytes;
        var together = new MemoryBudget("queries", total == 0 ? 2 * queryLimits.MaxBytes : total);
        var running = new RunningQueries(time);
        var runner = new QueryRunner(queryLimits, config.Query.MaxConcurrent, time, config.Query.ReplayWait)
        {
            OnEnded = relief.Note,
            Together = together,
            Running = running,
        };
        MapRemoteRead(routes, queryLimits, together, limits, running);
        new RunningQueriesEndpoint(running, config.Query.MaxConcurrent, together).Map(routes);
        new StreamStatusEndpoint(stores.Logs, runner, time).Map(routes);
        new TargetStatusEndpoint(Targets, () => Targets.Files, Tailer.MaxFiles).Map(routes);
        var status = new ServerStatus(config, stores, readiness, Targets, inFlight, together);
        new ServerStatusEndpoint(build, status.Parts, status.Memory, time).Map(routes);
        var promql = new PromQLEngine(stores.Metrics, PromQLFeatures.Enable(config.Metrics.Promql.EnableFeatures));
        var logql = new LogQLEngine(stores.Logs, new LogQLOptions { Clock = time });
        MapPrices(routes, together, promql.Options, logql.Options);
        new PrometheusEndpoints(promql, stores.Metrics, stores.Metrics, runner, build, time, Targets, Facts()).Map(routes);
        var deletions = stores.Upkeep.Deletions;
        var access = new AdminAccess(config.Web.EnableAdminApi);
        new AdminEndpoints(deletions, access).Map(routes);
        new DeletionEndpoints(deletions, access, time).Map(routes);
        new DashboardEndpoints(dashboards, new IngestLimits(inFlight, DashboardDocument.MaxBytes, DashboardDocument.MaxBytes)).Map(routes);
        new DataSourceEndpoints(dataSources, limits with { MaxCompressedBytes = MaxQuestionBytes, MaxBodyBytes = MaxQuestionBytes }, time).Map(routes);
        new StorageStatusEndpoint(stores.Upkeep, stores.RecoveryOf, stores.HeadOf).Map(routes);
        new LokiEndpoints(logql, stores.Logs, tails, runner, build, time, deletions, access)
        {
            ConfigYaml = () => ConfigText.Write(config),
            FlushAsync = FlushLogsAsync,
        }.Map(routes);
        var traceql = new TraceQLEngine(stores.Traces);
        new TempoEndpoints(traceql, runner, build, time).Map(routes);
        new TempoStreaming(traceql, runner, limits, time).Map(routes);
        new TempoStatusEndpoints(build, queryLimits, () => ConfigText.Write(config)).Map(routes);
        OpenApiEndpoint.Map(routes, build);
        MethodRefusals.Map(routes);
        new UiEndpoints(Environment.GetEnvironmentVariable("TRIPTYCH_UI_DIR") ?? Path.Combine(AppContext.BaseDirectory, "ui")).Map(routes);
    }

    private async Task<bool> FlushLogsAsync(CancellationToken cancellationToken)
    {
        if (!stores.Logs.Recovery.IsComplete) return false;
        await stores.Logs.FlushAllAsync(cancellationToken);
        return true;
    }

    private void MapRemoteRead(IEndpointRouteBuilder routes, QueryLimits queryLimits, MemoryBudget together, IngestLimits bodies, RunningQueries running)
    {
        var options = config.Metrics.RemoteRead;
        var runner = new QueryRunner(queryLimits, options.MaxConcurrent, time, config.Query.ReplayWait)
        {
            OnEnded = relief.Note,
            Together = together,
            Running = running,
        };
        var limits = new RemoteReadLimits { MaxSamples = options.MaxSamples, MaxFrameBytes = (int)options.MaxFrameSize.Bytes };
        new RemoteReadEndpoint(stores.Metrics, runner, limits, bodies).Map(routes);
    }

    private void MapPrices(IEndpointRouteBuilder routes, MemoryBudget together, PromQLOptions promql, LogQLOptions logql)
    {
        var limits = new QueryLimits { Timeout = PriceTime, MaxBytes = MaxPriceBytes };
        var runner = new QueryRunner(limits, MaxPrices, time, PriceTime) { Together = together };
        new PriceEndpoint(new QueryPrice(new StorePrices(stores), promql, logql), runner, time).Map(routes);
    }

    private ServerFacts Facts()
    {
        var now = time.GetUtcNow();
        return new ServerFacts
        {
            StartedAt = now,
            Flags = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["data-dir"] = config.DataDir,
                ["enable-feature"] = string.Join(',', config.Metrics.Promql.EnableFeatures),
                ["query.lookback-delta"] = Durations.FormatPrometheus((long)new QueryLimits().Lookback.TotalNanoseconds),
                ["query.max-concurrency"] = config.Query.MaxConcurrent.ToString(CultureInfo.InvariantCulture),
                ["query.max-samples"] = config.Query.MaxSamples.ToString(CultureInfo.InvariantCulture),
                ["query.timeout"] = Durations.FormatPrometheus((long)config.Query.Timeout.TotalNanoseconds),
                ["web.enable-admin-api"] = config.Web.EnableAdminApi ? "true" : "false",
            },
            ConfigYaml = () => ConfigText.Write(config),
            ConfigReadAt = () => now,
            ConfigIsCurrent = () => true,
            StorageRetention = DescribeRetention(config.Storage.Retention.Metrics),
            CorruptionCount = () => events.CorruptionCount,
            Replay = () => stores.MetricsReplay,
        };
    }

    // As Prometheus says it: "15d or 20GiB".
    private static string DescribeRetention(SignalRetentionConfig retention)
    {
        var parts = new List<string>();
        if (retention.Time > TimeSpan.Zero) parts.Add(Durations.FormatPrometheus(retention.Time.Ticks * 100));
        if (retention.Size.Bytes > 0) parts.Add(retention.Size.ToString());
        return parts.Count == 0 ? "unlimited" : string.Join(" or ", parts);
    }
}
