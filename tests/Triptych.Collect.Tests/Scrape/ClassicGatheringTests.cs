using System.Globalization;
using System.Text;
using Triptych.Collect.Scrape;
using Triptych.Ingest;
using Triptych.Ingest.Exposition;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;
using Triptych.Primitives.Memory;

namespace Triptych.Collect.Tests.Scrape;

public sealed class ClassicGatheringTests : IDisposable
{
    private const string Two =
        "# TYPE h histogram\n"
        + "h_bucket{a=\"1\",le=\"0.5\"} 1\nh_bucket{a=\"1\",le=\"1\"} 3\nh_bucket{a=\"1\",le=\"+Inf\"} 4\nh_sum{a=\"1\"} 9\nh_count{a=\"1\"} 4\n"
        + "h_bucket{a=\"2\",le=\"+Inf\"} 2\nh_bucket{a=\"2\",le=\"1\"} 2\nh_count{a=\"2\"} 2\nh_sum{a=\"2\"} 1\n"
        + "# TYPE g gauge\ng 1\n";

    private readonly MetricBatch _batch = new(MemoryBudget.Unlimited("test"));
    private readonly DecodeOutcome _outcome = new();
    private readonly List<IDisposable> _bodies = [];

    public void Dispose()
    {
        foreach (var body in _bodies) body.Dispose();
        _batch.Dispose();
    }

    [Fact]
    public void Series_of_buckets_become_a_native_histogram_and_go()
    {
        var counts = Read(Body(new HistogramKinds { ConvertClassic = true }), Two);
        counts.ShouldBe(new ScrapeCounts(null, 3, 3, 3));
        Samples().ShouldBe(["__name__=g 1"]);
        Histograms().ShouldBe(["__name__=h,a=1 4 9 [0.5 1] [1 2 1]", "__name__=h,a=2 2 1 [1] [2]"]);
    }

    [Fact]
    public void Series_of_buckets_stay_beside_it_where_they_are_wanted()
    {
        var counts = Read(Body(new HistogramKinds(Native: false, ClassicBesideNative: true) { ConvertClassic = true }), Two);
        counts.ShouldBe(new ScrapeCounts(null, 12, 12, 12));
        Samples().Count.ShouldBe(10);
        Histograms().Count.ShouldBe(2);
    }

    [Fact]
    public void Nothing_is_converted_unless_it_is_asked_for()
    {
        Read(Body(default), Two).Kept.ShouldBe(10);
        Histograms().ShouldBeEmpty();
    }

    [Fact]
    public void A_converted_series_that_vanishes_is_ended_and_one_that_stays_is_not_new()
    {
        var body = Body(new HistogramKinds { ConvertClassic = true });
        Read(body, Two);
        Read(body, Two).Added.ShouldBe(0);
        Read(body, "# TYPE h histogram\nh_bucket{a=\"1\",le=\"+Inf\"} 4\nh_count{a=\"1\"} 4\n");
        Samples().ShouldBe(["__name__=g NaN", "__name__=h,a=2 NaN"], ignoreOrder: true);
    }

    [Theory]
    [InlineData("h_bucket{le=\"1\"} 3\nh_bucket{le=\"2\"} 2\n")]
    [InlineData("h_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_count 3\n")]
    [InlineData("h_bucket{le=\"1\"} -1\n")]
    [InlineData("h_count -1\n")]
    [InlineData("h_bucket{le=\"2\"} 2\nh_bucket{le=\"1\"} 3\n")]
    public void What_is_no_histogram_is_refused_by_name_and_the_rest_taken(string lines)
    {
        Read(Body(new HistogramKinds { ConvertClassic = true }), "# TYPE h histogram\n" + lines + "# TYPE g gauge\ng 1\n").Error.ShouldBeNull();
        _outcome.Refusals.Single().Reason.ShouldBe("invalid_histogram");
        Samples().ShouldBe(["__name__=g 1"]);
    }

    [Fact]
    public void What_a_histogram_does_not_say_is_made_of_its_last_bucket()
    {
        Read(Body(new HistogramKinds { ConvertClassic = true }), "# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"2\"} 5.5\nh_bucket{le=\"2\"} 9\n");
        Histograms().ShouldBe(["__name__=h 5.5 0 [1 2] [1 4.5]"]);
    }

