using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Google.Protobuf;
using Triptych.Ingest.Tests.Protos.Write2;
using Triptych.Ingest.Tests.RemoteWrite;

namespace Triptych.Server.Tests.Intake;

/// <summary>Remote write 2.0 through the server: the data, the counts in the headers, partial writes.</summary>
public sealed class RemoteWrite2Tests(DefaultServer server)
{
    private const string Version2 = "application/x-protobuf;proto=io.prometheus.write.v2.Request";

    private static long NowMs => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    [Fact]
    public async Task What_is_written_is_counted_in_headers_and_can_be_queried()
    {
        var now = NowMs;
        var write = new WriteRequest2();
        var series = write.AddSample(5, now, "__name__", "v2_requests_total", "job", "é");
        series.Samples.Insert(0, new Sample { Value = 4, Timestamp = now - 1000 });
        series.Exemplars.Add(new Exemplar { Value = 1, Timestamp = now, LabelsRefs = { write.Symbol("trace_id"), write.Symbol("abc") } });
        series.Metadata = new Metadata { Type = 1, HelpRef = write.Symbol("how many"), UnitRef = 0 };
        write.Add("__name__", "v2_native").Histograms.Add(new Histogram
        {
            CountInt = 3,
            Sum = 4,
            Schema = 3,
            PositiveSpans = { new BucketSpan { Offset = 1, Length = 2 } },
            PositiveDeltas = { 1, 1 },
            Timestamp = now,
        });
        (await PostAsync(write.Request)).ShouldBe((204, "2 1 1", ""));

        // The very same request again writes nothing and says what is there.
        (await PostAsync(write.Request)).ShouldBe((204, "2 1 1", ""));
        (await QueryAsync("sum_over_time(v2_requests_total{job=\"é\"}[1m])")).ShouldBe(9);
        (await QueryAsync("histogram_count(v2_native)")).ShouldBe(3);
        var metadata = await Wire.GetAsync(server.Url(server.PrometheusPort, "/api/v1/metadata?metric=v2_requests_total"));
        metadata.Text.ShouldContain("how many");
        var second = now / 1000;
        var path = string.Create(CultureInfo.InvariantCulture, $"/api/v1/query_exemplars?query=v2_requests_total&start={second - 60}&end={second + 60}");
        var exemplars = await Wire.GetAsync(server.Url(server.PrometheusPort, path));
        exemplars.Text.ShouldContain("\"trace_id\":\"abc\"");
    }

    [Fact]
    public async Task The_good_part_of_a_request_is_kept_and_every_problem_named()
    {
        var now = NowMs;
        var write = new WriteRequest2();
        write.AddSample(1, now, "__name__", "v2_kept");
        write.AddSample(1, 1000, "__name__", "v2_old");
        write.AddSample(1, now, "job", "v2_no_name");
        write.AddSample(1, now, "__name__", "v2_far").LabelsRefs.AddRange([1, 1000]);
        write.Add("__name__", "v2_empty");
        write.Add("__name__", "v2_native").Histograms.Add(new Histogram { CountInt = 1, Schema = 99, Timestamp = now });
        var (status, written, text) = await PostAsync(write.Request);
        (status, written).ShouldBe((400, "1 0 0"));
        string[] parts = ["older than", "no metric name", "symbol 1000", "schema 99", "1 kept"];
        foreach (var part in parts) text.ShouldContain(part);
        (await QueryAsync("v2_kept")).ShouldBe(1);
    }

    [Fact]
    public async Task Exemplars_in_a_series_of_their_own_are_written_and_told()
    {
        var write = new WriteRequest2();
        write.AddSample(1, NowMs, "__name__", "v2_beside");
        write.Add("__name__", "v2_beside").Exemplars.Add(
            new Exemplar { Value = 3, Timestamp = NowMs, LabelsRefs = { write.Symbol("trace_id"), write.Symbol("x") } });
        var (status, written, _) = await PostAsync(write.Request);
        (status, written).ShouldBe((204, "1 0 1"));
    }

    [Fact]
    public async Task The_same_series_by_either_version_is_one()
    {
        var at = TimeProvider.System.GetUtcNow();
        var older = Wire.SnappyBlock(Bodies.RemoteWriteAt("both_versions", at.AddSeconds(-2), 1));
        (await Wire.PostAsync(server.Url(server.PrometheusPort, "/api/v1/write"), older, Wire.Protobuf, "snappy")).Status.ShouldBe(204);
        for (var i = 1; i >= 0; i--)
        {
            var write = new WriteRequest2();
            write.AddSample(1, at.ToUnixTimeMilliseconds() - (i * 1000), "__name__", "both_versions");
            (await PostAsync(write.Request)).Status.ShouldBe(204);
        }

        (await QueryAsync("count_over_time(both_versions[1m])")).ShouldBe(3);
    }

    [Fact]
    public async Task A_body_that_cannot_be_read_has_no_counts()
    {
        (await PostAsync(new Request { Symbols = { "x" } })).ShouldBe((400, "  ", "the first symbol is not the empty string\n"));
        (await PostAsync(new Request())).ShouldBe((204, "0 0 0", ""));
    }

    private async Task<(int Status, string Written, string Text)> PostAsync(Request request)
    {
        using var content = new ByteArrayContent(Wire.SnappyBlock(request.ToByteArray()));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(Version2);
        content.Headers.ContentEncoding.Add("snappy");
        using var response = await Wire.Client.PostAsync(server.Url(server.PrometheusPort, "/api/v1/write"), content);
        var written = new[] { "Samples", "Histograms", "Exemplars" }.Select(
            kind => response.Headers.TryGetValues($"X-Prometheus-Remote-Write-{kind}-Written", out var values) ? values.Single() : "");
        return ((int)response.StatusCode, string.Join(' ', written), await response.Content.ReadAsStringAsync());
    }

    private async Task<double> QueryAsync(string query)
    {
        var answer = await Wire.GetAsync(server.Url(server.PrometheusPort, "/api/v1/query?query=" + Uri.EscapeDataString(query)));
        answer.Status.ShouldBe(200, answer.Text);
        using var json = JsonDocument.Parse(answer.Body);
        var result = json.RootElement.GetProperty("data").GetProperty("result").EnumerateArray().Single();
        return double.Parse(result.GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture);
    }
}
