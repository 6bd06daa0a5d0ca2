using Triptych.Ingest.Exposition;
using Triptych.Ingest.Tests.Protos.Exposition;
using Triptych.Model.Metrics;
using BucketSpan = Triptych.Ingest.Tests.Protos.Exposition.BucketSpan;

namespace Triptych.Ingest.Tests.Exposition;

public sealed class ProtobufExpositionTests
{
    private static readonly string[] s_classic =
    [
        "__name__=h_count 6", "__name__=h_sum 4", "__name__=h_bucket,le=1.0 1", "  exemplar t=b 1", "__name__=h_bucket,le=2.5 4", "  exemplar t=b 2.5",
        "__name__=h_bucket,le=+Inf 6",
    ];

    [Fact]
    public void Every_kind_of_metric_comes_out_as_in_text()
    {
        var sink = Read(Families.Write(Families.All), new HistogramKinds(Native: false, ClassicBesideNative: false));
        sink.Lines.ShouldBe(
        [
            "# up gauge is it u", "__name__=up,a=é{empty=\"\"} 1.5 @1700", "# c_total counter", "__name__=c_total 5 since 1000", "  exemplar t=x 2 3500",
            "# u unknown", "__name__=u NaN", "# s summary", "__name__=s_count 3", "__name__=s_sum 9", "__name__=s,quantile=1.0 4", "__name__=s,quantile=0.5 2",
            "# h histogram", .. s_classic, "# g gaugehistogram", "__name__=g_count 1.5", "__name__=g_sum 4", "__name__=g_bucket,le=+Inf 1.5",
        ]);
    }

    [Fact]
    public void A_histogram_with_spans_is_native_where_these_are_wanted()
    {
        var sink = Read(Families.Write(Families.All[4..]), new HistogramKinds(Native: true, ClassicBesideNative: false));
        sink.Lines.ShouldBe(["# h histogram", "__name__=h native", "  exemplar t=n 7", "# g gaugehistogram", "__name__=g native"]);
        var (h, g) = (sink.Histograms[0], sink.Histograms[1]);
        (h.Schema, h.Count, h.Sum, h.ZeroCount, h.ZeroThreshold, h.ResetHint).ShouldBe((3, 6, 4, 1, 0.001, CounterResetHint.Unknown));
        h.PositiveBuckets.ShouldBe([2, 3]);
        (g.Count, g.ResetHint).ShouldBe((1.5, CounterResetHint.Gauge));
        g.PositiveBuckets.ShouldBe([1.5]);
    }

    [Fact]
    public void Both_forms_can_be_taken() =>
        Read(Families.Write(Families.All[4]), new HistogramKinds(Native: true, ClassicBesideNative: true)).Lines.ShouldBe(
            ["# h histogram", "__name__=h native", "  exemplar t=n 7", .. s_classic]);

    [Fact]
    public void Buckets_become_a_native_histogram_where_that_is_wanted()
    {
        var kinds = new HistogramKinds(Native: false, ClassicBesideNative: false) { ConvertClassic = true };
        var sink = Read(Families.Write(Families.All[4]), kinds);
        sink.Lines.ShouldBe(["# h histogram", "__name__=h native"]);
        sink.Histograms[0].CustomBounds.ShouldBe([1, 2.5]);
        sink.Histograms[0].PositiveBuckets.ShouldBe([1, 3, 2]);
        Read(Families.Write(Families.All[4]), kinds with { ClassicBesideNative = true }).Lines.ShouldBe(["# h histogram", .. s_classic, "__name__=h native"]);
        Read(Families.Write(Families.All[4]), kinds with { Native = true }).Histograms.Single().Schema.ShouldBe(3);
    }

    [Fact]
    public void Too_fine_a_histogram_is_made_coarser_until_it_has_no_more_buckets_than_it_may()
    {
        var kinds = new HistogramKinds(Native: true, ClassicBesideNative: false);
        Read(Families.Write(Families.All[4]), kinds with { FinestSchema = 1 }).Histograms.Single().Schema.ShouldBe(1);
        var limited = Read(Families.Write(Families.All[4]), kinds with { BucketLimit = 1 }).Histograms.Single();
        (limited.Schema, limited.PositiveBuckets.Sum()).ShouldBe((2, 5));
        using var exposition = new ProtobufExposition();
        var converted = kinds with { Native = false, ConvertClassic = true, BucketLimit = 2 };
        exposition.Read(Families.Write(Families.All[4]), converted, new TextSink())!.ShouldContain("native_histogram_bucket_limit");
    }

