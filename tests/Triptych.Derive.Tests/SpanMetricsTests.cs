using Triptych.Derive.Attributes;
using Triptych.Derive.Series;
using Triptych.Derive.SpanMetrics;
using Triptych.Ingest;
using Triptych.Ingest.Otlp;
using Triptych.Model.Traces;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Memory;
using Triptych.Primitives.Protobuf;

namespace Triptych.Derive.Tests;

public sealed class SpanMetricsTests
{
    private const long T = Derived.StartMs;
    private static readonly SpanMetricsOptions s_plain = new();

    [Fact]
    public void Spans_are_counted_by_service_name_kind_and_status()
    {
        var derivation = Derived.Make();
        derivation.Apply(T, new TestSpan(1, 1), new TestSpan(1, 2, 1), new TestSpan(1, 3, 1) { Kind = 3, Status = 2 });
        derivation.Apply(T + 1, new TestSpan(2, 1) { Service = "cart" }, new TestSpan(2, 2) { Name = "POST /" });

        var newest = derivation.Newest(T + 10);
        const string server = "span_kind=\"SPAN_KIND_SERVER\"", unset = "status_code=\"STATUS_CODE_UNSET\"";
        newest[$"traces_spanmetrics_calls_total{{service=\"shop\",{server},span_name=\"GET /\",{unset}}}"].ShouldBe(2);
        const string client = "span_kind=\"SPAN_KIND_CLIENT\"", error = "status_code=\"STATUS_CODE_ERROR\"";
        newest[$"traces_spanmetrics_calls_total{{service=\"shop\",{client},span_name=\"GET /\",{error}}}"].ShouldBe(1);
        newest[$"traces_spanmetrics_calls_total{{service=\"cart\",{server},span_name=\"GET /\",{unset}}}"].ShouldBe(1);
        newest[$"traces_spanmetrics_calls_total{{service=\"shop\",{server},span_name=\"POST /\",{unset}}}"].ShouldBe(1);
        newest.Keys.Count(static k => k.StartsWith("traces_spanmetrics_calls_total", StringComparison.Ordinal)).ShouldBe(4);
    }

    [Fact]
    public void Latencies_fall_into_the_bucket_whose_bound_they_reach()
    {
        var derivation = Derived.Make();
        foreach (var nanos in new[] { 0L, 2_000_000, 2_000_001, 16_384_000_000, 60_000_000_000 })
        {
            derivation.Apply(T, new TestSpan(1, 1) { DurationNanos = nanos });
        }

        var buckets = derivation.Newest(T + 10).Where(static s => s.Key.StartsWith("traces_spanmetrics_latency_bucket", StringComparison.Ordinal))
            .ToDictionary(static s => s.Key.Split("le=\"")[1].Split('"')[0], static s => s.Value);
        buckets.Count.ShouldBe(15);
        buckets["0.002"].ShouldBe(2);
        buckets["0.004"].ShouldBe(3);
        buckets["8.192"].ShouldBe(3);
        buckets["16.384"].ShouldBe(4);
        buckets["+Inf"].ShouldBe(5);
        derivation.Newest(T + 11).Single(static s => s.Key.StartsWith("traces_spanmetrics_latency_count", StringComparison.Ordinal)).Value.ShouldBe(5);
        derivation.Newest(T + 11).Single(static s => s.Key.StartsWith("traces_spanmetrics_latency_sum", StringComparison.Ordinal))
            .Value.ShouldBe(76.388000001, 1e-9);
    }

    [Fact]
    public void The_newest_observation_leaves_its_trace_with_its_bucket_once()
    {
        var derivation = Derived.Make(new DerivationOptions { ServiceGraphs = null });
        derivation.Apply(T, new TestSpan(7, 1) { DurationNanos = 3_000_000 });
        var exemplars = new List<string>();
        void Take(Model.Metrics.MetricBatch batch)
        {
            foreach (var e in batch.Exemplars)
                exemplars.Add($"{Derived.Text(batch.Read(batch.Series[e.Series].Labels))} {e.Value} {Derived.Text(batch.Read(e.Labels))}");
        }

        derivation.Write(T + 10, 0, null, Take);
        exemplars.ShouldHaveSingleItem().ShouldBe(
            "traces_spanmetrics_latency_bucket{le=\"0.004\",service=\"shop\",span_kind=\"SPAN_KIND_SERVER\",span_name=\"GET /\","
            + "status_code=\"STATUS_CODE_UNSET\"} 0.003 "
            + $"{{traceID=\"{Convert.ToHexStringLower(TestSpan.TraceIdOf(7))}\"}}");
        derivation.Write(T + 20, 0, null, Take);
        exemplars.Count.ShouldBe(1);
    }

