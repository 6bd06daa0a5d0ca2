using System.Globalization;
using System.Text.Json;
using Triptych.Ingest.Tests.Protos.Otlp;

namespace Triptych.Server.Tests.Dashboards;

/// <summary>The dashboards that the program brings, each query of theirs asked of a running server.</summary>
public sealed class ReadyMadeDashboardsTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private const int ServerKind = 2;
    private const int ClientKind = 3;

    private readonly ServerProcess _server = new();
    private int _traces;

    public async ValueTask InitializeAsync()
    {
        _server.Set("TRIPTYCH_WEB_ENABLE_ADMIN_API", "true").Set("TRIPTYCH_SCRAPE_SELF", "true").Set("TRIPTYCH_HOST_ENABLED", "true").Set("TRIPTYCH_HOST_INTERVAL", "1s")
            .Set("TRIPTYCH_GLOBAL_SCRAPE_INTERVAL", "1s").Set("TRIPTYCH_GLOBAL_SCRAPE_TIMEOUT", "1s").CollectEvery("1s");
        await _server.StartAsync();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Every_query_of_every_panel_finds_data()
    {
        // A stop makes blocks of everything, of which there is to be told afterwards.
        await SendAsync();
        await WaitForAsync("sum(up)");
        await _server.StopAsync();
        await _server.StartAsync();
        await SendAsync();
        (await Wire.PostAsync(_server.Url(_server.LokiPort, "/flush"), [], Wire.Protobuf)).Status.ShouldBe(204);

        var uids = (await GetAsync("/grafana/api/search?type=dash-db&folderUIDs=triptych")).EnumerateArray().Select(static one => one.GetProperty("uid").GetString()!);
        var waiting = new List<(string Panel, Uri Question)>();
        var panels = 0;
        foreach (var uid in uids.Order(StringComparer.Ordinal))
        {
            var answer = await GetAsync("/grafana/api/dashboards/uid/" + uid);
            answer.GetProperty("meta").GetProperty("folderTitle").GetString().ShouldBe("Triptych");
            answer.GetProperty("meta").GetProperty("canSave").GetBoolean().ShouldBeFalse();
            foreach (var panel in answer.GetProperty("dashboard").GetProperty("panels").EnumerateArray())
            {
                if (!panel.TryGetProperty("targets", out var targets)) continue;
                panels++;
                var name = $"{uid}: {panel.GetProperty("title").GetString()}";
                waiting.AddRange(targets.EnumerateArray().Where(target => !IsOfKernel(target)).Select(target => ($"{name} {target}", QuestionOf(uid, target))));
            }
        }

        panels.ShouldBeGreaterThan(60);
        for (var until = TimeProvider.System.GetUtcNow() + Patience; waiting.Count > 0 && TimeProvider.System.GetUtcNow() < until;)
        {
            await SendAsync();
            var still = new List<(string Panel, Uri Question)>();
            foreach (var one in waiting)
            {
                if (!await HasDataAsync(one.Question)) still.Add(one);
            }

            waiting = still;
        }

        waiting.Select(static one => one.Panel).ShouldBeEmpty();
    }

    // Kernels without pressure stall information have no such metrics.
    private static bool IsOfKernel(JsonElement target) => !File.Exists("/proc/pressure/cpu")
        && target.TryGetProperty("expr", out var expression) && expression.GetString()!.Contains("node_pressure", StringComparison.Ordinal);

    private Uri QuestionOf(string uid, JsonElement target)
    {
        var type = target.GetProperty("datasource").GetProperty("type").GetString();
        if (target.TryGetProperty("queryType", out var kind) && kind.GetString() == "serviceMap")
            return Ask("/api/v1/query?query=", "sum by (client, server) (traces_service_graph_request_total)");
        var query = target.GetProperty(type == "tempo" ? "query" : "expr").GetString()!;
        foreach (var (name, value) in (ReadOnlySpan<(string Name, string Value)>)
        [
            ("$__rate_interval", "30s"), ("$__interval", "30s"), ("$__auto", "30s"), ("$__range", "1h"), ("$instance", ".*"),
            ("$service", uid == "triptych-service" ? "shop" : ".+"), ("$search", ""),
        ])
        {
            query = query.Replace(name, value, StringComparison.Ordinal);
        }

        query.ShouldNotContain("$");
        if (type == "tempo") return Ask("/api/search?q=", query);
        if (type == "prometheus") return Ask("/api/v1/query?query=", query);
        return query.StartsWith('{') ? Ask("/loki/api/v1/query_range?since=1h&query=", query) : Ask("/loki/api/v1/query?query=", query);
    }

    private Uri Ask(string path, string query) => _server.Url(_server.UiPort, path + Uri.EscapeDataString(query));

    private static async Task<bool> HasDataAsync(Uri question)
    {
        var answer = await Wire.GetAsync(question);
        answer.Status.ShouldBe(200, $"{question} {answer.Text}");
        using var json = JsonDocument.Parse(answer.Body);
        var list = json.RootElement.TryGetProperty("traces", out var traces) ? traces : json.RootElement.GetProperty("data").GetProperty("result");
        return list.EnumerateArray().Any(static one => !one.TryGetProperty("value", out var value) || value[1].GetString() != "NaN");
    }

    private async Task WaitForAsync(string promql)
    {
        while (!await HasDataAsync(Ask("/api/v1/query?query=", promql))) await Task.Delay(100, TestContext.Current.CancellationToken);
    }

    private async Task<JsonElement> GetAsync(string path)
    {
        var answer = await Wire.GetAsync(_server.Url(_server.UiPort, path));
        answer.Status.ShouldBe(200, answer.Text);
        using var json = JsonDocument.Parse(answer.Body);
        return json.RootElement.Clone();
    }

    // The gateway asks the shop, which asks the stock; the shop's own part fails.
    private async Task SendAsync()
    {
        var id = Convert.FromHexString((++_traces).ToString("x32", CultureInfo.InvariantCulture));
        await PostAsync("/v1/traces", Bodies.Traces("gateway", SpanOf(id, 1, 0, ClientKind)));
        await PostAsync("/v1/traces", Bodies.Traces("shop", SpanOf(id, 2, 1, ServerKind), SpanOf(id, 3, 2, ClientKind)));
        await PostAsync("/v1/traces", Bodies.Traces("stock", SpanOf(id, 4, 3, ServerKind)));
        await PostAsync("/v1/logs", Bodies.Logs("shop", "level=info a line", "level=error another"));
    }

    private static Span SpanOf(byte[] traceId, byte id, byte parent, int kind)
    {
        var span = Bodies.NewSpan(traceId, [0, 0, 0, 0, 0, 0, 0, id]);
        span.Kind = kind;
        if (parent > 0) span.ParentSpanId = Google.Protobuf.ByteString.CopyFrom(0, 0, 0, 0, 0, 0, 0, parent);
        if (id == 2) span.Status = new Status { Code = 2 };
        return span;
    }

    private async Task PostAsync(string path, byte[] body)
    {
        var answer = await Wire.PostAsync(_server.Url(_server.OtlpHttpPort, path), body, Wire.Protobuf);
        answer.Status.ShouldBe(200, answer.Text);
    }
}