    [Fact]
    public void Type_and_unit_become_labels_where_that_is_wanted()
    {
        var own = new Metric { Label = { new LabelPair { Name = "__type__", Value = "x" }, new LabelPair { Name = "__unit__", Value = "y" } }, Gauge = new Gauge() };
        var untyped = own.Clone();
        (untyped.Gauge, untyped.Untyped) = (null, new Untyped());
        var body = Families.Write(
            new MetricFamily { Name = "g", Type = 1, Unit = "bytes", Metric = { own } }, new MetricFamily { Name = "u", Type = 3, Metric = { untyped } });
        using var exposition = new ProtobufExposition();
        var sink = new TextSink();
        exposition.Read(body, default, sink, withTypeAndUnit: true).ShouldBeNull();
        sink.Lines.Where(l => l[0] != '#').ShouldBe(["__name__=g,__type__=gauge,__unit__=bytes 0", "__name__=u,__type__=x,__unit__=y 0"]);
    }

    [Fact]
    public void Starts_of_summaries_and_histograms_are_read()
    {
        var start = new Timestamp { Seconds = 2, Nanos = 5_000_000 };
        var body = Families.Write(
            new MetricFamily { Name = "s", Type = 2, Metric = { new Metric { Summary = new Summary { SampleCount = 1, CreatedTimestamp = start } } } },
            new MetricFamily { Name = "h", Type = 4, Metric = { new Metric { Histogram = new Histogram { SampleCount = 1, CreatedTimestamp = start } } } });
        Read(body, default).Lines.ShouldBe(
        [
            "# s summary", "__name__=s_count 1 since 2005", "__name__=s_sum 0 since 2005", "# h histogram", "__name__=h_count 1 since 2005",
            "__name__=h_sum 0 since 2005", "__name__=h_bucket,le=+Inf 1 since 2005",
        ]);
    }

    [Fact]
    public void A_histogram_without_observations_is_native_by_its_empty_span()
    {
        var family = new MetricFamily { Name = "h", Type = 4, Metric = { new Metric { Histogram = new Histogram { PositiveSpan = { new BucketSpan() } } } } };
        Read(Families.Write(family), new HistogramKinds(Native: true, ClassicBesideNative: false)).Histograms.Single().Count.ShouldBe(0);
    }

    [Fact]
    public void What_is_wrong_with_one_metric_leaves_out_that_metric()
    {
        var bad = new Histogram { SampleCount = 1, Schema = 99, PositiveSpan = { new BucketSpan() } };
        var twice = new Metric { Label = { new LabelPair { Name = "a", Value = "1" }, new LabelPair { Name = "a", Value = "2" } }, Gauge = new Gauge() };
        var body = Families.Write(
            new MetricFamily { Name = "h", Type = 4, Metric = { new Metric { Histogram = bad } } },
            new MetricFamily { Name = "g", Type = 1, Metric = { twice, new Metric { Gauge = new Gauge { Value = 2 } } } });
        Read(body, new HistogramKinds(Native: true, ClassicBesideNative: false)).Lines.ShouldBe(
            ["# h histogram", "refused invalid_histogram", "# g gauge", "refused invalid_labels", "__name__=g 2"]);
    }

    [Fact]
    public void What_is_no_exposition_fails_the_scrape_and_says_where()
    {
        var good = Families.Write(Families.All[0]);
        Fail([.. good, 5, 1]).ShouldBe($"byte {good.Length}: the exposition ends within a metric family");
        Fail([.. good, 2, 0x0a, 9]).ShouldBe($"byte {good.Length + 1}: malformed protobuf");
        Fail(Families.Write(new MetricFamily { Type = 1 })).ShouldContain("without a name");
        Fail(Families.Write(new MetricFamily { Name = "a", Type = 9 })).ShouldContain("type 9");
        Fail(Families.Write(new MetricFamily { Name = "a", Type = 1, Metric = { new Metric() } })).ShouldContain("no such value");
        using var reader = new ProtobufExposition();
        reader.Read(good, default, new TextSink { Failure = "too many" }).ShouldBe("byte 0: too many");
    }

    private static string Fail(byte[] body)
    {
        using var reader = new ProtobufExposition();
        return reader.Read(body, default, new TextSink()).ShouldNotBeNull();
    }

    private static TextSink Read(byte[] body, HistogramKinds kinds)
    {
        var sink = new TextSink();
        using var reader = new ProtobufExposition();
        reader.Read(body, kinds, sink).ShouldBeNull();
        return sink;
    }
}
