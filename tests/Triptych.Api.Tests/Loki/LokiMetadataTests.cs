using System.Text.Json;
using Shouldly;
using Triptych.Columnar.Rows;
using Triptych.LogQL.Tests.Sources;
using Xunit;

namespace Triptych.Api.Tests.Loki;

public sealed class LokiMetadataTests
{
    private const long Second = 1_000_000_000;
    private const long Base = LokiHost.NowSeconds - 100;

    private static MemoryLogSource Shop() => new MemoryLogSource()
        .Add("app=shop,env=prod", Base * Second, "12345")
        .Add("app=shop,env=prod", (Base + 10) * Second, "123")
        .Add("app=cart,env=prod", (Base + 20) * Second, "1234567890")
        .Add("app=old,host=a", (Base - 7200) * Second, "x");

    [Theory]
    [InlineData("labels")]
    [InlineData("label")]
    public async Task Labels_are_those_of_streams_in_the_range(string path)
    {
        await using var host = await LokiHost.StartAsync(Shop());
        (await host.BodyAsync(path)).ShouldBe("{\"status\":\"success\",\"data\":[\"app\",\"env\"]}");
        (await host.BodyAsync(path, "since", "3h")).ShouldBe("{\"status\":\"success\",\"data\":[\"app\",\"env\",\"host\"]}");
        (await host.BodyAsync(path, "since", "3h", "query", "{app=\"old\"}")).ShouldBe("{\"status\":\"success\",\"data\":[\"app\",\"host\"]}");
    }

    [Fact]
    public async Task Labels_leave_data_out_where_there_are_none()
    {
        await using var host = await LokiHost.StartAsync(Shop());
        (await host.BodyAsync("labels", "query", "{app=\"nothing\"}")).ShouldBe("{\"status\":\"success\"}");
        (await host.BodyAsync("label/nothing/values")).ShouldBe("{\"status\":\"success\"}");
    }

    [Fact]
    public async Task Label_values_are_sorted_and_follow_the_selector()
    {
        await using var host = await LokiHost.StartAsync(Shop());
        (await host.BodyAsync("label/app/values")).ShouldBe("{\"status\":\"success\",\"data\":[\"cart\",\"shop\"]}");
        (await host.BodyAsync("label/app/values", "query", "{}")).ShouldBe("{\"status\":\"success\",\"data\":[\"cart\",\"shop\"]}");
        (await host.BodyAsync("label/app/values", "query", "{app=~\"s.*\"}")).ShouldBe("{\"status\":\"success\",\"data\":[\"shop\"]}");
    }

    [Fact]
    public async Task Metadata_routes_take_stream_selectors_only()
    {
        await using var host = await LokiHost.StartAsync(Shop());
        foreach (var path in new[] { "labels", "label/app/values", "detected_labels", "index/stats", "index/volume", "index/volume_range" })
        {
            (await host.ErrorAsync(path, "query", "{app=\"shop\"} |= \"x\"")).ShouldStartWith("400 parse error at line 1, col ");
        }

        (await host.ErrorAsync("series", "match[]", "{app=\"shop\"} | json")).ShouldStartWith("400 parse error at line 1, col ");
    }

    [Fact]
    public async Task Series_returns_streams_of_any_of_the_matchers()
    {
        await using var host = await LokiHost.StartAsync(Shop());
        using var both = await host.PostAsync("series", "match[]", "{app=\"shop\"}", "match[]", "{app=\"cart\"}");
        (await LokiHost.BodyOfAsync(both)).ShouldBe(
            "{\"status\":\"success\",\"data\":[{\"app\":\"shop\",\"env\":\"prod\"},{\"app\":\"cart\",\"env\":\"prod\"}]}");
        (await host.BodyAsync("series", "match[]", "{app=\"cart\"}")).ShouldBe("{\"status\":\"success\",\"data\":[{\"app\":\"cart\",\"env\":\"prod\"}]}");
        (await host.BodyAsync("series", "match[]", "{app=\"none\"}")).ShouldBe("{\"status\":\"success\",\"data\":[]}");
        JsonDocument.Parse(await host.BodyAsync("series")).RootElement.GetProperty("data").GetArrayLength().ShouldBe(2);
    }

    [Fact]
    public async Task Index_stats_counts_streams_entries_and_bytes()
    {
        await using var host = await LokiHost.StartAsync(Shop());
        (await host.BodyAsync("index/stats", "query", "{env=\"prod\"}")).ShouldBe("{\"streams\":2,\"chunks\":0,\"entries\":3,\"bytes\":18}");
        (await host.BodyAsync("index/stats", "query", "{}", "since", "3h")).ShouldBe("{\"streams\":3,\"chunks\":0,\"entries\":4,\"bytes\":19}");
        (await host.ErrorAsync("index/stats")).ShouldBe("400 parameter query is missing: a stream selector such as {service_name=\"shop\"}");
    }

