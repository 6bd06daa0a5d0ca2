using System.Text;
using Google.Protobuf;
using Triptych.Ingest.Otlp;
using Triptych.Ingest.Otlp.Metrics;
using Triptych.Ingest.Tests.Protos.Otlp;
using Triptych.Model.Metrics;

namespace Triptych.Ingest.Tests.Otlp;

public sealed class OtlpMetricDecoderTests
{
    private const ulong At = 1_700_000_000_000_000_000;
    private const long AtMs = 1_700_000_000_000;

    [Theory]
    [InlineData("http.server.duration", "s", false, false, "http_server_duration_seconds")]
    [InlineData("http.server.requests", "{request}", true, false, "http_server_requests_total")]
    [InlineData("requests.total.count", "1", true, false, "requests_count_total")]
    [InlineData("system.memory.usage", "By", false, true, "system_memory_usage_bytes")]
    [InlineData("memory_bytes_used", "By", false, true, "memory_bytes_used")]
    [InlineData("cpu.utilization", "1", false, true, "cpu_utilization_ratio")]
    [InlineData("cpu.utilization", "1", false, false, "cpu_utilization")]
    [InlineData("net.io", "By/s", false, true, "net_io_bytes_per_second")]
    [InlineData("jobs", "{job}/h", false, true, "jobs_per_hour")]
    [InlineData("latency", "ms", false, false, "latency_milliseconds")]
    [InlineData("temp", "Cel", false, true, "temp_celsius")]
    [InlineData("odd__name..x", "", false, false, "odd_name_x")]
    [InlineData("5xx", "", true, false, "_5xx_total")]
    [InlineData("rule:sum", "", false, false, "rule:sum")]
    [InlineData("foo", "widgets", false, false, "foo_widgets")]
    [InlineData("sum.of.time", "h", true, false, "sum_of_time_hours_total")]
    public void Names_are_translated_as_Prometheus_does(string name, string unit, bool isCounter, bool isGauge, string expected)
    {
        using var translated = new MetricName(TranslationStrategy.UnderscoreEscapingWithSuffixes);
        var shape = isCounter ? MetricShape.Counter : isGauge ? MetricShape.Gauge : MetricShape.Other;
        translated.TrySet(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(unit), shape).ShouldBeTrue();
        Encoding.UTF8.GetString(translated.Value).ShouldBe(expected);
    }

    [Theory]
    [InlineData("http.method", "http_method")]
    [InlineData("plain_1", "plain_1")]
    [InlineData("9lives", "key_9lives")]
    [InlineData("_hidden", "key_hidden")]
    [InlineData("__keep", "__keep")]
    [InlineData("a..b", "a__b")]
    [InlineData("größe", "gr__e")]
    public void Label_names_are_sanitised(string key, string expected)
    {
        var point = Number(1);
        point.Attributes.Add(OtlpTraceDecoderTests.Pair(key, new AnyValue { StringValue = "v" }));
        Decode(Gauge("g", "", point)).Samples[0].Series.ShouldBe(
            string.CompareOrdinal("__name__", expected) < 0 ? $"__name__=g,{expected}=v" : $"{expected}=v,__name__=g");
    }

    [Fact]
    public void A_resource_gives_job_instance_and_target_info()
    {
        var data = Gauge("g", "", Number(2.5));
        AddResource(data, ("service.name", "shop"), ("service.namespace", "prod"), ("service.instance.id", "i1"), ("host.name", "h"));
        Decode(data).Samples.ShouldBe(
        [
            new SampleText("__name__=g,instance=i1,job=prod/shop", AtMs, 2.5),
            new SampleText("__name__=target_info,host_name=h,instance=i1,job=prod/shop", AtMs, 1),
        ]);
    }

    [Fact]
    public void Target_info_is_left_out_without_further_attributes_or_identity()
    {
        var onlyIdentity = Gauge("g", "", Number(1));
        AddResource(onlyIdentity, ("service.name", "shop"));
        Decode(onlyIdentity).Samples.Count.ShouldBe(1);
        var noIdentity = Gauge("g", "", Number(1));
        AddResource(noIdentity, ("host.name", "h"));
        Decode(noIdentity).Samples.Single().Series.ShouldBe("__name__=g");
    }

    [Fact]
    public void Target_info_has_samples_no_further_apart_than_half_the_lookback()
    {
        var late = Number(1);
        late.TimeUnixNano = At + 400_000_000_000;
        var data = Gauge("g", "", Number(1), late);
        AddResource(data, ("service.name", "shop"), ("host.name", "h"));
        Decode(data).Samples.Where(s => s.Series.Contains("target_info")).Select(s => s.TimestampMs - AtMs).ShouldBe([0, 150_000, 300_000, 400_000]);
    }

