using System.Text.Json;
using Triptych.Api.Tempo;
using Triptych.TraceQL.Tests.Planning;

namespace Triptych.Api.Tests.Tempo;

public class MetricsTests
{
    private static readonly TestSpan[] Spans =
    [
        new(17, 1, 0, "shop", "outer") { StartMs = 5_000, DurationMs = 100 },
        new(17, 2, 1, "db", "inner") { StartMs = 6_000, DurationMs = 50, Status = 2 },
        new(18, 1, 0, "shop", "outer") { StartMs = 15_000, DurationMs = 200 },
    ];

    [Fact]
    public async Task A_range_has_typed_labels_times_as_texts_and_no_zeros()
    {
        await using var server = await TempoServer.StartAsync(Spans);
        var query = SearchTests.Escape("{ } | count_over_time() by (resource.service.name)");
        var json = (await server.GetAsync($"/api/metrics/query_range?q={query}&start=1767225600&end=1767225620&step=10s")).Json;
        json.EnumerateObject().Select(p => p.Name).ShouldBe(["series", "metrics"]);
        var series = json.GetProperty("series");
        series.GetArrayLength().ShouldBe(2);
        series[0].GetProperty("labels").GetRawText().ShouldBe("""[{"key":"resource.service.name","value":{"stringValue":"db"}}]""");
        series[0].GetProperty("samples").GetRawText().ShouldBe(
            """[{"timestampMs":"1767225600000"},{"timestampMs":"1767225610000","value":1},{"timestampMs":"1767225620000"}]""");
        series[1].GetProperty("samples").GetRawText().ShouldBe(
            """[{"timestampMs":"1767225600000"},{"timestampMs":"1767225610000","value":1},{"timestampMs":"1767225620000","value":1}]""");
    }

    [Fact]
    public async Task Query_is_another_name_of_q_and_quantiles_are_floats()
    {
        await using var server = await TempoServer.StartAsync(Spans);
        var query = SearchTests.Escape("{ } | quantile_over_time(duration, 0.5)");
        var json = (await server.GetAsync($"/api/metrics/query_range?query={query}&since=2m&exemplars=100")).Json;
        json.GetProperty("series")[0].GetProperty("labels").GetRawText().ShouldBe("""[{"key":"p","value":{"doubleValue":0.5}}]""");
    }

    [Fact]
    public async Task More_series_than_wanted_make_a_range_partial_and_an_instant_answer_fail()
    {
        await using var server = await TempoServer.StartAsync(Spans);
        var query = SearchTests.Escape("{ } | rate() by (resource.service.name)");
        var json = (await server.GetAsync($"/api/metrics/query_range?q={query}&maxSeries=1")).Json;
        json.GetProperty("series").GetArrayLength().ShouldBe(1);
        json.GetProperty("status").GetString().ShouldBe("PARTIAL");
        json.GetProperty("message").GetString()!.ShouldContain("more than 1 series");
        (await server.GetAsync($"/api/metrics/query?q={query}&maxSeries=1")).ShouldFail(422, "more than 1 series");
    }

    [Fact]
    public async Task An_instant_answer_has_labels_and_value_and_nothing_else()
    {
        await using var server = await TempoServer.StartAsync(Spans);
        var query = SearchTests.Escape("{ } | count_over_time()");
        (await server.GetAsync($"/api/metrics/query?q={query}&since=1h")).Json.GetRawText().ShouldBe(
            """{"series":[{"labels":[{"key":"__name__","value":{"stringValue":"count_over_time"}}],"value":3}],"metrics":{}}""");
    }

    [Theory]
    [InlineData("", "metrics query is expected")]
    [InlineData("q={ }", "no metrics function")]
    [InlineData("q={ } | compare({ status = error }) > 1", "compare()")]
    [InlineData("q={ } | rate(", "parse error")]
    [InlineData("q={ } | rate()&step=0", "step")]
    [InlineData("q={ } | rate()&step=quick", "step")]
    [InlineData("q={ } | rate()&step=1ms", "11000 steps")]
    [InlineData("q={ } | rate()&since=-1h", "since")]
    [InlineData("q={ } | rate()&exemplars=-1", "exemplars")]
    [InlineData("q={ } | rate()&maxSeries=-1", "maxSeries")]
    [InlineData("q={ } | rate()&start=10&end=5", "after start")]
    public async Task Bad_parameters_are_refused(string parameters, string expected)
    {
        await using var server = await TempoServer.StartAsync(Spans);
        (await server.GetAsync($"/api/metrics/query_range?{SearchTests.EscapeValues(parameters)}")).ShouldFail(400, expected);
    }

    [Theory]
    [InlineData(60, 1)]
    [InlineData(3_600, 15)]
    [InlineData(1_300, 5)]
    [InlineData(6 * 3_600, 60)]
    [InlineData(86_400, 300)]
    [InlineData(30 * 86_400, 10_800)]
    public void A_step_that_is_not_given_is_round(long rangeSeconds, long stepSeconds) =>
        StepWidth.For(rangeSeconds * 1_000_000_000).ShouldBe(stepSeconds * 1_000_000_000);

    [Fact]
    public async Task Echo_and_build_information_are_bare()
    {
        await using var server = await TempoServer.StartAsync(Spans);
        (await server.GetAsync("/api/echo")).Text.ShouldBe("echo\n");
        var build = (await server.GetAsync("/api/status/buildinfo")).Json;
        (build.GetProperty("version").GetString(), build.GetProperty("revision").GetString()).ShouldBe(("1.2.3", "abc"));
    }
}
