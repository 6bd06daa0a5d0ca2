using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Logs.Block;
using Triptych.Logs.Compaction;
using Triptych.Model;
using Triptych.Model.Attributes;
using Triptych.Model.Labels;
using Triptych.Primitives.Memory;
using Triptych.Storage.Compaction;
using Triptych.Testing;

namespace Triptych.Logs.Tests.Compaction;

public class LogMergeMemoryTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public async Task A_deletion_rewrites_a_block_of_many_times_its_memory()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        var random = new Random(4);
        for (var part = 0; part < 6; part++)
        {
            await fixture.AppendAsync([.. Enumerable.Range(0, 5000).Select(_ => new Line(
                $"app={random.Next(50)}", fixture.Now - random.NextInt64(1000 * Second), RandomText(random, 600), $"user={random.Next(1000)}"))]);
        }

        await fixture.FlushAsync();
        var block = MergeRun.Blocks(fixture.Catalog, Signal.Logs).ShouldHaveSingleItem();
        var memory = new MemoryBudget("merge", 2 * 1024 * 1024);
        block.SizeBytes.ShouldBeGreaterThan(6 * memory.Limit);
        var all = await fixture.ScanAsync();
        RowDeletion[] deletions =
        [
            new(fixture.Now - (700 * Second), fixture.Now - (300 * Second), [LabelMatcher.Create("app", MatchOp.Regex, "1.*")], null),
            new(long.MinValue, long.MaxValue, [], new RowPredicate.Contains(LogColumns.Line, "aZ"u8.ToArray())),
        ];
        var kept = all.Where(l => !l.Text.Contains("aZ", StringComparison.Ordinal)
            && !(l.Stream.StartsWith("app=1", StringComparison.Ordinal) && l.Time >= deletions[0].MinTime && l.Time <= deletions[0].MaxTime)).ToList();
        var job = MergeRun.Job(fixture.Catalog, fixture.Objects, [block], deletions: deletions, memory: memory);
        await MergeRun.RunAsync(new LogBlockMerger(), fixture.Catalog, job);
        memory.Used.ShouldBe(0);
        job.RowsDeleted.ShouldBe(all.Count - kept.Count);
        kept.Count.ShouldBeInRange(1, all.Count - 1);
        Sorted(await fixture.ScanAsync()).ShouldBe(Sorted(kept));
    }

    [Fact]
    public async Task What_was_logged_at_one_nanosecond_is_cut_too_and_comes_once()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        var lines = Enumerable.Range(0, 12_000)
            .Select(i => new Line($"app={(i % 4 == 0 ? i % 8 : 0)}", fixture.Now - (i % 10 == 0 ? Second : 0), $"{i} {new string('x', 300)}")).ToList();
        var lists = new[] { lines[..8000], lines[4000..], lines[2000..6000] };
        foreach (var list in lists)
        {
            await fixture.AppendAsync(list, TenantId.Default);
            await fixture.FlushAsync();
        }

        var before = await fixture.ScanAsync();
        before.Count.ShouldBe(lines.Count);
        var memory = new MemoryBudget("merge", 2 * 1024 * 1024);
        var job = MergeRun.Job(fixture.Catalog, fixture.Objects, MergeRun.Blocks(fixture.Catalog, Signal.Logs), memory: memory);
        var output = (await MergeRun.RunAsync(new LogBlockMerger(), fixture.Catalog, job)).ShouldHaveSingleItem();
        memory.Used.ShouldBe(0);
        output.Rows.ShouldBe(lines.Count);
        var (file, times) = await LogBlock.OpenFileAsync(fixture.Objects, output, new(), CancellationToken.None);
        file.RowGroups.Length.ShouldBeGreaterThan(3);
        times.Zip(times.Skip(1)).ShouldAllBe(t => t.First.Max <= t.Second.Min);
        Sorted(await fixture.ScanAsync()).ShouldBe(Sorted(before));

        // And once more, out of what was cut.
        var again = MergeRun.Job(fixture.Catalog, fixture.Objects, MergeRun.Blocks(fixture.Catalog, Signal.Logs), memory: memory);
        await MergeRun.RunAsync(new LogBlockMerger(), fixture.Catalog, again);
        Sorted(await fixture.ScanAsync()).ShouldBe(Sorted(before));
    }

    [Fact]
    public async Task A_line_longer_than_the_memory_of_all_merges_is_merged_all_the_same()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        var random = new Random(2);
        for (var block = 0; block < 4; block++)
        {
            await fixture.AppendAsync(new Line("app=1", fixture.Now + block, $"short {block}"), new Line("app=2", fixture.Now - block, $"other {block}"));
            if (block == 2) await fixture.AppendAsync(new Line("app=1", fixture.Now - Second, RandomText(random, 10 * 1024 * 1024)));
            await fixture.FlushAsync();
        }

        var before = await fixture.ScanAsync();
        before.Max(l => l.Text.Length).ShouldBe(10 * 1024 * 1024);
        var compaction = new CompactionOptions { MergeMemoryBytes = 1024 * 1024, MemoryBytes = 4 * 1024 * 1024 };
        var events = await MergeRun.CompactAsync(fixture.Services, fixture.Root, new LogBlockMerger(), compaction);
        events.Count("merge_needs_memory").ShouldBeGreaterThan(0);
        events.Count("merge_failed").ShouldBe(0);
        MergeRun.Blocks(fixture.Catalog, Signal.Logs).Count.ShouldBeLessThan(4);
        Sorted(await fixture.ScanAsync()).ShouldBe(Sorted(before));
    }

    [Theory]
    [InlineData("a", -100, 100, null, true)]
    [InlineData("b", -100, 100, null, false)]
    [InlineData("a", -100, -91, null, false)]
    [InlineData("a", -15, -6, null, false)]
    [InlineData("c", -15, -6, null, true)]
    [InlineData("a", -100, 100, "needle", true)]
    [InlineData("c", -100, 100, "needle", false)]
    [InlineData("a", -15, -1, "needle", false)]
    public async Task It_is_known_beforehand_whether_a_deletion_names_anything(string app, int from, int to, string? needle, bool expected)
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        var (early, late) = (fixture.Now - (20 * Second), fixture.Now);
        await fixture.AppendAsync(
            new Line("app=a", early, "x needle y"), new Line("app=a", late, "plain"), new Line("app=c", fixture.Now - (10 * Second), "plain"));
        await fixture.FlushAsync();
        var deletion = new RowDeletion(
            fixture.Now + (from * Second), fixture.Now + (to * Second), [LabelMatcher.Create("app", MatchOp.Equal, app)],
            needle is null ? null : new RowPredicate.Contains(LogColumns.Line, System.Text.Encoding.UTF8.GetBytes(needle)));
        var job = MergeRun.Job(fixture.Catalog, fixture.Objects, MergeRun.Blocks(fixture.Catalog, Signal.Logs), deletions: [deletion]);
        (await new LogBlockMerger().DeletesAnyAsync(job, CancellationToken.None)).ShouldBe(expected);
        job.Memory.Used.ShouldBe(0);
    }

    private static string RandomText(Random random, int length) => string.Create(length, random, static (span, r) =>
    {
        for (var i = 0; i < span.Length; i++) span[i] = (char)r.Next(33, 126);
    });

    private static List<Line> Sorted(IEnumerable<Line> lines) =>
        [.. lines.OrderBy(l => l.Time).ThenBy(l => l.Stream, StringComparer.Ordinal).ThenBy(l => l.Text, StringComparer.Ordinal)];
}
