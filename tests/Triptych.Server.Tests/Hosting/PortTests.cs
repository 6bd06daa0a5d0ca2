using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Triptych.Server.Tests.Hosting;

public sealed class PortTests(DefaultServer server)
{
    public static TheoryData<string, string, string> Served => new()
    {
        // method and path, the ports that answer
        { "POST", "/v1/traces", "ui otlp_grpc otlp_http" },
        { "POST", "/v1/metrics", "ui otlp_grpc otlp_http" },
        { "POST", "/v1/logs", "ui otlp_grpc otlp_http" },
        { "POST", "/api/v1/otlp/v1/metrics", "ui prometheus" },
        { "POST", "/otlp/v1/logs", "ui loki" },
        { "POST", "/api/v1/write", "ui prometheus" },
        { "POST", "/loki/api/v1/push", "ui loki" },
        { "GET", "/loki/api/v1/labels", "ui loki" },
        { "GET", "/api/search/tags", "ui tempo" },
        { "GET", "/api/triptych/v1/status/sources", "ui" },
        { "GET", "/metrics", "ui prometheus loki tempo otlp_grpc otlp_http" },
        { "GET", "/-/healthy", "ui prometheus loki tempo otlp_grpc otlp_http" },
        { "GET", "/-/ready", "ui prometheus loki tempo otlp_grpc otlp_http" },
        { "GET", "/ready", "ui prometheus loki tempo otlp_grpc otlp_http" },
    };

    [Theory]
    [MemberData(nameof(Served))]
    public async Task A_port_answers_only_for_its_own(string method, string path, string ports)
    {
        string[] names = ["ui", "prometheus", "loki", "tempo", "otlp_grpc", "otlp_http"];
        foreach (var (name, port) in names.Zip(server.Ports))
        {
            var answer = method == "GET" ? await Wire.GetAsync(server.Url(port, path)) : await Wire.PostAsync(server.Url(port, path), [], Wire.Protobuf);
            if (ports.Split(' ').Contains(name)) answer.Status.ShouldNotBe(404, $"{path} on {name}");
            else answer.ShouldBeOneLine(404, "404 page not found");
        }
    }

    [Theory]
    [InlineData("POST", "/api/v1/label/job/values", "GET", "ui prometheus")]
    [InlineData("POST", "/api/v1/metadata", "GET", "ui prometheus")]
    [InlineData("DELETE", "/api/v1/query", "GET, POST", "ui prometheus")]
    [InlineData("GET", "/api/v1/write", "POST", "ui prometheus")]
    [InlineData("GET", "/v1/traces", "POST", "ui otlp_grpc otlp_http")]
    [InlineData("GET", Wire.LogsService, "POST", "ui otlp_grpc otlp_http")]
    [InlineData("GET", "/loki/api/v1/push", "POST", "ui loki")]
    [InlineData("DELETE", "/api/search/tags", "GET", "ui tempo")]
    [InlineData("GET", "/api/triptych/v1/backups", "POST", "ui")]
    [InlineData("POST", "/metrics", "GET", "ui prometheus loki tempo otlp_grpc otlp_http")]
    [InlineData("POST", "/-/ready", "GET, HEAD", "ui prometheus loki tempo otlp_grpc otlp_http")]
    public async Task A_wrong_method_is_405_with_those_that_are_right(string method, string path, string allowed, string ports)
    {
        string[] names = ["ui", "prometheus", "loki", "tempo", "otlp_grpc", "otlp_http"];
        foreach (var (name, port) in names.Zip(server.Ports))
        {
            var answer = await Wire.SendAsync(new HttpRequestMessage(new HttpMethod(method), server.Url(port, path)));
            if (ports.Split(' ').Contains(name))
            {
                answer.ShouldBeOneLine(405, "method not allowed", path);
                answer.Allow.ShouldBe(allowed, $"{method} {path} on {name}");
            }
            else
            {
                answer.ShouldBeOneLine(404, "is not served on port");
            }
        }
    }

