using System.Globalization;
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
                "/-/healthy", "/-/quit", "/-/ready", "/-/reload", "/metrics",
                "/api/v1/admin/tsdb/clean_tombstones", "/api/v1/admin/tsdb/delete_series", "/api/v1/admin/tsdb/snapshot",
                "/api/v1/alertmanagers", "/api/v1/alerts", "/api/v1/features", "/api/v1/format_query", "/api/v1/label/{name}/values", "/api/v1/labels",
                "/api/v1/metadata", "/api/v1/notifications", "/api/v1/notifications/live", "/api/v1/openapi.yaml", "/api/v1/otlp/v1/metrics",
                "/api/v1/parse_query", "/api/v1/query", "/api/v1/query_exemplars", "/api/v1/query_range", "/api/v1/read", "/api/v1/rules",
                "/api/v1/scrape_pools", "/api/v1/search/label_names", "/api/v1/search/label_values", "/api/v1/search/metric_names", "/api/v1/series",
                "/api/v1/status/buildinfo", "/api/v1/status/config", "/api/v1/status/flags", "/api/v1/status/runtimeinfo", "/api/v1/status/self_metrics",
                "/api/v1/status/tsdb", "/api/v1/status/tsdb/blocks", "/api/v1/status/walreplay", "/api/v1/targets", "/api/v1/targets/metadata",
                "/api/v1/targets/relabel_steps", "/api/v1/write", "/federate", "/version",
                "/api/triptych/v1/queries", "/api/triptych/v1/queries/{id}", "/api/triptych/v1/query/price", "/api/triptych/v1/status/server",
                "/api/triptych/v1/status/sources", "/api/triptych/v1/status/storage", "/api/triptych/v1/status/streams", "/api/triptych/v1/status/targets",
            ],
            ignoreOrder: true);
        foreach (var (path, operations) in paths)
        {
            foreach (var (method, operation) in (Dictionary<object, object>)operations)
            {
                var told = (Dictionary<object, object>)operation;
                told["summary"].ShouldBeOfType<string>().ShouldNotBeEmpty($"{method} {path} has no description");
                var port = ((string)path).StartsWith("/api/triptych/", StringComparison.Ordinal) ? server.UiPort : server.PrometheusPort;
                var url = server.Url(port, ((string)path).Replace("{name}", "job", StringComparison.Ordinal));
                var request = new HttpRequestMessage(new HttpMethod(((string)method).ToUpperInvariant()), url);
                var bare = await Wire.SendAsync(request);
                var statuses = ((Dictionary<object, object>)told["responses"]).Keys.Select(k => int.Parse((string)k, CultureInfo.InvariantCulture)).ToList();
                statuses.ShouldContain(bare.Status, $"{method} {path}: {bare.Body}");
                var isRequired = told.TryGetValue("parameters", out var parameters)
                    && ((List<object>)parameters).Cast<Dictionary<object, object>>().Any(p => (string)p["in"] == "query" && (string)p["required"] == "true");
                if (isRequired) bare.Status.ShouldBe(400, $"{method} {path} without what it requires");
            }
        }
    }

    [Theory]
    [InlineData("/api/v1/query", "query=1", 200)]
    [InlineData("/api/v1/query_range", "query=1&start=0&end=1&step=1", 200)]
    [InlineData("/api/v1/series", "match[]=up", 200)]
    [InlineData("/api/v1/labels", "match[]=up&limit=1", 200)]
    public async Task What_it_tells_of_a_form_is_taken(string path, string form, int status)
    {
        var document = new DeserializerBuilder().Build().Deserialize<Dictionary<string, object>>(
            (await Wire.GetAsync(server.Url(server.PrometheusPort, "/api/v1/openapi.yaml"))).Text);
        object node = document;
        foreach (var key in new[] { "paths", path, "post", "requestBody", "content", "application/x-www-form-urlencoded", "schema", "properties" })
            node = node is Dictionary<string, object> top ? top[key] : ((Dictionary<object, object>)node)[key];
        var names = ((Dictionary<object, object>)node).Keys.Cast<string>().ToList();
        foreach (var pair in form.Split('&')) names.ShouldContain(pair.Split('=')[0]);

        var request = new HttpRequestMessage(HttpMethod.Post, server.Url(server.PrometheusPort, path))
        {
            Content = new StringContent(form, System.Text.Encoding.UTF8, "application/x-www-form-urlencoded"),
        };
        (await Wire.SendAsync(request)).Status.ShouldBe(status);
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
        long.Parse(count!, CultureInfo.InvariantCulture).ShouldBeGreaterThan(0);
        var buckets = told.GetProperty("bucket").EnumerateArray().ToList();
        buckets[^1].GetProperty("upperBound").GetString().ShouldBe("Infinity");
        buckets[^1].GetProperty("cumulativeCount").GetString().ShouldBe(count);
        (await Wire.GetAsync(server.Url(server.PrometheusPort, "/api/v1/status/self_metrics?metric_name_pattern=("))).Status.ShouldBe(400);
    }
}
