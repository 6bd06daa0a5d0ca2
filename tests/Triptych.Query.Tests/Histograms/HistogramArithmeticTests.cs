using Shouldly;
using Triptych.Model.Metrics;
using Triptych.Query.Histograms;
using Xunit;

namespace Triptych.Query.Tests.Histograms;

public sealed class HistogramArithmeticTests
{
    private const int Rounds = 500;

    [Fact]
    public void Adding_is_associative_and_commutative_for_equal_zero_buckets()
    {
        var samples = new HistogramSamples(1);
        for (var i = 0; i < Rounds; i++)
        {
            var (a, b, c) = (samples.Exponential(), samples.Exponential(), samples.Exponential());
            ShouldBeNear(Add(Add(a, b), c), Add(a, Add(b, c)));
            ShouldBeNear(Add(a, b), Add(b, a));
        }
    }

    [Fact]
    public void Adding_is_associative_for_equal_schemas_whatever_the_zero_buckets()
    {
        var samples = new HistogramSamples(2);
        double[] thresholds = [0, 1e-9, 0.001, 0.3, 2, 70];
        for (var i = 0; i < Rounds; i++)
        {
            var a = samples.Exponential(1, thresholds[i % 6]);
            var b = samples.Exponential(1, thresholds[i / 6 % 6]);
            var c = samples.Exponential(1, thresholds[i / 36 % 6]);
            ShouldBeNear(Add(Add(a, b), c), Add(a, Add(b, c)));
        }
    }

    [Fact]
    public void Adding_custom_buckets_is_associative_and_keeps_common_bounds()
    {
        var samples = new HistogramSamples(3);
        for (var i = 0; i < Rounds; i++)
        {
            var (a, b, c) = (samples.Custom(), samples.Custom(), samples.Custom());
            ShouldBeNear(Add(Add(a, b), c), Add(a, Add(b, c)));
            Add(a, b).CustomBounds.ShouldBe(a.CustomBounds.Intersect(b.CustomBounds));
            Add(a, b).PositiveBuckets.Sum().ShouldBe(a.Count + b.Count, 1e-9);
        }
    }

    [Fact]
    public void Subtracting_what_was_added_gives_the_first_back()
    {
        var samples = new HistogramSamples(4);
        for (var i = 0; i < Rounds; i++)
        {
            var (a, b) = (samples.Exponential(3), samples.Exponential(5));
            var back = HistogramArithmetic.Subtract(Add(a, b), b, out _)!;
            back.ResetHint.ShouldBe(CounterResetHint.Gauge);
            ShouldBeNear(back, a);
        }
    }

    [Fact]
    public void No_observation_gets_lost_by_adding()
    {
        var samples = new HistogramSamples(5);
        for (var i = 0; i < Rounds; i++)
        {
            var sum = Add(samples.Exponential(null, i % 3), samples.Exponential());
            (sum.ZeroCount + sum.PositiveBuckets.Sum() + sum.NegativeBuckets.Sum()).ShouldBe(sum.Count, 1e-6);
        }
    }

    [Fact]
    public void Exponential_and_custom_buckets_are_not_added()
    {
        var samples = new HistogramSamples(6);
        HistogramArithmetic.Add(samples.Exponential(), samples.Custom(), out var issues).ShouldBeNull();
        issues.ShouldBe(HistogramIssues.SchemasMixed);
    }

    [Theory]
    [InlineData(CounterResetHint.NotReset, CounterResetHint.NotReset, CounterResetHint.NotReset, false)]
    [InlineData(CounterResetHint.NotReset, CounterResetHint.Unknown, CounterResetHint.Unknown, false)]
    [InlineData(CounterResetHint.NotReset, CounterResetHint.Reset, CounterResetHint.Unknown, true)]
    [InlineData(CounterResetHint.Gauge, CounterResetHint.Reset, CounterResetHint.Gauge, false)]
    [InlineData(CounterResetHint.Unknown, CounterResetHint.Gauge, CounterResetHint.Gauge, false)]
    public void Hints_of_a_sum_follow_from_both(CounterResetHint a, CounterResetHint b, CounterResetHint expected, bool conflict)
    {
        var sum = HistogramArithmetic.Add(new FloatHistogram { Schema = 0, ResetHint = a }, new FloatHistogram { Schema = 0, ResetHint = b }, out var issues)!;
        sum.ResetHint.ShouldBe(expected);
        issues.ShouldBe(conflict ? HistogramIssues.ResetsConflict : HistogramIssues.None);
    }