    [Theory]
    [InlineData(-40)]
    [InlineData(40)]
    public void Target_info_covers_the_right_points_beside_one_that_is_wrong_by_years(int years)
    {
        var wrong = Number(1);
        wrong.TimeUnixNano = (ulong)((long)At + (years * 31_536_000L * 1_000_000_000));
        var late = Number(1);
        late.TimeUnixNano = At + 300_000_000_000;
        var data = Gauge("g", "", Number(1), wrong, late);
        AddResource(data, ("service.name", "shop"), ("host.name", "h"));
        var info = Decode(data).Samples.Where(s => s.Series.Contains("target_info", StringComparison.Ordinal)).Select(s => s.TimestampMs).ToList();
        info.ShouldBeInOrder();
        info.ShouldBeUnique();
        info.Count.ShouldBeLessThan(1200);
        info.Count(t => t >= AtMs - 150_000 && t <= AtMs).ShouldBeGreaterThanOrEqualTo(1);
        info.Count(t => t > AtMs && t <= AtMs + 300_000).ShouldBeGreaterThanOrEqualTo(2);
    }

    [Fact]
    public void Target_info_covers_points_that_are_refused_too()
    {
        var late = Number(1);
        late.TimeUnixNano = At + 100_000_000_000;
        var data = Gauge("g", "", Number(1));
        AddResource(data, ("service.name", "shop"), ("host.name", "h"));
        data.ResourceMetrics[0].ScopeMetrics[0].Metrics.Add(
            new Metric { Name = "d", Sum = new Sum { DataPoints = { late } } });
        var decoded = Decode(data);
        decoded.Outcome.Refused.ShouldBe(1);
        decoded.Samples.Where(s => s.Series.Contains("target_info", StringComparison.Ordinal)).Select(s => s.TimestampMs - AtMs).ShouldBe([0, 100_000]);
    }

    [Fact]
    public void Colliding_labels_are_joined_in_the_order_of_their_keys()
    {
        var point = Number(1);
        point.Attributes.Add(OtlpTraceDecoderTests.Pair("a_b", new AnyValue { StringValue = "3" }));
        point.Attributes.Add(OtlpTraceDecoderTests.Pair("a.b", new AnyValue { StringValue = "2" }));
        point.Attributes.Add(OtlpTraceDecoderTests.Pair("a-b", new AnyValue { StringValue = "1" }));
        Decode(Gauge("g", "", point)).Samples[0].Series.ShouldBe("__name__=g,a_b=1;2;3");
    }

    [Fact]
    public void A_histogram_becomes_buckets_sum_and_count_with_its_exemplars()
    {
        var point = new HistogramDataPoint
        {
            TimeUnixNano = At,
            Count = 6,
            Sum = 12.5,
            BucketCounts = { 1, 2, 3 },
            ExplicitBounds = { 0.005, 1_000_000 },
            Exemplars =
            {
                new Exemplar { AsDouble = 2e6, TimeUnixNano = At },
                new Exemplar
                {
                    AsDouble = 0.001, TimeUnixNano = At, TraceId = ByteString.CopyFrom([.. Enumerable.Repeat((byte)0xab, 16)]),
                    SpanId = ByteString.CopyFrom([.. Enumerable.Repeat((byte)0xcd, 8)]),
                    FilteredAttributes = { OtlpTraceDecoderTests.Pair("user.id", new AnyValue { IntValue = 7 }), OtlpTraceDecoderTests.Pair("long", new AnyValue { StringValue = new string('x', 100) }) },
                },
            },
        };
        var data = Metric(new Metric { Name = "rpc.size", Unit = "By", Description = "how big", Histogram = new Histogram { AggregationTemporality = 2, DataPoints = { point } } });
        var decoded = Decode(data);
        decoded.Samples.Select(s => (s.Series, s.Value)).ShouldBe(
        [
            ("__name__=rpc_size_bytes_bucket,le=0.005", 1), ("__name__=rpc_size_bytes_bucket,le=1000000", 3), ("__name__=rpc_size_bytes_bucket,le=+Inf", 6),
            ("__name__=rpc_size_bytes_sum", 12.5), ("__name__=rpc_size_bytes_count", 6),
        ]);
        decoded.Exemplars.ShouldBe(
        [
            new ExemplarText("__name__=rpc_size_bytes_bucket,le=0.005", AtMs, 0.001, $"span_id={new string('x', 0)}{string.Concat(Enumerable.Repeat("cd", 8))},trace_id={string.Concat(Enumerable.Repeat("ab", 16))},user.id=7"),
            new ExemplarText("__name__=rpc_size_bytes_bucket,le=+Inf", AtMs, 2e6, ""),
        ]);
        decoded.Metadata.ShouldBe([new MetadataEntry("rpc_size_bytes", "histogram", "bytes", "how big")]);
    }

