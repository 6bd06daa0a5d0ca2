using System.ComponentModel;
using System.Net;
using Triptych.Collect.Host;
using Triptych.Collect.Scrape;
using Triptych.Collect.Tail;

namespace Triptych.Server.Configuration;

/// <summary>
/// Everything that can be configured, with its defaults. The file, the environment, the schema and the reference all come from these
/// classes.
/// </summary>
public sealed class ServerConfig
{
    /// <summary>Where data lies.</summary>
    [Description("The directory in which everything is kept.")]
    public string DataDir { get; set; } = "data";

    /// <summary>Where the program listens.</summary>
    [Description("Where the program listens.")]
    public ListenConfig Listen { get; set; } = new();

    /// <summary>Who may call.</summary>
    [Description("Who may call. Beyond loopback, credentials or an explicit mode none are required.")]
    public AuthConfig Auth { get; set; } = new();

    /// <summary>What bodies on their way in may use.</summary>
    [Description("What requests on their way in may use.")]
    public IngestConfig Ingest { get; set; } = new();

    /// <summary>How data is kept.</summary>
    [Description("How data is kept.")]
    public StorageConfig Storage { get; set; } = new();

    /// <summary>Where backups go that go to a bucket.</summary>
    [Description("The service that holds buckets with backups, for triptych backup and restore; the server does not use it.")]
    public BackupConfig Backup { get; set; } = new();

    /// <summary>What a query may use.</summary>
    [Description("What queries may use.")]
    public QueryConfig Query { get; set; } = new();

    /// <summary>How metrics are queried.</summary>
    [Description("How metrics are queried.")]
    public MetricsConfig Metrics { get; set; } = new();

    /// <summary>How logs come in.</summary>
    [Description("How logs come in.")]
    public LogsConfig Logs { get; set; } = new();

    /// <summary>What is counted from spans.</summary>
    [Description("Metrics that are counted from spans: Tempo's section of that name.")]
    public MetricsGeneratorConfig MetricsGenerator { get; set; } = new();

    /// <summary>How the browser leads from one record to others.</summary>
    [Description("How the browser leads from one record to others; all of it works without a word here.")]
    public LinksConfig Links { get; set; } = new();

    /// <summary>What may be done over HTTP beside reading and writing.</summary>
    [Description("What may be done over HTTP beside reading and writing.")]
    public WebConfig Web { get; set; } = new();

    /// <summary>Dashboards that come from files.</summary>
    [Description("Dashboards that come from files.")]
    public DashboardsConfig Dashboards { get; set; } = new();

    /// <summary>Servers beside this one.</summary>
    [Description("Servers beside this one that dashboards may ask. The browser asks them through this server and sees no secret; they are the same for every tenant.")]
    public DataSourcesConfig DataSources { get; set; } = new();

    /// <summary>Defaults of scrape jobs, as in a Prometheus file.</summary>
    [Description("Defaults of scrape jobs, as in a Prometheus file.")]
    public ScrapeGlobalOptions Global { get; set; } = new();

    /// <summary>Scrape jobs, as in a Prometheus file.</summary>
    [Description("Scrape jobs, as in a Prometheus file.")]
    public List<ScrapeJobOptions> ScrapeConfigs { get; set; } = [];

    /// <summary>Files to follow.</summary>
    [Description("Log files to follow.")]
    public List<TailOptions> Tail { get; set; } = [];

    /// <summary>This host's own metrics.</summary>
    [Description("This host's own metrics.")]
    public HostOptions Host { get; set; } = new();

    /// <summary>Whether the program scrapes itself.</summary>
    [Description("Whether the program's own metrics are kept like any other target's.")]
    public bool ScrapeSelf { get; set; } = true;

    /// <summary>Our own diagnostics.</summary>
    [Description("The program's own diagnostics on standard error.")]
    public DiagnosticsConfig Diagnostics { get; set; } = new();
}

