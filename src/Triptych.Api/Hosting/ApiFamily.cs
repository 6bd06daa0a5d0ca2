namespace Triptych.Api.Hosting;

/// <summary>The APIs, as the settings of the ports name them: a port answers for some of them and says 404 to the rest.</summary>
[Flags]
public enum ApiFamily
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Prometheus: queries, remote write, its OTLP path.</summary>
    Prometheus = 1,

    /// <summary>Loki: queries, push, its OTLP path.</summary>
    Loki = 2,

    /// <summary>Tempo: traces, search, tags.</summary>
    Tempo = 4,

    /// <summary>OTLP over gRPC and HTTP, all three signals.</summary>
    Otlp = 8,

    /// <summary>The browser UI and the endpoints that only it calls.</summary>
    Ui = 16,

    /// <summary>Health, readiness, the program's own metrics: on every port.</summary>
    Health = 32,

    /// <summary>What of Elasticsearch's API shippers of logs need.</summary>
    Elasticsearch = 64,

    /// <summary>What a Jaeger collector takes: gRPC, and Thrift over HTTP.</summary>
    Jaeger = 128,

    /// <summary>What Zipkin's reporters send.</summary>
    Zipkin = 256,

    /// <summary>All of them.</summary>
    All = Prometheus | Loki | Tempo | Otlp | Ui | Health | Elasticsearch | Jaeger | Zipkin,
}

/// <summary>Endpoint metadata: which family an endpoint belongs to.</summary>
public sealed record ApiFamilyMetadata(ApiFamily Family);
