using System.Net;
using Microsoft.AspNetCore.Http;
using Triptych.Api.Grpc;
using Triptych.Api.Http;
using Triptych.Server.Configuration;

namespace Triptych.Server.Security;

/// <summary>
/// Decides for each request whether its caller may come in. With credentials configured: those, on every path but health. Without, on
/// loopback: the Host and Origin headers have to name this host, so that a web page somewhere else (by a name that resolves to 127.0.0.1,
/// or by a form that posts here) cannot reach the server through the user's own browser.
/// </summary>
public sealed class CallerGate
{
    private readonly Credentials? _credentials;
    private readonly bool _checkHost;
    private readonly int[] _ports;
    private readonly HashSet<string> _hosts = new(StringComparer.OrdinalIgnoreCase) { "localhost", "127.0.0.1", "[::1]", "::1" };

    /// <summary>Makes the gate that the configuration asks for.</summary>
    public CallerGate(ServerConfig config, Credentials? credentials)
    {
        _credentials = credentials;
        _checkHost = credentials is null && IPAddress.IsLoopback(config.Listen.Address);
        _hosts.Add(config.Listen.Address.ToString());
        _hosts.Add(Dns.GetHostName());
        foreach (var host in config.Listen.AllowedHosts) _hosts.Add(host);

        // A page of another program on this host is a foreign page too.
        var listen = config.Listen;
        _ports =
        [
            listen.UiPort, listen.PrometheusPort, listen.LokiPort, listen.TempoPort, listen.OtlpGrpcPort, listen.OtlpHttpPort, listen.ElasticsearchPort,
            listen.JaegerGrpcPort, listen.JaegerHttpPort, listen.ZipkinPort,
        ];
    }

    /// <summary>To be run before anything reads the request.</summary>
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        if (_checkHost && !_hosts.Contains(request.Host.Host))
        {
            return RefuseAsync(context, StatusCodes.Status403Forbidden, $"host \"{request.Host.Host}\" is not this server's: add it to listen.allowed_hosts");
        }

        if (request.Headers.Origin.Any(origin => !string.IsNullOrEmpty(origin) && !IsOwnOrigin(origin, request.Host)))
        {
            return RefuseAsync(context, StatusCodes.Status403Forbidden, "requests of pages from another origin are refused");
        }

        if (_credentials is null || IsHealth(request.Path) || _credentials.Accept(request.Headers.Authorization.ToString())) return next(context);
        context.Response.Headers.WWWAuthenticate = "Basic realm=\"triptych\", charset=\"UTF-8\"";
        return RefuseAsync(context, StatusCodes.Status401Unauthorized, "credentials are missing or wrong");
    }

    private bool IsOwnOrigin(string origin, HostString host)
    {
        if (!Uri.TryCreate(origin, UriKind.Absolute, out var uri)) return false;
        return uri.Authority.Equals(host.Value, StringComparison.OrdinalIgnoreCase) || (_checkHost && _hosts.Contains(uri.Host) && _ports.Contains(uri.Port));
    }

    private static bool IsHealth(PathString path) => path.Value is "/-/healthy" or "/-/ready" or "/ready" or "/api/echo";

    private static Task RefuseAsync(HttpContext context, int statusCode, string message) => GrpcUnary.IsGrpc(context.Request)
        ? GrpcUnary.WriteStatusAsync(
            context.Response, statusCode == StatusCodes.Status401Unauthorized ? GrpcStatus.Unauthenticated : GrpcStatus.PermissionDenied, message)
        : PlainText.WriteAsync(context.Response, statusCode, message);
}