/// <summary>Addresses and ports; a port of 0 is switched off.</summary>
public sealed class ListenConfig
{
    /// <summary>The address of all ports.</summary>
    [Description("The address of all ports. Anything but loopback wants credentials or an explicit auth mode none.")]
    public IPAddress Address { get; set; } = IPAddress.Loopback;

    /// <summary>UI and all APIs.</summary>
    [Description("The browser UI and every API; 0 switches it off, as for all ports.")]
    public int UiPort { get; set; } = 3000;

    /// <summary>Prometheus.</summary>
    [Description("Prometheus' HTTP API, remote write, OTLP metrics.")]
    public int PrometheusPort { get; set; } = 9090;

    /// <summary>Loki.</summary>
    [Description("Loki's HTTP API and push.")]
    public int LokiPort { get; set; } = 3100;

    /// <summary>Tempo.</summary>
    [Description("Tempo's HTTP API.")]
    public int TempoPort { get; set; } = 3200;

    /// <summary>OTLP over gRPC.</summary>
    [Description("OTLP over gRPC (and HTTP).")]
    public int OtlpGrpcPort { get; set; } = 4317;

    /// <summary>OTLP over HTTP.</summary>
    [Description("OTLP over HTTP (and gRPC).")]
    public int OtlpHttpPort { get; set; } = 4318;

    /// <summary>Elasticsearch's bulk API.</summary>
    [Description("What of Elasticsearch's API shippers of logs need, without a prefix; off by default, 9200 is Elasticsearch's own.")]
    public int ElasticsearchPort { get; set; }

    /// <summary>Jaeger over gRPC.</summary>
    [Description("Spans from Jaeger's clients over gRPC (api_v2); off by default, 14250 is a Jaeger collector's own. The UI's port takes them too.")]
    public int JaegerGrpcPort { get; set; }

    /// <summary>Jaeger over HTTP.</summary>
    [Description("Spans from Jaeger's clients in Thrift over HTTP; off by default, 14268 is a Jaeger collector's own. The UI's port takes them too.")]
    public int JaegerHttpPort { get; set; }

    /// <summary>Zipkin.</summary>
    [Description("Spans from Zipkin's reporters in JSON; off by default, 9411 is Zipkin's own. The UI's port takes them too.")]
    public int ZipkinPort { get; set; }

    /// <summary>Names under which browsers may reach the server.</summary>
    [Description("Host names under which browsers may reach the server, beside localhost, its address and its own host name.")]
    public List<string> AllowedHosts { get; set; } = [];
}

/// <summary>How callers are told apart.</summary>
public enum AuthMode
{
    /// <summary>None on loopback; elsewhere credentials are required.</summary>
    Auto,

    /// <summary>Everyone may do everything, wherever the program listens.</summary>
    None,

    /// <summary>Credentials are required, on loopback too.</summary>
    Required,
}

/// <summary>Credentials.</summary>
public sealed class AuthConfig
{
    /// <summary>Whether credentials are asked for.</summary>
    [Description("auto: none on loopback, required elsewhere. none: everyone may do everything. required: credentials, on loopback too.")]
    public AuthMode Mode { get; set; } = AuthMode.Auto;

    /// <summary>A bearer token.</summary>
    [Description("A bearer token. Better in token_file or the environment (TRIPTYCH_AUTH_TOKEN).")]
    public string? Token { get; set; }

    /// <summary>A file with bearer tokens.</summary>
    [Description("A file with bearer tokens, one a line.")]
    public string? TokenFile { get; set; }

    /// <summary>The user of basic authentication.</summary>
    [Description("The user of basic authentication.")]
    public string? Username { get; set; }

    /// <summary>The password of basic authentication.</summary>
    [Description("The password of basic authentication. Better in password_file or the environment (TRIPTYCH_AUTH_PASSWORD).")]
    public string? Password { get; set; }

    /// <summary>A file with the password.</summary>
    [Description("A file with the password.")]
    public string? PasswordFile { get; set; }
}

