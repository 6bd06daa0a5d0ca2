using System.Net;
using System.Net.Sockets;
using Triptych.Api.Hosting;
using Triptych.Server.Configuration;

namespace Triptych.Server.Hosting;

/// <summary>The ports that the configuration asks for.</summary>
internal static class Listeners
{
    /// <summary>All that are switched on.</summary>
    public static IReadOnlyList<Listener> From(ListenConfig listen)
    {
        Listener[] all =
        [
            new("listen.ui_port", listen.Address, listen.UiPort, ApiFamily.All, "browser UI and every API"),
            new("listen.prometheus_port", listen.Address, listen.PrometheusPort, ApiFamily.Prometheus, "Prometheus API, remote write"),
            new("listen.loki_port", listen.Address, listen.LokiPort, ApiFamily.Loki | ApiFamily.Elasticsearch, "Loki API, push, Elasticsearch bulk"),
            new("listen.tempo_port", listen.Address, listen.TempoPort, ApiFamily.Tempo, "Tempo API"),
            new("listen.otlp_grpc_port", listen.Address, listen.OtlpGrpcPort, ApiFamily.Otlp, "OTLP over gRPC (and HTTP)"),
            new("listen.otlp_http_port", listen.Address, listen.OtlpHttpPort, ApiFamily.Otlp, "OTLP over HTTP (and gRPC)"),
            new("listen.elasticsearch_port", listen.Address, listen.ElasticsearchPort, ApiFamily.Elasticsearch, "Elasticsearch bulk"),
            new("listen.jaeger_grpc_port", listen.Address, listen.JaegerGrpcPort, ApiFamily.Jaeger, "Jaeger over gRPC"),
            new("listen.jaeger_http_port", listen.Address, listen.JaegerHttpPort, ApiFamily.Jaeger, "Jaeger's Thrift over HTTP"),
            new("listen.zipkin_port", listen.Address, listen.ZipkinPort, ApiFamily.Zipkin, "Zipkin JSON"),
        ];
        return [.. all.Where(l => l.Port > 0)];
    }

    /// <summary>
    /// Says which port cannot be had, before anything is opened: a message that names the port and the setting, or null. Kestrel would say
    /// it too, with a stack trace.
    /// </summary>
    public static string? FindProblem(IEnumerable<Listener> listeners)
    {
        foreach (var listener in listeners)
        {
            using var probe = new Socket(listener.Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                // As Kestrel does: connections of a former process that are still being closed do not count.
                probe.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
                probe.Bind(new IPEndPoint(listener.Address, listener.Port));
                probe.Listen(1);
            }
            catch (SocketException e)
            {
                var port = $"port {listener.Port} on {listener.Address}";
                return e.SocketErrorCode == SocketError.AddressAlreadyInUse
                    ? $"{port} is in use by another program: stop that program, or set another port with {listener.Setting} (0 for none)"
                    : $"{port} cannot be opened ({e.Message}): set another port with {listener.Setting} (0 for none), or another listen.address";
            }
        }

        return null;
    }
}
