using System.Text.Json;

namespace Triptych.Server.Tests.Hosting;

/// <summary>What a start tells of the write-ahead log that it reads.</summary>
public sealed class DamagedWalTests
{
    [Fact]
    public async Task A_stretch_that_cannot_be_read_is_told_by_metrics_and_by_the_status_and_the_rest_is_there()
    {
        await using var server = new ServerProcess();
        await server.StartAsync();
        foreach (var line in new[] { "first", "second", "third" })
        {
            (await Wire.PostAsync(server.Url(server.OtlpHttpPort, "/v1/logs"), Bodies.Logs("damaged", line), Wire.Protobuf)).Status.ShouldBe(200);
        }

        (await Wire.PostAsync(server.Url(server.PrometheusPort, "/api/v1/write"), Wire.SnappyBlock(Bodies.RemoteWrite("m", 1)), Wire.Protobuf)).Status.ShouldBe(204);
        (await QuarantinedAsync(server)).ShouldBe(("0", "0", 0L, 0L));
        await server.KillAsync();
        var file = Directory.EnumerateFiles(server.DataDirectory, "*.wal", SearchOption.AllDirectories).Single(
            f => f.Contains("logs", StringComparison.Ordinal));
        var bytes = await File.ReadAllBytesAsync(file);
        bytes[bytes.Length / 2] ^= 0xff;
        await File.WriteAllBytesAsync(file, bytes);

        await server.StartAsync();
        (await QuarantinedAsync(server)).ShouldBe(("0", "1", 0L, 1L));
        using var lines = JsonDocument.Parse(
            (await Wire.GetAsync(server.Url(server.LokiPort, "/loki/api/v1/query_range?query={service_name=\"damaged\"}"))).Body);
        lines.RootElement.GetProperty("data").GetProperty("result").EnumerateArray().Sum(s => s.GetProperty("values").GetArrayLength()).ShouldBe(2);
        using var info = JsonDocument.Parse((await Wire.GetAsync(server.Url(server.PrometheusPort, "/api/v1/status/runtimeinfo"))).Body);
        info.RootElement.GetProperty("data").GetProperty("corruptionCount").GetInt64().ShouldBe(1);
    }

    [Fact]
    public async Task Walreplay_counts_segments_as_Prometheus_does()
    {
        await using var server = new ServerProcess();
        await server.StartAsync();
        (await ReplayAsync(server)).ShouldBe((0L, 0L, 0L));
        for (var segment = 1; segment <= 2; segment++)
        {
            var body = Wire.SnappyBlock(Bodies.RemoteWrite("replayed", segment));
            (await Wire.PostAsync(server.Url(server.PrometheusPort, "/api/v1/write"), body, Wire.Protobuf)).Status.ShouldBe(204);
            await server.KillAsync();
            await server.StartAsync();
            (await ReplayAsync(server)).ShouldBe((1L, (long)segment, (long)segment));
        }
    }

    private static async Task<(long Min, long Max, long Current)> ReplayAsync(ServerProcess server)
    {
        using var json = JsonDocument.Parse((await Wire.GetAsync(server.Url(server.PrometheusPort, "/api/v1/status/walreplay"))).Body);
        var data = json.RootElement.GetProperty("data");
        return (data.GetProperty("min").GetInt64(), data.GetProperty("max").GetInt64(), data.GetProperty("current").GetInt64());
    }

    private static async Task<(string Metrics, string Logs, long StatusOfMetrics, long StatusOfLogs)> QuarantinedAsync(ServerProcess server)
    {
        var lines = (await Wire.GetAsync(server.Url(server.UiPort, "/metrics"))).Text.Split('\n');
        using var status = JsonDocument.Parse((await Wire.GetAsync(server.Url(server.UiPort, "/api/triptych/v1/status/sources"))).Body);
        var signals = status.RootElement.GetProperty("signals");
        return (Exposed("metrics"), Exposed("logs"), Told("metrics"), Told("logs"));

        string Exposed(string signal) => lines.Single(l => l.StartsWith($"triptych_wal_quarantined_total{{signal=\"{signal}\"}} ", StringComparison.Ordinal)).Split(' ')[1];
        long Told(string signal) => signals.GetProperty(signal).GetProperty("walQuarantined").GetInt64();
    }
}