    [Fact]
    public async Task Volume_groups_by_the_labels_of_the_selector_or_by_target_labels()
    {
        await using var host = await LokiHost.StartAsync(Shop());
        var end = LokiHost.NowSeconds;
        (await host.DataAsync("index/volume", "query", "{env=\"prod\"}"))
            .ShouldBe($"{{\"resultType\":\"vector\",\"result\":[{{\"metric\":{{\"env\":\"prod\"}},\"value\":[{end},\"18\"]}}]}}");
        (await host.DataAsync("index/volume", "query", "{env=\"prod\"}", "targetLabels", "app")).ShouldBe(
            $"{{\"resultType\":\"vector\",\"result\":[{{\"metric\":{{\"app\":\"cart\"}},\"value\":[{end},\"10\"]}},{{\"metric\":{{\"app\":\"shop\"}},\"value\":[{end},\"8\"]}}]}}");
        (await host.DataAsync("index/volume", "query", "{env=\"prod\"}", "targetLabels", "app", "limit", "1"))
            .ShouldBe($"{{\"resultType\":\"vector\",\"result\":[{{\"metric\":{{\"app\":\"cart\"}},\"value\":[{end},\"10\"]}}]}}");
        (await host.DataAsync("index/volume", "query", "{}", "aggregateBy", "labels", "since", "3h")).ShouldBe(
            $"{{\"resultType\":\"vector\",\"result\":[{{\"metric\":{{\"app\":\"\"}},\"value\":[{end},\"19\"]}},{{\"metric\":{{\"env\":\"\"}},\"value\":[{end},\"18\"]}},"
            + $"{{\"metric\":{{\"host\":\"\"}},\"value\":[{end},\"1\"]}}]}}");
        (await host.DataAsync("index/volume", "query", "{}", "targetLabels", "host", "since", "3h"))
            .ShouldBe($"{{\"resultType\":\"vector\",\"result\":[{{\"metric\":{{\"host\":\"a\"}},\"value\":[{end},\"1\"]}}]}}");
        (await host.ErrorAsync("index/volume", "query", "{}", "aggregateBy", "colour")).ShouldBe("400 parameter aggregateBy: must be series or labels");
    }

    [Fact]
    public async Task Volume_range_counts_by_step_and_comes_back_as_a_vector_where_each_series_has_one_point()
    {
        await using var host = await LokiHost.StartAsync(Shop());
        string[] range = ["query", "{env=\"prod\"}", "start", $"{Base}", "end", $"{Base + 25}"];
        (await host.DataAsync("index/volume_range", [.. range, "step", "10"])).ShouldBe(
            $"{{\"resultType\":\"matrix\",\"result\":[{{\"metric\":{{\"env\":\"prod\"}},\"values\":[[{Base + 10},\"5\"],[{Base + 20},\"3\"],[{Base + 25},\"10\"]]}}]}}");
        (await host.DataAsync("index/volume_range", [.. range, "step", "1h"])).ShouldBe(
            $"{{\"resultType\":\"vector\",\"result\":[{{\"metric\":{{\"env\":\"prod\"}},\"value\":[{Base + 25},\"18\"]}}]}}");
    }

    [Fact]
    public async Task Detected_labels_tell_how_many_values_each_has()
    {
        await using var host = await LokiHost.StartAsync(Shop());
        (await host.BodyAsync("detected_labels")).ShouldBe(
            "{\"detectedLabels\":[{\"label\":\"app\",\"cardinality\":2},{\"label\":\"env\",\"cardinality\":1}]}");
    }

    [Fact]
    public async Task Detected_fields_come_from_metadata_and_from_the_parser_that_fits_each_line()
    {
        await using var host = await LokiHost.StartAsync(new MemoryLogSource()
            .Add("app=a", Base * Second, "{\"took\": \"15ms\", \"ok\": true}", "info", "trace_id=abc")
            .Add("app=a", (Base + 1) * Second, "size=5KB count=7 took=3ms", "info"));
        var body = await host.BodyAsync("detected_fields", "query", "{app=\"a\"}");
        body.ShouldBe("{\"fields\":["
            + "{\"label\":\"count\",\"type\":\"int\",\"cardinality\":1,\"parsers\":[\"logfmt\"]},"
            + "{\"label\":\"detected_level\",\"type\":\"string\",\"cardinality\":1,\"parsers\":null},"
            + "{\"label\":\"ok\",\"type\":\"boolean\",\"cardinality\":1,\"parsers\":[\"json\"]},"
            + "{\"label\":\"size\",\"type\":\"bytes\",\"cardinality\":1,\"parsers\":[\"logfmt\"]},"
            + "{\"label\":\"took\",\"type\":\"duration\",\"cardinality\":2,\"parsers\":[\"json\",\"logfmt\"]},"
            + "{\"label\":\"trace_id\",\"type\":\"string\",\"cardinality\":1,\"parsers\":null}],\"limit\":1000}");
        (await host.BodyAsync("detected_field/took/values", "query", "{app=\"a\"}", "limit", "1")).ShouldBe("{\"values\":[\"15ms\"],\"limit\":1}");
        (await host.ErrorAsync("detected_fields", "query", "vector(1)"))
            .ShouldBe("400 parameter query: fields are detected in the lines of a log query, and this is a metric query");
    }