    [Fact]
    public void Attributes_become_labels_the_resources_first_and_clashing_names_are_told_apart()
    {
        var options = new DerivationOptions
        {
            SpanMetrics = s_plain with
            {
                Dimensions = ["http.method", "service", "n", "missing"],
                DimensionMappings = [new DimensionMapping("where", ["cluster", "missing", "zone"], "/")],
                Latency = false,
                Size = false,
            },
            ServiceGraphs = null,
        };
        var derivation = Derived.Make(options);
        derivation.Apply(T, new TestSpan(1, 1)
        {
            Attributes = TestSpan.Set(("http.method", "span"), ("service", "own"), ("zone", "b"), ("n", 5L)),
            ResourceExtra = TestSpan.Set(("http.method", "resource"), ("cluster", "a")),
        });
        derivation.Newest(T + 1, options).Keys.ShouldBe([
            "traces_spanmetrics_calls_total{__service=\"own\",http_method=\"resource\",n=\"5\",service=\"shop\",span_kind=\"SPAN_KIND_SERVER\","
            + "span_name=\"GET /\","
            + "status_code=\"STATUS_CODE_UNSET\",where=\"a/b\"}",
        ]);
    }

    [Fact]
    public void Spans_that_differ_in_a_dimension_alone_are_told_apart()
    {
        var options = new DerivationOptions { SpanMetrics = s_plain with { Dimensions = ["code"], Latency = false, Size = false }, ServiceGraphs = null };
        var derivation = Derived.Make(options);
        foreach (var code in new object[] { 200L, 500L, 200L, "200", 2.5 })
        {
            derivation.Apply(T, new TestSpan(1, 1) { Attributes = TestSpan.Set(("code", code)) });
        }
        var counts = derivation.Newest(T + 1, options).ToDictionary(static s => s.Key.Split("code=\"")[1].Split('"')[0], static s => s.Value);
        counts.ShouldBe(new Dictionary<string, double> { ["200"] = 3, ["500"] = 1, ["2.5"] = 1 }, ignoreOrder: true);
    }

    [Fact]
    public void Target_info_names_the_resource_and_gives_the_others_a_job()
    {
        var options = new DerivationOptions
        {
            SpanMetrics = s_plain with { EnableTargetInfo = true, TargetInfoExcludedDimensions = ["secret"], Latency = false, Size = false },
            ServiceGraphs = null,
        };
        var derivation = Derived.Make(options);
        derivation.Apply(T, new TestSpan(1, 1)
        {
            ResourceExtra = TestSpan.Set(("service.namespace", "eu"), ("service.instance.id", "i1"), ("os.type", "linux"), ("secret", "s")),
        });
        derivation.Newest(T + 1, options).Keys.ShouldBe([
            "traces_spanmetrics_calls_total{instance=\"i1\",job=\"eu/shop\",service=\"shop\",span_kind=\"SPAN_KIND_SERVER\",span_name=\"GET /\","
            + "status_code=\"STATUS_CODE_UNSET\"}",
            "traces_target_info{instance=\"i1\",job=\"eu/shop\",os_type=\"linux\"}",
        ]);
    }

    [Theory]
    [InlineData("share", 0.25, "", 4)]
    [InlineData("share", 0.0, "", 1)]
    [InlineData("share", 0.25, "ot=th:8", 4)]
    [InlineData("share", 0.0, "ot=th:8", 2)]
    [InlineData(null, 0.25, "ot=th:8", 2)]
    [InlineData(null, 0.25, "vendor=x, ot=p:1;th:c", 4)]
    [InlineData(null, 0.25, "ot=th:zz", 1)]
    [InlineData(null, 0.25, "", 1)]
    public void A_span_stands_for_those_that_a_sampler_dropped(string? key, double share, string traceState, double expected)
    {
        var options = new DerivationOptions
        {
            SpanMetrics = s_plain with { SpanMultiplierKey = key, EnableTracestateSpanMultiplier = true },
        };
        var derivation = Derived.Make(options);
        derivation.Apply(T, new TestSpan(1, 1) { Attributes = TestSpan.Set(("share", share)), TraceState = traceState, DurationNanos = 1_000_000_000 });
        var newest = derivation.Newest(T + 1, options);
        newest.Single(static s => s.Key.StartsWith("traces_spanmetrics_calls_total", StringComparison.Ordinal)).Value.ShouldBe(expected);
        newest.Single(static s => s.Key.StartsWith("traces_spanmetrics_latency_sum", StringComparison.Ordinal)).Value.ShouldBe(expected);
        newest.Single(static s => s.Key.StartsWith("traces_spanmetrics_latency_count", StringComparison.Ordinal)).Value.ShouldBe(expected);
    }

