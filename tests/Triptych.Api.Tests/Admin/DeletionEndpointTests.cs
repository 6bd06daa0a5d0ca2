using System.Text.Json;
using Triptych.Api.Admin;
using Triptych.Columnar.Predicates;
using Triptych.Model;
using Triptych.Storage.Deletion;

namespace Triptych.Api.Tests.Admin;

public sealed class DeletionEndpointTests
{
    private const string DeleteSeries = "/api/v1/admin/tsdb/delete_series?match[]=";
    private const string Deletions = "/api/triptych/v1/deletions";

    [Fact]
    public async Task Delete_series_flushes_stores_one_request_for_all_selectors_and_answers_204()
    {
        await using var host = await DeletionHost.StartAsync();
        (await host.SendAsync("POST", DeleteSeries + "up&match[]={job=\"x\"}&start=10&end=20.5")).ShouldBe((204, ""));
        host.Flushed.ShouldBe([Signal.Metrics]);
        var request = host.Upkeep.Deletions.List(TenantId.Default, null).ShouldHaveSingleItem().Request;
        request.Selectors.ShouldBe(["up", "{job=\"x\"}"]);
        (request.MinTime, request.MaxTime, request.State).ShouldBe((10_000L, 20_500L, DeletionState.Pending));
        (await host.SendAsync("PUT", DeleteSeries + "up")).Status.ShouldBe(204);
        (await host.SendAsync("GET", DeleteSeries + "up")).Status.ShouldBe(405);
    }

    [Theory]
    [InlineData("/api/v1/admin/tsdb/delete_series", "no match[] parameter provided")]
    [InlineData(DeleteSeries + "{", "parse error")]
    [InlineData(DeleteSeries + "{job=~\".*\"}", "must contain at least one non-empty matcher")]
    [InlineData(DeleteSeries + "up&start=20&end=10", "end timestamp must not be before start time")]
    public async Task Delete_series_refuses_what_it_cannot_read(string path, string reason)
    {
        await using var host = await DeletionHost.StartAsync();
        var (status, body) = await host.SendAsync("POST", path);
        status.ShouldBe(400);
        body.ShouldContain("bad_data");
        JsonDocument.Parse(body).RootElement.GetProperty("error").GetString()!.ShouldContain(reason);
        host.Flushed.ShouldBeEmpty();
    }

    [Fact]
    public async Task Clean_tombstones_waits_until_deletions_are_complete()
    {
        await using var host = await DeletionHost.StartAsync();
        (await host.SendAsync("POST", "/api/v1/admin/tsdb/clean_tombstones")).ShouldBe((204, ""));
        await host.SendAsync("POST", DeleteSeries + "up");
        await host.Upkeep.RunOnceAsync(CancellationToken.None);
        (await host.SendAsync("POST", "/api/v1/admin/tsdb/clean_tombstones")).Status.ShouldBe(204);
        host.Upkeep.Deletions.List(TenantId.Default, Signal.Metrics).ShouldAllBe(static d => d.Request.State == DeletionState.Done);
    }

    [Fact]
    public async Task Without_the_option_nothing_is_deleted_and_the_option_is_named()
    {
        await using var host = await DeletionHost.StartAsync(isEnabled: false);
        var (status, body) = await host.SendAsync("POST", DeleteSeries + "up");
        status.ShouldBe(500);
        body.ShouldContain("\"errorType\":\"unavailable\"");
        body.ShouldContain("web.enable_admin_api");
        foreach (var (method, path) in new[] { ("POST", "/loki/api/v1/delete?query={a=\"b\"}&start=1"), ("POST", Deletions + "?signal=traces&query={}&start=1") })
        {
            (status, body) = await host.SendAsync(method, path);
            status.ShouldBe(403);
            body.ShouldContain("web.enable_admin_api");
        }

        host.Upkeep.Deletions.List(TenantId.Default, null).ShouldBeEmpty();
    }

