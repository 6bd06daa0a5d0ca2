using System.Net.Http.Headers;
using Triptych.Ingest.Exposition;

namespace Triptych.Collect.Scrape;

/// <summary>
/// Which format a target's content type names, by Prometheus' rules since version 3: an unusable one fails the scrape unless the job names
/// a fallback.
/// </summary>
internal static class ContentTypes
{
    private const string ProtobufMessage = "io.prometheus.client.MetricFamily";

    private const string AcceptText =
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5," +
        "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

    private const string AcceptProtobuf =
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6," +
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4," +
        "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";

    /// <summary>What scrapes accept, best first: protobuf where native histograms are wanted, which no other format has, or start times.</summary>
    public static string Accept(bool wantsProtobuf) => wantsProtobuf ? AcceptProtobuf : AcceptText;

    /// <summary>The format, or why there is none.</summary>
    public static FetchResult Choose(string? contentType, ExpositionFormat? fallback)
    {
        if (contentType is not null && MediaTypeHeaderValue.TryParse(contentType, out var type))
        {
            if (string.Equals(type.MediaType, "application/openmetrics-text", StringComparison.OrdinalIgnoreCase))
            {
                return new(null, ExpositionFormat.OpenMetrics);
            }
            if (IsProtobuf(type)) return new(null, ExpositionFormat.Protobuf);
            if (string.Equals(type.MediaType, "text/plain", StringComparison.OrdinalIgnoreCase)) return new(null, ExpositionFormat.Prometheus);
        }

        if (fallback is { } format) return new(null, format);
        return FetchResult.Failed(string.IsNullOrWhiteSpace(contentType)
            ? "the target sent no Content-Type, and the job sets no fallback_scrape_protocol"
            : $"the target sent the Content-Type \"{contentType}\", which is not supported, and the job sets no fallback_scrape_protocol");
    }

    /// <summary>The format that a <c>fallback_scrape_protocol</c> names.</summary>
    public static bool TryParseProtocol(string name, out ExpositionFormat format)
    {
        format = name switch
        {
            "OpenMetricsText0.0.1" or "OpenMetricsText1.0.0" => ExpositionFormat.OpenMetrics,
            "PrometheusProto" => ExpositionFormat.Protobuf,
            _ => ExpositionFormat.Prometheus,
        };
        return name is "OpenMetricsText0.0.1" or "OpenMetricsText1.0.0" or "PrometheusText0.0.4" or "PrometheusText1.0.0" or "PrometheusProto";
    }

    private static bool IsProtobuf(MediaTypeHeaderValue type) =>
        string.Equals(type.MediaType, "application/vnd.google.protobuf", StringComparison.OrdinalIgnoreCase)
        && type.Parameters.Any(p => p.Name == "proto" && p.Value?.Trim('"') == ProtobufMessage)
        && type.Parameters.Any(p => p.Name == "encoding" && p.Value?.Trim('"') == "delimited");
}
