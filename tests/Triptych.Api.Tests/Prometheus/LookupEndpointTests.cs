using Triptych.Columnar.Samples;

namespace Triptych.Api.Tests.Prometheus;

public sealed class LookupEndpointTests : IAsyncLifetime
{
    private PrometheusServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await PrometheusServer.StartAsync();
        _server.Add("up,job=a,instance=i", 1, 2);
        _server.Add("up,job=b", 1);
        _server.Add("down,job=c,my.label=x", 1, 2, 3);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("labels", """["__name__","instance","job","my.label"]""")]
    [InlineData("labels?match[]=up", """["__name__","instance","job"]""")]
    [InlineData("labels?match[]=up{job=\"b\"}&match[]=down", """["__name__","job","my.label"]""")]
    [InlineData("labels?start=60.001", """["__name__","job","my.label"]""")]
    [InlineData("label/job/values", """["a","b","c"]""")]
    [InlineData("label/job/values?start=0.001&end=60", """["a","c"]""")]
    [InlineData("label/job/values?start=1970-01-01T00:02:00Z", """["c"]""")]
    [InlineData("label/job/values?match[]={__name__=~\"u.*\"}", """["a","b"]""")]
    [InlineData("label/U__my_2e_label/values", """["x"]""")]
    [InlineData("label/none/values", "[]")]
    [InlineData("labels?start=2&end=1", "[]")]
    [InlineData("label/job/values?start=2&end=1", "[]")]
    [InlineData("series?match[]=up&start=2&end=1", "[]")]
    [InlineData("series?match[]=up", """[{"__name__":"up","instance":"i","job":"a"},{"__name__":"up","job":"b"}]""")]
    [InlineData("series?match[]=up&match[]={job=\"b\"}&start=0&end=0", """[{"__name__":"up","instance":"i","job":"a"},{"__name__":"up","job":"b"}]""")]
    [InlineData("series?match[]={job=~\".%2B\"}&start=100", """[{"__name__":"down","job":"c","my.label":"x"}]""")]
    public async Task Look_ups_honour_selectors_and_the_exact_range(string path, string data) =>
        (await _server.DataAsync("/api/v1/" + path)).ShouldBe(data);

    [Theory]
    [InlineData("labels?limit=2", """["__name__","instance"]""")]
    [InlineData("label/job/values?limit=1", """["a"]""")]
    [InlineData("series?match[]=up&limit=1", """[{"__name__":"up","instance":"i","job":"a"}]""")]
    public async Task A_limit_cuts_with_a_warning(string path, string data) =>
        (await _server.GetAsync("/api/v1/" + path)).ShouldBe(
            (200, $$"""{"status":"success","data":{{data}},"warnings":["results truncated due to limit"]}"""));

    [Theory]
    [InlineData("series", "no match[] parameter provided")]
    [InlineData("series?match[]=", "no expression found in input")]
    [InlineData("series?match[]=up[5m]", "expected a plain vector selector")]
    [InlineData("series?match[]={job=~\".*\"}", "non-empty matcher")]
    [InlineData("series?match[]={", "invalid parameter \\\"match[]\\\": 1:2: parse error")]
    [InlineData("labels?match[]={", "\"1:2: parse error")]
    [InlineData("labels?match[]={job=~\".*\"}&match[]=up", "\"match[] must contain at least one non-empty matcher\"")]
    [InlineData("query_exemplars?query=up&start=2&end=1", "\"end timestamp must not be before start timestamp\"")]
    [InlineData("query_exemplars?query=(", "\"1:2: parse error")]
    [InlineData("label/job/values?end=x", "invalid parameter \\\"end\\\"")]
    [InlineData("metadata?limit=x", "\"limit must be a number\"")]
    [InlineData("metadata?limit_per_metric=x", "\"limit_per_metric must be a number\"")]
    [InlineData("status/tsdb?limit=0", "\"limit must be a positive number\"")]
    [InlineData("status/tsdb?limit=10001", "\"limit must not exceed 10000\"")]
    public async Task Parameters_that_are_not_valid_are_bad_data(string path, string reason)
    {
        var (status, body) = await _server.GetAsync("/api/v1/" + path);
        status.ShouldBe(400, body);
        body.ShouldStartWith("""{"status":"error","errorType":"bad_data","error":""");
        body.ShouldContain(reason);
    }

    [Fact]
    public async Task Series_and_labels_take_forms()
    {
        (await _server.PostAsync("/api/v1/series", ("match[]", "up{job=\"b\"}"), ("match[]", "down"))).Body.ShouldBe(
            """{"status":"success","data":[{"__name__":"up","job":"b"},{"__name__":"down","job":"c","my.label":"x"}]}""");
        (await _server.PostAsync("/api/v1/labels?match[]=up", ("match[]", "down"))).Body.ShouldContain("my.label");
        (await _server.PostAsync("/api/v1/label/job/values")).Status.ShouldBe(405);
    }

    [Fact]
    public async Task Without_start_and_end_all_times_are_looked_at()
    {
        await _server.DataAsync("/api/v1/labels");
        _server.Source.LastLookup!.MinTimeMs.ShouldBeLessThan(-8_640_000_000_000_000);
        _server.Source.LastLookup.MaxTimeMs.ShouldBeGreaterThan(8_640_000_000_000_000);
        var explicitly = _server.Source.LastLookup;
        await _server.DataAsync("/api/v1/labels?start=-292273086-05-16T16:47:06Z&end=292277025-08-18T07:12:54.999999999Z");
        _server.Source.LastLookup.MinTimeMs.ShouldBe(explicitly.MinTimeMs);
        _server.Source.LastLookup.MaxTimeMs.ShouldBe(explicitly.MaxTimeMs);
    }

    [Fact]
    public async Task The_tenant_is_taken_from_the_header()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/labels");
        request.Headers.Add("X-Scope-OrgID", "team-a");
        using var response = await _server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        response.IsSuccessStatusCode.ShouldBeTrue();
        _server.Source.LastLookup!.Tenant.Name.ShouldBe("team-a");
    }

    [Fact]
    public async Task Metadata_is_grouped_by_metric_and_limited()
    {
        _server.Source.Metadata.AddRange([new("a", "counter", "", "new"), new("a", "gauge", "s", "old"), new("b", "summary", "", "")]);
        (await _server.DataAsync("/api/v1/metadata")).ShouldBe(
            """{"a":[{"type":"counter","unit":"","help":"new"},{"type":"gauge","unit":"s","help":"old"}],"b":[{"type":"summary","unit":"","help":""}]}""");
        (await _server.DataAsync("/api/v1/metadata?limit=1&limit_per_metric=1")).ShouldBe("""{"a":[{"type":"counter","unit":"","help":"new"}]}""");
        (await _server.DataAsync("/api/v1/metadata?metric=b")).ShouldBe("""{"b":[{"type":"summary","unit":"","help":""}]}""");
        (await _server.DataAsync("/api/v1/metadata?metric=c")).ShouldBe("{}");
    }

    [Fact]
    public async Task Exemplars_have_a_bare_timestamp_and_a_value_in_quotes()
    {
        _server.Source.Exemplars.Add(new SeriesExemplars(
            [new("__name__", "x_bucket"), new("le", "1")], [new Exemplar([new("trace_id", "abc")], 0.5, 1500)]));
        (await _server.DataAsync("/api/v1/query_exemplars?query=histogram_quantile(0.9,rate(x_bucket[5m]))/up&start=1&end=2")).ShouldBe(
            """[{"seriesLabels":{"__name__":"x_bucket","le":"1"},"exemplars":[{"labels":{"trace_id":"abc"},"value":"0.5","timestamp":1.500}]}]""");
        _server.Source.LastLookup!.Selectors.Select(s => s.Single().Value).ShouldBe(["x_bucket", "up"]);
        (_server.Source.LastLookup.MinTimeMs, _server.Source.LastLookup.MaxTimeMs).ShouldBe((1000, 2000));
        (await _server.GetAsync("/api/v1/query_exemplars?query=1")).ShouldBe((204, ""));
    }

    [Fact]
    public async Task Federation_gives_the_newest_sample_of_each_series_by_name()
    {
        _server.Source.Samples.Add(
            new Dictionary<string, string>(StringComparer.Ordinal) { ["__name__"] = "now_total", ["job"] = "q\"\n" }, 999_000, 1e6);
        _server.Source.Samples.Add(
            new Dictionary<string, string>(StringComparer.Ordinal) { ["__name__"] = "above", ["instance"] = "i" }, 990_500, 0.5);
        var (status, body) = await _server.GetAsync("/federate?match[]={__name__=~\".%2B\"}&match[]=above");
        status.ShouldBe(200);
        body.ShouldBe(
            "# TYPE above untyped\nabove{instance=\"i\"} 0.5 990500\n# TYPE now_total untyped\nnow_total{job=\"q\\\"\\n\",instance=\"\"} 1e+06 999000\n");
        (await _server.GetAsync("/federate?match[]=(")).Status.ShouldBe(400);
    }

    [Theory]
    [InlineData(null, "underscores", "# TYPE my_name untyped\nmy_name{a_b=\"ä\",instance=\"\"} 1 999000\n")]
    [InlineData("text/plain;version=0.0.4", "underscores", "# TYPE my_name untyped\nmy_name{a_b=\"ä\",instance=\"\"} 1 999000\n")]
    [InlineData(
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,*/*;q=0.1",
        "allow-utf-8",
        "# TYPE \"my.name\" untyped\n{\"my.name\",\"a.b\"=\"ä\",instance=\"\"} 1 999000\n")]
    public async Task Federation_has_names_as_the_client_takes_them(string? accept, string escaping, string text)
    {
        _server.Source.Samples.Add(
            new Dictionary<string, string>(StringComparer.Ordinal) { ["__name__"] = "my.name", ["a.b"] = "ä" }, 999_000, 1);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/federate?match[]={__name__=\"my.name\"}");
        if (accept is not null) request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await _server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        response.Content.Headers.ContentType!.ToString().ShouldBe("text/plain; version=0.0.4; charset=utf-8; escaping=" + escaping);
        (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldBe(text);
    }
}
