using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Triptych.Server.Tests;
using Triptych.Storage.ObjectStore.S3;

namespace Triptych.S3.Tests;

/// <summary>The whole program with its blocks in the bucket.</summary>
[Collection(OneAtATime.Name)]
public sealed class ServerTests(SmallCeph ceph) : IAsyncDisposable
{
    private static readonly HttpClient Client = new(new SocketsHttpHandler { UseProxy = false });
    private readonly ServerProcess _server = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Blocks_are_in_the_bucket_and_everything_is_answered_after_restarts_and_kill_9()
    {
        var options = await ceph.NewBucketAsync() with { Prefix = "telemetry/one" };
        Use(_server, options);
        await _server.StartAsync();
        _server.Error.ShouldContain(options.Bucket);
        await SendAsync("first");
        (await _server.StopAsync()).ShouldBe(0, _server.Error);
        _server.Error.ShouldContain("everything is in blocks");

        using var store = S3ObjectStore.Open(options, TimeProvider.System);
        foreach (var signal in new[] { "metrics", "logs", "traces" }) (await KeysAsync(store)).ShouldContain(k => k.StartsWith($"blocks/1/{signal}/", StringComparison.Ordinal));
        Directory.EnumerateFiles(_server.DataDirectory, "*.parquet", SearchOption.AllDirectories).ShouldBeEmpty();

        await _server.StartAsync();
        await ShouldAnswerAsync("first");
        await SendAsync("second");
        await _server.KillAsync();
        await _server.StartAsync();
        await ShouldAnswerAsync("first", "second");

        // A cache that a crash tore in any way is only slower.
        await _server.KillAsync();
        var cache = Path.Combine(_server.DataDirectory, "object-cache", "ranges.cache");
        await TearAsync(cache);
        await _server.StartAsync();
        await ShouldAnswerAsync("first", "second");
        (await _server.StopAsync()).ShouldBe(0, _server.Error);
    }

    [Fact]
    public async Task Blocks_in_the_bucket_are_listed_shown_and_verified()
    {
        var options = await ceph.NewBucketAsync() with { Prefix = "looked/at" };
        Use(_server, options);
        await _server.StartAsync();
        await SendAsync("looked");
        (await _server.StopAsync()).ShouldBe(0, _server.Error);
        await using var tool = new ServerProcess();
        Use(tool, options);
        tool.Set("TRIPTYCH_DATA_DIR", _server.DataDirectory);
        var listed = JsonDocument.Parse((await tool.RunAsync("block", "ls", "-o", "json")).Output).RootElement.EnumerateArray().ToList();
        listed.Count.ShouldBe(3);
        var verified = await tool.RunAsync("block", "verify");
        verified.ExitCode.ShouldBe(0, verified.Output + verified.Error);
        verified.Output.ShouldContain("3 blocks verified, 0 of them damaged");
        (await tool.RunAsync("block", "inspect", listed[0].GetProperty("id").GetString()!)).Output.ShouldContain("triptych.format = ");
        (await tool.RunAsync("block", "ls", "--data-dir", _server.DataDirectory)).ShouldBeOneLine(1, "lie in a bucket", "--config");

        // Damage and loss in the bucket are found there.
        using var store = S3ObjectStore.Open(options, TimeProvider.System);
        var (altered, gone) = (listed[0].GetProperty("object_key").GetString()!, listed[1].GetProperty("object_key").GetString()!);
        var bytes = new byte[(await store.GetLengthAsync(altered, Stop))!.Value];
        await store.GetRangeAsync(altered, 0, bytes, Stop);
        bytes[bytes.Length / 3] ^= 1;
        await store.PutAsync(altered, bytes, Stop);
        await store.DeleteAsync(gone, Stop);
        var damaged = await tool.RunAsync("block", "verify");
        damaged.ExitCode.ShouldBe(1);
        damaged.Output.ShouldContain("3 blocks verified, 2 of them damaged");
        damaged.Output.ShouldContain($"{altered}: at byte ");
        damaged.Output.ShouldContain($"{gone}: at byte 0: the catalog names this file, but it is not there");
        damaged.Output.ShouldNotContain(options.SecretKey);
    }

