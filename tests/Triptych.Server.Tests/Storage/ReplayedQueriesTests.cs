using System.Globalization;
using System.Text.Json;

namespace Triptych.Server.Tests.Storage;

/// <summary>
/// What queries get while all three write-ahead logs are replayed. Replay stands at a gate, so nothing depends on how fast it is: what is
/// answered before the gate opens was answered without it.
/// </summary>
public sealed class ReplayedQueriesTests
{
    private static readonly string[] Signals = ["metrics", "logs", "traces"];

    [Fact]
    public async Task Queries_over_blocks_are_answered_and_those_over_the_log_are_told_when_to_come_again()
    {
        await using var server = await ReplayingServer.StartAsync(replayWait: "0s");
        await WhenSurveyedAsync(server);
        foreach (var url in All(server, server.Then))
        {
            var answer = await Wire.GetAsync(url);
            answer.Status.ShouldBe(200, $"{url}: {answer.Text}");
            answer.Text.ShouldContain(Expected(url), Case.Sensitive, url.ToString());
        }

        foreach (var at in new[] { server.Now, server.Late })
        {
            foreach (var url in All(server, at))
            {
                var answer = await Wire.GetAsync(url);
                (answer.Status, answer.RetryAfter).ShouldBe((503, "5"), $"{url}: {answer.Text}");
                answer.Text.ShouldContain($"{SignalOf(server, url)}: the write-ahead log is being replayed", Case.Sensitive, url.ToString());
                answer.Text.ShouldContain("bytes are done", Case.Sensitive, url.ToString());
            }
        }

        // Between what is late and what is new there is nothing in the log, and that is known.
        foreach (var url in All(server, server.Now - TimeSpan.FromHours(1.9)).Where(u => u.Port != server.Tempo("/").Port))
        {
            (await Wire.GetAsync(url)).Status.ShouldBe(200, url.ToString());
        }

        // Exemplars have times of their own; what senders say about metrics has none.
        var exemplars = await Wire.GetAsync(Exemplars(server));
        (exemplars.Status, exemplars.RetryAfter).ShouldBe((503, "5"), exemplars.Text);
        exemplars.Text.ShouldContain("\"unavailable\"");
        (await Wire.GetAsync(server.Prometheus("/api/v1/metadata"))).Status.ShouldBe(503);
        (await Wire.GetAsync(server.Tempo("/api/traces/" + Convert.ToHexStringLower(ReplayingServer.TraceOf(1))))).Status.ShouldBe(503, "a trace may have spans at any time");

        server.OpenGate();
        await server.WhenReadyAsync();
        (await Wire.GetAsync(Exemplars(server))).Text.ShouldContain("abc");
        await ShouldHaveEachOnceAsync(server);
    }

    [Fact]
    public async Task Queries_over_the_log_wait_for_it_and_have_everything_once()
    {
        await using var server = await ReplayingServer.StartAsync(replayWait: "1h");
        var waiting = All(server, server.Now).Concat(All(server, server.Late)).Select(url => Wire.GetAsync(url)).ToList();

        // More of them than there are slots for queries, and still those over blocks are answered.
        foreach (var url in All(server, server.Then)) (await Wire.GetAsync(url)).Status.ShouldBe(200, url.ToString());
        waiting.ShouldAllBe(w => !w.IsCompleted);
        server.OpenGate();
        foreach (var (url, answer) in All(server, server.Now).Concat(All(server, server.Late)).Zip(await Task.WhenAll(waiting)))
        {
            answer.Status.ShouldBe(200, $"{url}: {answer.Text}");
            answer.Text.ShouldContain(Expected(url), Case.Sensitive, url.ToString());
        }

        await server.WhenReadyAsync();
        await ShouldHaveEachOnceAsync(server);
    }

    [Fact]
    public async Task How_far_replay_is_stands_in_metrics_and_status()
    {
        await using var server = await ReplayingServer.StartAsync(replayWait: "0s");
        await WhenSurveyedAsync(server);
        (await Wire.GetAsync(server.Ui("/-/ready"))).Status.ShouldBe(503);
        foreach (var signal in Signals)
        {
            var replay = await ReplayOfAsync(server, signal);
            replay.GetProperty("done").GetBoolean().ShouldBeFalse();
            replay.GetProperty("bytesDone").GetInt64().ShouldBe(0);
            replay.GetProperty("bytesTotal").GetInt64().ShouldBeGreaterThan(100);
        }

        server.OpenGate();
        await server.WhenReadyAsync();
        var metrics = (await Wire.GetAsync(server.Ui("/metrics"))).Text.Split('\n');
        foreach (var signal in Signals)
        {
            var replay = await ReplayOfAsync(server, signal);
            replay.GetProperty("done").GetBoolean().ShouldBeTrue();
            var total = replay.GetProperty("bytesTotal").GetInt64();
            replay.GetProperty("bytesDone").GetInt64().ShouldBe(total);
            replay.GetProperty("records").GetInt64().ShouldBe(2);
            metrics.ShouldContain($"triptych_wal_replay_size_bytes{{signal=\"{signal}\"}} {total}");
            metrics.ShouldContain($"triptych_wal_replay_done_bytes{{signal=\"{signal}\"}} {total}");
            metrics.ShouldContain($"triptych_wal_replay_records{{signal=\"{signal}\"}} 2");
            metrics.ShouldContain(line => line.StartsWith($"triptych_wal_replay_duration_seconds{{signal=\"{signal}\"}} ", StringComparison.Ordinal));
        }
    }