    [Fact]
    public void A_zero_bucket_grows_to_the_end_of_a_populated_bucket_that_it_cuts()
    {
        var wide = new FloatHistogram { Schema = 0, ZeroThreshold = 1.5, ZeroCount = 1, Count = 1 };
        var sum = Add(wide, OneBucket(1, 3));
        sum.ZeroThreshold.ShouldBe(2);
        sum.ZeroCount.ShouldBe(4);
        sum.PositiveBuckets.ShouldBeEmpty();
    }

    [Fact]
    public void Small_numbers_survive_large_ones_that_cancel()
    {
        var sum = new HistogramSum();
        foreach (var value in new[] { 1, 1e100, 1, -1e100 }) sum.Add(new FloatHistogram { Schema = 0, Sum = value });
        sum.ToHistogram().Sum.ShouldBe(2);
    }

    [Fact]
    public void An_average_survives_a_sum_that_overflows()
    {
        var average = new HistogramAverage();
        for (var i = 0; i < 4; i++) average.Add(new FloatHistogram { Schema = 0, Count = double.MaxValue, Sum = i });
        average.ToHistogram().Count.ShouldBe(double.MaxValue, double.MaxValue * 1e-12);
        average.ToHistogram().Sum.ShouldBe(1.5);
    }

    [Fact]
    public void A_division_by_zero_leaves_no_buckets()
    {
        var divided = HistogramArithmetic.Divide(OneBucket(1, 3), 0);
        divided.Count.ShouldBe(double.PositiveInfinity);
        divided.PositiveBuckets.ShouldBeEmpty();
    }

    [Fact]
    public void A_reset_is_seen_in_any_bucket()
    {
        HistogramResets.IsReset(OneBucket(1, 3), OneBucket(1, 3)).ShouldBeFalse();
        HistogramResets.IsReset(OneBucket(1, 4), OneBucket(1, 3)).ShouldBeFalse();
        HistogramResets.IsReset(OneBucket(1, 2), OneBucket(1, 3)).ShouldBeTrue();
        HistogramResets.IsReset(OneBucket(2, 3), OneBucket(1, 3)).ShouldBeTrue();
        HistogramResets.IsReset(OneBucket(1, 3) with { Schema = 1 }, OneBucket(1, 3)).ShouldBeTrue();
        HistogramResets.IsReset(OneBucket(1, 3) with { Schema = -1 }, OneBucket(2, 3)).ShouldBeFalse();
        HistogramResets.IsReset(OneBucket(2, 3) with { ResetHint = CounterResetHint.NotReset }, OneBucket(1, 3)).ShouldBeFalse();
        HistogramResets.IsReset(OneBucket(1, 3) with { ResetHint = CounterResetHint.Reset }, OneBucket(1, 3)).ShouldBeTrue();
    }

    [Fact]
    public void Spans_that_go_backwards_are_put_in_order()
    {
        var broken = new FloatHistogram
        {
            Schema = 0,
            Count = 6,
            PositiveSpans = [new BucketSpan(5, 1), new BucketSpan(-4, 1), new BucketSpan(-3, 1)],
            PositiveBuckets = [1, 2, 3],
        };
        var sum = Add(broken, OneBucket(2, 1));
        sum.PositiveBuckets.ShouldBe([3, 3, 1]);
        sum.PositiveSpans.ShouldBe([new BucketSpan(0, 1), new BucketSpan(1, 1), new BucketSpan(2, 1)]);
    }

    private static FloatHistogram OneBucket(int bucket, double count) => new()
    {
        Schema = 0,
        Count = count,
        PositiveSpans = [new BucketSpan(bucket, 1)],
        PositiveBuckets = [count],
    };

    private static FloatHistogram Add(FloatHistogram a, FloatHistogram b) => HistogramArithmetic.Add(a, b, out _).ShouldNotBeNull();

    private static void ShouldBeNear(FloatHistogram actual, FloatHistogram expected)
    {
        actual.Schema.ShouldBe(expected.Schema);
        actual.ZeroThreshold.ShouldBe(expected.ZeroThreshold);
        actual.CustomBounds.ShouldBe(expected.CustomBounds);
        actual.Sum.ShouldBe(expected.Sum, 1e-9);
        actual.Count.ShouldBe(expected.Count, 1e-9);
        actual.ZeroCount.ShouldBe(expected.ZeroCount, 1e-9);
        List<HistogramBucket> a = [], b = [];
        HistogramBuckets.ReadAll(actual, a);
        HistogramBuckets.ReadAll(expected, b);
        var counts = b.GroupBy(bucket => bucket.Upper).ToDictionary(group => group.Key, group => group.Sum(bucket => bucket.Count));
        foreach (var bucket in a.Where(bucket => bucket.Count > 1e-6)) bucket.Count.ShouldBe(counts[bucket.Upper], 1e-9);
        a.Sum(bucket => bucket.Count).ShouldBe(b.Sum(bucket => bucket.Count), 1e-8);
    }
}
