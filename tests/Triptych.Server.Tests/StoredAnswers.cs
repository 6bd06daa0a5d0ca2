using System.Text.Json;

namespace Triptych.Server.Tests;

/// <summary>Data of all three signals, and what a server answers about it.</summary>
internal static class StoredAnswers
{
    public static readonly byte[] TraceId = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];

    /// <summary>Sends lines, a trace and a sample; each is acknowledged.</summary>
    public static async Task SendAsync(ServerProcess server, string service, int lines, string? tenant = null)
    {
        await PostAsync("/v1/logs", Bodies.Logs(service, [.. Enumerable.Range(0, lines).Select(i => $"line {i} of {service}")]));
        await PostAsync("/v1/traces", Bodies.Trace(service, TraceId, [1, 2, 3, 4, 5, 6, 7, 8]));
        await PostAsync("/v1/metrics", Bodies.Metrics(service, Bodies.Gauge("stored_gauge", 42)));

        async Task PostAsync(string path, byte[] body)
        {
            var answer = await Wire.PostAsync(server.Url(server.OtlpHttpPort, path), body, Wire.Protobuf, change: r => AddTenant(r, tenant));
            answer.Status.ShouldBe(200, answer.Text);
        }
    }

    /// <summary>What queries of all three signals answer, as text that two servers can be compared by.</summary>
    public static async Task<string> ReadAsync(ServerProcess server, string service, string? tenant = null)
    {
        var selector = Uri.EscapeDataString($"{{service_name=\"{service}\"}}");
        var logs = await GetAsync(server.Url(server.LokiPort, $"/loki/api/v1/query_range?query={selector}&since=2h&limit=5000"));
        var gauge = Uri.EscapeDataString($"last_over_time(stored_gauge{{job=\"{service}\"}}[2h])");
        var metrics = await GetAsync(server.Url(server.PrometheusPort, $"/api/v1/query?query={gauge}"));
        var trace = await GetAsync(server.Url(server.TempoPort, "/api/traces/" + Convert.ToHexStringLower(TraceId)));
        return string.Join(
            '\n',
            logs.GetProperty("data").GetProperty("result").ToString(),
            string.Join(' ', metrics.GetProperty("data").GetProperty("result").EnumerateArray().Select(s => $"{s.GetProperty("metric")} {s.GetProperty("value")[1]}")),
            trace.ToString());

        async Task<JsonElement> GetAsync(Uri url)
        {
            var answer = await Wire.GetAsync(url, r => AddTenant(r, tenant));
            answer.Status.ShouldBe(200, answer.Text);
            using var json = JsonDocument.Parse(answer.Body);
            return json.RootElement.Clone();
        }
    }

    private static void AddTenant(HttpRequestMessage request, string? tenant)
    {
        if (tenant is not null) request.Headers.Add("X-Scope-OrgID", tenant);
    }
}
