using System.Text;
using System.Text.Json;

namespace Triptych.Server.Tests.Operations;

/// <summary>What the operations pages show, on a real server of their own.</summary>
public sealed class StatusTests : IAsyncLifetime
{
    private readonly ServerProcess _server = new();

    public async ValueTask InitializeAsync()
    {
        _server.Set("TRIPTYCH_STORAGE_RETENTION_LOGS_TIME", "3d").Set("TRIPTYCH_WEB_ENABLE_ADMIN_API", "true");
        await _server.StartAsync();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Storage_says_what_is_unflushed_what_was_flushed_last_and_what_retention_deletes_next()
    {
        await PushAsync("a", "shop");
        var before = await SignalAsync("logs");
        var unflushed = before.GetProperty("unflushed");
        unflushed.GetProperty("memoryBytes").GetInt64().ShouldBeGreaterThan(0);
        unflushed.GetProperty("walBytes").GetInt64().ShouldBeGreaterThan(0);
        unflushed.GetProperty("oldestUnixMs").ValueKind.ShouldBe(JsonValueKind.Number);
        unflushed.GetProperty("lastFlush").ValueKind.ShouldBe(JsonValueKind.Null);
        before.GetProperty("nextExpiryUnixMs").ValueKind.ShouldBe(JsonValueKind.Null, "nothing is in a block");
        before.GetProperty("retention").GetProperty("timeMs").GetInt64().ShouldBe(3 * 86_400_000L);

        (await Wire.PostAsync(_server.Url(_server.LokiPort, "/flush"), [], null)).Status.ShouldBe(204);
        var after = await SignalAsync("logs");
        var flush = after.GetProperty("unflushed").GetProperty("lastFlush");
        (flush.GetProperty("blocks").GetInt32(), flush.GetProperty("rows").GetInt64()).ShouldBe((1, 1));
        after.GetProperty("unflushed").GetProperty("walBytes").GetInt64().ShouldBe(0);
        after.GetProperty("nextExpiryUnixMs").GetInt64().ShouldBe(after.GetProperty("newestUnixMs").GetInt64() + (3 * 86_400_000L));
        after.GetProperty("soon").GetArrayLength().ShouldBe(0, "it stays for three days");
        using var all = await GetAsync("/api/triptych/v1/status/storage");
        var tenant = all.RootElement.GetProperty("tenants").EnumerateArray().Single(t => t.GetProperty("signal").GetString() == "logs");
        tenant.GetProperty("rows").GetInt64().ShouldBe(1);
        tenant.GetProperty("bytes").GetInt64().ShouldBe(after.GetProperty("bytes").GetInt64());
        all.RootElement.GetProperty("freeBytes").GetInt64().ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Streams_are_counted_by_label_and_by_value()
    {
        await PushAsync("1", "shop");
        await PushAsync("2", "shop");
        await PushAsync("3", "bank");
        using var status = await GetAsync("/api/triptych/v1/status/streams?limit=1");
        var root = status.RootElement;
        root.GetProperty("streams").GetInt32().ShouldBe(3);
        var label = root.GetProperty("labels").EnumerateArray().ToList().ShouldHaveSingleItem();
        (label.GetProperty("name").GetString(), label.GetProperty("values").GetInt32(), label.GetProperty("streams").GetInt32()).ShouldBe(("pod", 3, 3));
        var pair = root.GetProperty("pairs").EnumerateArray().ToList().ShouldHaveSingleItem();
        pair.GetProperty("streams").GetInt32().ShouldBe(2);
        pair.GetProperty("value").GetString().ShouldBe("shop");
        (await Wire.GetAsync(_server.Url(_server.UiPort, "/api/triptych/v1/status/streams?limit=0"))).ShouldBeOneLine(400, "limit is not a number from 1");
        (await Wire.GetAsync(_server.Url(_server.UiPort, "/api/triptych/v1/status/streams?start=2&end=1"))).ShouldBeOneLine(400, "end must not be before");
    }

    [Fact]
    public async Task What_came_long_after_its_time_is_counted_as_late_by_its_source()
    {
        var now = TimeProvider.System.GetUtcNow();
        await SendLogAsync(now, "now");
        await SendLogAsync(now - TimeSpan.FromMinutes(10), "held back");
        using var status = await GetAsync("/api/triptych/v1/status/sources");
        var source = status.RootElement.GetProperty("signals").GetProperty("logs").GetProperty("sources").EnumerateArray().ToList().ShouldHaveSingleItem();
        source.GetProperty("acceptedTotal").GetInt64().ShouldBe(2);
        source.GetProperty("lateTotal").GetInt64().ShouldBe(1);
        source.GetProperty("delayMs").GetInt64().ShouldBeGreaterThanOrEqualTo(600_000);

        async Task SendLogAsync(DateTimeOffset at, string line) => (await Wire.PostAsync(
            _server.Url(_server.OtlpHttpPort, "/v1/logs"), Bodies.LogAt("shop", at, line), Wire.Protobuf)).Status.ShouldBe(200);
    }

    [Fact]
    public async Task The_server_says_which_build_it_is_who_holds_memory_and_how_its_parts_are()
    {
        using var status = await GetAsync("/api/triptych/v1/status/server");
        var root = status.RootElement;
        root.GetProperty("version").GetString().ShouldNotBeNullOrEmpty();
        root.GetProperty("uptimeMs").GetInt64().ShouldBeGreaterThanOrEqualTo(0);
        root.GetProperty("residentBytes").GetInt64().ShouldBeGreaterThan(0);
        var parts = root.GetProperty("parts").EnumerateArray().ToDictionary(p => p.GetProperty("name").GetString()!, p => p.GetProperty("state").GetString());
        parts.Keys.ShouldBe(["readiness", "targets", "metrics", "logs", "traces", "blocks"]);
        parts.Where(p => p.Key != "targets").ShouldAllBe(p => p.Value == "well");
        var holders = root.GetProperty("memory").EnumerateArray().ToList();
        holders.Select(h => h.GetProperty("name").GetString()).ShouldContain("queries");
        holders.ShouldAllBe(h => h.GetProperty("limitBytes").GetInt64() > 0 && h.GetProperty("usedBytes").GetInt64() >= 0);
    }

    private async Task<JsonElement> SignalAsync(string signal)
    {
        using var status = await GetAsync("/api/triptych/v1/status/storage");
        return status.RootElement.GetProperty("signals").GetProperty(signal).Clone();
    }

    private async Task PushAsync(string pod, string app)
    {
        var push = Encoding.UTF8.GetBytes(
            $$$"""{"streams":[{"stream":{"app":"{{{app}}}","service_name":"{{{app}}}","pod":"{{{pod}}}"},"values":[["{{{Bodies.NowNanos}}}","hello"]]}]}""");
        (await Wire.PostAsync(_server.Url(_server.LokiPort, "/loki/api/v1/push"), push, Wire.Json)).Status.ShouldBe(204);
    }

    private async Task<JsonDocument> GetAsync(string path)
    {
        var answer = await Wire.GetAsync(_server.Url(_server.UiPort, path));
        answer.Status.ShouldBe(200, answer.Text);
        return JsonDocument.Parse(answer.Body);
    }
}
