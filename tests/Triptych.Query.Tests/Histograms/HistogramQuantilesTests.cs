using Shouldly;
using Triptych.Model.Metrics;
using Triptych.Query.Histograms;
using Xunit;

namespace Triptych.Query.Tests.Histograms;

public sealed class HistogramQuantilesTests
{
    private readonly HistogramQuantiles _quantiles = new();

    [Fact]
    public void Quantiles_rise_with_the_share_and_stay_within_the_buckets()
    {
        var samples = new HistogramSamples(11);
        for (var i = 0; i < 300; i++)
        {
            var histogram = i % 2 == 0 ? samples.Exponential() : samples.Custom();
            if (histogram.Count == 0) continue;
            var before = double.NegativeInfinity;
            for (var share = 0.0; share <= 1; share += 0.01)
            {
                var value = _quantiles.Quantile(share, histogram, out _);
                value.ShouldBeGreaterThanOrEqualTo(before - (Math.Abs(before) * 1e-12));
                before = value;
            }
        }
    }

    [Fact]
    public void The_fraction_below_a_quantile_is_its_share()
    {
        var samples = new HistogramSamples(12);
        for (var i = 0; i < 300; i++)
        {
            var histogram = samples.Exponential();
            if (histogram.Count == 0) continue;
            for (var share = 0.05; share < 1; share += 0.1)
            {
                var value = _quantiles.Quantile(share, histogram, out _);
                _quantiles.Fraction(double.NegativeInfinity, value, histogram, out _).ShouldBe(share, 1e-9);
            }
        }
    }

    [Fact]
    public void What_is_trimmed_on_both_sides_of_a_value_is_all_there_was()
    {
        var samples = new HistogramSamples(13);
        for (var i = 0; i < 300; i++)
        {
            var histogram = HistogramArithmetic.Compact(samples.Exponential());
            foreach (var limit in new[] { -7.3, -1, -0.0004, 0, 0.0007, 0.5, 2, 11.1 })
            {
                var below = HistogramTrim.Below(histogram, limit);
                var above = HistogramTrim.Above(histogram, limit);
                (below.Count + above.Count).ShouldBe(histogram.Count, 1e-8);
                if (histogram.Count > 0)
                {
                    below.Count.ShouldBe(
                        _quantiles.Fraction(double.NegativeInfinity, limit, histogram, out _) * histogram.Count, 1e-8);
                }
            }
        }
    }

    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(3, 0, 8)]
    [InlineData(-2, 0, 0.25)]
    [InlineData(1024, 0, double.MaxValue)]
    [InlineData(1025, 0, double.PositiveInfinity)]
    [InlineData(2, -1, 16)]
    [InlineData(512, -1, double.MaxValue)]
    [InlineData(1, 1, 1.414213562373095)]
    [InlineData(3, 2, 1.6817928305074288)]
    [InlineData(-1, 3, 0.9170040432046711)]
    public void Bounds_are_powers_of_two_to_fractions(long bucket, int schema, double bound) => HistogramBounds.Upper(bucket, schema).ShouldBe(bound);

    [Fact]
    public void Bounds_of_a_coarser_schema_are_among_those_of_a_finer_one()
    {
        for (var schema = -3; schema <= 8; schema++)
        {
            for (var bucket = -500; bucket <= 500; bucket++)
            {
                var coarser = HistogramBounds.Coarser(bucket, schema, schema - 1);
                HistogramBounds.Upper(bucket, schema).ShouldBeLessThanOrEqualTo(HistogramBounds.Upper(coarser, schema - 1));
                HistogramBounds.Upper(bucket - 1, schema).ShouldBeGreaterThanOrEqualTo(HistogramBounds.Upper(coarser - 1, schema - 1));
            }
        }
    }

    [Fact]
    public void Text_lists_the_buckets_that_are_not_empty()
    {
        var histogram = new FloatHistogram
        {
            Schema = 0,
            Count = 7,
            Sum = 4.5,
            ZeroCount = 2,
            ZeroThreshold = 0.001,
            PositiveSpans = [new BucketSpan(0, 3)],
            PositiveBuckets = [1, 0, 2],
            NegativeSpans = [new BucketSpan(1, 1)],
            NegativeBuckets = [2],
        };
        HistogramText.Of(histogram).ShouldBe("{count:7, sum:4.5, [-2,-1):2, [-0.001,0.001]:2, (0.5,1]:1, (2,4]:2}");
    }
}
