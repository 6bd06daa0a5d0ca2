using Shouldly;
using Triptych.Model.Metrics;
using Xunit;

namespace Triptych.PromQL.Tests.Conformance;

public sealed class HistogramLiteralTests
{
    [Fact]
    public void Parse_reads_all_fields()
    {
        const string Text = "{{schema:1 sum:-0.3 count:3.1 z_bucket:7.1 z_bucket_w:0.05 buckets:[5.1 10 7] offset:-3 n_buckets:[4.1 5] n_offset:-5 counter_reset_hint:gauge}}";
        HistogramLiteral.TryParse(Text, out var histogram, out var tellsHint).ShouldBeTrue();
        tellsHint.ShouldBeTrue();
        (histogram.Schema, histogram.Sum, histogram.Count, histogram.ZeroCount, histogram.ZeroThreshold).ShouldBe((1, -0.3, 3.1, 7.1, 0.05));
        histogram.PositiveSpans.ShouldBe([new BucketSpan(-3, 3)]);
        histogram.PositiveBuckets.ShouldBe([5.1, 10, 7]);
        histogram.NegativeSpans.ShouldBe([new BucketSpan(-5, 2)]);
        histogram.NegativeBuckets.ShouldBe([4.1, 5]);
        histogram.ResetHint.ShouldBe(CounterResetHint.Gauge);
    }

    [Theory]
    [InlineData("{{")]
    [InlineData("{{schema}}")]
    [InlineData("{{buckets:[1 2}}")]
    [InlineData("{{count:x}}")]
    [InlineData("{{unheard_of:1}}")]
    [InlineData("{{counter_reset_hint:perhaps}}")]
    public void Parse_refuses_what_is_no_histogram(string text) => HistogramLiteral.TryParse(text, out _, out _).ShouldBeFalse();

    [Fact]
    public void Parse_neither_throws_nor_hangs_on_damaged_text()
    {
        const string Text = "{{schema:-53 sum:Inf count:NaN custom_values:[-1 2.5 +Inf] buckets:[1 2 3] offset:1 counter_reset_hint:not_reset}}";
        var random = new Random(7);
        var read = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var damaged = Text.ToCharArray();
            for (var j = random.Next(4); j >= 0; j--) damaged[random.Next(2, damaged.Length - 2)] = "{}[]: -.1eNx"[random.Next(12)];
            if (HistogramLiteral.TryParse(new string(damaged), out var histogram, out _))
            {
                histogram.PositiveBuckets.Count.ShouldBe((int)histogram.PositiveSpans.Sum(span => span.Length));
                read++;
            }
        }

        read.ShouldBeInRange(1, 19_999);
    }

    [Fact]
    public void A_sequence_adds_its_step_each_time()
    {
        ScriptValues.ParseValues("{{count:1 sum:2 buckets:[1]}}+{{count:2 buckets:[0 2]}}x2 {{count:5}} _ 3")
            .Select(value => value.Histogram?.Count).ShouldBe([1, 3, 5, 5, null, null]);
    }
}
