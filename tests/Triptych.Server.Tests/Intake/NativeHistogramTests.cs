using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using Triptych.Ingest.Tests.Protos.Push;

namespace Triptych.Server.Tests.Intake;

/// <summary>Native histograms from remote write, through the store and the engine, to the JSON of an answer.</summary>
public sealed class NativeHistogramTests(DefaultServer server)
{
    private const int Samples = 5;

    [Fact]
    public async Task Histograms_that_are_written_can_be_asked_for()
    {
        var end = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var body = Wire.SnappyBlock(new WriteRequest { Timeseries = { Series("written_seconds", end) } }.ToByteArray());
        var answer = await Wire.PostAsync(server.Url(server.PrometheusPort, "/api/v1/write"), body, Wire.Protobuf, "snappy");
        answer.Status.ShouldBe(204, answer.Text);

        (await AskAsync("written_seconds", end)).GetProperty("histogram")[1].GetRawText().ShouldBe(
            """{"count":"50","sum":"100","buckets":[[3,"-0.001","0.001","5"],[0,"0.5","1","15"],[0,"1","2","30"]]}""");
        (await AskAsync("histogram_count(written_seconds)", end)).GetProperty("value")[1].GetString().ShouldBe("50");
        (await AskAsync("histogram_quantile(1, sum(rate(written_seconds[5m])))", end)).GetProperty("value")[1].GetString().ShouldBe("2");
        var raw = (await AskAsync("written_seconds[1h]", end)).GetProperty("histograms");
        raw.GetArrayLength().ShouldBe(Samples);
        raw[0][1].GetProperty("count").GetString().ShouldBe("10");
    }

    // One a minute, the last at the end; each counts 10 more than the one before.
    private static TimeSeries Series(string name, long endSeconds)
    {
        var series = new TimeSeries { Labels = { new Label { Name = "__name__", Value = name } } };
        for (ulong i = 1; i <= Samples; i++)
        {
            series.Histograms.Add(new Histogram
            {
                CountInt = 10 * i,
                Sum = 20 * i,
                ZeroThreshold = 0.001,
                ZeroCountInt = i,
                Timestamp = (endSeconds - (60 * (Samples - (long)i))) * 1000,
                PositiveSpans = { new BucketSpan { Offset = 0, Length = 2 } },
                PositiveDeltas = { 3 * (long)i, 3 * (long)i },
            });
        }

        return series;
    }

    private async Task<JsonElement> AskAsync(string query, long timeSeconds)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"/api/v1/query?query={Uri.EscapeDataString(query)}&time={timeSeconds}");
        var answer = await Wire.GetAsync(server.Url(server.PrometheusPort, path));
        answer.Status.ShouldBe(200, answer.Text);
        using var json = JsonDocument.Parse(answer.Body);
        return json.RootElement.GetProperty("data").GetProperty("result").EnumerateArray().ShouldHaveSingleItem().Clone();
    }
}
