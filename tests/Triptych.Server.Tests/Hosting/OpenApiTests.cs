using System.Text.Json;
using YamlDotNet.Serialization;

namespace Triptych.Server.Tests.Hosting;

public sealed class OpenApiTests(DefaultServer server)
{
    [Fact]
    public async Task The_document_tells_of_every_route_and_of_no_other()
    {
        var answer = await Wire.GetAsync(server.Url(server.PrometheusPort, "/api/v1/openapi.yaml"));
        answer.Status.ShouldBe(200);
        var document = new DeserializerBuilder().Build().Deserialize<Dictionary<string, object>>(answer.Text);
        document["openapi"].ShouldBe("3.1.0");
        var paths = (Dictionary<object, object>)document["paths"];
        paths.Keys.Cast<string>().ShouldBe(
            [
                "/-/quit", "/-/reload", "/api/v1/admin/tsdb/clean_tombstones", "/api/v1/admin/tsdb/delete_series", "/api/v1/admin/tsdb/snapshot",
                "/api/v1/alertmanagers", "/api/v1/alerts", "/api/v1/features", "/api/v1/format_query", "/api/v1/label/{name}/values", "/api/v1/labels",
                "/api/v1/metadata", "/api/v1/notifications", "/api/v1/notifications/live", "/api/v1/openapi.yaml", "/api/v1/otlp/v1/metrics",
                "/api/v1/parse_query", "/api/v1/query", "/api/v1/query_exemplars", "/api/v1/query_range", "/api/v1/read", "/api/v1/rules",
                "/api/v1/scrape_pools", "/api/v1/search/label_names", "/api/v1/search/label_values", "/api/v1/search/metric_names", "/api/v1/series",
                "/api/v1/status/buildinfo", "/api/v1/status/config", "/api/v1/status/flags", "/api/v1/status/runtimeinfo", "/api/v1/status/self_metrics",
                "/api/v1/status/tsdb", "/api/v1/status/tsdb/blocks", "/api/v1/status/walreplay", "/api/v1/targets", "/api/v1/targets/metadata",
                "/api/v1/targets/relabel_steps", "/api/v1/write", "/federate", "/version",
            ],
            ignoreOrder: true);
        foreach (var (path, operations) in paths)
        {
            foreach (var (method, operation) in (Dictionary<object, object>)operations)
            {
                ((Dictionary<object, object>)operation)["summary"].ShouldBeOfType<string>().ShouldNotBeEmpty($"{method} {path} has no description");
                var url = server.Url(server.PrometheusPort, ((string)path).Replace("{name}", "job", StringComparison.Ordinal));
                var request = new HttpRequestMessage(new HttpMethod(((string)method).ToUpperInvariant()), url);
                (await Wire.SendAsync(request)).Status.ShouldNotBeOneOf([404, 405], $"{method} {path}");
            }
        }
    }

    [Fact]
    public async Task Own_metrics_are_told_as_families()
    {
        using var json = JsonDocument.Parse(
            (await Wire.GetAsync(server.Url(server.PrometheusPort, "/api/v1/status/self_metrics?metric_name_pattern=process_start.*|triptych_build_info"))).Body);
        var families = json.RootElement.GetProperty("data").EnumerateArray().ToList();
        families.Select(f => f.GetProperty("name").GetString()).ShouldBe(["process_start_time_seconds", "triptych_build_info"]);
        families[0].GetProperty("type").GetString().ShouldBe("GAUGE");
        families[0].GetProperty("metric")[0].GetProperty("gauge").GetProperty("value").GetDouble().ShouldBeGreaterThan(1.7e9);
        families[1].GetProperty("metric")[0].GetProperty("label")[0].GetProperty("name").GetString().ShouldBe("version");

        await Wire.GetAsync(server.Url(server.PrometheusPort, "/api/v1/query?query=1"));
        using var histogram = JsonDocument.Parse(
            (await Wire.GetAsync(server.Url(server.PrometheusPort, "/api/v1/status/self_metrics?metric_name_pattern=triptych_query_duration_seconds"))).Body);
        var told = histogram.RootElement.GetProperty("data")[0].GetProperty("metric")[0].GetProperty("histogram");
        var count = told.GetProperty("sampleCount").GetString();
        long.Parse(count!, System.Globalization.CultureInfo.InvariantCulture).ShouldBeGreaterThan(0);
        var buckets = told.GetProperty("bucket").EnumerateArray().ToList();
        buckets[^1].GetProperty("upperBound").GetString().ShouldBe("Infinity");
        buckets[^1].GetProperty("cumulativeCount").GetString().ShouldBe(count);
        (await Wire.GetAsync(server.Url(server.PrometheusPort, "/api/v1/status/self_metrics?metric_name_pattern=("))).Status.ShouldBe(400);
    }
}
