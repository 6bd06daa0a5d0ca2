using System.Text;
using System.Text.Json;

namespace Triptych.Server.Tests.Operations;

/// <summary>What queries would read, told before they do: in memory first, and in blocks after a restart.</summary>
public sealed class PriceTests : IAsyncLifetime
{
    private readonly ServerProcess _server = new();
    private readonly long _now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

    public ValueTask InitializeAsync() => new(_server.StartAsync());

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_query_has_the_price_of_what_it_would_find_in_memory_and_then_in_blocks()
    {
        await SendAsync();
        await ShouldBeAsync("promql", "sum(rate(load[5m]))", inBlocks: false, series: 3, items: 6);
        await ShouldBeAsync("promql", "load{s=\"1\"} + load{s=\"2\"} offset 1m", inBlocks: false, series: 2, items: 4);
        await ShouldBeAsync("promql", "load offset 1d", inBlocks: false, series: 0, items: 0);

        // Lines of several streams lie together, in memory and in a page: all of them is the most that it can be.
        await ShouldBeAsync("logql", "sum(count_over_time({app=\"shop\"}[5m]))", inBlocks: false, series: 1, items: 8);
        await ShouldBeAsync("logql", "{app=~\".+\"} |= \"x\"", inBlocks: false, series: 2, items: 8);
        await ShouldBeAsync("traceql", "{ resource.service.name = \"shop\" }", inBlocks: false, series: 0, items: 1);

        (await _server.StopAsync()).ShouldBe(0, _server.Error);
        await _server.StartAsync();
        await ShouldBeAsync("promql", "sum(rate(load[5m]))", inBlocks: true, series: 3, items: 6);
        await ShouldBeAsync("logql", "{app=\"shop\"}", inBlocks: true, series: 1, items: 8);
        await ShouldBeAsync("logql", "{app=\"none\"}", inBlocks: true, series: 0, items: 0);
        await ShouldBeAsync("traceql", "{ resource.service.name = \"shop\" }", inBlocks: true, series: 0, items: 1);
        await ShouldBeAsync("traceql", "{ } | rate() by (name)", inBlocks: true, series: 0, items: 1);
        await ShouldBeAsync("traceql", "{ resource.service.name = \"none\" }", inBlocks: true, series: 0, items: 0);
    }

    [Theory]
    [InlineData("language=sql&query=1", "language is none of")]
    [InlineData("language=promql", "query is missing")]
    [InlineData("language=promql&query=sum(", "parse error")]
    [InlineData("language=logql&query={", "")]
    [InlineData("language=promql&query=up&start=2&end=1", "end must not be before start")]
    [InlineData("language=promql&query=up&step=-1", "step: ")]
    [InlineData("language=promql&query=up&start=0&end=1000000&step=1", "steps")]
    [InlineData("language=promql&query=up&start=soon", "start: ")]
    public async Task What_has_no_price_is_refused_by_name(string parameters, string reason) =>
        (await Wire.GetAsync(_server.Url(_server.UiPort, $"/api/triptych/v1/query/price?{parameters}"))).ShouldBeOneLine(400, reason);

    private async Task ShouldBeAsync(string language, string query, bool inBlocks, long series, long items)
    {
        var path = $"/api/triptych/v1/query/price?language={language}&query={Uri.EscapeDataString(query)}&start={_now - 60}&end={_now + 60}&step=15";
        var answer = await Wire.GetAsync(_server.Url(_server.UiPort, path));
        answer.Status.ShouldBe(200, answer.Text);
        using var json = JsonDocument.Parse(answer.Body);
        var price = json.RootElement;
        long Number(string name) => price.GetProperty(name).GetInt64();
        Number("series").ShouldBe(series, query);
        Number("memorySeries").ShouldBe(inBlocks ? 0 : series, query);
        Number(inBlocks ? "rows" : "memoryRows").ShouldBe(items, $"{query}: {answer.Text}");
        Number(inBlocks ? "memoryRows" : "rows").ShouldBe(0, query);
        Number("blocks").ShouldBe(inBlocks && items > 0 ? 1 : 0, query);
        (Number("readBytes") > 0).ShouldBe(inBlocks && items > 0, query);
        Number("readBytes").ShouldBeLessThanOrEqualTo(Number("blockBytes"), query);
        price.GetProperty("scans").GetInt32().ShouldBeGreaterThan(0, query);
    }

    private string Point(int number, string series) =>
        $$$"""
        {"timeUnixNano":"{{{(_now - (number / 3)) * 1_000_000_000}}}","asDouble":1,"attributes":[{"key":"s","value":{"stringValue":"{{{series}}}"}}]}
        """;

    private async Task SendAsync()
    {
        var points = string.Join(',', Enumerable.Range(0, 6).Select(i => Point(i, $"{i % 3}")));
        var metrics = $$$"""{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"load","gauge":{"dataPoints":[{{{points}}}]}}]}]}]}""";
        (await Wire.PostAsync(_server.Url(_server.OtlpHttpPort, "/v1/metrics"), Encoding.UTF8.GetBytes(metrics), Wire.Json)).Status.ShouldBe(200);
        foreach (var app in new[] { "shop", "bank" })
        {
            var values = string.Join(',', Enumerable.Range(0, 4).Select(i => $"[\"{(_now - i) * 1_000_000_000}\",\"line {i}\"]"));
            var push = Encoding.UTF8.GetBytes($$$"""{"streams":[{"stream":{"app":"{{{app}}}"},"values":[{{{values}}}]}]}""");
            (await Wire.PostAsync(_server.Url(_server.LokiPort, "/loki/api/v1/push"), push, Wire.Json)).Status.ShouldBe(204);
        }

        var span = Bodies.TraceAt("shop", DateTimeOffset.FromUnixTimeSeconds(_now), Guid.NewGuid().ToByteArray());
        (await Wire.PostAsync(_server.Url(_server.OtlpHttpPort, "/v1/traces"), span, Wire.Protobuf)).Status.ShouldBe(200);
    }
}
