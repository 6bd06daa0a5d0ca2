using Google.Protobuf;
using Triptych.Ingest.RemoteWrite;
using Triptych.Ingest.Tests.Protos.Push;
using Triptych.Model.Metrics;
using Triptych.Primitives.Memory;
using BucketSpan = Triptych.Ingest.Tests.Protos.Push.BucketSpan;

namespace Triptych.Ingest.Tests.RemoteWrite;

public sealed class RemoteWriteV1DecoderTests
{
    [Fact]
    public void Series_samples_exemplars_and_metadata_come_out_as_they_went_in()
    {
        var request = new WriteRequest
        {
            Timeseries =
            {
                Series([("__name__", "up"), ("job", "a")], (1, 1000), (double.NaN, -5)),
                Series([("job", "b"), ("__name__", "größe"), ("empty", "")], (2.5, 2000)),
            },
            Metadata = { new MetricMetadata { Type = 1, MetricFamilyName = "up", Help = "is it?", Unit = "u" } },
        };
        request.Timeseries[0].Exemplars.Add(new Exemplar { Value = 3, Timestamp = 7, Labels = { new Label { Name = "trace_id", Value = "x" } } });
        var (outcome, samples, exemplars, metadata, _) = Decode(request.ToByteArray());
        outcome.Refused.ShouldBe(0);
        samples.ShouldBe([new("__name__=up,job=a", 1000, 1), new("__name__=up,job=a", -5, double.NaN), new("__name__=größe,job=b", 2000, 2.5)]);
        exemplars.ShouldBe([new ExemplarText("__name__=up,job=a", 7, 3, "trace_id=x")]);
        metadata.ShouldBe([new MetadataEntry("up", "counter", "u", "is it?")]);
    }

    [Fact]
    public void Labels_that_stand_behind_the_samples_belong_to_the_series()
    {
        var labels = new TimeSeries { Labels = { new Label { Name = "__name__", Value = "up" } } }.ToByteArray();
        var samples = new TimeSeries { Samples = { new Sample { Value = 1, Timestamp = 2 } } }.ToByteArray();
        byte[] body = [0x0a, (byte)(labels.Length + samples.Length), .. samples, .. labels];
        Decode(body).Samples.ShouldBe([new SampleText("__name__=up", 2, 1)]);
    }

    [Fact]
    public void Labels_that_are_wrong_are_told_when_they_are_read()
    {
        var request = new WriteRequest
        {
            Timeseries =
            {
                Series([("job", "no name")], (1, 1), (1, 2)),
                Series([("__name__", "a"), ("x", "1"), ("x", "2")], (1, 1)),
                Series([("__name__", "b"), ("", "1")], (1, 1)),
                Series([("__name__", "c"), ("bad", "\u00ff")], (1, 1)),
                Series([("__name__", "good")], (1, 1)),
            },
        };
        var body = request.ToByteArray();
        body[body.AsSpan().IndexOf("ÿ"u8)] = 0xff;
        var (outcome, samples, _, _, _) = Decode(body);
        outcome.Refused.ShouldBe(0);
        string[] expected =
        [
            "no metric name", "no metric name",
            "the label \"x\" twice: {__name__=\"a\", x=\"1\", x=\"2\"}",
            "a label without a name: {__name__=\"b\", =\"1\"}",
            "not valid UTF-8", "__name__=good",
        ];
        samples.Count.ShouldBe(expected.Length);
        foreach (var (sample, part) in samples.Zip(expected)) sample.Series.ShouldContain(part);
    }

    [Fact]
    public void The_same_series_has_the_same_hash_in_every_body_and_other_labels_another()
    {
        var budget = MemoryBudget.Unlimited("test");
        using var first = new MetricBatch(budget);
        using var second = new MetricBatch(budget);
        RemoteWriteV1Decoder.Decode(new WriteRequest { Timeseries = { Series([("__name__", "a")], (1, 1)), Series([("__name__", "b")], (1, 1)) } }.ToByteArray(), first, new());
        RemoteWriteV1Decoder.Decode(new WriteRequest { Timeseries = { Series([("__name__", "b")], (2, 2)) } }.ToByteArray(), second, new());
        second.Series[0].Hash.ShouldBe(first.Series[1].Hash);
        first.Series[0].Hash.ShouldNotBe(first.Series[1].Hash);
    }

    [Fact]
    public void Labels_between_samples_are_gathered_up_to_a_size()
    {
        static byte[] Label(int size) => new TimeSeries { Labels = { new Label { Name = "x", Value = new string('v', size) } } }.ToByteArray();
        var name = new TimeSeries { Labels = { new Label { Name = "__name__", Value = "up" } } }.ToByteArray();
        var sample = new TimeSeries { Samples = { new Sample { Value = 1, Timestamp = 2 } } }.ToByteArray();
        Decode(Field(1, [.. name, .. sample, .. Label(3), .. sample])).Samples.Select(s => s.Series).ShouldBe(["__name__=up,x=vvv", "__name__=up,x=vvv"]);
        var (outcome, samples, _, _, _) = Decode(Field(1, [.. name, .. sample, .. Label(1_500_000), .. sample, .. Label(1_500_000)]));
        outcome.Refusals.Select(r => (r.Reason, r.Count)).ShouldBe([("invalid_labels", 2)]);
        samples.ShouldBeEmpty();
    }

