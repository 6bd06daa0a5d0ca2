using Triptych.Columnar.Samples;
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
    [InlineData("rules?group_limit=2&exclude_alerts=true&match[]={a=\"b\"}", """{"groups":[]}""")]
    [InlineData("notifications", "[]")]
    [InlineData("scrape_pools", """{"scrapePools":["app","node"]}""")]
    [InlineData("status/flags", """{"query.timeout":"2m"}""")]
    [InlineData("status/config", """{"yaml":"a: 1\n"}""")]
    [InlineData("status/walreplay", """{"min":1,"max":9,"current":4}""")]
    [InlineData("status/buildinfo", """{"version":"1.2.3","revision":"abc","branch":"","buildUser":"","buildDate":"","goVersion":""}""")]
    public async Task Status_answers_have_the_shapes_of_Prometheus(string path, string data) =>
        (await _server.DataAsync("/api/v1/" + path)).ShouldBe(data);

    [Theory]
    [InlineData("type=x", "invalid parameter \"type\": not supported value \"x\"")]
    [InlineData("exclude_alerts=maybe", "invalid parameter \"exclude_alerts\": error converting exclude_alerts: ")]
    [InlineData("match[]={", "1:2: parse error: ")]
    [InlineData("group_next_token=abc", "invalid parameter \"group_next_token\": group_limit needs to be present in order to paginate over the groups")]
    [InlineData("group_limit=0", "invalid parameter \"group_limit\": group_limit needs to be greater than 0")]
    [InlineData("group_limit=x", "invalid parameter \"group_limit\": group_limit needs to be a valid number: ")]
    [InlineData("group_limit=1&group_next_token=abc", "invalid parameter \"group_next_token\": invalid group_next_token 'abc'. were rule groups changed?")]
    public async Task Rules_are_asked_for_as_in_Prometheus_or_refused(string parameters, string reason)
    {
        var (status, body) = await _server.GetAsync("/api/v1/rules?" + parameters);
        status.ShouldBe(400);
        using var document = JsonDocument.Parse(body);
        document.RootElement.GetProperty("errorType").GetString().ShouldBe("bad_data");
        document.RootElement.GetProperty("error").GetString()!.ShouldStartWith(reason);
    }

    [Fact]
    public async Task Live_notifications_end_at_once() => (await _server.GetAsync("/api/v1/notifications/live")).ShouldBe((204, ""));

    [Fact]
    public async Task Features_tell_what_is_on()
    {
        await using var server = await PrometheusServer.StartAsync("promql-experimental-functions", "promql-extended-range-selectors");
        using var off = JsonDocument.Parse(await _server.DataAsync("/api/v1/features"));
        using var on = JsonDocument.Parse(await server.DataAsync("/api/v1/features"));
        on.RootElement.EnumerateObject().Select(p => p.Name).ShouldBe(["api", "promql", "promql_functions", "promql_operators"]);
        foreach (var (category, feature) in (IEnumerable<(string, string)>)
            [("promql_functions", "info"), ("promql_operators", "limitk"), ("promql", "anchored")])
        {
            off.RootElement.GetProperty(category).GetProperty(feature).GetBoolean().ShouldBeFalse();
            on.RootElement.GetProperty(category).GetProperty(feature).GetBoolean().ShouldBeTrue();
        }

        on.RootElement.GetProperty("promql").GetProperty("delayed_name_removal").GetBoolean().ShouldBeFalse();
        off.RootElement.GetProperty("promql_functions").GetProperty("rate").GetBoolean().ShouldBeTrue();
        off.RootElement.GetProperty("promql_operators").GetProperty("=~").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task Metadata_of_targets_is_that_of_the_metrics_they_have_now()
    {
        _server.ActiveTargets = [Target("a"), Target("b")];
        _server.Source.Metadata.AddRange(
            [new("up", "gauge", "", "Up."), new("up", "gauge", "", "Old."), new("x", "counter", "s", "X."), new("gone", "gauge", "", "")]);
        const long Recent = PrometheusServer.NowMs - 1000;
        _server.Source.Samples.Add(Labels(("__name__", "up"), ("job", "a"), ("instance", "i")), Recent, 1);
        _server.Source.Samples.Add(Labels(("__name__", "x_total"), ("job", "b"), ("instance", "i")), Recent, 1);
        _server.Source.Samples.Add(Labels(("__name__", "gone"), ("job", "b"), ("instance", "i")), 0, 1);
        const string OfA = """{"target":{"instance":"i","job":"a"},"metric":"up","type":"gauge","help":"Up.","unit":""}""";
        const string OfB = """{"target":{"instance":"i","job":"b"},"metric":"x","type":"counter","help":"X.","unit":"s"}""";
        (await _server.DataAsync("/api/v1/targets/metadata")).ShouldBe($"[{OfA},{OfB}]");
        (await _server.DataAsync("/api/v1/targets/metadata?match_target={job=\"b\"}")).ShouldBe($"[{OfB}]");
        (await _server.DataAsync("/api/v1/targets/metadata?limit=1")).ShouldBe($"[{OfA}]");
        (await _server.DataAsync("/api/v1/targets/metadata?metric=up")).ShouldBe("[" + OfA.Replace("\"metric\":\"up\",", "", StringComparison.Ordinal) + "]");
        (await _server.GetAsync("/api/v1/targets/metadata?match_target={")).Body.ShouldContain("invalid parameter \\\"match_target\\\": 1:2: parse error");
        (await _server.GetAsync("/api/v1/targets/metadata?limit=x")).Body.ShouldBe(
            """{"status":"error","errorType":"bad_data","error":"limit must be a number"}""");
    }

    private static Dictionary<string, string> Labels(params (string Name, string Value)[] labels) =>
        labels.ToDictionary(l => l.Name, l => l.Value, StringComparer.Ordinal);

    private static TargetView Target(string job) => new()
    {
        ScrapePool = job,
        ScrapeUrl = "http://i/metrics",
        GlobalUrl = "http://i/metrics",
        DiscoveredLabels = Labels(("job", job)),
        Labels = Labels(("job", job), ("instance", "i")),
        ScrapeInterval = TimeSpan.FromSeconds(15),
        ScrapeTimeout = TimeSpan.FromSeconds(10),
    };

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
        var block = new StoredBlock(Guid.Parse("019a0000-0000-7abc-8000-0123456789ab"), 1, 1000, 5000, 2, 40);
        _server.Source.Stored = new StoredSamples(5, 4000, 9000, [block]);
        (await _server.DataAsync("/api/v1/status/tsdb/blocks")).ShouldBe(
            """{"blocks":[{"ulid":"01K8000000FAY800014D2PF2DB","minTime":1000,"maxTime":5001,"stats":{"numSamples":40,"numSeries":2,"numChunks":2}""" +
            ""","compaction":{"level":2,"sources":["01K8000000FAY800014D2PF2DB"]},"version":1}]}""");
        (await _server.DataAsync("/api/v1/status/tsdb?limit=1")).ShouldBe(
            """{"headStats":{"numSeries":3,"numLabelPairs":4,"chunkCount":7,"minTime":1000,"maxTime":9000},"seriesCountByMetricName":[{"name":"up","value":2}]""" +
            ""","labelValueCountByLabelName":[{"name":"__name__","value":2}],"memoryInBytesByLabelName":[{"name":"__name__","value":6}]""" +
            ""","seriesCountByLabelValuePair":[{"name":"__name__=up","value":2}]}""");
        (await _server.GetAsync("/api/v1/status/tsdb?limit=10001")).Status.ShouldBe(400);
        (await _server.GetAsync("/api/v1/status/tsdb?limit=0")).Status.ShouldBe(400);
    }

    [Fact]
    public async Task Relabel_steps_are_none_and_what_is_behind_switches_is_refused_by_name()
    {
        (await _server.DataAsync("/api/v1/targets/relabel_steps?scrapePool=node&labels=%7B%22a%22:%22b%22%7D")).ShouldBe("""{"steps":[]}""");
        await RefusedAsync("/api/v1/targets/relabel_steps?labels=%7B%7D", 400, "no scrapePool parameter provided");
        await RefusedAsync("/api/v1/targets/relabel_steps?scrapePool=node", 400, "no labels parameter provided");
        await RefusedAsync("/api/v1/targets/relabel_steps?scrapePool=node&labels=%5B1%5D", 400, "error parsing labels");
        await RefusedAsync("/api/v1/targets/relabel_steps?scrapePool=x&labels=%7B%7D", 400, "scrape pool \\\"x\\\" not found");
        await RefusedAsync("/api/v1/search/metric_names", 500, "search-api");
        (await _server.PostAsync("/api/v1/admin/tsdb/snapshot")).Body.ShouldContain("triptych backup");
        (await _server.PostAsync("/-/reload")).ShouldBe((403, "Lifecycle API is not enabled.\n"));
        (await _server.GetAsync("/version")).Body.ShouldStartWith("""{"version":"1.2.3","revision":"abc",""");

        async Task RefusedAsync(string path, int expected, string text)
        {
            var (status, body) = await _server.GetAsync(path);
            status.ShouldBe(expected, body);
            body.ShouldContain(text);
        }
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
            $$$"""{"activeTargets":[{{{Active}}}],"droppedTargets":[{{{Dropped}}}],"droppedTargetCounts":{"app":1,"node":0}}""");
        (await _server.DataAsync("/api/v1/targets?state=active")).ShouldEndWith("\"droppedTargets\":[],\"droppedTargetCounts\":null}");
        (await _server.DataAsync("/api/v1/targets?state=dropped")).ShouldStartWith("{\"activeTargets\":[],\"droppedTargets\":[{");
        (await _server.DataAsync("/api/v1/targets?scrapePool=app")).ShouldStartWith("{\"activeTargets\":[],\"droppedTargets\":[{");
    }
}
