using System.Text;
using System.Text.Json;
using Triptych.Ingest.Exposition;

namespace Triptych.Server.Tests.Hosting;

public sealed class SelfReportTests(DefaultServer server)
{
    [Fact]
    public async Task Metrics_are_valid_exposition_with_what_operators_look_for()
    {
        (await Wire.PostAsync(server.Url(server.OtlpHttpPort, "/v1/logs"), Bodies.Logs("self", "x"), Wire.Protobuf)).Status.ShouldBe(200);
        (await Wire.PostAsync(server.Url(server.OtlpHttpPort, "/v1/logs"), [0xff], Wire.Protobuf)).Status.ShouldBe(400);
        var answer = await Wire.GetAsync(server.Url(server.UiPort, "/metrics"));
        (answer.Status, answer.ContentType).ShouldBe((200, "text/plain"));
        var (samples, error) = Parse(answer.Body);
        error.ShouldBeNull();
        var names = samples.Keys.Select(k => k.Split('{')[0]).ToHashSet();
        foreach (var name in new[]
        {
            "triptych_build_info", "process_cpu_seconds_total", "process_resident_memory_bytes", "process_start_time_seconds", "process_open_fds",
            "triptych_ingest_accepted_total", "triptych_ingest_refused_total", "triptych_ingest_bytes_in_flight",
        }) names.ShouldContain(name);
        names.ShouldContain(n => n.StartsWith("triptych_", StringComparison.Ordinal) && n.Contains("wal", StringComparison.Ordinal), string.Join(' ', names));
        samples["triptych_ingest_accepted_total{protocol=\"otlp_http\",signal=\"logs\"}"].ShouldBeGreaterThan(0);
        samples["triptych_ingest_refused_total{protocol=\"otlp_http\",signal=\"logs\",reason=\"malformed\"}"].ShouldBeGreaterThan(0);
        samples["triptych_ingest_bytes_in_flight_limit"].ShouldBe(64 * 1024 * 1024);
        samples["process_resident_memory_bytes"].ShouldBeInRange(10e6, 1e9);
    }

    [Fact]
    public async Task Metric_families_are_described_once_and_stand_together()
    {
        var lines = (await Wire.GetAsync(server.Url(server.UiPort, "/metrics"))).Text.Split('\n');
        var types = lines.Where(l => l.StartsWith("# TYPE ", StringComparison.Ordinal)).Select(l => l.Split(' ')[2]).ToList();
        types.ShouldBeUnique();
        var samples = lines.Where(l => l.Length > 0 && l[0] != '#').Select(l => l[..l.LastIndexOf(' ')]).ToList();
        samples.ShouldBeUnique();
    }

    [Fact]
    public async Task Sources_are_told_with_counts_and_reasons()
    {
        (await Wire.PostAsync(server.Url(server.LokiPort, "/loki/api/v1/push"), Bodies.PushJson("sources", "x"), Wire.Json)).Status.ShouldBe(204);
        (await Wire.PostAsync(server.Url(server.LokiPort, "/loki/api/v1/push"), "nonsense"u8.ToArray(), Wire.Json)).Status.ShouldBe(400);
        var answer = await Wire.GetAsync(server.Url(server.UiPort, "/api/triptych/v1/status/sources"));
        (answer.Status, answer.ContentType).ShouldBe((200, Wire.Json));
        using var json = JsonDocument.Parse(answer.Body);
        var root = json.RootElement;
        foreach (var signal in new[] { "metrics", "logs", "traces" })
        {
            var own = root.GetProperty("signals").GetProperty(signal);
            own.GetProperty("acceptedTotal").GetInt64().ShouldBeGreaterThanOrEqualTo(0);
            own.GetProperty("perSecond").GetDouble().ShouldBeGreaterThanOrEqualTo(0);
            own.GetProperty("refusedTotal").GetInt64().ShouldBeGreaterThanOrEqualTo(0);
            own.TryGetProperty("lastReceivedUnixMs", out _).ShouldBeTrue();
        }

        var push = root.GetProperty("signals").GetProperty("logs").GetProperty("sources").EnumerateArray().Single(
            s => s.GetProperty("protocol").GetString() == "loki_push");
        push.GetProperty("acceptedTotal").GetInt64().ShouldBeGreaterThan(0);
        push.GetProperty("refusedByReason").GetProperty("malformed").GetInt64().ShouldBeGreaterThan(0);
        root.GetProperty("refusals").EnumerateArray().ShouldContain(
            r => r.GetProperty("protocol").GetString() == "loki_push" && r.GetProperty("detail").GetString()!.Length > 0);
        root.GetProperty("listeners").GetArrayLength().ShouldBe(6);
        root.GetProperty("version").GetString().ShouldNotBeNullOrEmpty();
        root.GetProperty("startedUnixMs").GetInt64().ShouldBeGreaterThan(1_700_000_000_000);
    }

    private static (Dictionary<string, double> Samples, string? Error) Parse(byte[] body)
    {
        var samples = new Dictionary<string, double>(StringComparer.Ordinal);
        var parser = new ExpositionParser(body, ExpositionFormat.Prometheus);
        while (parser.TryRead(out var item))
        {
            if (item == ExpositionItem.Sample) samples[Encoding.UTF8.GetString(parser.SeriesText)] = parser.Value;
        }

        return (samples, parser.Error is null ? null : $"line {parser.Line}: {parser.Error}");
    }
}
