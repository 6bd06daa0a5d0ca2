using System.Globalization;
using System.Text;
using System.Text.Json;
using Shouldly;
using Triptych.LogQL.Tests.Sources;
using Triptych.Query.Budgets;
using Xunit;

namespace Triptych.Api.Tests.Loki;

public sealed class LokiQueryTests
{
    private const long Second = 1_000_000_000;
    private const long Base = LokiHost.NowSeconds - 100;

    private static MemoryLogSource Shop() => new MemoryLogSource()
        .Add("app=shop,env=prod", (Base * Second) + 1, "first", "info", "trace_id=abc")
        .Add("app=shop,env=prod", (Base + 10) * Second, "second <b> \"é\"", "error")
        .Add("app=cart,env=prod", (Base + 20) * Second, "{\"price\": 3}", "info");

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task Query_answers_the_health_probe_of_Grafana(string method)
    {
        await using var host = await LokiHost.StartAsync(Shop());
        string[] parameters = ["query", "vector(1)+vector(1)", "time", "4000000000"];
        using var response = method == "GET" ? await host.GetAsync("query", parameters) : await host.PostAsync("query", parameters);
        var body = await LokiHost.BodyOfAsync(response);
        body.ShouldStartWith(
            "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"metric\":{},\"value\":[4000000000,\"2\"]}],\"stats\":{\"summary\":{");
    }

    [Fact]
    public async Task Query_returns_a_bare_number_as_a_scalar_and_a_range_spreads_it_over_the_steps()
    {
        await using var host = await LokiHost.StartAsync(Shop());
        (await host.DataAsync("query", "query", "1+1", "time", "1700000000.5"))
            .ShouldBe("{\"resultType\":\"scalar\",\"result\":[1700000000.5,\"2\"]}");
        (await host.DataAsync("query_range", "query", "1+1", "start", "100", "end", "105", "step", "2"))
            .ShouldBe("{\"resultType\":\"matrix\",\"result\":[{\"metric\":{},\"values\":[[100,\"2\"],[102,\"2\"],[104,\"2\"]]}]}");
    }

    [Fact]
    public async Task Query_counts_lines_by_label_at_the_time_asked_for()
    {
        await using var host = await LokiHost.StartAsync(Shop());
        (await host.DataAsync("query", "query", "sort_desc(sum by (app) (count_over_time({env=\"prod\"}[1m])))", "time", Text((Base + 30) * Second)))
            .ShouldBe($"{{\"resultType\":\"vector\",\"result\":[{{\"metric\":{{\"app\":\"shop\"}},\"value\":[{Base + 30},\"2\"]}},"
                + $"{{\"metric\":{{\"app\":\"cart\"}},\"value\":[{Base + 30},\"1\"]}}]}}");
    }

    [Fact]
    public async Task Query_refuses_a_log_selector_and_says_what_to_ask_instead()
    {
        await using var host = await LokiHost.StartAsync(Shop());
        (await host.ErrorAsync("query", "query", "{app=\"shop\"}")).ShouldBe(
            "400 log queries are not supported as an instant query type, please change your query to a range query type");
    }

    [Theory]
    [InlineData("1e21", "1000000000000000000000")]
    [InlineData("0.0000001", "0.0000001")]
    [InlineData("1.5 * -1", "-1.5")]
    [InlineData("1/0", "+Inf")]
    [InlineData("0/0", "NaN")]
    public async Task Query_writes_values_in_plain_decimal(string query, string value)
    {
        await using var host = await LokiHost.StartAsync(Shop());
        (await host.DataAsync("query", "query", query, "time", "1")).ShouldBe($"{{\"resultType\":\"scalar\",\"result\":[1,\"{value}\"]}}");
    }

    [Fact]
    public async Task Query_range_returns_lines_newest_first_with_all_labels_in_the_stream()
    {
        await using var host = await LokiHost.StartAsync(Shop());
        (await host.DataAsync("query_range", "query", "{app=\"shop\"}")).ShouldBe(
            "{\"resultType\":\"streams\",\"result\":["
            + $"{{\"stream\":{{\"app\":\"shop\",\"detected_level\":\"error\",\"env\":\"prod\"}},\"values\":[[\"{(Base + 10) * Second}\",\"second <b> \\\"é\\\"\"]]}},"
            + $"{{\"stream\":{{\"app\":\"shop\",\"detected_level\":\"info\",\"env\":\"prod\",\"trace_id\":\"abc\"}},\"values\":[[\"{(Base * Second) + 1}\",\"first\"]]}}]}}");
    }

