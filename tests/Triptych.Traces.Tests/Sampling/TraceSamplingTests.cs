using Triptych.Columnar.Rows;
using Triptych.Model;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;
using Triptych.Testing;
using Triptych.Traces.Block;
using Triptych.Traces.Sampling;
using static Triptych.Traces.Tests.Sampling.SampledStore;

namespace Triptych.Traces.Tests.Sampling;

public sealed class TraceSamplingTests
{
    [Fact]
    public async Task Traces_with_a_span_of_a_status_are_kept_whole_and_others_go_whole()
    {
        await using var store = await SampledStore.OpenAsync(new StatusCodePolicy("errors", [2]));
        await store.FlushAsync(Trace(1), Trace(2, status: 2), Trace(3, status: 1), Trace(4, status: 2));
        (await store.MergeAsync()).IsDone.ShouldBeTrue();
        (await store.TracesAsync()).ShouldBe([new(2, 2), new(4, 2)]);
    }

    [Fact]
    public async Task Traces_that_took_long_are_kept()
    {
        await using var store = await SampledStore.OpenAsync(new LatencyPolicy("slow", 3 * Second));

        // The child starts a second after the root, and lasts a millisecond.
        await store.FlushAsync(
            Trace(1), Trace(2, durationNanos: 3 * Second), Trace(3, durationNanos: (3 * Second) - 1),
            [.. Trace(4), new TestSpan(4, 3, 1) { StartUnixNanos = Then + 4000 + (3 * Second) - 5, DurationNanos = 5 }]);
        await store.MergeAsync();
        (await store.NumbersAsync()).ShouldBe([2, 4]);
    }

    [Fact]
    public async Task A_share_is_the_same_however_blocks_are_merged()
    {
        var traces = Enumerable.Range(1, 2000).Select(i => Trace(i)).ToList();
        await using var one = await SampledStore.OpenAsync(Share(25));
        await using var other = await SampledStore.OpenAsync(Share(25));
        await one.FlushAsync([.. traces]);
        await one.MergeAsync();
        foreach (var some in traces.Chunk(300))
        {
            await other.FlushAsync([.. some]);
            await other.MergeAsync([other.Fixture.Blocks.MaxBy(static b => b.LastSegment)!]);
        }

        var kept = await one.NumbersAsync();
        kept.Count.ShouldBeInRange(400, 600);
        (await other.NumbersAsync()).ShouldBe(kept);
        await other.MergeAsync();
        (await other.NumbersAsync()).ShouldBe(kept);
    }

    [Fact]
    public async Task Of_each_service_and_route_one_is_kept_in_some_time()
    {
        await using var store = await SampledStore.OpenAsync(Share(0, exampleNanos: 600 * Second));
        var traces = new Dictionary<int, (string Service, string Name, long Time)>();
        for (var i = 1; i <= 300; i++) traces[i] = ($"s{i % 3}", $"GET /{i % 5}", i % 2);
        await store.FlushAsync([.. traces.Select(t => Trace(t.Key, Then + (t.Value.Time * 600 * Second) + t.Key, t.Value.Service, t.Value.Name))]);
        await store.MergeAsync();
        var kept = await store.NumbersAsync();
        kept.Select(k => traces[k]).Order().ShouldBe(traces.Values.Distinct().Order());

        // And again: an example is not one too many.
        await store.MergeAsync();
        (await store.NumbersAsync()).ShouldBe(kept);
    }

    [Fact]
    public async Task The_first_share_that_fits_the_root_span_decides()
    {
        await using var store = await SampledStore.OpenAsync(Share(100, route: "GET /pay"), Share(0, service: "noisy"), Share(100, service: "shop|noisy"));
        await store.FlushAsync(
            Trace(1, service: "noisy"), Trace(2, service: "noisy", name: "GET /pay"), Trace(3), Trace(4, service: "other"),
            [new TestSpan(5, 2, 1) { StartUnixNanos = Then, Service = "noisy" }, new TestSpan(5, 1) { StartUnixNanos = Then + 9 }],
            [new TestSpan(6, 3, 2) { StartUnixNanos = Then + 9 }, new TestSpan(6, 2, 1) { StartUnixNanos = Then, Service = "noisy" }]);
        await store.MergeAsync();

        // Of 5 the root decides although it starts later, of 6 the first span, as there is no root. No share fits 4.
        (await store.NumbersAsync()).ShouldBe([2, 3, 5]);
    }

