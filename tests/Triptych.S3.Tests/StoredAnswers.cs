using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Triptych.Server.Tests;

namespace Triptych.S3.Tests;

/// <summary>Lines, a sample and a span of a service, and what a server answers about them.</summary>
internal static class StoredAnswers
{
    private static readonly HttpClient Client = new(new SocketsHttpHandler { UseProxy = false });

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Sends them; each is acknowledged.</summary>
    public static async Task SendAsync(ServerProcess server, string name, int lines, string? tenant = null)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000;
        var resource = $$$"""{"attributes":[{"key":"service.name","value":{"stringValue":"{{{name}}}"}}]}""";
        var records = string.Join(',', Enumerable.Range(0, lines).Select(i =>
            string.Create(CultureInfo.InvariantCulture, $$$"""{"timeUnixNano":"{{{now + i}}}","body":{"stringValue":"line {{{i}}} of {{{name}}}"}}""")));
        var time = now.ToString(CultureInfo.InvariantCulture);
        await PostAsync(server, tenant, "/v1/logs", $$$"""{"resourceLogs":[{"resource":{{{resource}}},"scopeLogs":[{"logRecords":[{{{records}}}]}]}]}""");
        await PostAsync(
            server, tenant, "/v1/metrics",
            $$$"""{"resourceMetrics":[{"resource":{{{resource}}},"scopeMetrics":[{"metrics":[{"name":"{{{name}}}_gauge","gauge":{"dataPoints":[{"timeUnixNano":"{{{time}}}","asDouble":7}]}}]}]}]}""");
        await PostAsync(
            server, tenant, "/v1/traces",
            $$$"""
            {"resourceSpans":[{"resource":{{{resource}}},"scopeSpans":[{"spans":[{"traceId":"{{{TraceIdOf(name)}}}","spanId":"0102030405060708",
            "name":"a span","kind":1,"startTimeUnixNano":"{{{time}}}","endTimeUnixNano":"{{{time}}}"}]}]}]}
            """);
    }

    /// <summary>What queries of all three signals answer, as text that two servers can be compared by.</summary>
    public static async Task<string> ReadAsync(ServerProcess server, string name, string? tenant = null)
    {
        var lines = await GetAsync(server.Url(server.LokiPort, $"/loki/api/v1/query_range?since=1h&limit=5000&query={Uri.EscapeDataString($"{{service_name=\"{name}\"}}")}"), tenant);
        var samples = await GetAsync(server.Url(server.PrometheusPort, $"/api/v1/query?query={Uri.EscapeDataString($"last_over_time({name}_gauge[1h])")}"), tenant);
        var trace = await GetAsync(server.Url(server.TempoPort, $"/api/traces/{TraceIdOf(name)}"), tenant);
        using var answered = JsonDocument.Parse(lines);
        using var sampled = JsonDocument.Parse(samples);
        var streams = answered.RootElement.GetProperty("data").GetProperty("result").EnumerateArray().Select(static s => s.GetRawText()).Order(StringComparer.Ordinal);
        var values = sampled.RootElement.GetProperty("data").GetProperty("result").EnumerateArray().Select(static s => $"{s.GetProperty("metric")} {s.GetProperty("value")[1]}");
        return string.Join('\n', [.. streams, .. values, trace]);
    }

    private static async Task PostAsync(ServerProcess server, string? tenant, string path, string json)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, server.Url(server.OtlpHttpPort, path));
        request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        if (tenant is not null) request.Headers.Add("X-Scope-OrgID", tenant);
        using var answer = await Client.SendAsync(request, Stop);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync(Stop));
    }

    private static async Task<string> GetAsync(Uri url, string? tenant)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        if (tenant is not null) request.Headers.Add("X-Scope-OrgID", tenant);
        using var answer = await Client.SendAsync(request, Stop);
        var body = await answer.Content.ReadAsStringAsync(Stop);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, body);
        return body;
    }

    private static string TraceIdOf(string name) => Convert.ToHexStringLower(Encoding.ASCII.GetBytes(name.PadRight(16, '-'))[..16]);
}
