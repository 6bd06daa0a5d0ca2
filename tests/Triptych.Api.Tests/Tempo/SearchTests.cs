using System.Text.Json;
using Triptych.TraceQL.Tests.Planning;

namespace Triptych.Api.Tests.Tempo;

public class SearchTests
{
    private static readonly TestSpan[] Spans =
    [
        new(17, 1, 0, "shop", "GET /cart") { StartMs = 10, DurationMs = 120, Kind = 2, Attributes = new() { ["http.status_code"] = 200 } },
        new(17, 2, 1, "db", "select") { StartMs = 20, DurationMs = 10, Status = 2, Attributes = new() { ["http.status_code"] = "500", ["a b"] = "c d" } },
        new(18, 1, 9, "shop", "orphan") { StartMs = 40, DurationMs = 5, Attributes = new() { ["ok"] = true, ["ratio"] = 0.5 } },
    ];

    [Fact]
    public async Task A_found_trace_is_told_in_tempos_form()
    {
        await using var server = await TempoServer.StartAsync(Spans);
        var json = (await server.GetAsync($"/api/search?q={Escape("{ span.http.status_code = 200 }")}")).Json;
        json.GetProperty("traces").GetRawText().ShouldBe(
            """
            [{"traceID":"11","rootServiceName":"shop","rootTraceName":"GET /cart","startTimeUnixNano":"1767225600010000000","durationMs":120,
            "spanSet":{"spans":[{"spanID":"0000000000000001","name":"GET /cart","startTimeUnixNano":"1767225600010000000",
            "durationNanos":"120000000","attributes":[{"key":"http.status_code","value":{"intValue":"200"}}]}],"matched":1},
            "spanSets":[{"spans":[{"spanID":"0000000000000001","name":"GET /cart","startTimeUnixNano":"1767225600010000000",
            "durationNanos":"120000000","attributes":[{"key":"http.status_code","value":{"intValue":"200"}}]}],"matched":1}],
            "serviceStats":{"db":{"spanCount":1,"errorCount":1},"shop":{"spanCount":1}}}]
            """.ReplaceLineEndings(""));
        var metrics = json.GetProperty("metrics");
        metrics.GetProperty("inspectedTraces").GetInt32().ShouldBe(1);
        metrics.GetProperty("inspectedSpans").GetString().ShouldBe("2");
        metrics.GetProperty("completedJobs").GetInt32().ShouldBe(metrics.GetProperty("totalJobs").GetInt32());
    }

    [Fact]
    public async Task A_trace_without_its_root_says_so()
    {
        await using var server = await TempoServer.StartAsync(Spans);
        var trace = (await server.GetAsync($"/api/search?q={Escape("{ span.ok = true }")}")).Json.GetProperty("traces").EnumerateArray().ShouldHaveSingleItem();
        trace.GetProperty("rootServiceName").GetString().ShouldBe("<root span not yet received>");
        trace.TryGetProperty("rootTraceName", out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData("", "12 11")]
    [InlineData("limit=1", "12")]
    [InlineData("start=1767225600&end=1767225601", "12 11")]
    [InlineData("start=1767225601&end=1767225602", "")]
    [InlineData("start=1767225600020000000&end=2026-01-01T00:00:00.030Z", "11")]
    [InlineData("start=0&end=0", "12 11")]
    [InlineData("minDuration=100ms", "11")]
    [InlineData("minDuration=0s", "12 11")]
    [InlineData("tags=ratio=0.5", "12")]
    [InlineData("maxDuration=0.05", "12")]
    [InlineData("q={ name = \"orphan\" }&minDuration=6ms", "")]
    [InlineData("q={ name = \"orphan\" }&maxDuration=6ms", "12")]
    [InlineData("q={ } | count() > 1", "11")]
    [InlineData("tags=service.name=db", "11")]
    [InlineData("tags=name=orphan service.name=shop", "12")]
    [InlineData("tags=http.status_code=200", "11")]
    [InlineData("tags=http.status_code=500", "11")]
    [InlineData("tags=ok=true", "12")]
    [InlineData("tags=error=true", "11")]
    [InlineData("tags=name=\"GET /cart\"", "11")]
    [InlineData("tags=root.service.name=shop&minDuration=1s", "")]
    [InlineData("tags=service.name=none", "")]
    public async Task Searches_find(string parameters, string expected)
    {
        await using var server = await TempoServer.StartAsync(Spans);
        var json = (await server.GetAsync($"/api/search?{EscapeValues(parameters)}")).Json;
        string.Join(' ', json.GetProperty("traces").EnumerateArray().Select(t => t.GetProperty("traceID").GetString())).ShouldBe(expected);
    }

    [Fact]
    public async Task Spss_bounds_the_spans_but_not_their_count()
    {
        await using var server = await TempoServer.StartAsync(Spans);
        var trace = (await server.GetAsync($"/api/search?spss=1&q={Escape("{ } | count() > 1")}")).Json.GetProperty("traces")[0];
        trace.GetProperty("spanSet").GetProperty("spans").GetArrayLength().ShouldBe(1);
        trace.GetProperty("spanSet").GetProperty("matched").GetInt32().ShouldBe(2);
    }

    [Theory]
    [InlineData("q={ }&tags=a=b", "q and tags")]
    [InlineData("q={ span.a = }", "parse error at")]
    [InlineData("q={ } | rate()", "metrics endpoints")]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=262145", "262144")]
    [InlineData("limit=x", "\"x\"")]
    [InlineData("spss=101", "spss")]
    [InlineData("start=20&end=10", "end (10) must be after start (20)")]
    [InlineData("start=20&end=20", "must be after")]
    [InlineData("start=1767225600000", "invalid start")]
    [InlineData("start=-5", "invalid start")]
    [InlineData("end=yesterday", "invalid end")]
    [InlineData("minDuration=fast", "minDuration")]
    [InlineData("minDuration=-1s", "minDuration")]
    [InlineData("minDuration=2s&maxDuration=1s", "maxDuration")]
    [InlineData("tags=alone", "character 1")]
    [InlineData("tags=a=b =c", "character 5")]
    [InlineData("tags=a=\"b", "closing quote")]
    [InlineData("tags=status=great", "status cannot be")]
    public async Task Bad_parameters_are_refused(string parameters, string expected)
    {
        await using var server = await TempoServer.StartAsync(Spans);
        (await server.GetAsync($"/api/search?{EscapeValues(parameters)}")).ShouldFail(400, expected);
    }

    [Fact]
    public async Task A_large_answer_arrives_whole()
    {
        var many = Enumerable.Range(1, 2_000).Select(i => new TestSpan(i, 1, 0, "shop", $"operation {i}") { StartMs = i }).ToArray();
        await using var server = await TempoServer.StartAsync(many);
        var json = (await server.GetAsync("/api/search?limit=5000")).Json;
        json.GetProperty("traces").EnumerateArray().Select(t => t.GetProperty("rootTraceName").GetString()).Distinct(StringComparer.Ordinal)
            .Count().ShouldBe(2_000);
    }

    internal static string Escape(string text) => Uri.EscapeDataString(text);

    /// <summary>Escapes the values of <c>a=b&amp;c=d</c>; values hold no <c>&amp;</c>.</summary>
    internal static string EscapeValues(string parameters) =>
        string.Join('&', parameters.Split('&').Select(p => p.Split('=', 2)).Select(p => p.Length == 2 ? $"{p[0]}={Escape(p[1])}" : p[0]));
}