    [Fact]
    public async Task A_trace_stays_until_its_last_span_is_old()
    {
        await using var store = await SampledStore.OpenAsync();
        await store.FlushAsync(Trace(1), Trace(2, durationNanos: 100 * Second), Trace(3, Then + (50 * Second)));
        (await store.MergeAsync(through: Then + (40 * Second))).IsDone.ShouldBeTrue();
        (await store.NumbersAsync()).ShouldBe([2, 3]);
        await store.MergeAsync(through: Then + (70 * Second));
        (await store.NumbersAsync()).ShouldBe([2]);
        await store.MergeAsync();
        (await store.NumbersAsync()).ShouldBeEmpty();
        store.Fixture.Blocks.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_trace_of_which_a_part_is_in_memory_or_in_another_block_stays_whole()
    {
        await using var store = await SampledStore.OpenAsync();
        await store.FlushAsync(Trace(1), Trace(2), Trace(3));
        await store.FlushAsync([new TestSpan(2, 9, 1) { StartUnixNanos = Then + (30 * Second) }]);
        await store.Fixture.AppendAsync([new TestSpan(3, 9, 1) { StartUnixNanos = Then + (60 * Second) }]);
        var first = store.Fixture.Blocks.MinBy(static b => b.LastSegment)!;
        await store.MergeAsync([first]);
        (await store.TracesAsync()).ShouldBe([new(2, 3), new(3, 3)]);
        await store.Fixture.FlushAsync();
        await store.MergeAsync(MergeRun.Blocks(store.Fixture.Catalog, Signal.Traces).Take(2));
        (await store.TracesAsync()).ShouldBe([new(3, 3)]);
        await store.MergeAsync();
        (await store.TracesAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_error_in_one_part_keeps_the_parts_in_other_blocks()
    {
        await using var store = await SampledStore.OpenAsync(new StatusCodePolicy("errors", [2]), new LatencyPolicy("slow", 60 * Second));
        await store.FlushAsync(Trace(1), Trace(2), Trace(3));
        await store.FlushAsync(
            [new TestSpan(1, 9, 1) { StartUnixNanos = Then + (9 * Second), Status = 2 }, new TestSpan(2, 9, 1) { StartUnixNanos = Then + (70 * Second) }]);
        foreach (var block in store.Fixture.Blocks.ToList()) await store.MergeAsync([block]);
        (await store.TracesAsync()).ShouldBe([new(1, 3), new(2, 3)]);
        await store.MergeAsync();
        (await store.TracesAsync()).ShouldBe([new(1, 3), new(2, 3)]);
    }

    [Fact]
    public async Task A_part_further_away_than_the_reach_is_not_looked_for()
    {
        await using var store = await SampledStore.OpenAsync(new TraceSamplingOptions { Policies = [Share(0)], Reach = TimeSpan.FromSeconds(30) });
        await store.FlushAsync(Trace(1), Trace(2));
        await store.FlushAsync([new TestSpan(1, 9, 1) { StartUnixNanos = Then + (20 * Second) }]);
        await store.FlushAsync([new TestSpan(2, 9, 1) { StartUnixNanos = Then + (90 * Second) }]);
        await store.MergeAsync([store.Fixture.Blocks.MinBy(static b => b.LastSegment)!]);
        (await store.TracesAsync()).ShouldBe([new(1, 3), new(2, 1)]);
    }

    [Fact]
    public async Task What_something_refers_to_stays_as_long_as_that_does()
    {
        await using var store = await SampledStore.OpenAsync(new TraceSamplingOptions { Policies = [Share(0)], ReferenceReach = TimeSpan.FromSeconds(5) });
        await store.FlushAsync(Trace(1), Trace(2), Trace(3));
        store.References.Traces.Add(2);
        (await store.MergeAsync()).IsDone.ShouldBeTrue();
        (await store.TracesAsync()).ShouldBe([new(2, 2)]);
        store.References.Asked.ShouldBe((Then + 1000 - (5 * Second), Then + 3000 + Second + 1_000_000 + (5 * Second)));
        store.References.Traces.Clear();
        await store.MergeAsync();
        (await store.TracesAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Where_references_cannot_be_told_nothing_goes()
    {
        await using var store = await SampledStore.OpenAsync();
        await store.FlushAsync(Trace(1), Trace(2));
        store.References.Problem = "a block is gone";
        var told = await store.MergeAsync();
        (told.IsDone, told.PutOff).ShouldBe((false, "fake: a block is gone"));
        (await store.NumbersAsync()).ShouldBe([1, 2]);
    }

    [Fact]
    public async Task Where_another_block_cannot_be_read_nothing_goes()
    {
        await using var store = await SampledStore.OpenAsync();
        await store.FlushAsync(Trace(1));
        await store.FlushAsync(Trace(2));
        var blocks = MergeRun.Blocks(store.Fixture.Catalog, Signal.Traces);
        await store.Fixture.Services.Quarantine.AddAsync(blocks[1], 7, "it is damaged", CancellationToken.None);
        var told = await store.MergeAsync([blocks[0]]);
        told.IsDone.ShouldBeFalse();
        told.PutOff.ShouldNotBeNull().ShouldContain(blocks[1].ObjectKey);
        store.Fixture.Blocks.Sum(static b => b.Rows).ShouldBe(4);
    }

    [Fact]
    public async Task What_there_is_no_memory_for_waits_for_the_next_merge()
    {
        await using var store = await SampledStore.OpenAsync(new TraceSamplingOptions { Policies = [Share(0)], MemoryBytes = 40_000 });
        await store.FlushAsync([.. Enumerable.Range(1, 2000).Select(i => Trace(i))]);
        var left = 2000;
        for (var told = new MergeSampling(0); !told.IsDone;)
        {
            told = await store.MergeAsync();
            var now = (await store.TracesAsync()).Count;
            now.ShouldBeLessThan(left);
            left = now;
        }

        left.ShouldBe(0);
    }

    [Fact]
    public async Task Row_groups_are_copied_only_where_no_trace_of_theirs_goes()
    {
        await using var store = await SampledStore.OpenAsync(Share(0, service: "b.*"), Share(100));
        for (var block = 0; block < 3; block++)
        {
            await store.FlushAsync(Enumerable.Range(1, 34_000).Select(i => new TestSpan((block * 100_000) + (i / 2), 1 + (i % 2), i % 2)
            {
                StartUnixNanos = Then + (block * 100 * Second) + i,
                Service = block == 1 && i / 2 == 777 ? "bad" : "good",
            }));
        }

        await store.MergeAsync();
        var traces = await store.TracesAsync();
        traces.ContainsKey(100_777).ShouldBeFalse();
        traces.Values.Sum().ShouldBe((3 * 34_000) - 2);
    }

    [Fact]
    public async Task Blocks_say_how_much_was_left_out_and_scans_that_it_was()
    {
        await using var store = await SampledStore.OpenAsync(new StatusCodePolicy("errors", [2]));
        await store.FlushAsync(Trace(1), Trace(2, status: 2));
        (await InfosAsync(store)).ShouldBeEmpty();
        await store.MergeAsync();
        (await SampledOf(store)).ShouldBe([new SampledCounts(1, 2)]);
        await store.FlushAsync(Trace(3), Trace(4, status: 2), Trace(5));
        await store.MergeAsync();
        (await SampledOf(store)).ShouldBe([new SampledCounts(3, 6)]);
        (await InfosAsync(store)).ShouldHaveSingleItem().ShouldContain("sampled");

        // Over windows their sum is right.
        await store.FlushAsync(Trace(6, Then + (700 * Second)), Trace(7, Then + (700 * Second), status: 2));
        await store.MergeAsync(window: 600 * Second);
        var counts = await SampledOf(store);
        counts.Count.ShouldBe(2);
        (counts.Sum(static c => c!.Value.Traces), counts.Sum(static c => c!.Value.Spans)).ShouldBe((4, 8));
    }

    [Fact]
    public async Task Without_sampling_a_merge_does_not_ask_and_says_nothing()
    {
        await using var store = await SampledStore.OpenAsync();
        store.References.Problem = "must not be asked";
        await store.FlushAsync(Trace(1));
        var job = MergeRun.Job(store.Fixture.Catalog, store.Fixture.Objects, store.Fixture.Blocks);
        await MergeRun.RunAsync(store.Merger, store.Fixture.Catalog, job);
        (await store.NumbersAsync()).ShouldBe([1]);
        (await SampledOf(store)).ShouldBe([null]);
        store.References.Asked.ShouldBe((0, 0));
    }

    private static async Task<List<SampledCounts?>> SampledOf(SampledStore store)
    {
        var counts = new List<SampledCounts?>();
        foreach (var meta in store.Fixture.Blocks) counts.Add((await TraceBlock.OpenAsync(store.Fixture.Objects, meta, CancellationToken.None)).Sampled);
        return counts;
    }

    private static async Task<List<string>> InfosAsync(SampledStore store)
    {
        var request = StoreFixture.Request(null, SpanColumns.TraceId);
        await using var scan = await store.Fixture.Store.OpenAsync(request, CancellationToken.None);
        return [.. scan.Statistics.Infos];
    }
}
