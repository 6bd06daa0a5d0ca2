using System.Text;
using System.Text.Json;

namespace Triptych.Server.Tests.Intake;

/// <summary>A tenant that sends more series than are indexed in memory, as its users and its operator see it.</summary>
public sealed class SeriesLimitTests : IAsyncLifetime
{
    private const int Series = 12;
    private const int Limit = 5;
    private readonly ServerProcess _server = new();

    public async ValueTask InitializeAsync()
    {
        _server.Set("TRIPTYCH_INGEST_MAX_ACTIVE_SERIES", $"{Limit}");
        await _server.StartAsync();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Series_beyond_the_limit_are_accepted_found_and_told_of()
    {
        await SendAsync(1);
        await SendAsync(2);
        var (value, infos) = await AskAsync("sum(load)");
        value.ShouldBe($"{2 * Series * (Series + 1) / 2}");
        infos.ShouldContain("ingest.max_active_series");
        (await AskAsync("load{s=\"3\"}")).ShouldBe(("6", ""));

        using var sources = JsonDocument.Parse((await Wire.GetAsync(_server.Url(_server.UiPort, "/api/triptych/v1/status/sources"))).Body);
        sources.RootElement.GetProperty("signals").GetProperty("metrics").GetProperty("refusedTotal").GetInt64().ShouldBe(0);
        var over = sources.RootElement.GetProperty("seriesOverLimit").EnumerateArray().ToList().ShouldHaveSingleItem();
        over.GetProperty("limit").GetInt32().ShouldBe(Limit);
        over.GetProperty("overflowSeries").GetInt32().ShouldBe(Series - Limit);
        over.GetProperty("overflowSamples").GetInt64().ShouldBe(2 * (Series - Limit));

        var metrics = (await Wire.GetAsync(_server.Url(_server.UiPort, "/metrics"))).Text;
        metrics.ShouldContain($"triptych_series_active {Limit}\n");
        metrics.ShouldContain($"triptych_series_overflow {Series - Limit}\n");
        metrics.ShouldContain($"triptych_series_overflow_samples_total {2 * (Series - Limit)}\n");
        _server.Error.Split('\n').Count(static l => l.Contains("active series (ingest.max_active_series)", StringComparison.Ordinal)).ShouldBe(1);

        await _server.KillAsync();
        await _server.StartAsync();
        (await AskAsync("count(load)")).Value.ShouldBe($"{Series}");
    }

    private async Task SendAsync(int factor)
    {
        var nanos = (DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds()).ToUnixTimeMilliseconds() + factor) * 1_000_000;
        var points = string.Join(',', Enumerable.Range(1, Series).Select(s =>
            $$$"""{"timeUnixNano":"{{{nanos}}}","asDouble":{{{factor * s}}},"attributes":[{"key":"s","value":{"stringValue":"{{{s}}}"}}]}"""));
        var body = $$$"""{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"load","gauge":{"dataPoints":[{{{points}}}]}}]}]}]}""";
        var answer = await Wire.PostAsync(_server.Url(_server.OtlpHttpPort, "/v1/metrics"), Encoding.UTF8.GetBytes(body), Wire.Json);
        answer.Status.ShouldBe(200, answer.Text);
        answer.Text.ShouldNotContain("rejected");
    }

    private async Task<(string Value, string Infos)> AskAsync(string query)
    {
        var answer = await Wire.GetAsync(_server.Url(_server.PrometheusPort, $"/api/v1/query?query={Uri.EscapeDataString(query)}"));
        answer.Status.ShouldBe(200, answer.Text);
        using var json = JsonDocument.Parse(answer.Body);
        var series = json.RootElement.GetProperty("data").GetProperty("result").EnumerateArray().ToList().ShouldHaveSingleItem();
        return (series.GetProperty("value")[1].GetString()!, json.RootElement.TryGetProperty("infos", out var infos) ? infos.ToString() : "");
    }
}
