using Triptych.Metrics.Block;
using Triptych.Metrics.Compaction;
using Triptych.Model;
using Triptych.Primitives.Memory;
using Triptych.Storage.Compaction;
using Triptych.Testing;

namespace Triptych.Metrics.Tests.Compaction;

public class MetricMergeMemoryTests
{
    [Fact]
    public async Task A_deletion_rewrites_a_block_of_many_times_its_memory()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var random = new Random(5);
        var origin = fixture.NowMs - 7_200_000;
        for (var part = 0; part < 4; part++)
        {
            await fixture.AppendAsync(batch =>
            {
                for (var series = 0; series < 3000; series++)
                {
                    batch.AddSeries(TestLabels.Of($"metric_{series % 10}", "instance", $"host-{series}"));
                    for (var i = 0; i < 100; i++) batch.AddSample(origin + (((part * 100) + i) * 15_000L) + (series % 7), random.NextDouble());
                }
            });
        }

        await fixture.FlushAsync();
        var block = MergeRun.Blocks(fixture.Catalog, Signal.Metrics).ShouldHaveSingleItem();
        var memory = new MemoryBudget("merge", 2 * 1024 * 1024);
        block.SizeBytes.ShouldBeGreaterThan(3 * memory.Limit);
        var before = await fixture.ScanAsync();
        var (min, max) = (origin + 1_000_000, origin + 2_000_000);
        var job = MergeRun.Job(
            fixture.Catalog, fixture.Objects, [block], memory: memory,
            deletions: [new RowDeletion(min, max, [TestLabels.Match("__name__", "=", "metric_3")], null)]);
        await MergeRun.RunAsync(new MetricBlockMerger(), fixture.Catalog, job);
        memory.Used.ShouldBe(0);
        var deleted = 0L;
        foreach (var (name, samples) in before.Series)
        {
            if (name.Contains("metric_3", StringComparison.Ordinal)) deleted += samples.RemoveAll(s => s.TimestampMs >= min && s.TimestampMs <= max);
        }

