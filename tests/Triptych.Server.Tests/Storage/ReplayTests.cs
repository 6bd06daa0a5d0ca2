using System.Diagnostics;
using System.Text.Json;

namespace Triptych.Server.Tests.Storage;

/// <summary>
/// What is answered while a write-ahead log is replayed. Replay is held up by a segment that is a named pipe, whose opening waits for a writer
/// that never comes: no race against how fast it is.
/// </summary>
public sealed class ReplayTests
{
    [Fact]
    public async Task While_one_signal_replays_its_queries_wait_its_writes_are_refused_and_the_others_go_on()
    {
        await using var server = new ServerProcess();
        foreach (var line in new[] { "first run", "second run" })
        {
            await server.StartAsync();
            (await Wire.PostAsync(server.Url(server.OtlpHttpPort, "/v1/logs"), Bodies.Logs("replay", line), Wire.Protobuf)).Status.ShouldBe(200);
            await server.KillAsync();
        }

        var segment = Directory.GetFiles(Path.Combine(server.DataDirectory, "wal", "logs"), "*.wal").Order(StringComparer.Ordinal).First();
        var aside = Path.Combine(server.Folder, "aside.wal");
        File.Move(segment, aside);
        using (var mkfifo = Process.Start("mkfifo", [segment])) await mkfifo.WaitForExitAsync();

        server.Set("TRIPTYCH_QUERY_TIMEOUT", "1s");
        await server.ListenAsync();
        var ready = await Wire.GetAsync(server.Url(server.UiPort, "/-/ready"));
        ready.Status.ShouldBe(503);
        ready.Text.ShouldContain("logs: replaying the write-ahead log");

        var waiting = Stopwatch.StartNew();
        var query = await QueryAsync(server);
        (query.Status, query.RetryAfter).ShouldBe((503, "5"), query.Text);
        query.Text.ShouldContain("logs: the write-ahead log is being replayed");
        waiting.Elapsed.ShouldBeGreaterThan(TimeSpan.FromSeconds(0.9), "it waited for replay as long as it might");

        var push = await Wire.PostAsync(server.Url(server.OtlpHttpPort, "/v1/logs"), Bodies.Logs("replay", "meanwhile"), Wire.Protobuf);
        (push.Status, push.RetryAfter).ShouldBe((503, "5"), push.Text);
        push.Text.ShouldContain("replaying");
        await WhenMetricsAreReadyAsync(server);
        (await Wire.PostAsync(server.Url(server.OtlpHttpPort, "/v1/metrics"), Bodies.Metrics("replay", Bodies.Gauge("during_replay", 1)), Wire.Protobuf)).Status.ShouldBe(200);
        (await Wire.GetAsync(server.Url(server.PrometheusPort, "/api/v1/query?query=during_replay"))).Text.ShouldContain("\"value\"");

        await server.KillAsync();
        File.Delete(segment);
        File.Move(aside, segment);
        server.Set("TRIPTYCH_QUERY_TIMEOUT", "1m");
        await server.StartAsync();
        using var lines = JsonDocument.Parse((await QueryAsync(server)).Body);
        lines.RootElement.GetProperty("data").GetProperty("result").EnumerateArray().Sum(s => s.GetProperty("values").GetArrayLength()).ShouldBe(2);
    }

    private static Task<Answer> QueryAsync(ServerProcess server) =>
        Wire.GetAsync(server.Url(server.LokiPort, $"/loki/api/v1/query_range?since=1h&query={Uri.EscapeDataString("{service_name=\"replay\"}")}"));

    private static async Task WhenMetricsAreReadyAsync(ServerProcess server)
    {
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < TimeSpan.FromSeconds(60); await Task.Delay(50))
        {
            if (!(await Wire.GetAsync(server.Url(server.UiPort, "/-/ready"))).Text.Contains("metrics:", StringComparison.Ordinal)) return;
        }
    }
}