    [Fact]
    public async Task Query_range_keeps_label_categories_apart_when_asked()
    {
        await using var host = await LokiHost.StartAsync(Shop());
        host.Client.DefaultRequestHeaders.Add("X-Loki-Response-Encoding-Flags", "categorize-labels");
        (await host.DataAsync("query_range", "query", "{env=\"prod\"} | json", "direction", "forward", "start", Text((Base + 10) * Second))).ShouldBe(
            "{\"resultType\":\"streams\",\"encodingFlags\":[\"categorize-labels\"],\"result\":["
            + $"{{\"stream\":{{\"app\":\"shop\",\"env\":\"prod\"}},\"values\":[[\"{(Base + 10) * Second}\",\"second <b> \\\"é\\\"\","
            + "{\"structuredMetadata\":{\"detected_level\":\"error\"},\"parsed\":{\"__error__\":\"JSONParserErr\",\"__error_details__\":"
            + await ErrorDetailsAsync(host) + "}}]]},"
            + $"{{\"stream\":{{\"app\":\"cart\",\"env\":\"prod\"}},\"values\":[[\"{(Base + 20) * Second}\",\"{{\\\"price\\\": 3}}\","
            + "{\"structuredMetadata\":{\"detected_level\":\"info\"},\"parsed\":{\"price\":\"3\"}}]]}]}");
    }