    [Fact]
    public void A_summary_becomes_quantiles_sum_and_count()
    {
        var quantile = new SummaryDataPoint.Types.ValueAtQuantile { Quantile = 0.99, Value = 5 };
        var point = new SummaryDataPoint { TimeUnixNano = At, Count = 3, Sum = 9, QuantileValues = { quantile } };
        Decode(Metric(new Metric { Name = "s", Summary = new Summary { DataPoints = { point } } })).Samples.Select(s => (s.Series, s.Value))
            .ShouldBe([("__name__=s,quantile=0.99", 5), ("__name__=s_sum", 9), ("__name__=s_count", 3)]);
    }

    [Fact]
    public void A_point_without_a_recorded_value_is_a_stale_marker()
    {
        var point = Number(7);
        point.Flags = 1;
        SpecialValues.IsStale(Decode(Gauge("g", "", point)).Samples.Single().Value).ShouldBeTrue();
    }

    [Fact]
    public void Metrics_that_cannot_be_taken_are_refused_by_name_and_the_others_stay()
    {
        var data = Gauge("good", "", Number(1));
        var metrics = data.ResourceMetrics[0].ScopeMetrics[0].Metrics;
        metrics.Add(new Metric { Name = "u", Sum = new Sum { DataPoints = { Number(1) } } });
        metrics.Add(new Metric { Name = "...", Gauge = new Gauge { DataPoints = { Number(1) } } });
        var wrong = new HistogramDataPoint { BucketCounts = { 1, 2 }, ExplicitBounds = { 1, 2 } };
        metrics.Add(new Metric { Name = "h", Histogram = new Histogram { AggregationTemporality = 2, DataPoints = { wrong } } });
        var decoded = Decode(data);
        decoded.Outcome.Refusals.Select(r => (r.Reason, r.Count)).ShouldBe(
        [
            ("unspecified_temporality", 1), ("invalid_name", 1), ("invalid_histogram", 1),
        ]);
        decoded.Outcome.Refusals[0].Detail.ShouldContain("\"u\"");
        decoded.Samples.Single().Series.ShouldBe("__name__=good");
    }

    [Fact]
    public void Json_says_the_same_as_protobuf()
    {
        var json = """
            {"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"unit":"s","sum":{"dataPoints":[{"asInt":"5","timeUnixNano":"1700000000000000000",
            "exemplars":[{"asDouble":1.5,"traceId":"abababababababababababababababab","spanId":"cdcdcdcdcdcdcdcd","timeUnixNano":"1700000000000000000"}]}],
            "isMonotonic":true,"aggregationTemporality":"AGGREGATION_TEMPORALITY_CUMULATIVE"},"name":"time"},
            {"name":"h","histogram":{"aggregationTemporality":2,"dataPoints":[{"timeUnixNano":1700000000000000000,"count":"3","bucketCounts":["1","2"],"explicitBounds":[0.5]}]}}]}],
            "resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]}}]}
            """;
        var (outcome, samples, exemplars, metadata, _) = Decoded.Metrics(
            (batch, o) => OtlpMetricDecoder.Decode(Encoding.UTF8.GetBytes(json), BodyEncoding.Json, OtlpMetricOptions.Default, batch, o));
        outcome.Error.ShouldBeNull();
        samples.Select(s => (s.Series, s.Value)).ShouldBe(
        [
            ("__name__=time_seconds_total,job=shop", 5), ("__name__=h_bucket,job=shop,le=0.5", 1),
            ("__name__=h_bucket,job=shop,le=+Inf", 3), ("__name__=h_count,job=shop", 3),
        ]);
        exemplars.Single().Labels.ShouldBe("span_id=cdcdcdcdcdcdcdcd,trace_id=abababababababababababababababab");
        metadata[0].ShouldBe(new MetadataEntry("time_seconds_total", "counter", "seconds", ""));
    }

    internal static MetricsData Gauge(string name, string unit, params NumberDataPoint[] points) =>
        Metric(new Metric { Name = name, Unit = unit, Gauge = new Gauge { DataPoints = { points } } });

    internal static NumberDataPoint Number(double value) => new() { TimeUnixNano = At, AsDouble = value };

    internal static MetricsData Metric(Metric metric) =>
        new() { ResourceMetrics = { new ResourceMetrics { ScopeMetrics = { new ScopeMetrics { Metrics = { metric } } } } } };

    private static void AddResource(MetricsData data, params (string Key, string Value)[] attributes) => data.ResourceMetrics[0].Resource =
        new Resource { Attributes = { attributes.Select(a => OtlpTraceDecoderTests.Pair(a.Key, new AnyValue { StringValue = a.Value })) } };

    private static MetricsText Decode(MetricsData data)
    {
        var decoded = Decoded.Metrics((batch, outcome) =>
            OtlpMetricDecoder.Decode(data.ToByteArray(), BodyEncoding.Protobuf, OtlpMetricOptions.Default, batch, outcome));
        decoded.Outcome.Error.ShouldBeNull();
        return decoded;
    }
}