    [Fact]
    public async Task Every_port_answers_both_versions_of_http()
    {
        foreach (var port in server.Ports)
        {
            var old = await Wire.GetAsync(server.Url(port, "/-/healthy"));
            (old.Status, old.Version).ShouldBe((200, HttpVersion.Version11));
            var young = await Wire.GetAsync(server.Url(port, "/-/healthy"), r => Wire.Http2(r));
            (young.Status, young.Version).ShouldBe((200, HttpVersion.Version20));
        }
    }

    [Fact]
    public async Task Both_ports_of_otlp_take_grpc_and_http()
    {
        foreach (var port in new[] { server.OtlpGrpcPort, server.OtlpHttpPort, server.UiPort })
        {
            (await Wire.CallAsync(server.Url(port, Wire.LogsService), Bodies.Logs("ports", $"grpc {port}"))).GrpcStatus.ShouldBe(0);
            (await Wire.PostAsync(server.Url(port, "/v1/logs"), Bodies.Logs("ports", $"http {port}"), Wire.Protobuf)).Status.ShouldBe(200);
            (await Wire.PostAsync(server.Url(port, "/v1/logs"), Bodies.Logs("ports", $"h2 {port}"), Wire.Protobuf, change: r => Wire.Http2(r)))
                .Status.ShouldBe(200);
        }
    }

    [Fact]
    public async Task A_grpc_method_that_does_not_exist_is_404_and_a_grpc_path_over_http1_is_explained()
    {
        (await Wire.CallAsync(server.Url(server.OtlpGrpcPort, "/some.Service/Method"), [])).Status.ShouldBe(404);
        (await Wire.PostAsync(server.Url(server.OtlpGrpcPort, Wire.LogsService), [], "application/grpc")).ShouldBeOneLine(415, "/v1/logs");
    }

    [Theory]
    [InlineData("\0\0\0\0garbage\r\n\r\n")]
    [InlineData("PRI * HTTP/1.1\r\n\r\n")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nthis is no settings frame at all")]
    [InlineData("\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003 a TLS client hello")]
    public async Task Garbage_ends_its_own_connection_and_nothing_else(string bytes)
    {
        using var socket = await ConnectAsync(server.OtlpGrpcPort);
        await socket.SendAsync(Encoding.Latin1.GetBytes(bytes));
        await ReadToEndAsync(socket, TimeSpan.FromSeconds(60));
        (await Wire.GetAsync(server.Url(server.OtlpGrpcPort, "/-/healthy"))).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_preface_that_comes_byte_by_byte_is_understood()
    {
        using var socket = await ConnectAsync(server.OtlpGrpcPort);
        socket.NoDelay = true;
        foreach (var b in "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray())
        {
            await socket.SendAsync(new[] { b });
            await Task.Delay(5);
        }

        await socket.SendAsync(new byte[] { 0, 0, 0, 4, 0, 0, 0, 0, 0 });
        var answer = new byte[9];
        await socket.ReceiveAsync(answer);
        answer[3].ShouldBe((byte)4, "a SETTINGS frame comes first");
    }

    [Fact]
    public async Task Half_a_preface_is_dropped_after_a_while()
    {
        // Before the server can have begun to count; timers may fire a little early.
        var started = Stopwatch.StartNew();
        using var socket = await ConnectAsync(server.OtlpGrpcPort);
        await socket.SendAsync("PRI * HT"u8.ToArray());
        await ReadToEndAsync(socket, TimeSpan.FromSeconds(60));
        started.Elapsed.ShouldBeGreaterThan(TimeSpan.FromSeconds(4.9));
    }

    internal static async Task<Socket> ConnectAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return socket;
    }

    private static async Task ReadToEndAsync(Socket socket, TimeSpan within)
    {
        using var limit = new CancellationTokenSource(within);
        var buffer = new byte[4096];
        try
        {
            while (await socket.ReceiveAsync(buffer, limit.Token) > 0)
            {
                // What it says before it hangs up does not matter.
            }
        }
        catch (SocketException)
        {
            // A reset is an end too.
        }
    }
}
