using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Triptych.Server.Tests.Sampling;

/// <summary>
/// Sampling of old traces as users see it: spans and log records come by OTLP, are hours old already, and upkeep does what it is configured to do.
/// </summary>
public sealed class TraceSamplingTests : IAsyncLifetime
{
    private const int Traces = 40;
    private const int Late = 1003;

    // Far beyond what it takes: only a test that would never end fails by it.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private readonly ServerProcess _server = new();
    private readonly DateTimeOffset _then = TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(5);

    private string ConfigFile => Path.Combine(_server.Folder, "triptych.yaml");

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(
            ConfigFile,
            """
            storage:
              traces_flush_age: 1s
              trace_sampling:
                age: 2s
                policies:
                  - { name: errors, type: status_code, status_code: { status_codes: [ERROR] } }
                  - { name: slow, type: latency, latency: { threshold_ms: 5000 } }
                  - name: some
                    type: probabilistic
                    probabilistic: { sampling_percentage: 0, at_least_one_per: 0s }
            """);

        await _server.CollectEvery("1s").StartAsync("serve", "--config", ConfigFile);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Old_traces_go_but_errors_slow_ones_and_those_of_log_records()
    {
        // Records stay in memory: a trace must not go because the one that refers to it is not in a block yet.
        await SendRecordsAsync();
        for (var trace = 1; trace <= Traces; trace++) await SendTraceAsync(trace);
        await UntilAsync("all spans are counted", async () => await CallsAsync() == 2 * Traces);

        await UntilAsync("all go that may", async () =>
        {
            for (var trace = 1; trace <= Traces; trace++)
            {
                var spans = await SpansOfAsync(trace);

                // Never anything between a whole trace and none.
                spans.ShouldBeOneOf(0, 2);
                if (MustStay(trace)) spans.ShouldBe(2, $"trace {trace}: {_server.Error}");
                else if (spans > 0) return false;
            }

            return true;
        });

        // Metrics out of spans do not change, metrics over stored ones say that they do not count all.
        (await CallsAsync()).ShouldBe(2 * Traces);
        var answer = await Wire.GetAsync(_server.Url(
            _server.TempoPort,
            string.Create(
                CultureInfo.InvariantCulture,
                $"/api/metrics/query_range?q={Uri.EscapeDataString("{} | count_over_time()")}&start={_then.AddMinutes(-10).ToUnixTimeSeconds()}&end={_then.AddMinutes(10).ToUnixTimeSeconds()}&step=60")));
        answer.Status.ShouldBe(200, answer.Text);
        answer.Text.ShouldContain("sampled");

        var own = (await Wire.GetAsync(_server.Url(_server.UiPort, "/metrics"))).Text;
        var gone = Enumerable.Range(1, Traces).Count(static t => !MustStay(t));
        SumOf(own, "triptych_traces_sampled_traces_total", "decision=\"dropped\"").ShouldBe(gone);
        SumOf(own, "triptych_traces_sampled_spans_total", "").ShouldBe(2 * gone);
        SumOf(own, "triptych_traces_sampled_traces_total", "policy=\"errors\"").ShouldBeGreaterThan(0);
        SumOf(own, "triptych_traces_sampled_traces_total", "reason=\"reference\"").ShouldBeGreaterThan(0);

        // What is left outlives a kill, and so does what keeps it: records that were in memory.
        await _server.KillAsync();
        await _server.StartAsync("serve", "--config", ConfigFile);
        await SendTraceAsync(Late);
        await UntilAsync("the next trace goes", async () => await SpansOfAsync(Late) == 0);
        for (var trace = 1; trace <= Traces; trace++) (await SpansOfAsync(trace)).ShouldBe(MustStay(trace) ? 2 : 0, $"trace {trace}: {_server.Error}");
        _server.Error.ShouldNotContain(" failed");
    }

    private static bool IsError(int trace) => trace % 5 == 0;

    private static bool IsSlow(int trace) => trace % 7 == 0;