    [Fact]
    public void Only_series_of_the_family_itself_are_gathered()
    {
        Read(Body(new HistogramKinds { ConvertClassic = true }), "# TYPE h histogram\nother_count 3\nh_bucket 1\nh_bucket{le=\"x\"} 1\nh 2\n# TYPE s summary\ns_count 1\n");
        Samples().ShouldBe(["__name__=other_count 3", "__name__=h_bucket 1", "__name__=h_bucket,le=x 1", "__name__=h 2", "__name__=s_count 1"]);
        Histograms().ShouldBeEmpty();
    }

    [Fact]
    public void Lines_of_one_histogram_that_others_part_are_two()
    {
        Read(Body(new HistogramKinds { ConvertClassic = true }), "# TYPE h histogram\nh_count 0\n# HELP h help\nh_count 0\n");
        Histograms().Count.ShouldBe(2);
    }

    [Fact]
    public void Exemplars_with_times_go_with_it()
    {
        Read(
            Body(new HistogramKinds { ConvertClassic = true }),
            "# TYPE h histogram\nh_bucket{le=\"1\"} 1 # {t=\"a\"} 0.5 12\nh_bucket{le=\"+Inf\"} 1 # {t=\"b\"} 0.5\n# EOF\n",
            ExpositionFormat.OpenMetrics);
        _batch.Exemplars.ToArray().Single().TimestampMs.ShouldBe(12_000);
        LabelSet.Decode(_batch.Read(_batch.Series[_batch.Exemplars[0].Series].Labels)).Single().Value.ShouldBe("h");
    }

    [Fact]
    public void A_time_of_its_own_is_kept()
    {
        Read(Body(new HistogramKinds { ConvertClassic = true }), "# TYPE h histogram\nh_count 0 5000\n# TYPE g gauge\ng 1 7000\n");
        _batch.Histograms.Single().TimestampMs.ShouldBe(5000);
    }

    [Fact]
    public void Too_many_buckets_or_samples_fail_the_scrape()
    {
        Read(Body(new HistogramKinds { ConvertClassic = true, BucketLimit = 2 }), Two).Error!.ShouldContain("native_histogram_bucket_limit");
        _batch.SampleCount.ShouldBe(0);
        Read(Body(new HistogramKinds { ConvertClassic = true }, sampleLimit: 2), Two).Error!.ShouldContain("sample_limit");
        Read(Body(new HistogramKinds { ConvertClassic = true, BucketLimit = 3 }, sampleLimit: 3), Two).Error.ShouldBeNull();
    }

    [Fact]
    public void Bounds_and_quantiles_are_written_as_Prometheus_3_writes_them()
    {
        Read(
            Body(default),
            "le_alone{le=\"1\"} 1\n# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+inf\"} 1\nh_bucket{le=\"1e3\"} 1\nh_bucket{le=\"x\"} 1\nh_bucket{quantile=\"1\"} 1\n"
            + "# TYPE s summary\ns{quantile=\"0\"} 1\ns{quantile=\"1000000\"} 1\ns{le=\"1\"} 1\n# TYPE u untyped\nu{le=\"1\"} 1\n");
        Samples().ShouldBe(
        [
            "__name__=le_alone,le=1 1", "__name__=h_bucket,le=1.0 1", "__name__=h_bucket,le=+Inf 1", "__name__=h_bucket,le=1000.0 1", "__name__=h_bucket,le=x 1",
            "__name__=h_bucket,quantile=1 1", "__name__=s,quantile=0.0 1", "__name__=s,quantile=1e+06 1", "__name__=s,le=1 1", "__name__=u,le=1 1",
        ]);
    }