    [Fact]
    public async Task A_gateway_that_goes_away_stops_neither_intake_nor_what_is_in_memory_and_loses_nothing()
    {
        await using var proxy = new FaultProxy(ceph.Port);
        var options = await ceph.NewBucketAsync();
        Use(_server, options with { Endpoint = proxy.Endpoint });
        _server.Set("TRIPTYCH_STORAGE_OBJECT_STORE_MAX_RETRIES", "0");
        await _server.StartAsync();
        proxy.Fault = static _ => new ProxyFault { Answer = (503, "SlowDown") };
        await SendAsync("without");
        await ShouldAnswerAsync("without");
        await _server.KillAsync();

        proxy.Fault = static _ => null;
        await _server.StartAsync();
        await ShouldAnswerAsync("without");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stopped_while_the_gateway_is_away_it_ends_in_time_and_loses_nothing(bool refusesConnections)
    {
        var options = await ceph.NewBucketAsync();
        await using (var proxy = new FaultProxy(ceph.Port))
        {
            Use(_server, options with { Endpoint = proxy.Endpoint });
            await _server.StartAsync();
            await SendAsync("kept");
            if (refusesConnections) await proxy.DisposeAsync();
            else proxy.Fault = static _ => new ProxyFault { Stall = true };

            // 30 s, and as much again for a machine that does much else meanwhile; one request and its repetitions alone would take minutes.
            var stopping = Stopwatch.StartNew();
            (await _server.StopAsync()).ShouldBe(0, _server.Error);
            stopping.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(60), _server.Error);
        }

        _server.Error.ShouldContain("the last flush was cut off");
        _server.Error.ShouldContain(options.Bucket);
        _server.Error.ShouldContain("stays in the write-ahead log");
        _server.Error.ShouldNotContain("everything is in blocks");

        Use(_server, options);
        await _server.StartAsync();
        await ShouldAnswerAsync("kept");
        (await _server.StopAsync()).ShouldBe(0, _server.Error);
        _server.Error.ShouldContain("everything is in blocks");
        using var store = S3ObjectStore.Open(options, TimeProvider.System);
        (await KeysAsync(store)).Count(static k => k.StartsWith("blocks/", StringComparison.Ordinal)).ShouldBe(3, "and nothing of the flush that was cut off");
    }

    [Fact]
    public async Task A_bucket_that_cannot_be_used_is_one_line()
    {
        var options = await ceph.NewBucketAsync();
        Use(_server, options with { SecretKey = "not-the-secret" });
        var refused = await _server.RunAsync("serve");
        refused.ShouldBeOneLine(1, options.Endpoint.OriginalString, options.Bucket, "storage.object_store.secret_key");
        refused.Error.ShouldNotContain("not-the-secret");

        Use(_server, options with { Bucket = "no-such-bucket" });
        (await _server.RunAsync("serve")).ShouldBeOneLine(1, options.Endpoint.OriginalString, "no-such-bucket", "storage.object_store.bucket");

        Use(_server, options with { Endpoint = new Uri("http://127.0.0.1:1") });
        (await _server.RunAsync("serve")).ShouldBeOneLine(1, "http://127.0.0.1:1", "no connection", "storage.object_store.endpoint");
    }

    [Fact]
    public async Task Bucket_and_prefix_belong_to_one_data_directory()
    {
        var options = await ceph.NewBucketAsync();
        Use(_server, options);
        await _server.StartAsync();
        await SendAsync("first");
        (await _server.StopAsync()).ShouldBe(0, _server.Error);

        await using var other = new ServerProcess();
        Use(other, options);
        (await other.RunAsync("serve")).ShouldBeOneLine(1, options.Bucket, "another data directory", "storage.object_store.prefix");
        Use(other, options with { Prefix = "other" });
        await other.StartAsync();

        // The catalog's blocks are where they were: neither local files nor another prefix will do.
        Use(_server, options with { Prefix = "elsewhere" });
        (await _server.RunAsync("serve")).ShouldBeOneLine(1, options.Bucket, "data-set.json is missing", "storage.object_store.bucket");
        foreach (var option in new[] { "ENDPOINT", "BUCKET", "PREFIX", "ACCESS_KEY", "SECRET_KEY" }) _server.Set($"TRIPTYCH_STORAGE_OBJECT_STORE_{option}", "");
        _server.Set("TRIPTYCH_STORAGE_OBJECT_STORE_TYPE", "local");
        (await _server.RunAsync("serve")).ShouldBeOneLine(1, "storage.object_store.type is local", "bucket");
    }

