using Triptych.Model.Append;
using static Triptych.Metrics.Tests.TestLabels;

namespace Triptych.Metrics.Tests.Head;

/// <summary>Deltas, which the head adds up: nothing that was counted may be lost or counted twice, whatever becomes of the head.</summary>
public sealed class CounterGrowthTests
{
    private const long Step = 10_000;

    [Fact]
    public async Task Growth_is_added_to_the_newest_sample_and_begins_at_a_zero()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var t = fixture.NowMs;
        (await GrowAsync(fixture, t, 5)).Accepted.ShouldBe(1);
        (await GrowAsync(fixture, t + Step, 7)).Accepted.ShouldBe(1);
        (await SamplesAsync(fixture)).ShouldBe([(t - Step + 1, 0), (t, 5), (t + Step, 12)]);
    }

    [Fact]
    public async Task A_point_that_comes_again_is_a_duplicate_and_an_older_one_is_refused()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var t = fixture.NowMs;
        await GrowAsync(fixture, t, 5);
        await GrowAsync(fixture, t + Step, 7);
        var again = await GrowAsync(fixture, t + Step, 7);
        (again.Accepted, again.Duplicates).ShouldBe((1, 1));
        var late = await GrowAsync(fixture, t, 5);
        (late.Accepted, late.Refusals.ShouldHaveSingleItem().Reason).ShouldBe((0, "delta_out_of_order"));
        (await SamplesAsync(fixture)).Count.ShouldBe(3);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public async Task Growth_that_is_not_finite_is_refused_and_the_total_kept(double growth)
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var t = fixture.NowMs;
        await GrowAsync(fixture, t, 5);
        var refused = await GrowAsync(fixture, t + Step, growth);
        (refused.Accepted, refused.Refusals.ShouldHaveSingleItem().Reason).ShouldBe((0, "invalid_delta"));
        refused.Refusals[0].Detail.ShouldContain($"{t + Step} ms");
        await GrowAsync(fixture, t + (2 * Step), 7);
        (await SamplesAsync(fixture)).ShouldBe([(t - Step + 1, 0), (t, 5), (t + (2 * Step), 12)]);
    }

    [Fact]
    public async Task Growth_past_the_largest_number_is_refused_and_a_total_that_is_no_number_begins_anew()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var t = fixture.NowMs;
        await GrowAsync(fixture, t, double.MaxValue);
        (await GrowAsync(fixture, t + Step, double.MaxValue)).Refusals.ShouldHaveSingleItem().Reason.ShouldBe("invalid_delta");
        await fixture.AppendAsync(Of("m"), (t + Step, double.NaN));
        await GrowAsync(fixture, t + (2 * Step), 7);
        (await SamplesAsync(fixture))[2..].ShouldBe([(t + Step, double.NaN), (t + Step + 1, 0), (t + (2 * Step), 7)]);
    }

    [Theory]
    [InlineData("restart")]
    [InlineData("flush")]
    [InlineData("both")]
    public async Task All_growth_is_there_after_a_restart_or_a_flush(string what)
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var t = fixture.NowMs;
        await GrowAsync(fixture, t, 5);
        await GrowAsync(fixture, t + Step, 7);
        if (what != "restart") await fixture.FlushAsync();
        if (what != "flush") await fixture.RestartAsync();
        await GrowAsync(fixture, t + (2 * Step), 100);
        await GrowAsync(fixture, t + (3 * Step), 1);
        var samples = await SamplesAsync(fixture);
        samples[0].ShouldBe((t - Step + 1, 0));

        // As rate() counts: what falls began anew.
        samples.Zip(samples.Skip(1), (before, after) => after.Value >= before.Value ? after.Value - before.Value : after.Value).Sum().ShouldBe(113);
    }

    [Fact]
    public async Task A_series_that_ended_begins_anew_behind_its_end()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var t = fixture.NowMs;
        await GrowAsync(fixture, t, 5);
        await fixture.AppendAsync(Of("m"), (t + Step - 5, Model.Metrics.SpecialValues.StaleMarker));
        await GrowAsync(fixture, t + Step, 7);
        var samples = await SamplesAsync(fixture);
        samples[^2].ShouldBe((t + Step - 4, 0));
        samples[^1].ShouldBe((t + Step, 7));
    }

    [Fact]
    public async Task A_start_that_is_not_known_or_not_before_the_point_leaves_a_zero_just_before_it()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var t = fixture.NowMs;
        await fixture.AppendAsync(batch =>
        {
            batch.AddSeries(Of("m"));
            batch.AddDelta(0, t, 5);
            batch.AddDelta(t + 100, t + 50, 1);
        });
        (await SamplesAsync(fixture)).ShouldBe([(t - 1, 0), (t, 5), (t + 50, 6)]);
    }

    private static Task<AppendResult> GrowAsync(MetricStoreFixture fixture, long untilMs, double growth) => fixture.AppendAsync(batch =>
    {
        batch.AddSeries(Of("m"));
        batch.AddDelta(untilMs - Step, untilMs, growth);
    });

    private static async Task<List<(long TimestampMs, double Value)>> SamplesAsync(MetricStoreFixture fixture) =>
        [.. (await fixture.ScanAsync()).Series.Single().Value.Select(s => (s.TimestampMs, BitConverter.UInt64BitsToDouble(s.Bits)))];
}
