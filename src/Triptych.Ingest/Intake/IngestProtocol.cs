namespace Triptych.Ingest.Intake;

/// <summary>The ways in which telemetry comes in.</summary>
public enum IngestProtocol
{
    /// <summary>OTLP over gRPC.</summary>
    OtlpGrpc,

    /// <summary>OTLP over HTTP.</summary>
    OtlpHttp,

    /// <summary>Prometheus remote write.</summary>
    RemoteWrite,

    /// <summary>Loki's push API.</summary>
    LokiPush,

    /// <summary>Elasticsearch's bulk API.</summary>
    ElasticsearchBulk,

    /// <summary>Newline-delimited JSON over HTTP.</summary>
    NdJson,

    /// <summary>Syslog over TCP, UDP or TLS.</summary>
    Syslog,

    /// <summary>Jaeger's api_v2 over gRPC.</summary>
    JaegerGrpc,

    /// <summary>Jaeger's Thrift over HTTP.</summary>
    JaegerThrift,

    /// <summary>Zipkin's JSON over HTTP.</summary>
    Zipkin,

    /// <summary>Our own scrapes.</summary>
    Scrape,

    /// <summary>Files that we tail.</summary>
    Tail,

    /// <summary>This host's own metrics.</summary>
    Host,

    /// <summary>Metrics that were counted from spans.</summary>
    Derived,
}

/// <summary>Names of the protocols, as metrics and the API show them.</summary>
public static class IngestProtocolNames
{
    /// <summary>The protocol's name.</summary>
    public static string NameOf(this IngestProtocol protocol) => protocol switch
    {
        IngestProtocol.OtlpGrpc => "otlp_grpc",
        IngestProtocol.OtlpHttp => "otlp_http",
        IngestProtocol.RemoteWrite => "remote_write",
        IngestProtocol.LokiPush => "loki_push",
        IngestProtocol.ElasticsearchBulk => "elasticsearch_bulk",
        IngestProtocol.NdJson => "ndjson",
        IngestProtocol.Syslog => "syslog",
        IngestProtocol.JaegerGrpc => "jaeger_grpc",
        IngestProtocol.JaegerThrift => "jaeger_thrift",
        IngestProtocol.Zipkin => "zipkin",
        IngestProtocol.Scrape => "scrape",
        IngestProtocol.Tail => "tail",
        IngestProtocol.Derived => "derived",
        _ => "host",
    };
}