    private static void Use(ServerProcess server, S3Options options)
    {
        server.Set("TRIPTYCH_STORAGE_OBJECT_STORE_TYPE", "s3").Set("TRIPTYCH_STORAGE_OBJECT_STORE_ENDPOINT", options.Endpoint.OriginalString)
            .Set("TRIPTYCH_STORAGE_OBJECT_STORE_BUCKET", options.Bucket).Set("TRIPTYCH_STORAGE_OBJECT_STORE_PREFIX", options.Prefix)
            .Set("TRIPTYCH_STORAGE_OBJECT_STORE_ACCESS_KEY", options.AccessKey).Set("TRIPTYCH_STORAGE_OBJECT_STORE_SECRET_KEY", options.SecretKey);
    }

    private static async Task TearAsync(string file)
    {
        var random = new Random(1);
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite);
        for (long at = 4096; at < Math.Min(stream.Length, 64 << 20); at += random.Next(1, 100_000))
        {
            stream.Position = at;
            stream.WriteByte((byte)random.Next(256));
        }
    }

    private static async Task<List<string>> KeysAsync(S3ObjectStore store)
    {
        var keys = new List<string>();
        await foreach (var entry in store.ListAsync("", Stop)) keys.Add(entry.Key);
        return keys;
    }

    private async Task SendAsync(string name)
    {
        var now = (TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000).ToString(CultureInfo.InvariantCulture);
        var resource = $$$"""{"attributes":[{"key":"service.name","value":{"stringValue":"{{{name}}}"}}]}""";
        await PostAsync("/v1/logs", $$$"""{"resourceLogs":[{"resource":{{{resource}}},"scopeLogs":[{"logRecords":[{"timeUnixNano":"{{{now}}}","body":{"stringValue":"a line"}}]}]}]}""");
        await PostAsync(
            "/v1/metrics", $$$"""{"resourceMetrics":[{"resource":{{{resource}}},"scopeMetrics":[{"metrics":[{"name":"{{{name}}}_gauge","gauge":{"dataPoints":[{"timeUnixNano":"{{{now}}}","asDouble":7}]}}]}]}]}""");
        await PostAsync(
            "/v1/traces",
            $$$"""
            {"resourceSpans":[{"resource":{{{resource}}},"scopeSpans":[{"spans":[{"traceId":"{{{TraceIdOf(name)}}}","spanId":"0102030405060708",
            "name":"a span","kind":1,"startTimeUnixNano":"{{{now}}}","endTimeUnixNano":"{{{now}}}"}]}]}]}
            """);
    }

    private async Task PostAsync(string path, string json)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        using var answer = await Client.PostAsync(_server.Url(_server.OtlpHttpPort, path), content, Stop);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync(Stop));
    }

    private async Task ShouldAnswerAsync(params string[] names)
    {
        foreach (var name in names)
        {
            using var lines = await QueryAsync(_server.LokiPort, $"/loki/api/v1/query_range?since=1h&query={Uri.EscapeDataString($"{{service_name=\"{name}\"}}")}");
            lines.RootElement.GetProperty("data").GetProperty("result").EnumerateArray().Sum(static s => s.GetProperty("values").GetArrayLength()).ShouldBe(1);
            using var samples = await QueryAsync(_server.PrometheusPort, $"/api/v1/query?query={Uri.EscapeDataString($"count_over_time({name}_gauge[1h])")}");
            samples.RootElement.GetProperty("data").GetProperty("result")[0].GetProperty("value")[1].GetString().ShouldBe("1");
            using var trace = await QueryAsync(_server.TempoPort, $"/api/traces/{TraceIdOf(name)}");
            trace.RootElement.ToString().ShouldContain("a span");
        }
    }

    private async Task<JsonDocument> QueryAsync(int port, string path)
    {
        using var answer = await Client.GetAsync(_server.Url(port, path), Stop);
        var body = await answer.Content.ReadAsStringAsync(Stop);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, body);
        return JsonDocument.Parse(body);
    }

    private static string TraceIdOf(string name) => Convert.ToHexStringLower(Encoding.ASCII.GetBytes(name.PadRight(16, '-'))[..16]);
}
