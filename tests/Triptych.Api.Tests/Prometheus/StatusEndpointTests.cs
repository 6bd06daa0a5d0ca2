using System.Text.Json;
using Triptych.Api.Prometheus;

namespace Triptych.Api.Tests.Prometheus;

public sealed class StatusEndpointTests : IAsyncLifetime
{
    private PrometheusServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await PrometheusServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("rules", """{"groups":[]}""")]
    [InlineData("rules?type=alert", """{"groups":[]}""")]
    [InlineData("alerts", """{"alerts":[]}""")]
    [InlineData("alertmanagers", """{"activeAlertmanagers":[],"droppedAlertmanagers":[]}""")]
    [InlineData("features", "{}")]
    [InlineData("notifications", "[]")]
    [InlineData("scrape_pools", """{"scrapePools":["app","node"]}""")]
    [InlineData("status/flags", """{"query.timeout":"2m"}""")]
    [InlineData("status/config", """{"yaml":"a: 1\n"}""")]
    [InlineData("status/walreplay", """{"min":1,"max":9,"current":4}""")]
    [InlineData("status/buildinfo", """{"version":"1.2.3","revision":"abc","branch":"","buildUser":"","buildDate":"","goVersion":""}""")]
    public async Task Status_answers_have_the_shapes_of_Prometheus(string path, string data) =>
        (await _server.DataAsync("/api/v1/" + path)).ShouldBe(data);

    [Fact]
    public async Task Rules_of_an_unknown_type_are_refused()
    {
        var (status, body) = await _server.GetAsync("/api/v1/rules?type=x");
        status.ShouldBe(400);
        body.ShouldContain("not supported value");
    }

    [Fact]
    public async Task Runtimeinfo_tells_times_and_limits()
    {
        using var document = JsonDocument.Parse(await _server.DataAsync("/api/v1/status/runtimeinfo"));
        var info = document.RootElement;
        info.GetProperty("startTime").GetString().ShouldBe("1970-01-01T00:00:00Z");
        info.GetProperty("serverTime").GetString().ShouldBe("1970-01-01T00:16:40Z");
        info.GetProperty("lastConfigTime").GetString().ShouldBe("1970-01-01T00:00:01.5Z");
        info.GetProperty("corruptionCount").GetInt64().ShouldBe(3);
        info.GetProperty("GOMAXPROCS").GetInt32().ShouldBe(Environment.ProcessorCount);
        info.GetProperty("storageRetention").GetString().ShouldBe("15d");
    }

    [Fact]
    public async Task Tsdb_counts_series_by_what_makes_them()
    {
        _server.Add("up,job=a", 1);
        _server.Add("up,job=bcd", 1);
        _server.Add("down,job=a", 1);
        (await _server.DataAsync("/api/v1/status/tsdb?limit=1")).ShouldBe(
            """{"headStats":{"numSeries":3,"numLabelPairs":4},"seriesCountByMetricName":[{"name":"up","value":2}]""" +
            ""","labelValueCountByLabelName":[{"name":"__name__","value":2}],"memoryInBytesByLabelName":[{"name":"__name__","value":6}]""" +
            ""","seriesCountByLabelValuePair":[{"name":"__name__=up","value":2}]}""");
        (await _server.GetAsync("/api/v1/status/tsdb?limit=10001")).Status.ShouldBe(400);
        (await _server.GetAsync("/api/v1/status/tsdb?limit=0")).Status.ShouldBe(400);
    }

    [Fact]
    public async Task Targets_are_told_by_state_and_pool()
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal) { ["job"] = "node", ["instance"] = "h:1" };
        _server.ActiveTargets =
        [
            new TargetView
            {
                ScrapePool = "node",
                ScrapeUrl = "http://h:1/metrics",
                GlobalUrl = "http://h:1/metrics",
                DiscoveredLabels = labels,
                Labels = labels,
                Health = TargetHealth.Down,
                LastError = "refused",
                LastScrape = DateTimeOffset.UnixEpoch.AddSeconds(2),
                LastScrapeDuration = TimeSpan.FromMilliseconds(250),
                ScrapeInterval = TimeSpan.FromSeconds(15),
                ScrapeTimeout = TimeSpan.FromSeconds(10),
            },
        ];
        _server.DroppedTargets = [new DroppedTargetView("app", labels)];
        const string Active =
            """{"discoveredLabels":{"instance":"h:1","job":"node"},"labels":{"instance":"h:1","job":"node"}""" +
            ""","scrapePool":"node","scrapeUrl":"http://h:1/metrics","globalUrl":"http://h:1/metrics","lastError":"refused",""" +
            "\"lastScrape\":\"1970-01-01T00:00:02Z\"," +
            "\"lastScrapeDuration\":0.25,\"health\":\"down\",\"scrapeInterval\":\"15s\",\"scrapeTimeout\":\"10s\"}";
        const string Dropped = """{"discoveredLabels":{"instance":"h:1","job":"node"},"scrapePool":"app"}""";
        (await _server.DataAsync("/api/v1/targets")).ShouldBe(
            $$$"""{"activeTargets":[{{{Active}}}],"droppedTargets":[{{{Dropped}}}],"droppedTargetCounts":{"app":1}}""");
        (await _server.DataAsync("/api/v1/targets?state=active")).ShouldContain("\"droppedTargets\":[],");
        (await _server.DataAsync("/api/v1/targets?state=dropped")).ShouldStartWith("{\"activeTargets\":[],\"droppedTargets\":[{");
        (await _server.DataAsync("/api/v1/targets?scrapePool=app")).ShouldStartWith("{\"activeTargets\":[],\"droppedTargets\":[{");
    }
}