    [Fact]
    public void Created_lines_of_OpenMetrics_are_start_times_where_that_is_on()
    {
        const string Text = "# TYPE c counter\n# HELP c help\nc_total{a=\"1\"} 1\nc_created{a=\"1\"} 12.5\nc_total{a=\"2\"} 1\n"
            + "# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 1\nh_count 1\nh_created 7\n"
            + "# TYPE s summary\ns{quantile=\"0.5\"} 1\ns_sum 1\ns_created 8\n# TYPE g gauge\ng_created 9\n# EOF\n";
        var body = Body(default, features: new ScrapeFeatures(CreatedAsStarts: true, TypeAndUnitLabels: false));
        for (var scrape = 0; scrape < 2; scrape++)
        {
            Read(body, Text, ExpositionFormat.OpenMetrics).ShouldBe(new ScrapeCounts(null, 8, 8, scrape == 0 ? 8 : 0));
            Starts().ShouldBe([12_500, 0, 7000, 7000, 7000, 8000, 8000, 0]);
        }

        Read(Body(default), Text, ExpositionFormat.OpenMetrics).Kept.ShouldBe(11);
        Starts().ShouldAllBe(s => s == 0);
        var converting = Body(new HistogramKinds { ConvertClassic = true }, features: new ScrapeFeatures(CreatedAsStarts: true, TypeAndUnitLabels: false));
        Read(converting, Text, ExpositionFormat.OpenMetrics).Error.ShouldBeNull();
        _batch.Histograms.Single().StartMs.ShouldBe(7000);
    }

    [Fact]
    public void Type_and_unit_become_labels_where_that_is_on()
    {
        var body = Body(new HistogramKinds { ConvertClassic = true }, features: new ScrapeFeatures(CreatedAsStarts: false, TypeAndUnitLabels: true));
        Read(
            body,
            "# TYPE c_seconds counter\n# UNIT c_seconds seconds\nc_seconds_total{__type__=\"x\",__unit__=\"y\"} 1\n# TYPE u unknown\nu{__type__=\"x\"} 1\n"
            + "# TYPE h histogram\nh_count 0\n# EOF\n",
            ExpositionFormat.OpenMetrics).Error.ShouldBeNull();
        Samples().ShouldBe(["__name__=c_seconds_total,__type__=counter,__unit__=seconds 1", "__name__=u,__type__=x 1"]);
        Labels(_batch.Histograms.Single().Series).ShouldBe("__name__=h,__type__=histogram");
    }

    private List<long> Starts()
    {
        var starts = new List<long>();
        foreach (var sample in _batch.Samples) starts.Add(_batch.StartOf(sample));
        return starts;
    }

    private ScrapeBody Body(HistogramKinds kinds, int sampleLimit = 0, ScrapeFeatures features = default)
    {
        var target = new ScrapeTarget
        {
            Job = "j",
            Url = "http://t/metrics",
            Source = new TextSource(() => ""),
            Labels = [],
            Interval = TimeSpan.FromSeconds(15),
            Timeout = TimeSpan.FromSeconds(10),
            Histograms = kinds,
            SampleLimit = sampleLimit,
            Features = features,
        };
        var body = new ScrapeBody(target, MemoryBudget.Unlimited("test"));
        _bodies.Add(body);
        return body;
    }

    private ScrapeCounts Read(ScrapeBody body, string text, ExpositionFormat format = ExpositionFormat.Prometheus)
    {
        _batch.Clear();
        return body.Read(Encoding.UTF8.GetBytes(text), format, 1_700_000_000_000, _batch, _outcome);
    }

    private List<string> Samples() =>
        [.. _batch.Samples.ToArray().Select(s => $"{Labels(s.Series)} {s.Value.ToString(CultureInfo.InvariantCulture)}")];

    private List<string> Histograms() =>
    [
        .. _batch.Histograms.Select(e => string.Create(
            CultureInfo.InvariantCulture,
            $"{Labels(e.Series)} {e.Histogram.Count} {e.Histogram.Sum} [{Text(e.Histogram.CustomBounds)}] [{Text(e.Histogram.PositiveBuckets)}]")),
    ];

    private static string Text(IEnumerable<double> numbers) => string.Join(' ', numbers.Select(n => n.ToString(CultureInfo.InvariantCulture)));

    private string Labels(int series) =>
        string.Join(",", LabelSet.Decode(_batch.Read(_batch.Series[series].Labels)).Select(l => $"{l.Key}={l.Value}"));
}