    [Fact]
    public void Policies_say_which_spans_count()
    {
        var options = new DerivationOptions
        {
            SpanMetrics = s_plain with
            {
                FilterPolicies =
                [
                    new FilterPolicy(
                        new PolicyMatch(PolicyMatchType.Strict, [new PolicyAttribute("kind", "SPAN_KIND_SERVER")]),
                        new PolicyMatch(
                            PolicyMatchType.Regex, [new PolicyAttribute("name", "GET /(health|ready)"), new PolicyAttribute("resource.env", "te.t")])),
                ],
            },
            ServiceGraphs = null,
        };
        var derivation = Derived.Make(options);
        var test = TestSpan.Set(("env", "test"));
        derivation.Apply(T, new TestSpan(1, 1)
        {
            Kind =
            3
        }, new TestSpan(1, 2) { Name = "GET /health", ResourceExtra = test }, new TestSpan(1, 3) { Name = "GET /health" },
            new TestSpan(1, 4) { Name = "GET /healthy", ResourceExtra = test });
        derivation.Newest(T + 1, options).Where(static s => s.Key.StartsWith("traces_spanmetrics_calls_total", StringComparison.Ordinal))
            .Sum(static s => s.Value).ShouldBe(2);
    }

    [Fact]
    public void A_policy_that_cannot_be_is_told()
    {
        new FilterPolicy(null, null).FindProblem().ShouldNotBeNull();
        new FilterPolicy(new PolicyMatch(PolicyMatchType.Strict, [new PolicyAttribute("colour", "x")]), null).FindProblem()!.ShouldContain("colour");
        new FilterPolicy(new PolicyMatch(PolicyMatchType.Strict, [new PolicyAttribute("kind", "server")]), null)
            .FindProblem()!.ShouldContain("SPAN_KIND_SERVER");
        new FilterPolicy(new PolicyMatch(PolicyMatchType.Regex, [new PolicyAttribute("span.x", "(")]), null).FindProblem()!.ShouldContain("regular expression");
        new FilterPolicy(new PolicyMatch(PolicyMatchType.Regex, [new PolicyAttribute("span.x", "a|b")]), null).FindProblem().ShouldBeNull();
    }

    [Fact]
    public void Spans_far_from_their_arrival_count_unless_they_shall_not()
    {
        var late = new TestSpan(1, 1) { StartUnixNanos = (T - 60_000) * 1_000_000 };
        Derived.Make().Tap(d => d.Apply(T, late)).Newest(T + 1).ShouldNotBeEmpty();
        var options = new DerivationOptions { TimeRangeSlack = TimeSpan.FromSeconds(30) };
        var derivation = Derived.Make(options);
        derivation.Apply(T, late, new TestSpan(1, 2) { StartUnixNanos = (T - 20_000) * 1_000_000 });
        derivation.Losses().OutOfRange.ShouldBe(1);
        derivation.Newest(T + 1, options).Single(static s => s.Key.StartsWith("traces_spanmetrics_calls_total", StringComparison.Ordinal)).Value.ShouldBe(1);
    }

    [Fact]
    public void Native_histograms_hold_each_value_in_the_bucket_around_it()
    {
        var options = new DerivationOptions { Histograms = HistogramForm.Both, ServiceGraphs = null };
        var derivation = Derived.Make(options);
        var random = new Random(5);
        var values = Enumerable.Range(0, 2_000).Select(_ => (long)Math.Pow(10, 3 + (7 * random.NextDouble()))).Append(1_000_000_000).ToList();
        foreach (var nanos in values) derivation.Apply(T, new TestSpan(1, 1) { DurationNanos = nanos });
        Model.Metrics.FloatHistogram? native = null;
        derivation.Write(T + 10, long.MaxValue, options, batch => native = batch.Histograms.Single().Histogram);
        native!.Count.ShouldBe(values.Count);
        native.PositiveBuckets.Count.ShouldBeLessThanOrEqualTo(100);
        native.PositiveBuckets.Sum().ShouldBe(values.Count);
        var index = native.PositiveSpans.Single().Offset;
        foreach (var count in native.PositiveBuckets)
        {
            var (low, high) = (Math.Pow(2, (index - 1) * Math.Pow(2, -native.Schema)), Math.Pow(2, index * Math.Pow(2, -native.Schema)));
            values.Count(v => v / 1e9 > low && v / 1e9 <= high).ShouldBe((int)count, $"bucket {index} of schema {native.Schema}");
            index++;
        }
    }