        deleted.ShouldBeGreaterThan(0);
        job.RowsDeleted.ShouldBe(deleted);
        (await fixture.ScanAsync()).Text().ShouldBe(before.Text());
    }

    [Fact]
    public async Task A_series_of_many_times_the_memory_is_merged_in_ranges_of_time()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var origin = fixture.NowMs - 3_600_000;
        var random = new Random(3);

        // Most of it in a few minutes; the second block has some of the first's times again, with other values.
        for (var block = 0; block < 2; block++)
        {
            var first = block * 60_000;
            await fixture.AppendAsync(batch =>
            {
                batch.AddSeries(TestLabels.Of("dense", "a", "1"));
                for (var i = 0; i < 100_000; i++) batch.AddSample(origin + first + i, (i / 100) + block);
                for (var i = 0; i < 100; i++) batch.AddSample(origin + 1_000_000 + ((i + (block * 50)) * 10_000L), i);
                for (var series = 0; series < 20; series++)
                {
                    batch.AddSeries(TestLabels.Of("other", "a", $"{series}"));
                    for (var i = 0; i < 30; i++) batch.AddSample(origin + (i * 60_000L) + block, random.Next(5));
                }
            });
            await fixture.FlushAsync();
        }

        var before = await fixture.ScanAsync();
        before.Series.Values.Max(s => s.Count).ShouldBe(160_150);
        var memory = new MemoryBudget("merge", 2 * 1024 * 1024);
        var job = MergeRun.Job(fixture.Catalog, fixture.Objects, MergeRun.Blocks(fixture.Catalog, Signal.Metrics), memory: memory);
        var outputs = await MergeRun.RunAsync(new MetricBlockMerger(), fixture.Catalog, job);
        memory.Used.ShouldBe(0);
        outputs.Count.ShouldBeGreaterThan(10);
        (await fixture.ScanAsync()).Text().ShouldBe(before.Text());

        // What was cut is whole again where there is memory.
        var whole = MergeRun.Job(fixture.Catalog, fixture.Objects, MergeRun.Blocks(fixture.Catalog, Signal.Metrics));
        (await MergeRun.RunAsync(new MetricBlockMerger(), fixture.Catalog, whole)).ShouldHaveSingleItem();
        (await fixture.ScanAsync()).Text().ShouldBe(before.Text());
    }

    [Fact]
    public async Task More_exemplars_than_the_memory_holds_are_merged_all_the_same()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var origin = fixture.NowMs - 3_600_000;
        for (var block = 0; block < 4; block++)
        {
            await fixture.AppendAsync(batch =>
            {
                for (var series = 0; series < 300; series++)
                {
                    batch.AddSeries(TestLabels.Of("requests", "pod", $"{series}"));
                    for (var i = 0; i < 20; i++)
                    {
                        var time = origin + (block * 300_000L) + (i * 15_000L);
                        batch.AddSample(time, i);
                        batch.AddExemplar(time, i, TestLabels.Of("trace", "id", $"{series}-{block}-{i}-{new string('t', 60)}"));
                    }
                }
            });
            await fixture.FlushAsync();
        }

        var before = (await fixture.ScanAsync()).Text();
        var exemplars = await ExemplarsAsync(fixture);
        exemplars.Count.ShouldBe(24_000);
        var compaction = new CompactionOptions { MergeMemoryBytes = 1024 * 1024, MemoryBytes = 4 * 1024 * 1024 };
        var events = await MergeRun.CompactAsync(fixture.Services, fixture.Root, new MetricBlockMerger(), compaction);
        events.Count("merged").ShouldBeGreaterThan(0);
        events.Count("merge_failed").ShouldBe(0);
        MergeRun.Blocks(fixture.Catalog, Signal.Metrics).ShouldAllBe(b => b.Level > 0);
        (await fixture.ScanAsync()).Text().ShouldBe(before);
        (await ExemplarsAsync(fixture)).ShouldBe(exemplars);
    }

    [Theory]
    [InlineData("up", -100, 100, true)]
    [InlineData("down", -100, 100, false)]
    [InlineData("up", -100, -30, false)]
    [InlineData("up", -15, -5, false)]
    [InlineData("other", -15, -5, true)]
    [InlineData("up", 0, 0, true)]
    public async Task It_is_known_beforehand_whether_a_deletion_names_anything(string metric, int from, int to, bool expected)
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var now = fixture.NowMs - 100_000;
        await fixture.AppendAsync(TestLabels.Of("up", "a", "1"), (now - 20_000, 1), (now, 1));
        await fixture.AppendAsync(TestLabels.Of("other", "a", "1"), (now - 10_000, 1));
        await fixture.FlushAsync();
        var deletion = new RowDeletion(now + (from * 1000), now + (to * 1000), [TestLabels.Match("__name__", "=", metric)], null);
        var job = MergeRun.Job(fixture.Catalog, fixture.Objects, MergeRun.Blocks(fixture.Catalog, Signal.Metrics), deletions: [deletion]);
        (await new MetricBlockMerger().DeletesAnyAsync(job, CancellationToken.None)).ShouldBe(expected);
        job.Memory.Used.ShouldBe(0);
    }

    private static async Task<List<string>> ExemplarsAsync(MetricStoreFixture fixture)
    {
        var all = new List<string>();
        foreach (var block in MergeRun.Blocks(fixture.Catalog, Signal.Metrics))
        {
            var file = await MetricBlock.OpenFileAsync(fixture.Objects, block, new(), CancellationToken.None);
            all.AddRange((await MetricBlock.ReadExemplarsAsync(file, block.ObjectKey, CancellationToken.None))
                .Select(static e => $"{e.TimestampMs} {e.Value} {Convert.ToHexString(e.Labels)}"));
        }

        all.Sort(StringComparer.Ordinal);
        return all;
    }
}
