using System.Globalization;
using System.Text.Json;
using Triptych.Ingest.Tests.Protos.Otlp;

namespace Triptych.Server.Tests.Intake;

/// <summary>Deltas and exponential histograms from OTLP to the answer of a query.</summary>
public sealed class OtlpMetricsTests(DefaultServer server)
{
    [Fact]
    public async Task An_exponential_histogram_is_queried_as_a_native_one()
    {
        await PostAsync(server, Bodies.ExponentialHistogram("otlp.exponential", scale: 20));
        (await QueryAsync(server, "histogram_count(otlp_exponential)")).ShouldBe(1);
        (await QueryAsync(server, "histogram_sum(otlp_exponential)")).ShouldBe(1.5);
    }

    [Fact]
    public async Task Deltas_of_exponential_histograms_add_up_in_increases()
    {
        var now = TimeProvider.System.GetUtcNow();
        for (var i = 6; i >= 0; i--) await PostAsync(server, Bodies.ExponentialHistogram("otlp.exponential.delta", 3, temporality: 1, now.AddSeconds(-10 * i)));

        // Seven points over the whole window: six of them after the first, extrapolated by Prometheus' rules to at most a seventh of more.
        (await QueryAsync(server, "histogram_count(increase(otlp_exponential_delta[2m]))")).ShouldBeInRange(6, 8);
    }

    [Fact]
    public async Task A_delta_goes_on_where_it_was_after_a_kill_and_a_resend_counts_once()
    {
        await using var own = new ServerProcess();
        await own.StartAsync();
        var start = TimeProvider.System.GetUtcNow().AddSeconds(-60);
        await PostAsync(own, Bodies.DeltaAt("otlp.delta", start, 5));
        var second = Bodies.Metrics("otlp", Bodies.DeltaAt("otlp.delta", start.AddSeconds(10), 7));
        for (var i = 0; i < 2; i++) (await Wire.PostAsync(own.Url(own.OtlpHttpPort, "/v1/metrics"), second, Wire.Protobuf)).Status.ShouldBe(200);
        (await QueryAsync(own, "otlp_delta_total")).ShouldBe(12);
        await own.KillAsync();
        await own.StartAsync();
        (await Wire.PostAsync(own.Url(own.OtlpHttpPort, "/v1/metrics"), second, Wire.Protobuf)).Status.ShouldBe(200);
        await PostAsync(own, Bodies.DeltaAt("otlp.delta", start.AddSeconds(20), 100));

        // Whether the total goes on or begins anew at zero: what it grew by from its zero on is all that was counted.
        var samples = await SamplesAsync(own, "otlp_delta_total[2m]");
        samples[0].ShouldBe(0);
        samples.Zip(samples.Skip(1), (before, after) => after >= before ? after - before : after).Sum().ShouldBe(112);
    }

    private static async Task PostAsync(ServerProcess server, Metric metric)
    {
        var answer = await Wire.PostAsync(server.Url(server.OtlpHttpPort, "/v1/metrics"), Bodies.Metrics("otlp", metric), Wire.Protobuf);
        (answer.Status, answer.Body.Length).ShouldBe((200, 0), answer.Text);
    }

    private static async Task<double> QueryAsync(ServerProcess server, string query)
    {
        using var json = await AskAsync(server, query);
        var value = json.RootElement.GetProperty("data").GetProperty("result").EnumerateArray().Single().GetProperty("value")[1];
        return double.Parse(value.GetString()!, CultureInfo.InvariantCulture);
    }

    private static async Task<double[]> SamplesAsync(ServerProcess server, string query)
    {
        using var json = await AskAsync(server, query);
        return [.. json.RootElement.GetProperty("data").GetProperty("result").EnumerateArray().SelectMany(r => r.GetProperty("values").EnumerateArray())
            .Select(v => double.Parse(v[1].GetString()!, CultureInfo.InvariantCulture))];
    }

    private static async Task<JsonDocument> AskAsync(ServerProcess server, string query)
    {
        var answer = await Wire.GetAsync(server.Url(server.PrometheusPort, "/api/v1/query?query=" + Uri.EscapeDataString(query)));
        answer.Status.ShouldBe(200, answer.Text);
        return JsonDocument.Parse(answer.Body);
    }
}