    [Fact]
    public async Task Lokis_deletions_are_asked_for_listed_and_called_off()
    {
        await using var host = await DeletionHost.StartAsync();
        (await host.SendAsync("POST", "/loki/api/v1/delete?query=%7Bapp%3D%22x%22%7D%20%7C%3D%20%22secret%22&start=1591616227&end=1591619692")).ShouldBe((204, ""));
        var (status, body) = await host.SendAsync("GET", "/loki/api/v1/delete");
        status.ShouldBe(200);
        var item = JsonDocument.Parse(body).RootElement.EnumerateArray().ShouldHaveSingleItem();
        item.GetProperty("start_time").GetInt64().ShouldBe(1591616227);
        item.GetProperty("end_time").GetInt64().ShouldBe(1591619692);
        item.GetProperty("query").GetString().ShouldBe("{app=\"x\"} |= \"secret\"");
        item.GetProperty("status").GetString().ShouldBe("received");
        var id = item.GetProperty("request_id").GetString();
        (await host.SendAsync("DELETE", "/loki/api/v1/delete?request_id=nope")).Status.ShouldBe(404);
        (await host.SendAsync("DELETE", "/loki/api/v1/delete?request_id=" + id)).Status.ShouldBe(204);
        (await host.SendAsync("DELETE", "/loki/api/v1/delete?request_id=" + id)).Status.ShouldBe(400);
        (await host.SendAsync("GET", "/loki/api/v1/delete")).Body.ShouldBe("[]");
    }

    [Fact]
    public async Task Lokis_deletion_of_which_a_part_is_done_is_called_off_by_force_only_and_then_listed_as_processed()
    {
        const string Id = "0198a6f0000070008000000000000001";
        const string Json = $$"""
            {"id":"{{Id}}","tenant":"default","signal":"logs","selectors":["{app=\"x\"}"],"min_time":1591616227000000000,"max_time":1591619692000000000,
            "created_unix_ms":1791619692000,"through_segment":3,"state":"pending","blocks_done":2,"rows_deleted":7}
            """;
        await using var host = await DeletionHost.StartAsync(stored: (Id, Json));
        (await host.SendAsync("GET", "/loki/api/v1/delete")).Body.ShouldContain("\"status\":\"100% Complete\"");
        var (status, body) = await host.SendAsync("DELETE", "/loki/api/v1/delete?request_id=" + Id);
        status.ShouldBe(400);
        body.ShouldContain("?force");
        (await host.SendAsync("DELETE", $"/loki/api/v1/delete?request_id={Id}&force=true")).ShouldBe((204, ""));
        (await host.SendAsync("GET", "/loki/api/v1/delete")).Body.ShouldContain("\"status\":\"processed\"");
    }

    [Fact]
    public async Task Lokis_list_says_when_a_deletion_is_processed()
    {
        await using var host = await DeletionHost.StartAsync();
        await host.SendAsync("POST", "/loki/api/v1/delete?query={a=\"b\"}&start=1");
        await host.Upkeep.RunOnceAsync(CancellationToken.None);
        (await host.SendAsync("GET", "/loki/api/v1/delete")).Body.ShouldContain("\"status\":\"processed\"");
    }

    [Theory]
    [InlineData("?query={a=\"b\"}", "start time not set")]
    [InlineData("?start=1", "query not set")]
    [InlineData("?query={a=\"b\"}&start=1&end=9999999999", "1970 and 2191")]
    [InlineData("?query={a=\"b\"}&start=1&end=1999999999", "deletes in future not allowed")]
    [InlineData("?query={a=\"b\"&start=1", "parse error")]
    [InlineData("?query=count_over_time({a=\"b\"}[1m])&start=1", "has to select lines")]
    [InlineData("?query={a=\"b\"}|json&start=1", "|=, !=, |~ and !~ only")]
    public async Task Loki_refuses_what_cannot_be_deleted_by(string query, string reason)
    {
        await using var host = await DeletionHost.StartAsync();
        var (status, body) = await host.SendAsync("POST", "/loki/api/v1/delete" + query);
        status.ShouldBe(400);
        body.ShouldContain(reason);
    }

