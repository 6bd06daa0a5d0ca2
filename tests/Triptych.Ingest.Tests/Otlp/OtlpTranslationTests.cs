using System.Text;
using Google.Protobuf;
using Triptych.Ingest.Otlp;
using Triptych.Ingest.Otlp.Metrics;
using Triptych.Ingest.Tests.Protos.Otlp;

namespace Triptych.Ingest.Tests.Otlp;

/// <summary>The options of Prometheus' section otlp, each beside its default.</summary>
public sealed class OtlpTranslationTests
{
    [Theory]
    [InlineData(TranslationStrategy.UnderscoreEscapingWithoutSuffixes, "http.server.requests", "s", true, "http_server_requests")]
    [InlineData(TranslationStrategy.UnderscoreEscapingWithoutSuffixes, "odd__name..x:y", "s", false, "odd__name_x:y")]
    [InlineData(TranslationStrategy.UnderscoreEscapingWithoutSuffixes, "5xx", "", false, "_5xx")]
    [InlineData(TranslationStrategy.UnderscoreEscapingWithoutSuffixes, ".größe.", "", false, "gr_e")]
    [InlineData(TranslationStrategy.NoUTF8EscapingWithSuffixes, "http.server.duration", "s", false, "http.server.duration_seconds")]
    [InlineData(TranslationStrategy.NoUTF8EscapingWithSuffixes, "http.server.requests", "{request}", true, "http.server.requests_total")]
    [InlineData(TranslationStrategy.NoUTF8EscapingWithSuffixes, "requests_total", "", true, "requests_total")]
    [InlineData(TranslationStrategy.NoUTF8EscapingWithSuffixes, "net.io", "By/s", true, "net.io_bytes_per_second_total")]
    [InlineData(TranslationStrategy.NoUTF8EscapingWithSuffixes, "größe_bytes", "By", false, "größe_bytes")]
    [InlineData(TranslationStrategy.NoTranslation, "http.server.duration", "s", true, "http.server.duration")]
    [InlineData(TranslationStrategy.NoTranslation, "5xx größe", "", false, "5xx größe")]
    public void Names_follow_the_strategy(TranslationStrategy strategy, string name, string unit, bool isCounter, string expected)
    {
        using var translated = new MetricName(strategy);
        translated.TrySet(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(unit), isCounter ? MetricShape.Counter : MetricShape.Other).ShouldBeTrue();
        Encoding.UTF8.GetString(translated.Value).ShouldBe(expected);
    }

    [Fact]
    public void A_unit_is_told_in_words_where_the_name_does_not_tell_it()
    {
        using var translated = new MetricName(TranslationStrategy.NoTranslation);
        translated.TrySet("io"u8, "By/s"u8, MetricShape.Other).ShouldBeTrue();
        Encoding.UTF8.GetString(translated.Unit).ShouldBe("bytes_per_second");
        translated.TrySet(""u8, "By/s"u8, MetricShape.Other).ShouldBeFalse();
    }

    [Fact]
    public void Attributes_keep_their_names_without_escaping()
    {
        SeriesOf(new() { TranslationStrategy = TranslationStrategy.NoTranslation }, ("http.method", "GET")).ShouldBe(
            ["__name__=g,http.method=GET,instance=i,job=prod/shop", "__name__=target_info,host.name=h,instance=i,job=prod/shop,k8s.pod=p"]);
    }

    [Fact]
    public void Underscores_of_labels_follow_the_options()
    {
        SeriesOf(new() { LabelNameUnderscoreSanitization = false }, ("_a", "1"))[0].ShouldContain(",_a=1,");
        SeriesOf(new() { LabelNamePreserveMultipleUnderscores = false }, ("a..b", "1"))[0].ShouldContain(",a_b=1,");
    }

    [Fact]
    public void Promoted_attributes_are_labels_unless_the_point_has_them()
    {
        var options = new OtlpMetricOptions { PromoteResourceAttributes = ["host.name", "k8s.pod", "service.name", "absent"] };
        SeriesOf(options, ("host.name", "own")).ShouldBe(
            [
                "__name__=g,host_name=own,instance=i,job=prod/shop,k8s_pod=p,service_name=shop",
                "__name__=target_info,host_name=h,instance=i,job=prod/shop,k8s_pod=p",
            ]);
    }

    [Fact]
    public void All_attributes_but_the_ignored_can_be_promoted_and_never_replace_job()
    {
        var options = new OtlpMetricOptions
        {
            PromoteAllResourceAttributes = true,
            IgnoreResourceAttributes = ["k8s.pod", "service.name", "service.namespace", "service.instance.id"],
        };
        SeriesOf(options, ("job", "mine"))[0].ShouldBe("__name__=g,host_name=h,instance=i,job=prod/shop");
    }

    [Fact]
    public void Identifying_attributes_can_be_kept_in_target_info() =>
        SeriesOf(new() { KeepIdentifyingResourceAttributes = true })[1].ShouldBe(
            "__name__=target_info,host_name=h,instance=i,job=prod/shop,k8s_pod=p,service_instance_id=i,service_name=shop,service_namespace=prod");

    [Fact]
    public void The_scope_can_be_promoted_and_wins_over_attributes()
    {
        var series = SeriesOf(new() { PromoteScopeMetadata = true }, ("otel_scope_name", "mine"), ("otel.scope.team", "mine"));
        series[0].ShouldBe(
            "__name__=g,instance=i,job=prod/shop,otel_scope_name=lib,otel_scope_schema_url=http://s,otel_scope_team=core,otel_scope_version=1.2");
        SeriesOf(new())[0].ShouldBe("__name__=g,instance=i,job=prod/shop");
    }

    private static List<string> SeriesOf(OtlpMetricOptions options, params (string Key, string Value)[] attributes)
    {
        var point = new NumberDataPoint { TimeUnixNano = 1_700_000_000_000_000_000, AsDouble = 1 };
        point.Attributes.AddRange(Pairs(attributes));
        var resource = new Resource();
        resource.Attributes.AddRange(Pairs(
            ("service.name", "shop"), ("service.namespace", "prod"), ("service.instance.id", "i"), ("host.name", "h"), ("k8s.pod", "p")));
        var scope = new InstrumentationScope { Name = "lib", Version = "1.2" };
        scope.Attributes.AddRange(Pairs(("team", "core"), ("name", "not this")));
        var data = new MetricsData
        {
            ResourceMetrics =
            {
                new ResourceMetrics
                {
                    Resource = resource,
                    ScopeMetrics =
                    {
                        new ScopeMetrics
                        {
                            Scope = scope, SchemaUrl = "http://s", Metrics = { new Metric { Name = "g", Gauge = new Gauge { DataPoints = { point } } } },
                        },
                    },
                },
            },
        };
        var decoded = Decoded.Metrics(
            (batch, outcome) => OtlpMetricDecoder.Decode(data.ToByteArray(), BodyEncoding.Protobuf, options, batch, outcome));
        decoded.Outcome.Error.ShouldBeNull();
        return [.. decoded.Samples.Select(s => s.Series).Distinct()];
    }

    private static IEnumerable<KeyValue> Pairs(params (string Key, string Value)[] pairs) =>
        pairs.Select(p => OtlpTraceDecoderTests.Pair(p.Key, new AnyValue { StringValue = p.Value }));
}
