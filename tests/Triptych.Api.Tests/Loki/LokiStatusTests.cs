using System.Text.Json;
using Shouldly;
using Triptych.LogQL.Tests.Sources;
using Triptych.Query.Budgets;
using Xunit;

namespace Triptych.Api.Tests.Loki;

public sealed class LokiStatusTests
{
    private const long Second = 1_000_000_000;
    private const long Base = LokiHost.NowSeconds - 100;

    private static MemoryLogSource Shop() => new MemoryLogSource()
        .Add("app=shop", Base * Second, "first")
        .Add("app=shop", ((Base + 1) * Second) + 500, "second \"q\"")
        .Add("app=cart", (Base + 2) * Second, "third");

    [Fact]
    public async Task Services_and_limits_of_the_tenant_are_text()
    {
        await using var host = await LokiHost.StartAsync(Shop());
        (await host.Client.GetStringAsync("/services", TestContext.Current.CancellationToken)).ShouldStartWith("triptych => Running");
        using var limits = await host.Client.GetAsync("/config/tenant/v1/limits", TestContext.Current.CancellationToken);
        limits.Content.Headers.ContentType!.MediaType.ShouldBe("application/yaml");
        (await limits.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("max_entries_limit_per_query: 5000\n");
    }

    [Fact]
    public async Task The_configuration_is_told_as_yaml_and_each_ring_has_one_member()
    {
        await using var host = await LokiHost.StartAsync(Shop());
        using var config = await host.Client.GetAsync("/config", TestContext.Current.CancellationToken);
        config.Content.Headers.ContentType!.MediaType.ShouldBe("application/yaml");
        (await config.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldBe("data_dir: here\n");
        foreach (var ring in new[] { "/ring", "/distributor/ring", "/compactor/ring" })
        {
            var member = JsonDocument.Parse(await host.BodyAsync(ring)).RootElement.GetProperty("shards").EnumerateArray().ShouldHaveSingleItem();
            member.GetProperty("id").GetString().ShouldBe("triptych");
            member.GetProperty("state").GetString().ShouldBe("ACTIVE");
        }
    }

    [Fact]
    public async Task Flush_is_for_administrators_and_waits_for_the_replay()
    {
        var (flushes, isReplayed) = (0, false);
        Task<bool> FlushAsync()
        {
            flushes++;
            return Task.FromResult(isReplayed);
        }

        await using (var closed = await LokiHost.StartAsync(Shop(), flush: FlushAsync))
        {
            using var refused = await closed.PostAsync("/flush");
            (await LokiHost.ErrorOfAsync(refused)).ShouldBe("403 admin APIs disabled: set web.enable_admin_api to true");
            flushes.ShouldBe(0);
        }

        await using var host = await LokiHost.StartAsync(Shop(), isAdmin: true, flush: FlushAsync);
        using var early = await host.PostAsync("/flush");
        (await LokiHost.ErrorOfAsync(early)).ShouldBe("503 the write-ahead log is being replayed");
        isReplayed = true;
        using var flushed = await host.PostAsync("/flush");
        ((int)flushed.StatusCode).ShouldBe(204);
        flushes.ShouldBe(2);
    }

    [Fact]
    public async Task There_are_no_rules_yet_and_each_form_says_so()
    {
        await using var host = await LokiHost.StartAsync(Shop());
        (await host.ErrorAsync("rules")).ShouldBe("404 no rule groups found");
        (await host.BodyAsync("/prometheus/api/v1/rules")).ShouldBe("{\"status\":\"success\",\"data\":{\"groups\":[]},\"errorType\":\"\",\"error\":\"\"}");
        (await host.BodyAsync("/prometheus/api/v1/alerts")).ShouldBe("{\"status\":\"success\",\"data\":{\"alerts\":[]},\"errorType\":\"\",\"error\":\"\"}");
    }

    [Fact]
    public async Task The_paths_of_before_version_1_have_their_own_forms()
    {
        await using var host = await LokiHost.StartAsync(Shop());
        (await host.BodyAsync("/api/prom/label")).ShouldBe("{\"values\":[\"app\"]}");
        (await host.BodyAsync("/api/prom/label/app/values")).ShouldBe("{\"values\":[\"cart\",\"shop\"]}");
        (await host.BodyAsync("/api/prom/label/none/values")).ShouldBe("{\"values\":[]}");
        (await host.BodyAsync("/api/prom/query", "query", "{app=\"shop\"}")).ShouldBe(
            "{\"streams\":[{\"labels\":\"{app=\\\"shop\\\", detected_level=\\\"unknown\\\"}\",\"entries\":["
            + "{\"ts\":\"2023-11-14T22:11:41.0000005Z\",\"line\":\"second \\\"q\\\"\"},{\"ts\":\"2023-11-14T22:11:40Z\",\"line\":\"first\"}]}]}");
        (await host.ErrorAsync("/api/prom/query", "query", "vector(1)")).ShouldBe("400 legacy endpoints only support streams result type");
        (await host.ErrorAsync("/api/prom/tail", "query", "{app=\"shop\"}")).ShouldStartWith("400 ");
    }

    [Fact]
    public async Task Statistics_count_what_was_read_and_what_passed()
    {
        await using var host = await LokiHost.StartAsync(Shop());
        var lines = await SummaryAsync(host, "query_range", "{app=~\".+\"} |= \"ir\" | logfmt");
        lines.GetProperty("totalLinesProcessed").GetInt64().ShouldBe(3);
        lines.GetProperty("totalPostFilterLines").GetInt64().ShouldBe(2);
        lines.GetProperty("totalEntriesReturned").GetInt64().ShouldBe(2);
        lines.GetProperty("queueTime").GetDouble().ShouldBeGreaterThanOrEqualTo(0);
        var counted = await SummaryAsync(host, "query", "sum(count_over_time({app=~\".+\"}[5m]))");
        counted.GetProperty("totalPostFilterLines").GetInt64().ShouldBe(3);
        counted.GetProperty("totalEntriesReturned").GetInt64().ShouldBe(1);
        var parsed = await SummaryAsync(host, "query", "sum(count_over_time({app=~\".+\"} | logfmt | app=\"cart\" [5m]))");
        parsed.GetProperty("totalPostFilterLines").GetInt64().ShouldBe(1);
    }

    [Fact]
    public async Task A_query_whose_lines_would_take_more_memory_than_it_may_is_refused_and_says_how_much_that_is()
    {
        var source = new MemoryLogSource();
        for (var i = 0; i < 100; i++) source.Add("app=a", (Base * Second) + i, new string('x', 100_000));
        await using var host = await LokiHost.StartAsync(source, new QueryLimits { MaxBytes = 5_000_000 });
        (await host.ErrorAsync("query_range", "query", "{app=\"a\"}", "limit", "1000")).ShouldBe("400 query would hold more than 5000000 bytes of memory (query.max_memory)");
        (await host.BodyAsync("query_range", "query", "{app=\"a\"}", "limit", "10")).Length.ShouldBeGreaterThan(1_000_000);
    }

    [Fact]
    public async Task Fields_of_long_lines_take_memory_only_where_the_answer_shows_them()
    {
        var source = new MemoryLogSource();
        for (var i = 0; i < 100; i++) source.Add("app=a", (Base * Second) + i, $$"""{"a":{{i}},"long":"{{new string('x', 100_000)}}{{i}}"}""");
        await using var host = await LokiHost.StartAsync(source, new QueryLimits { MaxBytes = 5_000_000 });
        (await host.ErrorAsync("query_range", "query", """{app="a"} | json | line_format "{{.a}}" """, "limit", "1000"))
            .ShouldBe("400 query would hold more than 5000000 bytes of memory (query.max_memory)");
        foreach (var query in new[] { """{app="a"} | json | line_format "{{.a}}" | keep app""", """{app="a"} | json a="a" | line_format "{{.a}}" """ })
            (await host.BodyAsync("query_range", "query", query, "limit", "1000")).ShouldContain("\"99\"");
    }

    private static async Task<JsonElement> SummaryAsync(LokiHost host, string path, string query)
    {
        using var body = JsonDocument.Parse(await host.BodyAsync(path, "query", query));
        return body.RootElement.GetProperty("data").GetProperty("stats").GetProperty("summary").Clone();
    }
}