    [Fact]
    public async Task Spans_are_deleted_by_a_pair_of_braces_and_progress_is_told()
    {
        await using var host = await DeletionHost.StartAsync();
        var (status, body) = await host.SendAsync("POST", Deletions + "?signal=traces&query=%7Bresource.service.name%3D%22x%22%7D&start=1591616227&end=1591619692");
        status.ShouldBe(202, body);
        var id = JsonDocument.Parse(body).RootElement.GetProperty("id").GetString();
        await host.Upkeep.RunOnceAsync(CancellationToken.None);
        var told = JsonDocument.Parse((await host.SendAsync("GET", $"{Deletions}/{id}")).Body).RootElement;
        told.GetProperty("state").GetString().ShouldBe("done");
        told.GetProperty("blocksTotal").GetInt64().ShouldBe(0);
        told.GetProperty("startUnixMs").GetInt64().ShouldBe(1591616227000);
        (await host.SendAsync("DELETE", $"{Deletions}/{id}")).Status.ShouldBe(409);
        (await host.SendAsync("GET", Deletions)).Body.ShouldContain(id!);
        (await host.SendAsync("GET", Deletions + "/1")).Status.ShouldBe(404);
    }

    [Theory]
    [InlineData("?signal=profiles&query={}&start=1", "none of metrics, logs and traces")]
    [InlineData("?signal=traces&query={}", "start: a time is needed")]
    [InlineData("?signal=traces&start=1", "between 1 and 100 selectors")]
    [InlineData("?signal=traces&start=1&query={ name = \"a\" } >> { name = \"b\" }", "one pair of braces only")]
    [InlineData("?signal=traces&start=1&query={ event:name = \"a\" }", "cannot be selected here by this condition")]
    public async Task Deletions_that_cannot_be_done_are_refused(string query, string reason)
    {
        await using var host = await DeletionHost.StartAsync();
        var (status, body) = await host.SendAsync("POST", Deletions + query);
        status.ShouldBe(400);
        body.ShouldContain(reason);
    }

    [Fact]
    public async Task The_status_of_storage_names_each_signal()
    {
        await using var host = await DeletionHost.StartAsync();
        var (status, body) = await host.SendAsync("GET", "/api/triptych/v1/status/storage");
        status.ShouldBe(200);
        var signals = JsonDocument.Parse(body).RootElement.GetProperty("signals");
        foreach (var name in new[] { "metrics", "logs", "traces" })
            signals.GetProperty(name).GetProperty("blocks").GetInt32().ShouldBe(0);
    }

    [Fact]
    public void Selectors_become_matchers_and_predicates()
    {
        var selectors = new DeletionSelectors();
        var series = selectors.Read(Signal.Metrics, "up{job=~\"a|b\"}", out _).ShouldNotBeNull();
        series.Matchers.Select(static m => m.ToString()).ShouldBe(["job=~\"a|b\"", "__name__=\"up\""], ignoreOrder: true);
        series.Predicate.ShouldBeNull();
        var lines = selectors.Read(Signal.Logs, "{app=\"x\"} |= \"a\" != \"b\"", out _).ShouldNotBeNull();
        lines.Matchers.Count.ShouldBe(1);
        lines.Predicate.ShouldBeOfType<RowPredicate.And>().Parts.Count.ShouldBe(2);
        selectors.Read(Signal.Traces, "{}", out _).ShouldNotBeNull().Predicate.ShouldBeNull();
        selectors.Read(Signal.Traces, "{ name = \"a\" && duration > 1s }", out _).ShouldNotBeNull().Predicate.ShouldNotBeNull();
        DeletionSelectors.ReadRule(Signal.Traces, "{\"service.name\"=\"x\"}", out _).ShouldNotBeNull().ShouldHaveSingleItem().Name.ShouldBe("service.name");
    }
}
