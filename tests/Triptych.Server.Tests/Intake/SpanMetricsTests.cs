using System.Globalization;
using System.Text.Json;
using Triptych.Ingest.Tests.Protos.Otlp;

namespace Triptych.Server.Tests.Intake;

/// <summary>Metrics out of traces, as their users see them: here, and on a server that gets them by remote write.</summary>
public sealed class SpanMetricsTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private readonly ServerProcess _server = new();
    private readonly ServerProcess _other = new();

    public async ValueTask InitializeAsync()
    {
        await _other.StartAsync();
        var file = Path.Combine(_server.Folder, "triptych.yaml");
        await File.WriteAllTextAsync(
            file,
            $"""
            metrics_generator:
              storage:
                remote_write:
                  - url: "{_other.Url(_other.PrometheusPort, "/api/v1/write")}"
                    send_exemplars: true
            """);
        await _server.CollectEvery("1s").StartAsync("serve", "--config", file);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _other.DisposeAsync();
    }

    [Fact]
    public async Task Spans_become_rates_and_edges_that_outlive_a_kill_and_go_where_they_shall()
    {
        const int traces = 40;
        for (var i = 0; i < traces; i++) await SendAsync(i);
        await UntilAsync(_server, "sum(traces_spanmetrics_calls_total)", 2 * traces);
        await UntilAsync(_server, "traces_service_graph_request_total{client=\"shop\",server=\"cart\"}", traces);
        await UntilAsync(_server, "traces_service_graph_request_failed_total{client=\"shop\",server=\"cart\"}", traces / 4);

        await _server.KillAsync();
        await _server.StartAsync("serve", "--config", Path.Combine(_server.Folder, "triptych.yaml"));
        for (var i = traces; i < 2 * traces; i++) await SendAsync(i);
        await UntilAsync(_server, "sum(traces_spanmetrics_calls_total)", 4 * traces);
        await UntilAsync(_server, "traces_service_graph_request_total{client=\"shop\",server=\"cart\"}", 2 * traces);
        await UntilAsync(_server, "sum(traces_spanmetrics_latency_count{service=\"cart\"})", 2 * traces);

        // From the zero before the first span on; a kill is no reset.
        await UntilAsync(_server, "sum(resets(traces_spanmetrics_calls_total[1h]))", 0);
        await UntilAsync(_server, "min(min_over_time(traces_spanmetrics_calls_total[1h]))", 0);

        await UntilAsync(_other, "sum(traces_spanmetrics_calls_total)", 4 * traces);
        await UntilAsync(_other, "sum(traces_service_graph_request_server_seconds_count)", 2 * traces);
        var exemplars = await Wire.GetAsync(
            _other.Url(_other.PrometheusPort, "/api/v1/query_exemplars?query=traces_spanmetrics_latency_bucket&start=0&end=4102444800"));
        exemplars.Text.ShouldContain("\"traceID\":\"");
        (await Wire.GetAsync(_server.Url(_server.UiPort, "/api/triptych/v1/status/sources"))).Text.ShouldContain("\"derived\"");
        (await Wire.GetAsync(_server.Url(_server.UiPort, "/metrics"))).Text.ShouldContain("triptych_derive_samples_total ");
        (await Wire.GetAsync(_server.Url(_server.UiPort, "/metrics"))).Text.ShouldContain("triptych_derive_out_of_range_spans 0");
        _server.Error.ShouldNotContain("refused");
    }

    [Fact]
    public async Task Nothing_is_counted_where_nothing_shall_be()
    {
        await using var server = new ServerProcess();
        var file = Path.Combine(server.Folder, "triptych.yaml");
        await File.WriteAllTextAsync(file, "metrics_generator: { processors: [] }\n");
        await server.CollectEvery("1s").StartAsync("serve", "--config", file);
        (await Wire.PostAsync(server.Url(server.OtlpHttpPort, "/v1/traces"), Bodies.Trace("shop", IdOf(1), IdOf(1)[..8]), Wire.Protobuf)).Status.ShouldBe(200);
        (await server.StopAsync()).ShouldBe(0);
        await server.StartAsync("serve", "--config", file);
        (await Wire.GetAsync(server.Url(server.PrometheusPort, "/api/v1/label/__name__/values"))).Text.ShouldNotContain("traces_");
    }

    private static byte[] IdOf(int number)
    {
        var id = new byte[16];
        BitConverter.TryWriteBytes(id, number + 1);
        id[15] = 1;
        return id;
    }

    private async Task SendAsync(int number)
    {
        var trace = IdOf(number);
        var client = Bodies.NewSpan(trace, [1, 1, 1, 1, 1, 1, 1, 1]);
        client.Kind = 3;
        client.ParentSpanId = Google.Protobuf.ByteString.CopyFrom([9, 9, 9, 9, 9, 9, 9, 9]);
        var server = Bodies.NewSpan(trace, [2, 2, 2, 2, 2, 2, 2, 2]);
        server.ParentSpanId = client.SpanId;
        if (number % 4 == 0) server.Status = new Status { Code = 2 };
        foreach (var body in new[] { Bodies.Traces("cart", server), Bodies.Traces("shop", client) })
            (await Wire.PostAsync(_server.Url(_server.OtlpHttpPort, "/v1/traces"), body, Wire.Protobuf)).Status.ShouldBe(200);
    }

    private static async Task UntilAsync(ServerProcess server, string query, double expected)
    {
        var started = TimeProvider.System.GetTimestamp();
        var last = "nothing";
        while (TimeProvider.System.GetElapsedTime(started) < Patience)
        {
            var answer = await Wire.GetAsync(server.Url(server.PrometheusPort, "/api/v1/query?query=" + Uri.EscapeDataString(query)));
            answer.Status.ShouldBe(200, answer.Text);
            using var json = JsonDocument.Parse(answer.Body);
            var result = json.RootElement.GetProperty("data").GetProperty("result");
            last = result.GetArrayLength() == 1 ? result[0].GetProperty("value")[1].GetString()! : result.ToString();
            if (double.TryParse(last, CultureInfo.InvariantCulture, out var value) && value == expected) return;
            await Task.Delay(100);
        }

        last.ShouldBe(expected.ToString(CultureInfo.InvariantCulture), query);
    }
}
