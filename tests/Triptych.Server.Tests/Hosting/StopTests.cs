using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace Triptych.Server.Tests.Hosting;

public sealed class StopTests
{
    [Fact]
    public async Task Sigterm_leaves_everything_in_blocks_and_the_next_start_answers()
    {
        await using var server = new ServerProcess();
        await server.StartAsync();
        byte[] traceId = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
        await SendAllAsync(server, traceId);

        // Connections that stay open must not hold the stop up: one of each protocol, idle, and one that never said anything.
        using var idle = await PortTests.ConnectAsync(server.UiPort);
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        (await Wire.GetAsync(server.Url(server.UiPort, "/-/healthy"), client: client)).Status.ShouldBe(200);
        (await Wire.GetAsync(server.Url(server.OtlpGrpcPort, "/-/healthy"), r => Wire.Http2(r), client)).Status.ShouldBe(200);
        var stopping = Stopwatch.StartNew();
        (await server.StopAsync()).ShouldBe(0, server.Error);
        stopping.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(30));
        server.Error.ShouldContain("everything is in blocks");

        foreach (var signal in new[] { "metrics", "logs", "traces" })
        {
            Directory.EnumerateFiles(server.DataDirectory, "*.parquet", SearchOption.AllDirectories).ShouldContain(
                f => f.Contains($"/{signal}/", StringComparison.Ordinal));
        }

        foreach (var file in Directory.EnumerateFiles(server.DataDirectory, "*.parquet", SearchOption.AllDirectories))
        {
            var bytes = await File.ReadAllBytesAsync(file);
            bytes.AsSpan(0, 4).SequenceEqual("PAR1"u8).ShouldBeTrue(file);
            bytes.AsSpan(^4).SequenceEqual("PAR1"u8).ShouldBeTrue(file);
        }

        await server.StartAsync();
        (await QueryLineCountAsync(server)).ShouldBe(1);
        (await Wire.GetAsync(server.Url(server.TempoPort, "/api/traces/" + Convert.ToHexStringLower(traceId)))).Status.ShouldBe(200);
    }

    [Fact]
    public async Task After_kill_9_the_next_start_answers_and_a_resend_is_no_second_record()
    {
        await using var server = new ServerProcess();
        await server.StartAsync();
        var body = Bodies.Logs("stopped", "the line");
        (await Wire.PostAsync(server.Url(server.OtlpHttpPort, "/v1/logs"), body, Wire.Protobuf)).Status.ShouldBe(200);
        await server.KillAsync();
        await server.StartAsync();
        (await Wire.PostAsync(server.Url(server.OtlpHttpPort, "/v1/logs"), body, Wire.Protobuf)).Status.ShouldBe(200);
        (await QueryLineCountAsync(server)).ShouldBe(1);
    }

    [Fact]
    public async Task While_stopping_it_is_healthy_and_not_ready_or_gone()
    {
        await using var server = new ServerProcess();
        await server.StartAsync();
        var stop = server.StopAsync();
        try
        {
            var answer = await Wire.GetAsync(server.Url(server.UiPort, "/-/ready"));
            answer.Status.ShouldBeOneOf((int)HttpStatusCode.OK, (int)HttpStatusCode.ServiceUnavailable);
        }
        catch (HttpRequestException)
        {
            // Gone already.
        }

        (await stop).ShouldBe(0);
    }

    private static async Task SendAllAsync(ServerProcess server, byte[] traceId)
    {
        (await Wire.PostAsync(server.Url(server.OtlpHttpPort, "/v1/logs"), Bodies.Logs("stopped", "the line"), Wire.Protobuf)).Status.ShouldBe(200);
        (await Wire.PostAsync(server.Url(server.OtlpHttpPort, "/v1/traces"), Bodies.Trace("stopped", traceId, [1, 2, 3, 4, 5, 6, 7, 8]), Wire.Protobuf)).Status.ShouldBe(200);
        (await Wire.PostAsync(server.Url(server.OtlpHttpPort, "/v1/metrics"), Bodies.Metrics("stopped", Bodies.Gauge("g", 1)), Wire.Protobuf)).Status.ShouldBe(200);
    }

    private static async Task<int> QueryLineCountAsync(ServerProcess server)
    {
        var query = Uri.EscapeDataString("{service_name=\"stopped\"}");
        var answer = await Wire.GetAsync(server.Url(server.LokiPort, $"/loki/api/v1/query_range?query={query}&since=1h"));
        answer.Status.ShouldBe(200, answer.Text);
        using var json = JsonDocument.Parse(answer.Body);
        return json.RootElement.GetProperty("data").GetProperty("result").EnumerateArray().Sum(s => s.GetProperty("values").GetArrayLength());
    }
}