    /// <summary>Everything that was sent, over all times: nothing missing, nothing doubled.</summary>
    private static async Task ShouldHaveEachOnceAsync(ReplayingServer server)
    {
        var samples = await JsonAsync(server.Prometheus($"/api/v1/query?query=replayed_gauge[9h]&time={Seconds(server.Now)}"));
        samples.GetProperty("data").GetProperty("result")[0].GetProperty("values").EnumerateArray().Select(v => v[1].GetString()).ShouldBe(["1", "2", "3"]);
        var lines = await JsonAsync(Lines(server, server.Then - TimeSpan.FromMinutes(5), server.Now + TimeSpan.FromMinutes(5)));
        lines.GetProperty("data").GetProperty("result").EnumerateArray().SelectMany(s => s.GetProperty("values").EnumerateArray())
            .Select(v => v[1].GetString()).Order(StringComparer.Ordinal).ShouldBe(["line 1", "line 2", "line 3"]);
        for (byte number = 1; number <= 3; number++)
        {
            var trace = await JsonAsync(server.Tempo("/api/traces/" + Convert.ToHexStringLower(ReplayingServer.TraceOf(number))));
            trace.GetProperty("batches").EnumerateArray().SelectMany(b => b.GetProperty("scopeSpans").EnumerateArray())
                .Sum(s => s.GetProperty("spans").GetArrayLength()).ShouldBe(1);
        }
    }

    /// <summary>Queries and look-ups of all three signals that want what was sent at a time and nothing far from it.</summary>
    private static List<Uri> All(ReplayingServer server, DateTimeOffset at)
    {
        var (from, to) = (at - TimeSpan.FromMinutes(4), at + TimeSpan.FromMinutes(1));
        var range = $"start={Seconds(from)}&end={Seconds(to)}";
        return
        [
            server.Prometheus($"/api/v1/query?query=replayed_gauge&time={Seconds(at)}"),
            server.Prometheus($"/api/v1/query_range?query=replayed_gauge&step=30&{range}"),
            server.Prometheus($"/api/v1/series?match[]=replayed_gauge&{range}"),
            server.Prometheus($"/api/v1/labels?match[]=replayed_gauge&{range}"),
            server.Prometheus($"/api/v1/label/__name__/values?{range}"),
            Lines(server, from, to),
            server.Loki($"/loki/api/v1/labels?{LokiRange(from, to)}"),
            server.Loki($"/loki/api/v1/label/service_name/values?{LokiRange(from, to)}"),
            server.Loki($"/loki/api/v1/series?{LokiRange(from, to)}"),
            server.Loki($"/loki/api/v1/index/stats?query={Selector}&{LokiRange(from, to)}"),
            server.Tempo($"/api/search?q={Uri.EscapeDataString("{}")}&{range}"),
            server.Tempo($"/api/v2/search/tags?{range}"),
            server.Tempo($"/api/v2/search/tag/resource.service.name/values?{range}"),
            server.Tempo($"/api/metrics/query_range?step=60s&q={Uri.EscapeDataString("{} | rate()")}&{range}"),
        ];
    }

    /// <summary>What an answer that has the data in it contains.</summary>
    private static string Expected(Uri url) => url.AbsolutePath switch
    {
        "/api/v1/labels" => "__name__",
        "/loki/api/v1/query_range" => "line ",
        "/loki/api/v1/labels" or "/api/v2/search/tags" => "service",
        "/loki/api/v1/index/stats" => "\"entries\":1",
        "/api/metrics/query_range" => "samples",
        _ => "replayed",
    };

    private static string SignalOf(ReplayingServer server, Uri url) =>
        url.Port == server.Prometheus("/").Port ? "metrics" : url.Port == server.Loki("/").Port ? "logs" : "traces";

    private static Uri Lines(ReplayingServer server, DateTimeOffset from, DateTimeOffset to) =>
        server.Loki($"/loki/api/v1/query_range?query={Selector}&{LokiRange(from, to)}");

    private static Uri Exemplars(ReplayingServer server)
    {
        var at = server.ExemplarAt;
        return server.Prometheus($"/api/v1/query_exemplars?query=replayed_gauge&start={Seconds(at - TimeSpan.FromMinutes(1))}&end={Seconds(at + TimeSpan.FromMinutes(1))}");
    }

    private static string Selector => Uri.EscapeDataString($"{{service_name=\"{ReplayingServer.Service}\"}}");

    private static string LokiRange(DateTimeOffset from, DateTimeOffset to) =>
        string.Create(CultureInfo.InvariantCulture, $"start={from.ToUnixTimeMilliseconds()}000000&end={to.ToUnixTimeMilliseconds()}000000");

    private static string Seconds(DateTimeOffset at) => (at.ToUnixTimeSeconds() + 1).ToString(CultureInfo.InvariantCulture);

    /// <summary>The heads of records were looked at; before that nothing is known of any range.</summary>
    private static async Task WhenSurveyedAsync(ReplayingServer server)
    {
        foreach (var url in All(server, server.Then))
        {
            for (var tries = 0; tries < 6000 && (await Wire.GetAsync(url)).Status == 503; tries++) await Task.Delay(20);
        }
    }

    private static async Task<JsonElement> ReplayOfAsync(ReplayingServer server, string signal)
    {
        var status = await JsonAsync(server.Ui("/api/triptych/v1/status/storage"));
        return status.GetProperty("signals").GetProperty(signal).GetProperty("replay");
    }

    private static async Task<JsonElement> JsonAsync(Uri url)
    {
        var answer = await Wire.GetAsync(url);
        answer.Status.ShouldBe(200, $"{url}: {answer.Text}");
        using var json = JsonDocument.Parse(answer.Body);
        return json.RootElement.Clone();
    }
}