/// <summary>Bounds of what is on its way in.</summary>
public sealed class IngestConfig
{
    /// <summary>All bytes in flight.</summary>
    [Description("All bytes on their way in at one time, decompressed ones included; beyond it requests are asked to come again.")]
    public ByteSize MaxBytesInFlight { get; set; } = ByteSize.MiB(64);

    /// <summary>The largest body after decompression.</summary>
    [Description("The largest body after decompression.")]
    public ByteSize MaxBodySize { get; set; } = ByteSize.MiB(32);

    /// <summary>The largest body as sent.</summary>
    [Description("The largest body as sent.")]
    public ByteSize MaxCompressedSize { get; set; } = ByteSize.MiB(32);

    /// <summary>How old a record may be.</summary>
    [Description("How old samples, lines and spans may be when they arrive.")]
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How far in the future a record may be.</summary>
    [Description("How far ahead of this host's clock samples, lines and spans may be.")]
    public TimeSpan MaxFuture { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Series of a tenant that are indexed in memory.</summary>
    [Description("Series of a tenant that are indexed in memory. Further ones keep all their labels and are found by queries, which say so; they are not indexed until they are in blocks, and become blocks early. 0 derives it from storage.max_head_memory: one for each 853 bytes of it, 1,258,291 with its default.")]
    public int MaxActiveSeries { get; set; }
}

/// <summary>What may be done over HTTP.</summary>
public sealed class WebConfig
{
    /// <summary>Whether data may be deleted over HTTP.</summary>
    [Description("Whether data may be deleted over HTTP, as Prometheus' flag of that name: /api/v1/admin/tsdb/…, /loki/api/v1/delete, /api/triptych/v1/deletions.")]
    public bool EnableAdminApi { get; set; }
}

/// <summary>Bounds of queries.</summary>
public sealed class QueryConfig
{
    /// <summary>How long a query may run.</summary>
    [Description("How long a query may run.")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a query waits for replay.</summary>
    [Description("How long a query waits after a start for what is still being read from the write-ahead log, before it is told to come again. Queries over other times are answered at once.")]
    public TimeSpan ReplayWait { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How many run at once.</summary>
    [Description("How many queries run at once; others wait.")]
    public int MaxConcurrent { get; set; } = 20;

    /// <summary>Memory of one query.</summary>
    [Description("Memory that one query may take.")]
    public ByteSize MaxMemory { get; set; } = ByteSize.MiB(1024);

    /// <summary>Memory of all queries.</summary>
    [Description("Memory that all queries that run may take together; further ones are told to come again. 0 is twice max_memory.")]
    public ByteSize MaxTotalMemory { get; set; }

    /// <summary>Samples of one query.</summary>
    [Description("Samples that one query may load.")]
    public int MaxSamples { get; set; } = 50_000_000;

    /// <summary>Live tails of logs.</summary>
    [Description("Live tails of logs.")]
    public LogTailConfig LogTail { get; set; } = new();
}

/// <summary>The form of our own diagnostics.</summary>
public enum DiagnosticsFormat
{
    /// <summary>A line of text each.</summary>
    Text,

    /// <summary>A JSON object each.</summary>
    Json,
}

/// <summary>How much of our own diagnostics.</summary>
public enum DiagnosticsLevel
{
    /// <summary>Everything.</summary>
    Debug,

    /// <summary>What happens.</summary>
    Info,

    /// <summary>What may need attention.</summary>
    Warn,

    /// <summary>What does.</summary>
    Error,
}

/// <summary>Our own diagnostics.</summary>
public sealed class DiagnosticsConfig
{
    /// <summary>The form.</summary>
    [Description("text or json.")]
    public DiagnosticsFormat Format { get; set; } = DiagnosticsFormat.Text;

    /// <summary>How much.</summary>
    [Description("debug, info, warn or error.")]
    public DiagnosticsLevel Level { get; set; } = DiagnosticsLevel.Info;
}
