using System.Net;
using Google.Protobuf;
using Triptych.Ingest.Tests.Protos.Read;
using Triptych.Model.Metrics;

namespace Triptych.Api.Tests.Prometheus.RemoteRead;

public sealed class RemoteReadTests : IAsyncLifetime
{
    private const long EndMs = 100_000_000;
    private PrometheusServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await PrometheusServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData(Reader.Samples)]
    [InlineData(Reader.Chunks)]
    public async Task Series_come_sorted_by_their_labels(int kind)
    {
        // Not in the order of text: a label's name decides before the value of the one before it does.
        _server.Add("x,b=1", 1, 2);
        _server.Add("x,a=2", 3);
        _server.Add("x", 4);
        _server.Add("x,a=2,b=1", 5);
        _server.Add("w,z=1", 6);
        for (var i = 0; i < 20; i++) _server.Add($"x,c={i}", i);
        var series = (await Reader.ReadAsync(_server, kind, Reader.QueryOf(0, EndMs, "x|w"))).ShouldHaveSingleItem();
        series.Count.ShouldBe(25);
        series.Take(5).Select(s => s.Labels).ShouldBe(["__name__=w,z=1", "__name__=x", "__name__=x,a=2", "__name__=x,a=2,b=1", "__name__=x,b=1"]);
        series[5].Labels.ShouldBe("__name__=x,c=0");
        series[6].Labels.ShouldBe("__name__=x,c=1");
        series[7].Labels.ShouldBe("__name__=x,c=10");
        series[4].Points.ShouldBe([new(0, ReadSeries.Describe(1)), new(60_000, ReadSeries.Describe(2))]);
    }

    [Theory]
    [InlineData(Reader.Samples)]
    [InlineData(Reader.Chunks)]
    public async Task Every_bit_of_a_float_comes_back(int kind)
    {
        var random = new Random(7);
        double[] special = [0, -0.0, double.NaN, SpecialValues.StaleMarker, double.PositiveInfinity, double.MinValue, double.Epsilon, 1, 1, 1.5];
        var expected = new Dictionary<long, string>();
        var time = -5_000_000L;
        for (var i = 0; i < 3000; i++)
        {
            time += random.Next(6) switch { 0 => random.Next(1, 20), 1 => random.Next(1, 300_000), 2 => random.NextInt64(1, 20_000_000_000), _ => 15_000 };
            var value = random.Next(3) == 0 ? special[random.Next(special.Length)] : BitConverter.Int64BitsToDouble(random.NextInt64());
            _server.Source.Samples.Add(Named("long"), time, value);
            expected.Add(time, ReadSeries.Describe(value));
        }

        var series = (await Reader.ReadAsync(_server, kind, Reader.QueryOf(long.MinValue, long.MaxValue, "long")))[0].ShouldHaveSingleItem();
        series.Points.ShouldBe(expected);
        if (kind == Reader.Chunks) series.Encodings.ShouldBe(Enumerable.Repeat(1, 25));
    }

    [Theory]
    [InlineData(Reader.Samples)]
    [InlineData(Reader.Chunks)]
    public async Task Native_histograms_of_integers_and_of_floats_come_back(int kind)
    {
        var random = new Random(8);
        var integers = Fill("integers", random, isFloat: false);
        var floats = Fill("some_floats", random, isFloat: true);
        var found = (await Reader.ReadAsync(_server, kind, Reader.QueryOf(0, EndMs, "integers|some_floats")))[0];
        found.Count.ShouldBe(2);
        found[0].Points.OrderBy(p => p.Key).ShouldBe(integers.OrderBy(p => p.Key));
        found[1].Points.OrderBy(p => p.Key).ShouldBe(floats.OrderBy(p => p.Key));
        if (kind == Reader.Samples) return;
        found[0].Encodings.Distinct().Order().ShouldBe([1, 2]);
        found[1].Encodings.Distinct().Order().ShouldBe([1, 3]);
    }

    [Fact]
    public async Task A_counter_that_starts_anew_begins_a_chunk()
    {
        double[] counts = [1, 5, 9, 2, 3];
        for (var i = 0; i < counts.Length; i++) _server.Source.Samples.Add(Named("h"), i * 1000, double.NaN, Simple(counts[i]));
        var series = (await Reader.ReadAsync(_server, Reader.Chunks, Reader.QueryOf(0, EndMs, "h")))[0].ShouldHaveSingleItem();
        series.Encodings.Count.ShouldBe(2);
        series.Points.Count.ShouldBe(5);
    }

    [Fact]
    public async Task A_long_series_goes_on_in_the_next_frame()
    {
        var random = new Random(9);
        for (var i = 0; i < 60_000; i++) _server.Source.Samples.Add(Named("long"), i * 1000, random.NextDouble());
        var (status, content) = await Reader.SendAsync(_server, Reader.Chunks, Reader.QueryOf(0, EndMs, "long"));
        status.ShouldBe(HttpStatusCode.OK);
        var frames = Reader.Frames(await content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).ToList();
        frames.Count.ShouldBeGreaterThan(4);
        frames.ShouldAllBe(frame => frame.CalculateSize() <= PrometheusServer.MaxFrameBytes);
        frames.ShouldAllBe(frame => frame.ChunkedSeries[0].Labels[0].Value == "long");
        frames.SelectMany(frame => frame.ChunkedSeries[0].Chunks).Select(chunk => chunk.MinTimeMs).ShouldBeInOrder();
    }

    [Theory]
    [InlineData(Reader.Samples)]
    [InlineData(Reader.Chunks)]
    public async Task Each_query_has_a_result_of_its_own(int kind)
    {
        _server.Add("a", 1, 2, 3);
        _server.Add("b", 4);
        var results = await Reader.ReadAsync(
            _server, kind, Reader.QueryOf(0, EndMs, "none"), Reader.QueryOf(60_000, 60_000, "a"), Reader.QueryOf(0, EndMs, "b"), Reader.QueryOf(9, 0, "b"));
        results.Select(r => r.Count).ShouldBe([0, 1, 1, 0]);
        results[1][0].Points.ShouldBe([new(60_000, ReadSeries.Describe(2))]);
        results[2][0].Labels.ShouldBe("__name__=b");
    }

    [Theory]
    [InlineData(Reader.Samples)]
    [InlineData(Reader.Chunks)]
    public async Task Hints_narrow_what_is_read(int kind)
    {
        _server.Add("a", 1, 2, 3, 4);
        var narrowed = await Reader.ReadAsync(_server, kind, Reader.QueryOf(0, EndMs, "a", hintStartMs: 60_000, hintEndMs: 120_000));
        narrowed[0][0].Points.Keys.ShouldBe([60_000, 120_000]);
    }

    [Fact]
    public async Task What_is_not_valid_is_refused_by_name()
    {
        await RefusedAsync([1, 2, 3], "snappy");
        await RefusedAsync(Reader.Snappy([0xff, 0xff]), "not a valid prometheus.ReadRequest");
        await RefusedAsync(Request(request => request.AcceptedResponseTypes.Add(7)), "requested response types: 7");
        await RefusedAsync(Request(request => request.Queries[0].Matchers.Add(new LabelMatcher { Type = 9, Name = "a" })), "invalid matcher type 9");
        await RefusedAsync(Request(request => request.Queries[0].Matchers.Add(new LabelMatcher { Type = 2, Name = "a", Value = "(" })), "label \"a\"");
        await RefusedAsync(Request(request => request.Queries[0].Matchers.Add(new LabelMatcher { Value = "x" })), "no label name");
        await RefusedAsync(
            Request(request => request.Queries.AddRange(Enumerable.Range(0, 64).Select(_ => Reader.QueryOf(0, 1, "a")))), "more than 64 queries");
    }

    [Fact]
    public async Task More_samples_than_an_answer_may_have_are_refused_unless_it_is_streamed()
    {
        for (var i = 0; i < 10_001; i++) _server.Source.Samples.Add(Named("many"), i, i);
        var (status, content) = await Reader.SendAsync(_server, Reader.Samples, Reader.QueryOf(0, EndMs, "many"));
        status.ShouldBe(HttpStatusCode.BadRequest);
        (await content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldBe("exceeded sample limit (10000)\n");
        var streamed = await Reader.ReadAsync(_server, Reader.Chunks, Reader.QueryOf(0, EndMs, "many"));
        streamed[0][0].Points.Count.ShouldBe(10_001);
    }

    [Fact]
    public async Task A_failure_of_the_store_is_no_empty_answer()
    {
        _server.Source.Failure = new IOException("the disk is gone");
        var (status, content) = await Reader.SendAsync(_server, Reader.Chunks, Reader.QueryOf(0, EndMs, "a"));
        status.ShouldBe(HttpStatusCode.InternalServerError);
        (await content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("the disk is gone");
    }

    private static Dictionary<string, string> Named(string name) => new(StringComparer.Ordinal) { ["__name__"] = name };

    private static FloatHistogram Simple(double count) => new()
    {
        Schema = 0,
        Count = count,
        Sum = count,
        PositiveSpans = [new BucketSpan(0, 1)],
        PositiveBuckets = [count],
    };

    private static byte[] Request(Action<ReadRequest> change)
    {
        var request = new ReadRequest { Queries = { Reader.QueryOf(0, 1, "a") } };
        change(request);
        return Reader.Snappy(request.ToByteArray());
    }

    private async Task RefusedAsync(byte[] body, string text)
    {
        var (status, content) = await Reader.SendAsync(_server, body);
        status.ShouldBe(HttpStatusCode.BadRequest);
        (await content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain(text);
    }

    /// <summary>Histograms of many layouts that grow, start anew, end, and alternate with floats; what is expected back by time.</summary>
    private Dictionary<long, string> Fill(string name, Random random, bool isFloat)
    {
        var expected = new Dictionary<long, string>();
        var histogram = NewLayout(random);
        for (var i = 0; i < 900; i++)
        {
            var time = i * 15_000L;
            switch (random.Next(40))
            {
                case 0:
                    histogram = NewLayout(random);
                    break;
                case 1:
                    histogram = histogram with { PositiveBuckets = [.. histogram.PositiveBuckets.Select(_ => 0.0)], Count = 0, ZeroCount = 0 };
                    break;
                case 2:
                    _server.Source.Samples.Add(Named(name), time, i);
                    expected.Add(time, ReadSeries.Describe(i));
                    continue;
                case 3:
                    var stale = new FloatHistogram { Schema = 0, Sum = SpecialValues.StaleMarker };
                    _server.Source.Samples.Add(Named(name), time, double.NaN, stale);
                    expected.Add(time, "stale");
                    continue;
                default:
                    histogram = Grow(histogram, random, isFloat);
                    break;
            }

            _server.Source.Samples.Add(Named(name), time, double.NaN, histogram);
            expected.Add(time, ReadSeries.Describe(histogram));
        }

        return expected;
    }

    private static FloatHistogram NewLayout(Random random)
    {
        var isCustom = random.Next(3) == 0;
        double[] thresholds = [0, 0.001, Math.Pow(2, -128), 0.5, 3e-7];
        return new FloatHistogram
        {
            Schema = isCustom ? FloatHistogram.CustomBoundsSchema : random.Next(-4, 9),
            ResetHint = random.Next(4) == 0 ? CounterResetHint.Gauge : CounterResetHint.Unknown,
            ZeroThreshold = isCustom ? 0 : thresholds[random.Next(thresholds.Length)],
            CustomBounds = isCustom ? [-1.5, 0.005, 0.25, 1.0 / 3, 40_000, 1e12] : [],
            PositiveSpans = isCustom
                ? [new BucketSpan(0, 3), new BucketSpan(2, 1)]
                : [new BucketSpan(random.Next(-2000, 2000), 2), new BucketSpan(random.Next(1, 50), 3)],
            PositiveBuckets = isCustom ? [0, 0, 0, 0] : [0, 0, 0, 0, 0],
            NegativeSpans = isCustom ? [] : [new BucketSpan(-3, 1)],
            NegativeBuckets = isCustom ? [] : [0],
        };
    }

    private static FloatHistogram Grow(FloatHistogram histogram, Random random, bool isFloat)
    {
        double[] positive = [.. histogram.PositiveBuckets.Select(count => count + Step())];
        double[] negative = [.. histogram.NegativeBuckets.Select(count => count + Step())];
        var zeros = histogram.Schema == FloatHistogram.CustomBoundsSchema ? 0 : histogram.ZeroCount + Step();
        return histogram with
        {
            PositiveBuckets = positive,
            NegativeBuckets = negative,
            ZeroCount = zeros,
            Count = positive.Sum() + negative.Sum() + zeros,
            Sum = histogram.Sum + random.NextDouble(),
        };

        double Step() => isFloat ? random.NextDouble() * 10 : random.Next(5) == 0 ? random.Next(1_000_000) : random.Next(3);
    }
}