    [Fact]
    public async Task Query_range_honours_start_end_limit_and_direction_exactly()
    {
        await using var host = await LokiHost.StartAsync(Shop());
        (await LinesAsync(host, "start", Text((Base * Second) + 1), "end", Text((Base + 20) * Second), "direction", "FORWARD"))
            .ShouldBe(["first", "second <b> \"é\""]);
        (await LinesAsync(host, "start", Text((Base * Second) + 2), "end", Text(((Base + 20) * Second) + 1))).Count.ShouldBe(2);
        (await LinesAsync(host, "limit", "1")).ShouldBe(["{\"price\": 3}"]);
        (await LinesAsync(host, "since", "85s")).ShouldBe(["{\"price\": 3}"]);
        (await LinesAsync(host, "start", "2023-11-14T22:11:40.000000002Z", "end", "2023-11-14T23:12:00+01:00")).ShouldBe(["second <b> \"é\""]);
        (await LinesAsync(host, "interval", "15s")).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Query_range_returns_a_point_for_each_step_and_sorts_series()
    {
        await using var host = await LokiHost.StartAsync(Shop());
        (await host.DataAsync(
            "query_range", "query", "sum by (app) (count_over_time({env=\"prod\"}[10s]))", "start", Text(Base + 10), "end", Text(Base + 20), "step", "10000ms"))
            .ShouldBe(
                $"{{\"resultType\":\"matrix\",\"result\":[{{\"metric\":{{\"app\":\"cart\"}},\"values\":[[{Base + 20},\"1\"]]}},"
                + $"{{\"metric\":{{\"app\":\"shop\"}},\"values\":[[{Base + 10},\"2\"]]}}]}}");
    }

    [Fact]
    public async Task Query_range_takes_a_250th_of_the_range_as_step_and_at_least_a_second()
    {
        await using var host = await LokiHost.StartAsync(Shop());
        (await PointsAsync(host, 0, 1000)).ShouldBe((251, 4));
        (await PointsAsync(host, 0, 10)).ShouldBe((11, 1));
    }

    [Fact]
    public async Task Statistics_tell_what_the_scan_has_read()
    {
        await using var host = await LokiHost.StartAsync(Shop());
        var summary = JsonDocument.Parse(await host.BodyAsync("query_range", "query", "{app=\"shop\"}")).RootElement.GetProperty("data").GetProperty("stats");
        summary.GetProperty("summary").GetProperty("totalLinesProcessed").GetInt64().ShouldBe(2);
        summary.GetProperty("summary").GetProperty("totalEntriesReturned").GetInt64().ShouldBe(2);
        summary.GetProperty("ingester").GetProperty("store").GetProperty("totalChunksRef").GetInt64().ShouldBe(0);
    }

    [Fact]
    public async Task Lines_with_control_characters_and_pairs_of_surrogates_arrive_as_they_are()
    {
        await using var host = await LokiHost.StartAsync(new MemoryLogSource().Add("app=a", Base * Second, "a\u0000\n\u2028\ud83d\ude00"));
        (await LinesAsync(host)).ShouldBe(["a\u0000\n\u2028\ud83d\ude00"]);
    }

    [Fact]
    public async Task Many_lines_arrive_complete_and_in_order()
    {
        var source = new MemoryLogSource();
        for (var i = 0; i < 5000; i++) source.Add("app=a", (Base * Second) + i, $"{i} {new string('x', 100)}");
        await using var host = await LokiHost.StartAsync(source);
        var lines = await LinesAsync(host, "limit", "5000", "direction", "forward");
        lines.Select(l => int.Parse(l.AsSpan(0, l.IndexOf(' ', StringComparison.Ordinal)), CultureInfo.InvariantCulture)).ShouldBe(Enumerable.Range(0, 5000));
    }

    [Theory]
    [InlineData("query_range", "start", "yesterday", "parameter start: \"yesterday\" is neither Unix seconds, Unix nanoseconds nor RFC 3339")]
    [InlineData(
        "query_range", "start", "2023-11-14T22:11:40",
        "parameter start: \"2023-11-14T22:11:40\" is neither Unix seconds, Unix nanoseconds nor RFC 3339")]
    [InlineData("query_range", "end", "-5", "parameter end: \"-5\" does not lie between 1970 and 2191")]
    [InlineData("query_range", "end", "9999999999", "parameter end: \"9999999999\" does not lie between 1970 and 2191")]
    [InlineData("query_range", "start", "1800000000", "end timestamp must not be before start time")]
    [InlineData("query_range", "since", "soon", "parameter since: \"soon\" is not a duration")]
    [InlineData("query_range", "step", "0", "zero or negative query resolution step widths are not accepted. Try a positive integer")]
    [InlineData("query_range", "step", "x", "parameter step: \"x\" is neither seconds nor a duration")]
    [InlineData("query_range", "step", "1ms", "exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter")]
    [InlineData("query_range", "interval", "-1s", "interval must be >= 0")]
    [InlineData("query_range", "limit", "0", "limit must be a positive value")]
    [InlineData("query_range", "limit", "ten", "parameter limit: \"ten\" is not a whole number")]
    [InlineData("query_range", "limit", "5001", "max entries limit per query exceeded, limit > max_entries_limit_per_query (5001 > 5000)")]
    [InlineData("query_range", "direction", "up", "invalid direction \"up\"")]
    [InlineData("query", "time", "", null)]
    [InlineData("query", "limit", "5001", null)]
    public async Task Parameters_that_cannot_be_read_are_refused_in_one_line(string path, string name, string value, string? error)
    {
        await using var host = await LokiHost.StartAsync(Shop());
        string[] parameters = ["query", path == "query" ? "vector(1)" : "{app=\"shop\"}", name, value];
        if (error is null) (await host.DataAsync(path, parameters)).ShouldContain($"[{LokiHost.NowSeconds},\"1\"]");
        else (await host.ErrorAsync(path, parameters)).ShouldBe("400 " + error);
    }

    [Fact]
    public async Task A_query_that_cannot_be_parsed_or_evaluated_is_refused_with_its_position_or_name()
    {
        await using var host = await LokiHost.StartAsync(Shop());
        (await host.ErrorAsync("query_range", "query", "{app=}")).ShouldStartWith("400 parse error at line 1, col 6: ");
        (await host.ErrorAsync("query_range")).ShouldStartWith("400 parse error at line 1, col 1: ");
        (await host.ErrorAsync("query", "query", "variants(rate({a=\"b\"}[1m])) of ({a=\"b\"}[1m])")).ShouldContain("variants");
    }

    [Fact]
    public async Task A_query_past_its_memory_is_400_past_its_deadline_504_and_on_failed_storage_500()
    {
        await using (var small = await LokiHost.StartAsync(Shop(), new QueryLimits { MaxBytes = 1 }))
        {
            (await small.ErrorAsync("query_range", "query", "{app=\"shop\"}")).ShouldBe("400 query would hold more than 1 bytes of memory (query.max_memory)");
        }

        await using (var late = await LokiHost.StartAsync(Shop(), new QueryLimits { Timeout = TimeSpan.Zero }))
        {
            (await late.ErrorAsync("query_range", "query", "{app=\"shop\"}")).ShouldStartWith("504 query timed out");
        }

        await using var broken = await LokiHost.StartAsync(new MemoryLogSource { FailAfterBatches = 0 }.Add("app=shop", Base * Second, "x"));
        (await broken.ErrorAsync("query_range", "query", "{app=\"shop\"}")).ShouldBe("500 disk gone");
        (await broken.ErrorAsync("index/stats", "query", "{app=\"shop\"}")).ShouldBe("500 disk gone");
    }

    [Fact]
    public async Task A_tenant_name_that_is_not_valid_is_refused()
    {
        await using var host = await LokiHost.StartAsync(Shop());
        host.Client.DefaultRequestHeaders.Add("X-Scope-OrgID", "a/b");
        (await host.ErrorAsync("labels")).ShouldStartWith("400 header X-Scope-OrgID is not a valid tenant name");
    }

    [Fact]
    public async Task A_form_and_the_URL_are_merged_and_the_form_comes_first()
    {
        await using var host = await LokiHost.StartAsync(Shop());
        using var response = await host.PostAsync("query?query=vector(7)&time=5", "query", "vector(3)");
        (await LokiHost.BodyOfAsync(response)).ShouldContain("[{\"metric\":{},\"value\":[5,\"3\"]}]");
    }

    [Fact]
    public async Task Format_query_prints_the_canonical_line_and_says_invalid_query_in_JSON()
    {
        await using var host = await LokiHost.StartAsync(Shop());
        (await host.BodyAsync("format_query", "query", "{ app = \"shop\" }|= \"x\"")).ShouldBe(
            "{\"status\":\"success\",\"data\":\"{app=\\\"shop\\\"} |= \\\"x\\\"\"}");
        using var bad = await host.GetAsync("format_query", "query", "{");
        ((int)bad.StatusCode).ShouldBe(400);
        var json = JsonDocument.Parse(await bad.Content.ReadAsStringAsync()).RootElement;
        json.GetProperty("status").GetString().ShouldBe("invalid-query");
        json.GetProperty("error").GetString()!.ShouldStartWith("parse error at line 1");
    }

    private static async Task<string> ErrorDetailsAsync(LokiHost host)
    {
        var data = await host.DataAsync("query_range", "query", "{app=\"shop\"} | json | line_format \"{{.__error_details__}}\"", "limit", "1");
        var line = JsonDocument.Parse(data).RootElement.GetProperty("result")[0].GetProperty("values")[0][1].GetRawText();
        return line;
    }

    private static async Task<List<string>> LinesAsync(LokiHost host, params string[] parameters)
    {
        var body = await host.BodyAsync("query_range", ["query", "{app=~\".+\"}", .. parameters]);
        var streams = JsonDocument.Parse(Encoding.UTF8.GetBytes(body)).RootElement.GetProperty("data").GetProperty("result");
        return [.. streams.EnumerateArray().SelectMany(s => s.GetProperty("values").EnumerateArray()).Select(v => v[1].GetString()!)];
    }

    private static async Task<(int Points, long StepSeconds)> PointsAsync(LokiHost host, long start, long end)
    {
        var data = JsonDocument.Parse(await host.DataAsync("query_range", "query", "vector(1)", "start", Text(start), "end", Text(end))).RootElement;
        var values = data.GetProperty("result")[0].GetProperty("values");
        return (values.GetArrayLength(), values[1][0].GetInt64() - values[0][0].GetInt64());
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
