using System.Text;
using Google.Protobuf;
using Triptych.Ingest.Otlp;
using Triptych.Ingest.Tests.Protos.Otlp;
using Triptych.Model.Metrics;
using BucketSpan = Triptych.Model.Metrics.BucketSpan;

namespace Triptych.Ingest.Tests.Otlp;

/// <summary>Native histograms of exponential and of explicit ones.</summary>
public sealed class OtlpNativeHistogramTests
{
    private const ulong At = 1_700_000_000_000_000_000;
    private const int Delta = 1;
    private const int Cumulative = 2;

    [Fact]
    public void An_exponential_histogram_becomes_a_native_one_whose_buckets_stand_one_further()
    {
        var point = new ExponentialHistogramDataPoint
        {
            TimeUnixNano = At,
            Count = 14,
            Sum = 5.5,
            Scale = 3,
            ZeroCount = 2,
            Positive = Buckets(-1, 1, 0, 0, 2, 0, 0, 0, 3),
            Negative = Buckets(4, 6),
            Exemplars = { new Exemplar { AsDouble = 1, TimeUnixNano = At } },
        };
        var decoded = Decode(OtlpMetricOptions.Default, Exponential(Cumulative, point));
        var (series, histogram) = decoded.Histograms.Single();
        series.ShouldBe("__name__=h_seconds");
        (histogram.Schema, histogram.Count, histogram.Sum, histogram.ZeroCount, histogram.ZeroThreshold, histogram.ResetHint)
            .ShouldBe((3, 14, 5.5, 2, 1e-128, CounterResetHint.Unknown));
        histogram.PositiveSpans.ShouldBe([new BucketSpan(0, 4), new BucketSpan(3, 1)]);
        histogram.PositiveBuckets.ShouldBe([1, 0, 0, 2, 3]);
        histogram.NegativeSpans.ShouldBe([new BucketSpan(5, 1)]);
        histogram.NegativeBuckets.ShouldBe([6]);
        decoded.Exemplars.Single().Value.ShouldBe(1);
        decoded.Metadata.Single().ShouldBe(new MetadataEntry("h_seconds", "histogram", "seconds", ""));
    }

    [Theory]
    [InlineData(9)]
    [InlineData(12)]
    [InlineData(60)]
    public void Scales_above_8_are_reduced_to_8(int scale)
    {
        var point = new ExponentialHistogramDataPoint { TimeUnixNano = At, Count = 10, Scale = scale, Positive = Buckets(-2, 1, 2, 3, 4) };
        var histogram = Decode(OtlpMetricOptions.Default, Exponential(Cumulative, point)).Histograms.Single().Histogram;

        // Places -2 and -1 end at or below 1, places 0 and 1 above it: so they part, however coarse it gets.
        histogram.Schema.ShouldBe(8);
        histogram.PositiveSpans.ShouldBe([new BucketSpan(0, 2)]);
        histogram.PositiveBuckets.ShouldBe([3, 7]);
    }

    [Fact]
    public void What_has_no_native_form_is_refused()
    {
        var data = Exponential(
            Cumulative,
            new ExponentialHistogramDataPoint { TimeUnixNano = At, Scale = -5 },
            new ExponentialHistogramDataPoint { TimeUnixNano = At, Count = 1, Positive = Buckets(0, 2) },
            new ExponentialHistogramDataPoint { TimeUnixNano = At, Count = 2, Positive = Buckets(int.MaxValue, 2) },
            new ExponentialHistogramDataPoint { TimeUnixNano = At });
        var decoded = Decode(OtlpMetricOptions.Default, data);
        decoded.Outcome.Refusals.Select(r => (r.Reason, r.Count)).ShouldBe([("invalid_histogram", 3)]);
        decoded.Outcome.Refusals[0].Detail.ShouldContain("schema -5");
        decoded.Histograms.Count.ShouldBe(1);
    }

    [Fact]
    public void A_point_without_a_recorded_value_is_a_stale_marker()
    {
        var point = new ExponentialHistogramDataPoint { TimeUnixNano = At, Flags = 1, Count = 5, Scale = -99 };
        SpecialValues.IsStale(Decode(OtlpMetricOptions.Default, Exponential(Cumulative, point)).Histograms.Single().Histogram.Sum).ShouldBeTrue();
    }

