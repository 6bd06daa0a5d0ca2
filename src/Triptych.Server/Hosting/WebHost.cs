using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Triptych.Api.Documents;
using Triptych.Api.Hosting;
using Triptych.Server.Configuration;
using Triptych.Server.Security;

namespace Triptych.Server.Hosting;

/// <summary>
/// Kestrel on all ports: failure guard → compression → caller gate → WebSockets → routing → port gate → endpoint. Each port answers HTTP/1.1 and
/// prior-knowledge HTTP/2 (<see cref="ProtocolSwitch"/>).
/// </summary>
internal static class WebHost
{
    private const int MaxHeaderBytes = 64 * 1024;

    /// <summary>Builds the web application; it does not listen yet.</summary>
    public static WebApplication Build(ServerConfig config, IReadOnlyList<Listener> listeners, CallerGate gate, Action<IEndpointRouteBuilder> map)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = [], ContentRootPath = AppContext.BaseDirectory });
        Diagnostics.Configure(builder.Logging, config.Diagnostics);
        builder.Services.AddRouting();
        builder.Services.AddResponseCompression(o =>
        {
            o.EnableForHttps = true;
            o.MimeTypes =
            [
                "application/json", "application/protobuf", "text/plain", "text/html", "text/css", "text/javascript", "application/javascript", "image/svg+xml",
            ];
        });

        // Signals are handled by the program, which has to flush before it ends.
        builder.Services.AddSingleton<Microsoft.Extensions.Hosting.IHostLifetime, NoLifetime>();
        var socketPath = Path.Combine(Path.GetTempPath(), $"triptych-{Environment.ProcessId}-{Guid.NewGuid():N}.sock");
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, config, listeners, socketPath));

        // Behind Kestrel's own, which it takes the place of.
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>>(new SocketBuffers());

        // A request goes on where its bytes were received, on a worker of the thread pool, and its answer is sent from where it was written: two changes
        // of thread less for each. Nothing of ours blocks such a worker: what waits for the disk or for memory awaits it.
        builder.Services.Configure<SocketTransportOptions>(static sockets => sockets.UnsafePreferInlineScheduling = true);

        var app = builder.Build();
        app.Lifetime.ApplicationStarted.Register(() => File.Delete(socketPath));
        var guard = new FailureGuard(app.Services.GetRequiredService<ILogger<FailureGuard>>());
        app.Use((context, next) => guard.InvokeAsync(context, next));
        app.UseResponseCompression();
        app.Use((context, next) => gate.InvokeAsync(context, next));
        app.UseWebSockets();

        // On its own port Elasticsearch's API stands at the root, as shippers expect it.
        if (config.Listen.ElasticsearchPort > 0) app.Use((context, next) => PrefixElasticsearch(context, next, config.Listen.ElasticsearchPort));
        app.UseRouting();
        var portGate = new PortGate(listeners);
        app.Use((context, next) => portGate.InvokeAsync(context, next));
        map(app);
        return app;
    }

    private static void Configure(KestrelServerOptions kestrel, ServerConfig config, IReadOnlyList<Listener> listeners, string socketPath)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = config.Ingest.MaxCompressedSize.Bytes + 1;
        kestrel.Limits.MaxRequestHeadersTotalSize = MaxHeaderBytes;
        kestrel.Limits.MaxRequestLineSize = MaxHeaderBytes;
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(5);
        kestrel.Limits.Http2.MaxStreamsPerConnection = 250;

        // A batch of telemetry is about a megabyte: with the default windows of 96 kB a client would wait for us several times for each.
        kestrel.Limits.Http2.InitialStreamWindowSize = 1024 * 1024;
        kestrel.Limits.Http2.InitialConnectionWindowSize = 4 * 1024 * 1024;

        var protocols = new ProtocolSwitch();
        kestrel.ListenUnixSocket(socketPath, protocols.TakeHttp2Pipeline);
        foreach (var listener in listeners) kestrel.Listen(listener.Address, listener.Port, protocols.Attach);
    }

    private static Task PrefixElasticsearch(HttpContext context, RequestDelegate next, int port)
    {
        var path = context.Request.Path;
        var isAtRoot = context.Connection.LocalPort == port && !path.StartsWithSegments(ElasticsearchEndpoints.Prefix, StringComparison.Ordinal)
            && path.Value is not ("/-/healthy" or "/-/ready" or "/metrics");
        if (isAtRoot) context.Request.Path = path.Value is "/" or "" or null ? ElasticsearchEndpoints.Prefix : ElasticsearchEndpoints.Prefix + path;
        return next(context);
    }

    private sealed class NoLifetime : Microsoft.Extensions.Hosting.IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