    [Fact]
    public void An_integer_histogram_comes_out_with_absolute_counts()
    {
        var series = Series([("__name__", "h")]);
        series.Histograms.Add(new Protos.Push.Histogram
        {
            CountInt = 11,
            Sum = 4,
            Schema = 2,
            ZeroThreshold = 0.1,
            ZeroCountInt = 2,
            Timestamp = 9,
            ResetHint = 2,
            PositiveSpans = { new BucketSpan { Offset = -1, Length = 2 }, new BucketSpan { Offset = 3, Length = 1 } },
            PositiveDeltas = { 1, 2, -1 },
            NegativeSpans = { new BucketSpan { Offset = 0, Length = 1 } },
            NegativeDeltas = { 3 },
        });
        var histogram = Decode(new WriteRequest { Timeseries = { series } }.ToByteArray()).Histograms.Single().Histogram;
        histogram.PositiveBuckets.ShouldBe([1, 3, 2]);
        histogram.NegativeBuckets.ShouldBe([3]);
        histogram.PositiveSpans.ShouldBe([new Model.Metrics.BucketSpan(-1, 2), new Model.Metrics.BucketSpan(3, 1)]);
        (histogram.Count, histogram.Sum, histogram.ZeroCount, histogram.ResetHint).ShouldBe((11, 4, 2, CounterResetHint.Unknown));
    }

    [Theory]
    [InlineData(53, 1, 1, 1)]
    [InlineData(-5, 1, 1, 1)]
    [InlineData(0, 2, 1, 1)]
    [InlineData(0, 1, -1, 1)]
    [InlineData(0, 1, 5, 1)]
    public void Invalid_histograms_are_refused(int schema, uint length, int delta, ulong count)
    {
        var series = Series([("__name__", "h")]);
        series.Histograms.Add(new Protos.Push.Histogram
        {
            CountInt = count,
            Schema = schema,
            PositiveSpans = { new BucketSpan { Length = length } },
            PositiveDeltas = { delta }
        });
        Decode(new WriteRequest { Timeseries = { series } }.ToByteArray()).Outcome.Refusals.Single().Reason.ShouldBe("invalid_histogram");
    }

    [Fact]
    public void A_truncated_body_fails_with_its_offset()
    {
        var body = new WriteRequest { Timeseries = { Series([("__name__", "up")], (1, 1)) } }.ToByteArray();
        Decode(body[..^1]).Outcome.Error.ShouldNotBeNull().ShouldContain("offset 0");
    }

    [Fact]
    public void Millions_of_tiny_histograms_are_refused_by_the_budget_and_memory_stays_bounded()
    {
        const int Count = 4_000_000;
        var labels = new TimeSeries { Labels = { new Label { Name = "__name__", Value = "h" } } }.ToByteArray();
        var series = new byte[labels.Length + (Count * 2)];
        labels.CopyTo(series, 0);
        for (var i = labels.Length; i < series.Length; i += 2) series[i] = 0x22;
        CheckBomb(Field(1, series[..(labels.Length + 2)]), Field(1, series));
    }

    [Fact]
    public void Millions_of_tiny_metadata_are_refused_by_the_budget_and_memory_stays_bounded()
    {
        var one = Field(3, new MetricMetadata { MetricFamilyName = "m" }.ToByteArray());
        var body = new byte[one.Length * 2_000_000];
        for (var i = 0; i < body.Length; i += one.Length) one.CopyTo(body, i);
        CheckBomb(one, body);
    }

    [Fact]
    public void A_histogram_of_more_buckets_than_the_store_takes_is_refused()
    {
        var series = Series([("__name__", "h")]);
        var histogram = new Protos.Push.Histogram { CountFloat = 0 };
        histogram.PositiveCounts.AddRange(Enumerable.Repeat(0.0, 70_000));
        series.Histograms.Add(histogram);
        var (outcome, _, _, _, histograms) = Decode(new WriteRequest { Timeseries = { series } }.ToByteArray());
        outcome.Refusals.Single().Detail.ShouldContain("more than 65536");
        histograms.ShouldBeEmpty();
    }

    private static void CheckBomb(byte[] small, byte[] body)
    {
        var budget = new MemoryBudget("bytes in flight", 32 * 1024 * 1024);
        using (var warm = new MetricBatch(budget)) RemoteWriteV1Decoder.Decode(small, warm, new DecodeOutcome());
        budget.Used.ShouldBe(0);
        using (var batch = new MetricBatch(budget))
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Should.Throw<MemoryBudgetExceededException>(() => RemoteWriteV1Decoder.Decode(body, batch, new DecodeOutcome()));
            (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(40 * 1024 * 1024);
            batch.Clear();
            batch.Histograms.Count.ShouldBe(0);
        }

        budget.Used.ShouldBe(0);
    }

    private static byte[] Field(int number, byte[] message)
    {
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream, leaveOpen: true))
        {
            output.WriteTag(number, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(message));
        }

        return stream.ToArray();
    }

    private static TimeSeries Series((string Name, string Value)[] labels, params (double Value, long Time)[] samples) => new()
    {
        Labels = { labels.Select(l => new Label { Name = l.Name, Value = l.Value }) },
        Samples = { samples.Select(s => new Sample { Value = s.Value, Timestamp = s.Time }) },
    };

    private static MetricsText Decode(byte[] body) =>
        Decoded.Metrics((batch, outcome) => RemoteWriteV1Decoder.Decode(body, batch, outcome));
}