    [Fact]
    public void A_delta_says_that_its_counter_began_anew()
    {
        var point = new ExponentialHistogramDataPoint { TimeUnixNano = At, Count = 2, Positive = Buckets(0, 2) };
        Decode(OtlpMetricOptions.Default, Exponential(Delta, point)).Histograms.Single().Histogram.ResetHint.ShouldBe(CounterResetHint.Reset);
    }

    [Fact]
    public void An_explicit_histogram_becomes_one_with_custom_bounds_by_option()
    {
        var point = new HistogramDataPoint { TimeUnixNano = At, Count = 6, Sum = 12.5, BucketCounts = { 1, 0, 5 }, ExplicitBounds = { 0.5, 10 } };
        var data = Metrics(new Metric { Name = "h", Histogram = new Histogram { AggregationTemporality = Cumulative, DataPoints = { point } } });
        var decoded = Decode(new OtlpMetricOptions { ConvertHistogramsToNhcb = true }, data);
        decoded.Samples.ShouldBeEmpty();
        var histogram = decoded.Histograms.Single().Histogram;
        (histogram.Schema, histogram.Count, histogram.Sum).ShouldBe((-53, 6, 12.5));
        histogram.CustomBounds.ShouldBe([0.5, 10]);
        histogram.PositiveSpans.ShouldBe([new BucketSpan(0, 3)]);
        histogram.PositiveBuckets.ShouldBe([1, 0, 5]);
    }

    [Fact]
    public void Each_explicit_histogram_of_a_request_has_its_own_bounds_and_counts()
    {
        var first = new HistogramDataPoint { TimeUnixNano = At, Count = 6, Sum = 12.5, BucketCounts = { 1, 0, 5 }, ExplicitBounds = { 0.5, 10 } };
        var second = new HistogramDataPoint { TimeUnixNano = At + 1_000_000, Count = 4, BucketCounts = { 3, 1 }, ExplicitBounds = { 0.25 } };
        var data = Metrics(
            new Metric { Name = "h", Histogram = new Histogram { AggregationTemporality = Cumulative, DataPoints = { first, second } } },
            new Metric { Name = "i", Histogram = new Histogram { AggregationTemporality = Cumulative, DataPoints = { first } } });
        var decoded = Decode(new OtlpMetricOptions { ConvertHistogramsToNhcb = true }, data);
        decoded.Outcome.Refusals.ShouldBeEmpty();
        decoded.Histograms.Select(h => h.Series).ShouldBe(["__name__=h", "__name__=h", "__name__=i"]);
        decoded.Histograms.Select(h => string.Join(' ', h.Histogram.CustomBounds)).ShouldBe(["0.5 10", "0.25", "0.5 10"]);
        decoded.Histograms.Select(h => string.Join(' ', h.Histogram.PositiveBuckets)).ShouldBe(["1 0 5", "3 1", "1 0 5"]);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(0)]
    public void An_explicit_histogram_without_buckets_has_all_it_counted_in_one_without_bounds(int count)
    {
        var point = new HistogramDataPoint { TimeUnixNano = At, Count = (ulong)count, Sum = 12.5 };
        var data = Metrics(new Metric { Name = "h", Histogram = new Histogram { AggregationTemporality = Cumulative, DataPoints = { point } } });
        var decoded = Decode(new OtlpMetricOptions { ConvertHistogramsToNhcb = true }, data);
        decoded.Outcome.Refusals.ShouldBeEmpty();
        var histogram = decoded.Histograms.Single().Histogram;
        (histogram.Schema, histogram.Count, histogram.Sum).ShouldBe((-53, count, 12.5));
        histogram.CustomBounds.ShouldBeEmpty();
        histogram.PositiveBuckets.Sum().ShouldBe(count);
    }

    [Fact]
    public void A_delta_that_may_fall_is_handed_on_as_a_change_of_a_gauge()
    {
        var number = new NumberDataPoint { StartTimeUnixNano = At - 10_000_000_000, TimeUnixNano = At, AsDouble = -3 };
        var data = Metrics(new Metric { Name = "d", Sum = new Sum { AggregationTemporality = Delta, DataPoints = { number } } });
        var decoded = Decoded.Metrics((batch, outcome) =>
        {
            OtlpMetricDecoder.Decode(data.ToByteArray(), BodyEncoding.Protobuf, OtlpMetricOptions.Default, batch, outcome);
            batch.Samples.ToArray().ShouldHaveSingleItem().IsChange.ShouldBeTrue();
            batch.StartOf(batch.Samples[0]).ShouldBe(0);
            batch.Samples[0].ZeroBeforeMs.ShouldBe(0);
        });
        decoded.Samples.Single().Value.ShouldBe(-3);
        decoded.Metadata.Single().Type.ShouldBe("gauge");
    }

