using Triptych.Model.Append;
using Triptych.Model.Metrics;
using static Triptych.Metrics.Tests.TestLabels;

namespace Triptych.Metrics.Tests.Head;

/// <summary>Native histograms of deltas, which stay as they are; a zero before them says from where a rate counts them.</summary>
public sealed class DeltaHistogramTests
{
    private const long Step = 10_000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_first_of_a_series_and_one_after_a_pause_come_after_a_zero_of_the_start_of_their_interval(bool restarts)
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var t = fixture.NowMs - (20 * Step);
        (await DeltaAsync(fixture, t - Step, t, 5)).Accepted.ShouldBe(1);
        (await DeltaAsync(fixture, t, t + Step, 7)).Accepted.ShouldBe(1);
        (await DeltaAsync(fixture, t + (4 * Step), t + (5 * Step), 3)).Accepted.ShouldBe(1);
        if (restarts) await fixture.RestartAsync();
        (await SamplesAsync(fixture)).ShouldBe([(t - Step + 1, 0), (t, 5), (t + Step, 7), (t + (4 * Step) + 1, 0), (t + (5 * Step), 3)]);
    }

    [Fact]
    public async Task A_zero_has_the_bounds_of_its_delta_and_no_buckets_and_says_that_its_counter_began_anew()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var t = fixture.NowMs;
        await DeltaAsync(fixture, t - Step, t, 5);
        var zero = (await fixture.ScanAsync()).Histograms.Single().Value[0].ShouldNotBeNull();
        (zero.Schema, zero.Count, zero.Sum, zero.ResetHint).ShouldBe((FloatHistogram.CustomBoundsSchema, 0, 0, CounterResetHint.Reset));
        zero.CustomBounds.ShouldBe([1, 2]);
        zero.PositiveBuckets.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_new_head_begins_at_a_zero()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var t = fixture.NowMs - (20 * Step);
        await DeltaAsync(fixture, t - Step, t, 5);
        await fixture.FlushAsync();
        await DeltaAsync(fixture, t, t + Step, 7);
        (await SamplesAsync(fixture)).ShouldBe([(t - Step + 1, 0), (t, 5), (t + 1, 0), (t + Step, 7)]);
    }

    [Fact]
    public async Task Without_a_usable_start_the_first_alone_has_a_zero_and_one_that_comes_again_or_late_has_none()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var t = fixture.NowMs - (20 * Step);
        await DeltaAsync(fixture, 0, t, 5);
        await DeltaAsync(fixture, 0, t + Step, 7);
        await DeltaAsync(fixture, t + (3 * Step), t + (2 * Step), 1);
        (await DeltaAsync(fixture, 0, t + Step, 7)).Duplicates.ShouldBe(1);
        await DeltaAsync(fixture, t - (3 * Step), t - (2 * Step), 9);
        (await SamplesAsync(fixture)).ShouldBe([(t - (2 * Step), 9), (t - 1, 0), (t, 5), (t + Step, 7), (t + (2 * Step), 1)]);
    }

    private static Task<AppendResult> DeltaAsync(MetricStoreFixture fixture, long startMs, long untilMs, double count) => fixture.AppendAsync(batch =>
    {
        batch.AddSeries(Of("m"));
        batch.AddDeltaHistogram(startMs, untilMs, 100, () => new FloatHistogram
        {
            Schema = FloatHistogram.CustomBoundsSchema,
            ResetHint = CounterResetHint.Reset,
            Count = count,
            Sum = count,
            PositiveSpans = [new BucketSpan(0, 1)],
            PositiveBuckets = [count],
            CustomBounds = [1, 2],
        });
    });

    private static async Task<List<(long TimestampMs, double Count)>> SamplesAsync(MetricStoreFixture fixture)
    {
        var answer = await fixture.ScanAsync();
        var histograms = answer.Histograms.Single().Value;
        return [.. answer.Series.Single().Value.Select((s, i) => (s.TimestampMs, histograms[i].ShouldNotBeNull().Count))];
    }
}