    private static bool IsNamedByRecord(int trace) => trace % 11 == 0;

    private static bool MustStay(int trace) => IsError(trace) || IsSlow(trace) || IsNamedByRecord(trace);

    private static string IdOf(int trace) => $"5a{trace:x30}";

    private static double SumOf(string metrics, string name, string label) => metrics.Split('\n')
        .Where(l => l.StartsWith(name, StringComparison.Ordinal) && l.Contains(label, StringComparison.Ordinal))
        .Sum(static l => double.Parse(l[(l.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

    private long NanosOf(int trace) => (_then.ToUnixTimeMilliseconds() + trace) * 1_000_000;

    private async Task SendRecordsAsync()
    {
        var records = Enumerable.Range(1, Traces).Where(IsNamedByRecord).Select(
            t => $$"""{"timeUnixNano":"{{NanosOf(t)}}","body":{"stringValue":"paid {{t}}"},"traceId":"{{IdOf(t)}}","spanId":"0000000000000001"}""");
        await PostAsync("/v1/logs", $$$"""{"resourceLogs":[{"resource":{},"scopeLogs":[{"logRecords":[{{{string.Join(',', records)}}}]}]}]}""");
    }

    private Task SendTraceAsync(int trace)
    {
        var (start, length) = (NanosOf(trace), IsSlow(trace) ? 6_000_000_000 : 1_000_000);
        var status = IsError(trace) ? ""","status":{"code":2}""" : "";
        var root = $$"""{"traceId":"{{IdOf(trace)}}","spanId":"0000000000000001","name":"GET /","kind":2,"startTimeUnixNano":"{{start}}","endTimeUnixNano":"{{start + length}}"}""";
        var child = $$"""{"traceId":"{{IdOf(trace)}}","spanId":"0000000000000002","parentSpanId":"0000000000000001","name":"query","kind":3,"startTimeUnixNano":"{{start + 10}}","endTimeUnixNano":"{{start + 20}}"{{status}}}""";
        const string resource = """{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]}""";
        return PostAsync("/v1/traces", $$$"""{"resourceSpans":[{"resource":{{{resource}}},"scopeSpans":[{"spans":[{{{root}}},{{{child}}}]}]}]}""");
    }

    private async Task PostAsync(string path, string json)
    {
        var answer = await Wire.PostAsync(_server.Url(_server.OtlpHttpPort, path), Encoding.UTF8.GetBytes(json), Wire.Json);
        answer.Status.ShouldBe(200, answer.Text);
        answer.Text.ShouldNotContain("rejected");
    }

    private async Task<int> SpansOfAsync(int trace)
    {
        var answer = await Wire.GetAsync(_server.Url(_server.TempoPort, $"/api/traces/{IdOf(trace)}"));
        if (answer.Status == 404) return 0;
        answer.Status.ShouldBe(200, answer.Text);
        using var json = JsonDocument.Parse(answer.Body);
        return json.RootElement.GetProperty("batches").EnumerateArray()
            .SelectMany(static b => b.GetProperty("scopeSpans").EnumerateArray()).Sum(static s => s.GetProperty("spans").GetArrayLength());
    }

    private async Task<double> CallsAsync()
    {
        var answer = await Wire.GetAsync(_server.Url(_server.PrometheusPort, "/api/v1/query?query=" + Uri.EscapeDataString("sum(traces_spanmetrics_calls_total)")));
        answer.Status.ShouldBe(200, answer.Text);
        using var json = JsonDocument.Parse(answer.Body);
        var result = json.RootElement.GetProperty("data").GetProperty("result");
        return result.GetArrayLength() == 0 ? 0 : double.Parse(result[0].GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture);
    }

    private async Task UntilAsync(string what, Func<Task<bool>> holds)
    {
        for (var waited = Stopwatch.StartNew(); !await holds(); await Task.Delay(100)) waited.Elapsed.ShouldBeLessThan(Patience, $"{what}: {_server.Error}");
    }
}