    [Fact]
    public void Type_and_unit_become_labels_by_option()
    {
        var number = new NumberDataPoint { TimeUnixNano = At, AsDouble = 3 };
        var point = new HistogramDataPoint { TimeUnixNano = At, Count = 1, BucketCounts = { 1 } };
        var data = Metrics(
            new Metric { Name = "c", Unit = "By", Sum = new Sum { AggregationTemporality = Cumulative, IsMonotonic = true, DataPoints = { number } } },
            new Metric { Name = "n", Sum = new Sum { AggregationTemporality = Cumulative, DataPoints = { number } } },
            new Metric { Name = "h", Histogram = new Histogram { AggregationTemporality = Cumulative, DataPoints = { point } } });
        Decode(new OtlpMetricOptions { TypeAndUnitLabels = true }, data).Samples.Select(s => s.Series).ShouldBe(
        [
            "__name__=c_bytes_total,__type__=counter,__unit__=bytes", "__name__=n,__type__=gauge",
            "__name__=h_bucket,__type__=histogram,le=+Inf", "__name__=h_count,__type__=histogram",
        ]);
    }

    [Fact]
    public void Starts_of_cumulative_points_are_kept_and_those_of_gauges_and_deltas_are_not()
    {
        const ulong Start = At - 10_000_000_000;
        var number = new NumberDataPoint { StartTimeUnixNano = Start, TimeUnixNano = At, AsDouble = 3 };
        var point = new HistogramDataPoint { StartTimeUnixNano = Start, TimeUnixNano = At, Count = 1, BucketCounts = { 1 } };
        var summary = new SummaryDataPoint { StartTimeUnixNano = Start, TimeUnixNano = At, Count = 1, Sum = 2 };
        var native = new ExponentialHistogramDataPoint { StartTimeUnixNano = Start, TimeUnixNano = At };
        var data = Metrics(
            new Metric { Name = "c", Sum = new Sum { AggregationTemporality = Cumulative, IsMonotonic = true, DataPoints = { number } } },
            new Metric { Name = "h", Histogram = new Histogram { AggregationTemporality = Cumulative, DataPoints = { point } } },
            new Metric { Name = "s", Summary = new Summary { DataPoints = { summary } } },
            new Metric { Name = "g", Gauge = new Gauge { DataPoints = { number } } },
            new Metric { Name = "d", Sum = new Sum { AggregationTemporality = Delta, IsMonotonic = true, DataPoints = { number } } },
            new Metric { Name = "e", ExponentialHistogram = new ExponentialHistogram { AggregationTemporality = Cumulative, DataPoints = { native } } },
            new Metric { Name = "f", ExponentialHistogram = new ExponentialHistogram { AggregationTemporality = Delta, DataPoints = { native } } });
        const long StartMs = (long)(Start / 1_000_000);
        Decoded.Starts((batch, outcome) =>
            OtlpMetricDecoder.Decode(data.ToByteArray(), BodyEncoding.Protobuf, OtlpMetricOptions.Default, batch, outcome))
            .ShouldBe([StartMs, StartMs, StartMs, StartMs, StartMs, 0, 0, StartMs, 0]);
    }

    [Fact]
    public void Deltas_of_sums_and_explicit_histograms_are_handed_on_as_growth()
    {
        var number = new NumberDataPoint { StartTimeUnixNano = At - 10_000_000_000, TimeUnixNano = At, AsDouble = 3 };
        var point = new HistogramDataPoint { TimeUnixNano = At, Count = 6, Sum = 12.5, BucketCounts = { 1, 5 }, ExplicitBounds = { 0.5 } };
        var data = Metrics(
            new Metric { Name = "c", Sum = new Sum { AggregationTemporality = Delta, IsMonotonic = true, DataPoints = { number } } },
            new Metric { Name = "h", Histogram = new Histogram { AggregationTemporality = Delta, DataPoints = { point } } },
            new Metric { Name = "g", Gauge = new Gauge { DataPoints = { number } } });
        var growth = new List<int>();
        Decoded.Metrics((batch, outcome) =>
        {
            OtlpMetricDecoder.Decode(data.ToByteArray(), BodyEncoding.Protobuf, OtlpMetricOptions.Default, batch, outcome);
            foreach (var sample in batch.Samples) growth.Add(sample.ZeroBeforeMs);
        }).Outcome.Refused.ShouldBe(0);
        growth.ShouldBe([9999, 1, 1, 1, 1, 0]);
    }