    [Fact]
    public void The_schema_is_the_finest_that_the_factor_allows()
    {
        NativeCounts.SchemaOf(1.1).ShouldBe(3);
        NativeCounts.SchemaOf(2).ShouldBe(0);
        NativeCounts.SchemaOf(1.00271).ShouldBe(8);
        NativeCounts.SchemaOf(65_536).ShouldBe(-4);
    }

    [Fact]
    public void Sizes_are_those_of_the_spans_that_were_sent()
    {
        using var one = new PooledBufferWriter();
        var expected = WriteSpan(one, full: true) + WriteSpan(one, full: false);
        using var request = new PooledBufferWriter();
        var writer = new ProtoWriter(request);
        var resourceSpans = writer.BeginMessage(1);
        var scopeSpans = writer.BeginMessage(2);
        request.Write(one.WrittenSpan);
        writer.EndMessage(scopeSpans);
        writer.EndMessage(resourceSpans);

        using var batch = new SpanBatch(MemoryBudget.Unlimited("test"));
        var outcome = new DecodeOutcome();
        OtlpTraceDecoder.Decode(request.WrittenSpan, BodyEncoding.Protobuf, batch, outcome);
        outcome.Error.ShouldBeNull();
        batch.Spans.Length.ShouldBe(2);
        var derivation = Derived.Make();
        derivation.Apply(Model.TenantId.Default, batch, [0, 1], T);
        derivation.Newest(T + 1).Where(static s => s.Key.StartsWith("traces_spanmetrics_size_total", StringComparison.Ordinal))
            .Sum(static s => s.Value).ShouldBe(expected);
    }

    private static int WriteSpan(PooledBufferWriter output, bool full)
    {
        using var body = new PooledBufferWriter();
        var span = new ProtoWriter(body);
        span.WriteBytes(1, TestSpan.TraceIdOf(1));
        span.WriteBytes(2, TestSpan.SpanIdOf(full ? 1 : 2));
        if (full)
        {
            span.WriteString(3, "a=b");
            span.WriteBytes(4, TestSpan.SpanIdOf(9));
        }

        span.WriteString(5, new string('n', full ? 200 : 3));
        if (full) span.WriteVarint(6, 2);
        span.WriteFixed64(7, (ulong)T * 1_000_000);
        span.WriteFixed64(8, ((ulong)T * 1_000_000) + 5);
        if (full)
        {
            WriteAttribute(span, 9, "text", v => v.WriteString(1, new string('x', 150)));
            WriteAttribute(span, 9, "flag", v => v.WriteBool(2, true));
            WriteAttribute(span, 9, "int", v => v.WriteInt64(3, -5));
            WriteAttribute(span, 9, "double", v => v.WriteDouble(4, 2.5));
            WriteAttribute(span, 9, "bytes", v => v.WriteBytes(7, [1, 2, 3]));
            span.WriteVarint(10, 300);
            var named = span.BeginMessage(11);
            span.WriteFixed64(1, 1_772_366_400_000_000_000);
            span.WriteString(2, "event");
            WriteAttribute(span, 3, "k", v => v.WriteString(1, "v"));
            span.EndMessage(named);
            var link = span.BeginMessage(13);
            span.WriteBytes(1, TestSpan.TraceIdOf(5));
            span.WriteBytes(2, TestSpan.SpanIdOf(6));
            span.EndMessage(link);
            var status = span.BeginMessage(15);
            span.WriteString(2, "boom");
            span.WriteVarint(3, 2);
            span.EndMessage(status);
        }

        new ProtoWriter(output).WriteBytes(2, body.WrittenSpan);
        return body.Length;
    }

    private static void WriteAttribute(ProtoWriter span, int field, string key, Action<ProtoWriter> value)
    {
        var attribute = span.BeginMessage(field);
        span.WriteString(1, key);
        var any = span.BeginMessage(2);
        value(span);
        span.EndMessage(any);
        span.EndMessage(attribute);
    }
}
