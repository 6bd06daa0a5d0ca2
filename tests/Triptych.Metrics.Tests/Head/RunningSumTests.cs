using Triptych.Metrics.Head;
using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Memory;
using static Triptych.Metrics.Tests.TestLabels;

namespace Triptych.Metrics.Tests.Head;

/// <summary>Changes of sums that may fall too: what they come to is right whatever becomes of heads and of the process between them.</summary>
public sealed class RunningSumTests
{
    private const long Step = 10_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Sums_agree_with_a_model_over_flushes_and_restarts(int seed)
    {
        var random = new Random(seed);
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var model = new SortedDictionary<string, List<(long TimestampMs, double Total)>>(StringComparer.Ordinal);
        var origin = fixture.NowMs - (1000 * Step);
        for (var step = 0; step < 60; step++)
        {
            switch (random.Next(6))
            {
                case 0:
                    await fixture.FlushAsync();
                    break;
                case 1:
                    await fixture.RestartAsync();
                    break;
                default:
                    var name = $"n{random.Next(4)}";
                    var change = random.Next(-9, 10);
                    (await ChangeAsync(fixture, origin + (step * Step), change, name)).Accepted.ShouldBe(1);
                    if (!model.TryGetValue(name, out var samples)) model[name] = samples = [];
                    samples.Add((origin + (step * Step), change + (samples.Count == 0 ? 0 : samples[^1].Total)));

                    // Plain samples beside them take no part.
                    await fixture.AppendAsync(Of("plain"), (origin + (step * Step), step));
                    break;
            }

            await CompareAsync(fixture, model, $"seed {seed} step {step}");
        }

        static async Task CompareAsync(MetricStoreFixture fixture, SortedDictionary<string, List<(long TimestampMs, double Total)>> model, string at)
        {
            var answer = await fixture.ScanAsync();
            foreach (var (name, expected) in model)
            {
                answer.Series[$"__name__={name}"].Select(s => (s.TimestampMs, BitConverter.UInt64BitsToDouble(s.Bits))).ShouldBe(expected, at);
            }
        }
    }

    [Fact]
    public async Task A_sum_to_which_nothing_came_outlives_any_number_of_heads_and_restarts()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var t = fixture.NowMs - (10 * Step);
        await ChangeAsync(fixture, t, 5);
        for (var i = 0; i < 3; i++)
        {
            await fixture.FlushAsync();
            await fixture.RestartAsync();
            await fixture.RestartAsync();
            await fixture.AppendAsync(Of("other"), (t + i, 1));
        }

        await ChangeAsync(fixture, t + Step, -7);
        (await SamplesAsync(fixture)).ShouldBe([(t, 5), (t + Step, -2)]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_point_that_comes_again_is_a_duplicate_and_an_older_one_is_refused(bool afterFlush)
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var t = fixture.NowMs - (10 * Step);
        await ChangeAsync(fixture, t, 5);
        if (afterFlush) await fixture.FlushAsync();
        if (afterFlush) await fixture.RestartAsync();
        var again = await ChangeAsync(fixture, t, 5);
        (again.Accepted, again.Duplicates).ShouldBe((1, 1));
        var late = await ChangeAsync(fixture, t - Step, 5);
        (late.Accepted, late.Refusals.ShouldHaveSingleItem().Reason).ShouldBe((0, "delta_out_of_order"));
        (await SamplesAsync(fixture)).ShouldBe([(t, 5)]);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public async Task A_change_that_is_not_finite_is_refused_and_the_sum_kept(double change)
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var t = fixture.NowMs - (10 * Step);
        (await ChangeAsync(fixture, t, change)).Refusals.ShouldHaveSingleItem().Reason.ShouldBe("invalid_delta");
        await ChangeAsync(fixture, t + Step, 5);
        var refused = await ChangeAsync(fixture, t + (2 * Step), change);
        (refused.Accepted, refused.Refusals.ShouldHaveSingleItem().Reason).ShouldBe((0, "invalid_delta"));
        await ChangeAsync(fixture, t + (3 * Step), 2);
        (await SamplesAsync(fixture)).ShouldBe([(t + Step, 5), (t + (3 * Step), 7)]);
    }

    [Fact]
    public async Task A_tenant_has_so_many_sums_and_no_more()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var t = fixture.NowMs;
        var result = await fixture.AppendAsync(batch =>
        {
            for (var i = 0; i <= RunningSums.MaxSeries; i++)
            {
                batch.AddSeries(Of("m", "i", $"{i}"));
                batch.AddChange(t, 1);
            }
        });
        result.Accepted.ShouldBe(RunningSums.MaxSeries);
        result.Refusals.ShouldHaveSingleItem().Reason.ShouldBe("too_many_delta_sums");
        (await fixture.AppendAsync(
            batch =>
            {
                batch.AddSeries(Of("m"));
                batch.AddChange(t, 1);
            },
            new TenantId("other"))).Refused.ShouldBe(0);
    }

    [Fact]
    public async Task What_nothing_came_to_for_a_day_is_forgotten_with_its_head()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var t = fixture.NowMs;
        await ChangeAsync(fixture, t - RunningSums.ForgottenAfterMs + 1, 5, "old");
        await ChangeAsync(fixture, t - Step, 5, "new");
        await fixture.AppendAsync(Of("plain"), (t + Step, 1));
        await fixture.FlushAsync();
        await ChangeAsync(fixture, t, 1, "old");
        await ChangeAsync(fixture, t, 1, "new");
        var answer = await fixture.ScanAsync();
        BitConverter.UInt64BitsToDouble(answer.Series["__name__=old"][^1].Bits).ShouldBe(1);
        BitConverter.UInt64BitsToDouble(answer.Series["__name__=new"][^1].Bits).ShouldBe(6);
    }

    [Fact]
    public void Saved_sums_come_back_and_are_refused_where_they_break_off()
    {
        var budget = MemoryBudget.Unlimited("test");
        using var pool = new SlabPool(budget);
        using var head = new MetricHead(pool, budget);
        head.TakeSum(TenantId.Default, Of("m", "a", "b"), new RunningSum(-2.5, 1000));
        head.TakeSum(new TenantId("other"), Of("n"), new RunningSum(double.NaN, -1));
        using var saved = new PooledBufferWriter();
        SavedSums.Write(head, saved);
        using var read = new MetricHead(pool, budget);
        SavedSums.Read(saved.WrittenSpan, read);
        read.Find(TenantId.Default)!.Sums.All.Values.ShouldHaveSingleItem().ShouldBe(new RunningSum(-2.5, 1000));
        read.Find(new TenantId("other"))!.Sums.All.Count.ShouldBe(1);
        read.IsEmpty.ShouldBeTrue();
        var bytes = saved.WrittenSpan.ToArray();
        for (var length = 0; length < bytes.Length; length++)
        {
            using var cut = new MetricHead(pool, budget);
            Should.Throw<InvalidDataException>(() => SavedSums.Read(bytes.AsSpan(0, length), cut), $"cut at {length}");
        }
    }

    private static Task<AppendResult> ChangeAsync(MetricStoreFixture fixture, long atMs, double change, string name = "m") => fixture.AppendAsync(batch =>
    {
        batch.AddSeries(Of(name));
        batch.AddChange(atMs, change);
    });

    private static async Task<List<(long TimestampMs, double Value)>> SamplesAsync(MetricStoreFixture fixture) =>
        [.. (await fixture.ScanAsync()).Series["__name__=m"].Select(s => (s.TimestampMs, BitConverter.UInt64BitsToDouble(s.Bits)))];
}
