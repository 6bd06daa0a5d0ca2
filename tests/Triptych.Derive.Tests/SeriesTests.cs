using Triptych.Derive.Series;
using Triptych.Derive.SpanMetrics;
using Triptych.Model.Metrics;

namespace Triptych.Derive.Tests;

public sealed class SeriesTests
{
    private const long T = Derived.StartMs;
    private static readonly DerivationOptions s_counts = new()
    {
        SpanMetrics =
            new SpanMetricsOptions { Latency = false, Size = false, IntrinsicDimensions = new IntrinsicDimensions(SpanKind: false, StatusCode: false) },
        ServiceGraphs = null,
    };

    [Fact]
    public void A_series_begins_with_a_zero_just_before_its_first_span()
    {
        var derivation = Derived.Make(s_counts);
        derivation.Apply(T + 5, new TestSpan(1, 1), new TestSpan(1, 2));
        const string series = "traces_spanmetrics_calls_total{service=\"shop\",span_name=\"GET /\"}";
        derivation.Samples(T + 15_000, T, s_counts).ShouldBe([(series, T + 4, 0.0), (series, T + 15_000, 2.0)]);
        derivation.Samples(T + 30_000, T + 15_000, s_counts).ShouldBe([(series, T + 30_000, 2.0)]);
    }

    [Fact]
    public void A_series_to_which_nothing_comes_ends_with_a_marker_and_begins_anew()
    {
        var derivation = Derived.Make(s_counts);
        derivation.Apply(T, new TestSpan(1, 1), new TestSpan(1, 2));
        const string series = "traces_spanmetrics_calls_total{service=\"shop\",span_name=\"GET /\"}";
        derivation.Samples(T + 899_000, T + 1, s_counts).ShouldBe([(series, T + 899_000, 2.0)]);
        var ended = derivation.Samples(T + 902_000, T + 1, s_counts).ShouldHaveSingleItem();
        ended.Series.ShouldBe(series);
        SpecialValues.IsStale(ended.Value).ShouldBeTrue();
        derivation.Samples(T + 903_000, T + 1, s_counts).ShouldBeEmpty();
        derivation.Apply(T + 903_500, new TestSpan(2, 1));
        derivation.Samples(T + 904_000, T + 1, s_counts).ShouldBe([(series, T + 903_499, 0.0), (series, T + 904_000, 1.0)]);
    }

    [Fact]
    public void What_is_more_than_the_most_series_is_counted_together_and_nothing_is_lost()
    {
        var options = s_counts with { MaxActiveSeries = 10 };
        var derivation = Derived.Make(options);
        for (var i = 0; i < 50; i++) derivation.Apply(T, new TestSpan(1, 1) { Name = $"op{i}" });
        var newest = derivation.Newest(T + 1, options);
        newest.Count.ShouldBe(6);
        newest["traces_spanmetrics_calls_total{metric_overflow=\"true\"}"].ShouldBe(45);
        newest.Values.Sum().ShouldBe(50);
        derivation.Losses().Overflowed.ShouldBe(45);

        // Those that ended make room.
        derivation.Apply(T + 2_000_000, new TestSpan(1, 1) { Name = "late" });
        derivation.Newest(T + 2_000_001, options)["traces_spanmetrics_calls_total{service=\"shop\",span_name=\"late\"}"].ShouldBe(1);
    }

    [Fact]
    public void Long_values_are_cut_between_characters()
    {
        var options = s_counts with { MaxLabelValueLength = 16 };
        var derivation = Derived.Make(options);
        derivation.Apply(T, new TestSpan(1, 1) { Name = "äöüäöüäöü" + new string('x', 5_000) });
        derivation.Newest(T + 1, options).Keys.ShouldBe(["traces_spanmetrics_calls_total{service=\"shop\",span_name=\"äöüäöüäö\"}"]);
        LabelText.Cut("äöü"u8, 3).SequenceEqual("ä"u8).ShouldBeTrue();
    }

    [Fact]
    public void External_labels_and_the_tenant_are_on_every_series_and_hide_nothing()
    {
        var options = s_counts with { ExternalLabels = new Dictionary<string, string> { ["cluster"] = "eu", ["service"] = "hidden" }, TenantLabel = "tenant" };
        var derivation = Derived.Make(options);
        derivation.Apply(T, new TestSpan(1, 1));
        derivation.Newest(T + 1, options).Keys.ShouldBe(
            ["traces_spanmetrics_calls_total{cluster=\"eu\",service=\"shop\",span_name=\"GET /\",tenant=\"default\"}"]);
    }

    [Fact]
    public void Tenants_are_counted_apart()
    {
        var derivation = Derived.Make(s_counts);
        derivation.Apply(T, new TestSpan(1, 1));
        using var batch = TestSpan.Batch([new TestSpan(1, 1), new TestSpan(1, 2)]);
        derivation.Apply(new Model.TenantId("other"), batch, [0, 1], T);
        var counts = derivation.Collect(T + 1);
        counts.Tenants.ToDictionary(static t => t.Tenant.Name, static t => t.Spans!.Counter(0, 0)).ShouldBe(
            new Dictionary<string, double> { ["default"] = 1, ["other"] = 2 });
        derivation.Collect(T + 10_000_000).Tenants.Count.ShouldBe(2);
        derivation.Collect(T + 10_000_001).Tenants.ShouldBeEmpty("whoever has nothing any more is forgotten");
    }

    [Fact]
    public void Attributes_names_become_names_of_labels()
    {
        static string Name(string attribute) => System.Text.Encoding.UTF8.GetString(LabelText.NameOf(attribute, 100, "le"));
        Name("http.method").ShouldBe("http_method");
        Name("1st").ShouldBe("key_1st");
        Name("größe").ShouldBe("gr__e");
        Name("le").ShouldBe("__le");
    }
}