    [Fact]
    public void Deltas_that_would_spoil_a_sum_are_refused_by_name()
    {
        double[] values = [double.NaN, double.PositiveInfinity, double.NegativeInfinity, -7, 3];
        var data = Metrics(
            new Metric { Name = "c", Sum = new Sum { AggregationTemporality = Delta, IsMonotonic = true, DataPoints = { values.Select(Number) } } },
            new Metric { Name = "d", Sum = new Sum { AggregationTemporality = Delta, DataPoints = { values.Select(Number) } } },
            new Metric { Name = "h", Histogram = new Histogram { AggregationTemporality = Delta, DataPoints = { values.Select(Summed) } } },
            new Metric { Name = "t", Sum = new Sum { AggregationTemporality = Cumulative, IsMonotonic = true, DataPoints = { Number(double.NaN) } } });
        var decoded = Decode(OtlpMetricOptions.Default, data);
        var refusal = decoded.Outcome.Refusals.ShouldHaveSingleItem();
        (refusal.Reason, refusal.Count).ShouldBe(("invalid_delta", 4 + 3 + 3));
        refusal.Detail.ShouldBe("a delta of the sum c_total is NaN, by which it cannot grow");
        decoded.Samples.Where(s => !s.Series.Contains("_count") && !s.Series.Contains("_bucket")).Select(s => s.Value).ShouldBe([3, -7, 3, -7, 3, double.NaN]);

        static NumberDataPoint Number(double value) => new() { TimeUnixNano = At, AsDouble = value };

        static HistogramDataPoint Summed(double sum) => new() { TimeUnixNano = At, Count = 1, Sum = sum };
    }

    [Fact]
    public void Json_says_the_same_as_protobuf()
    {
        var json = """
            {"resourceMetrics":[{"scopeMetrics":[{"scope":{"name":"l"},"schemaUrl":"u","metrics":[{"name":"h","exponentialHistogram":{"aggregationTemporality":2,
            "dataPoints":[{"timeUnixNano":"1700000000000000000","count":"3","sum":1.5,"scale":-1,"zeroCount":"1","zeroThreshold":0.25,
            "positive":{"offset":-3,"bucketCounts":["2"]}}]}}]}]}]}
            """;
        var (outcome, _, _, _, histograms) = Decoded.Metrics(
            (batch, o) => OtlpMetricDecoder.Decode(Encoding.UTF8.GetBytes(json), BodyEncoding.Json, OtlpMetricOptions.Default, batch, o));
        outcome.Error.ShouldBeNull();
        var histogram = histograms.Single().Histogram;
        (histogram.Schema, histogram.Count, histogram.ZeroCount, histogram.ZeroThreshold).ShouldBe((-1, 3, 1, 0.25));
        histogram.PositiveSpans.ShouldBe([new BucketSpan(-2, 1)]);
    }

    private static ExponentialHistogramDataPoint.Types.Buckets Buckets(int offset, params ulong[] counts) =>
        new() { Offset = offset, BucketCounts = { counts } };

    private static MetricsData Exponential(int temporality, params ExponentialHistogramDataPoint[] points) => Metrics(new Metric
    {
        Name = "h",
        Unit = "s",
        ExponentialHistogram = new ExponentialHistogram { AggregationTemporality = temporality, DataPoints = { points } },
    });

    private static MetricsData Metrics(params Metric[] metrics) =>
        new() { ResourceMetrics = { new ResourceMetrics { ScopeMetrics = { new ScopeMetrics { Metrics = { metrics } } } } } };

    private static MetricsText Decode(OtlpMetricOptions options, MetricsData data)
    {
        var decoded = Decoded.Metrics(
            (batch, outcome) => OtlpMetricDecoder.Decode(data.ToByteArray(), BodyEncoding.Protobuf, options, batch, outcome));
        decoded.Outcome.Error.ShouldBeNull();
        return decoded;
    }
}
