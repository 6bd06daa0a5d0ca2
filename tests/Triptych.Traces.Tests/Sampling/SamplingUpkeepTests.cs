using Triptych.Storage.Compaction;
using Triptych.Testing;
using Triptych.Traces.Compaction;
using Triptych.Traces.Sampling;
using static Triptych.Traces.Tests.Sampling.SampledStore;

namespace Triptych.Traces.Tests.Sampling;

/// <summary>Sampling as upkeep does it: with merges, and of blocks that are old and are not merged.</summary>
public sealed class SamplingUpkeepTests
{
    private static readonly TimeSpan Age = TimeSpan.FromHours(1);
    private readonly ManualClock _clock = new();

    private long Now => _clock.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000;

    [Fact]
    public async Task A_block_is_sampled_once_when_it_is_old_and_again_by_other_policies()
    {
        await using var store = await SampledStore.OpenAsync(Options(Share(50)), _clock);
        await store.FlushAsync([.. Enumerable.Range(1, 100).Select(i => Trace(i, Now - i))]);
        (await RunAsync(store, store.Options)).ShouldBeEmpty();
        (await store.NumbersAsync()).Count.ShouldBe(100);

        // Its hour has to be over for as long as data may come late.
        _clock.Advance(TimeSpan.FromHours(3));
        (await RunAsync(store, store.Options)).ShouldBe(["merged Traces Sampling 1 1 0"]);
        var half = await store.NumbersAsync();
        half.Count.ShouldBeInRange(25, 75);
        (await RunAsync(store, store.Options)).ShouldBeEmpty();

        var fewer = Options(Share(10));
        (await RunAsync(store, fewer)).ShouldBe(["merged Traces Sampling 1 1 0"]);
        var tenth = await store.NumbersAsync();
        tenth.Count.ShouldBeLessThan(half.Count);
        tenth.ShouldBeSubsetOf(half);

        // Nothing is left that this would leave out: the block stays as it is, and is not looked at again.
        var more = Options(Share(90));
        (await RunAsync(store, more)).ShouldBe(["block_spared Traces Sampling"]);
        (await RunAsync(store, more)).ShouldBeEmpty();
        (await store.NumbersAsync()).ShouldBe(tenth);
    }

    [Fact]
    public async Task Merges_sample_on_their_way()
    {
        await using var store = await SampledStore.OpenAsync(Options(Share(0)), _clock);
        for (var block = 0; block < 4; block++) await store.FlushAsync(Trace(block, Now + block), Trace(block + 100, Now - (2 * 3600 * Second) + block));
        (await RunAsync(store, store.Options)).ShouldAllBe(static l => l.StartsWith("merged Traces", StringComparison.Ordinal) && !l.Contains("Sampling"));
        (await store.NumbersAsync()).ShouldBe([0, 1, 2, 3]);
        _clock.Advance(TimeSpan.FromHours(3));
        await RunAsync(store, store.Options);
        (await store.NumbersAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_cannot_be_told_now_is_put_off_and_not_forgotten()
    {
        await using var store = await SampledStore.OpenAsync(Options(Share(0)), _clock);
        await store.FlushAsync(Trace(1, Now));
        _clock.Advance(TimeSpan.FromHours(3));
        store.References.Problem = "no answer";
        (await RunAsync(store, store.Options)).ShouldBe(["sampling_put_off Traces fake: no answer"]);
        (await store.NumbersAsync()).ShouldBe([1]);
        store.References.Problem = null;
        (await RunAsync(store, store.Options)).ShouldBe(["merged Traces Sampling 1 0 0"]);
        (await store.NumbersAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Blocks_of_an_hour_that_is_not_over_wait_for_the_merge_that_ends_it()
    {
        await using var store = await SampledStore.OpenAsync(Options(Share(0)) with { Age = TimeSpan.Zero }, _clock);
        await store.FlushAsync(Trace(1, Now - (600 * Second)));
        _clock.Advance(TimeSpan.FromMinutes(30));
        (await RunAsync(store, store.Options)).ShouldBeEmpty();
        (await store.NumbersAsync()).ShouldBe([1]);
    }

    private static TraceSamplingOptions Options(SamplingPolicy policy) => new() { Policies = [policy], Age = Age };

    private static async Task<IReadOnlyList<string>> RunAsync(SampledStore store, TraceSamplingOptions options)
    {
        var merger = new TraceBlockMerger(new TraceSampling(options, store.Fixture.Store, [store.References]));
        return (await MergeRun.CompactAsync(store.Fixture.Services, "/d", merger, new CompactionOptions(), options.Term)).Lines;
    }
}