    [Fact]
    public async Task Build_info_has_no_envelope()
    {
        await using var host = await LokiHost.StartAsync(Shop());
        (await host.BodyAsync("status/buildinfo")).ShouldStartWith("{\"version\":\"1.2.3\",\"revision\":\"abc\",\"branch\":\"\"");
    }

    [Fact]
    public async Task Drilldown_limits_tell_what_is_there()
    {
        await using var host = await LokiHost.StartAsync(Shop());
        var json = JsonDocument.Parse(await host.BodyAsync("drilldown-limits")).RootElement;
        json.GetProperty("limits").GetProperty("volume_enabled").GetBoolean().ShouldBeTrue();
        json.GetProperty("limits").GetProperty("query_timeout").GetString().ShouldBe("2m");
        json.GetProperty("pattern_ingester_enabled").GetBoolean().ShouldBeTrue();
    }

    [Theory]
    [InlineData(null, 60)]
    [InlineData("15", 15)]
    [InlineData("61s", 120)]
    [InlineData("2m", 120)]
    [InlineData("345", 360)]
    public async Task Patterns_are_counted_by_minutes_from_a_minute_on(string? step, int seconds)
    {
        var source = Shop();
        await using var host = await LokiHost.StartAsync(source);
        await (step is null ? host.BodyAsync("patterns", "query", "{app=\"shop\"}") : host.BodyAsync("patterns", "query", "{app=\"shop\"}", "step", step));
        source.PatternLookups.ShouldHaveSingleItem().StepNanos.ShouldBe(seconds * Second);
    }

    [Fact]
    public async Task Index_shards_is_one_that_has_all()
    {
        await using var host = await LokiHost.StartAsync(Shop());
        var json = JsonDocument.Parse(await host.BodyAsync("index/shards", "query", "{env=\"prod\"}", "targetBytesPerShard", "100MB")).RootElement;
        json.GetProperty("shards").GetRawText().ShouldBe(
            "[{\"bounds\":{\"min\":0,\"max\":18446744073709551615},\"stats\":{\"streams\":2,\"chunks\":0,\"entries\":3,\"bytes\":18}}]");
        json.GetProperty("statistics").GetProperty("summary").GetProperty("totalBytesProcessed").GetInt64().ShouldBe(18);
        (await host.ErrorAsync("index/shards")).ShouldBe("400 parameter query is missing: a stream selector such as {service_name=\"shop\"}");
    }

    [Fact]
    public async Task Volumes_tell_the_bytes_that_were_counted()
    {
        await using var host = await LokiHost.StartAsync(Shop());
        foreach (var path in new[] { "index/volume", "index/volume_range" })
        {
            var json = JsonDocument.Parse(await host.BodyAsync(path, "query", "{env=\"prod\"}")).RootElement;
            json.GetProperty("data").GetProperty("stats").GetProperty("summary").GetProperty("totalBytesProcessed").GetInt64().ShouldBe(18);
        }
    }

    [Fact]
    public async Task Patterns_have_level_and_counts_by_step_of_at_least_ten_seconds()
    {
        var source = Shop();
        source.Patterns.Add(new LogPattern("user <_> in", "info", [(Base * Second, 3), ((Base + 10) * Second, 1)]));
        await using var host = await LokiHost.StartAsync(source);
        (await host.BodyAsync("patterns", "query", "{app=\"shop\"}", "step", "1s")).ShouldBe(
            $"{{\"status\":\"success\",\"data\":[{{\"pattern\":\"user <_> in\",\"level\":\"info\",\"samples\":[[{Base},3],[{Base + 10},1]]}}]}}");
        var lookup = source.PatternLookups.ShouldHaveSingleItem();
        lookup.StepNanos.ShouldBe(10 * Second);
        (lookup.MaxTimeUnixNanos - lookup.MinTimeUnixNanos).ShouldBe(3600 * Second);
        lookup.Matchers.ShouldHaveSingleItem().Name.ShouldBe("app");
        (await host.ErrorAsync("patterns")).ShouldBe("400 parameter query is missing: a stream selector such as {service_name=\"shop\"}");
        (await host.ErrorAsync("patterns", "query", "{app=\"shop\"} |= \"x\"")).ShouldStartWith("400 parse error at line 1, col ");
    }
}
