using System.Net.Http.Headers;
using Triptych.Api.Prometheus;
using Triptych.Ingest.Tests.Protos.Exposition;
using Triptych.Model.Metrics;
using Triptych.Primitives.Binary;
using BucketSpan = Triptych.Model.Metrics.BucketSpan;

namespace Triptych.Api.Tests.Prometheus;

public sealed class FederationTests : IAsyncLifetime
{
    private const string Protobuf = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
    private const int Histogram = 4;
    private const int GaugeHistogram = 5;
    private PrometheusServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await PrometheusServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("", false, false)]
    [InlineData("*/*", false, false)]
    [InlineData(Protobuf, true, false)]
    [InlineData(Protobuf + ";escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.2", true, true)]
    [InlineData(Protobuf + ";q=0.2,text/plain;version=0.0.4;q=0.3", false, false)]
    [InlineData("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.2", false, true)]
    [InlineData("application/openmetrics-text;q=0.9," + Protobuf + ";q=0.5,text/plain;q=0.3", true, false)]
    [InlineData("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text", false, false)]
    public void The_format_is_what_the_client_likes_best_of_what_there_is(string accept, bool isProtobuf, bool takesUtf8) =>
        FederationFormat.Of(accept).ShouldBe(new FederationFormat(isProtobuf, takesUtf8));

    [Fact]
    public async Task Protobuf_tells_native_histograms_and_text_does_not()
    {
        var at = PrometheusServer.NowMs - 1000;
        Add("a", at, 1.5, null);
        Add("h", at, double.NaN, new FloatHistogram
        {
            Schema = 2,
            Count = 6,
            Sum = 7.5,
            ZeroThreshold = 0.001,
            ZeroCount = 1,
            PositiveSpans = [new BucketSpan(-2, 1), new BucketSpan(3, 1)],
            PositiveBuckets = [2, 2.5],
            NegativeSpans = [new BucketSpan(4, 1)],
            NegativeBuckets = [0.5],
        });
        Add("g", at, double.NaN, new FloatHistogram { Schema = 0, ResetHint = CounterResetHint.Gauge });
        Add("custom", at, double.NaN, new FloatHistogram
        {
            Schema = FloatHistogram.CustomBoundsSchema,
            Count = 5,
            Sum = 3,
            CustomBounds = [0.5, 1, 2],
            PositiveSpans = [new BucketSpan(0, 1), new BucketSpan(1, 2)],
            PositiveBuckets = [1, 3, 1],
        });
        Add("ended", at, double.NaN, new FloatHistogram { Schema = 0, Sum = SpecialValues.StaleMarker });

        var families = await FamiliesAsync("/federate?match[]={__name__=~\".%2B\"}");
        families.Select(f => (f.Name, f.Type)).ShouldBe([("a", 3), ("custom", Histogram), ("g", GaugeHistogram), ("h", Histogram)]);
        var plain = families[0].Metric.ShouldHaveSingleItem();
        plain.Untyped.Value.ShouldBe(1.5);
        plain.TimestampMs.ShouldBe(at);
        plain.Label.Select(l => (l.Name, l.Value)).ShouldBe([("instance", "")]);
        families[1].Metric[0].Histogram.Bucket.Select(b => (b.UpperBound, b.CumulativeCountFloat))
            .ShouldBe([(0.5, 1), (1, 1), (2, 4), (double.PositiveInfinity, 5)]);
        families[2].Metric[0].Histogram.PositiveSpan.ShouldHaveSingleItem();
        var native = families[3].Metric[0].Histogram;
        (native.Schema, native.SampleCountFloat, native.SampleSum, native.ZeroThreshold, native.ZeroCountFloat).ShouldBe((2, 6, 7.5, 0.001, 1));
        native.PositiveSpan.Select(s => (s.Offset, s.Length)).ShouldBe([(-2, 1u), (3, 1u)]);
        native.PositiveCount.ShouldBe([2, 2.5]);
        native.NegativeCount.ShouldBe([0.5]);

        (await _server.GetAsync("/federate?match[]={__name__=~\".%2B\"}")).Body.ShouldBe("# TYPE a untyped\na{instance=\"\"} 1.5 999000\n");
    }

    [Fact]
    public async Task A_family_of_many_metrics_comes_in_several_messages()
    {
        for (var i = 0; i < 6000; i++) _server.Source.Samples.Add(Labels($"i{i}"), PrometheusServer.NowMs, i);
        var families = await FamiliesAsync("/federate?match[]=many");
        families.Count.ShouldBeGreaterThan(1);
        families.ShouldAllBe(f => f.Name == "many");
        families.Sum(f => f.Metric.Count).ShouldBe(6000);

        static Dictionary<string, string> Labels(string instance) => new(StringComparer.Ordinal)
        {
            ["__name__"] = "many",
            ["instance"] = instance,
            ["label"] = "some-value-that-takes-room",
        };
    }

    private void Add(string name, long timestampMs, double value, FloatHistogram? histogram) =>
        _server.Source.Samples.Add(new Dictionary<string, string>(StringComparer.Ordinal) { ["__name__"] = name }, timestampMs, value, histogram);

    private async Task<List<MetricFamily>> FamiliesAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Accept", Protobuf + ";escaping=allow-utf-8");
        using var response = await _server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        var body = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        MediaTypeHeaderValue.Parse(response.Content.Headers.ContentType!.ToString()).MediaType.ShouldBe("application/vnd.google.protobuf");
        var families = new List<MetricFamily>();
        for (var at = 0; at < body.Length;)
        {
            at += Varint.Read(body.AsSpan(at), out var length);
            families.Add(MetricFamily.Parser.ParseFrom(body, at, (int)length));
            at += (int)length;
        }

        return families;
    }
}
