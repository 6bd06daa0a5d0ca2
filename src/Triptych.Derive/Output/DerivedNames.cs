namespace Triptych.Derive.Output;

/// <summary>A derived metric: its name, and what is told of it.</summary>
/// <param name="Name">Its name, without a histogram's endings.</param>
/// <param name="Type">Prometheus' type.</param>
/// <param name="Help">What it counts.</param>
internal sealed record DerivedMetric(string Name, string Type, string Help);

/// <summary>The names of derived metrics are Tempo's, which dashboards and Grafana's service map ask for.</summary>
internal static class DerivedNames
{
    /// <summary>Spans.</summary>
    public static readonly DerivedMetric Calls = new("traces_spanmetrics_calls_total", "counter", "Spans.");

    /// <summary>Bytes.</summary>
    public static readonly DerivedMetric Size = new("traces_spanmetrics_size_total", "counter", "Bytes of spans in OTLP's protobuf.");

    /// <summary>Latencies.</summary>
    public static readonly DerivedMetric Latency = new("traces_spanmetrics_latency", "histogram", "How long spans took, in seconds.");

    /// <summary>Resources.</summary>
    public static readonly DerivedMetric TargetInfo = new("traces_target_info", "gauge", "Attributes of resources that send spans; always 1.");

    /// <summary>Calls.</summary>
    public static readonly DerivedMetric Requests = new("traces_service_graph_request_total", "counter", "Calls from one service to another.");

    /// <summary>Failed calls.</summary>
    public static readonly DerivedMetric Failed = new(
        "traces_service_graph_request_failed_total", "counter", "Calls of which either side says that they failed.");

    /// <summary>Histograms of calls, in the order of their places.</summary>
    public static readonly DerivedMetric[] Durations =
    [
        new("traces_service_graph_request_server_seconds", "histogram", "How long calls took as the server saw it, in seconds."),
        new("traces_service_graph_request_client_seconds", "histogram", "How long calls took as the client saw it, in seconds."),
        new("traces_service_graph_request_messaging_system_seconds", "histogram", "How long messages were between sender and receiver, in seconds."),
    ];
}
