using Triptych.Columnar;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Logs.Block;
using Triptych.Logs.Compaction;
using Triptych.Logs.Patterns;
using Triptych.Model;
using Triptych.Model.Labels;
using Triptych.Model.Logs;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;
using Triptych.Testing;

namespace Triptych.Logs.Tests.Patterns;

/// <summary>What the store tells of patterns in heads, blocks, merged blocks and blocks with rows deleted.</summary>
public sealed class StorePatternsTests
{
    private const long Second = 1_000_000_000;

    private static readonly string[] s_texts = ["order {0} accepted by {1}", "user {1} logged in from {0}", "disk {0} is full", "{{\"path\":\"/x/{1}\",\"took\":{0}}}"];

    private static readonly string[] s_names = ["ann", "bob", "cy"];

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, MergeRun.Seeds)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Counts_by_stream_and_step_are_those_of_the_lines_wherever_they_lie(int seed)
    {
        var random = new Random(seed);
        await using var fixture = await LogStoreFixture.OpenAsync();
        var origin = fixture.Now - (3600 * Second);
        var model = new HashSet<Line>();
        for (var round = 0; round < 14; round++)
        {
            switch (random.Next(6))
            {
                case 0:
                    await fixture.FlushAsync();
                    break;
                case 1:
                    await fixture.FlushAsync();
                    foreach (var run in MergeRun.Runs(MergeRun.Blocks(fixture.Catalog, Signal.Logs), random)) await MergeAsync(fixture, run);
                    break;
                case 2:
                    await fixture.FlushAsync();
                    var text = s_texts[random.Next(s_texts.Length)][..6];
                    var deletion = new RowDeletion(
                        origin + (random.Next(600) * Second), origin + (random.Next(600, 1800) * Second), [LabelMatcher.Create("app", MatchOp.Equal, "a1")],
                        new RowPredicate.Contains(LogColumns.Line, System.Text.Encoding.UTF8.GetBytes(text)));
                    foreach (var block in MergeRun.Blocks(fixture.Catalog, Signal.Logs)) await MergeAsync(fixture, [block], deletion);
                    model.RemoveWhere(l => l.Stream == "app=a1" && l.Time >= deletion.MinTime && l.Time <= deletion.MaxTime
                        && l.Text.Contains(text, StringComparison.Ordinal));
                    break;
                default:
                    Line[] lines = [.. Enumerable.Range(0, random.Next(1, 300)).Select(_ => RandomLine(random, origin))];

                    // Some come again.
                    if (model.Count > 0) lines = [.. lines, .. model.Take(random.Next(20))];
                    model.UnionWith(lines);
                    await fixture.AppendAsync(lines);
                    break;
            }

            await CheckAsync(fixture, model, random, origin, $"seed {seed} round {round}");
        }
    }

    [Fact]
    public async Task Of_merged_blocks_no_line_is_read_also_for_a_part_of_the_time()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        var origin = (fixture.Now - (3600 * Second)) / (10 * Second) * 10 * Second;
        for (var part = 0; part < 3; part++)
        {
            await fixture.AppendAsync([.. Enumerable.Range(0, 500).Select(i => new Line(
                $"app=a{i % 2}", origin + (part * 1000 * Second) + (i * Second), $"order {i} accepted by {s_names[i % 3]}",
                Level: i % 5 == 0 ? LogLevel.Error : LogLevel.Info))]);
            await fixture.FlushAsync();
        }

        var before = await PatternsAsync(fixture, "", 0, long.MaxValue);
        before.Rows.ShouldBe(1500, "fresh blocks tell no patterns");
        await MergeAsync(fixture, MergeRun.Blocks(fixture.Catalog, Signal.Logs));
        var merged = await PatternsAsync(fixture, "", 0, long.MaxValue);
        merged.Rows.ShouldBe(0);
        merged.Found.ShouldBe(before.Found, ignoreOrder: true);
        merged.Found.Values.Sum().ShouldBe(1500);
        merged.Found.Keys.ShouldContain(k => k.StartsWith("error order <_> accepted by ", StringComparison.Ordinal));

        var one = await PatternsAsync(fixture, "a1", 0, long.MaxValue);
        one.Found.Values.Sum().ShouldBe(750);
        one.Rows.ShouldBe(0);

        var part1 = await PatternsAsync(fixture, "", origin + (3 * Second), origin + (245 * Second));
        part1.Found.Values.Sum().ShouldBe(250, "the range is taken in whole steps of ten seconds");
        part1.Rows.ShouldBe(0);
    }

    [Fact]
    public async Task Row_groups_that_are_copied_get_patterns_and_keep_them()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        var origin = fixture.Now - (3600 * Second);
        for (var part = 0; part < 2; part++)
        {
            await fixture.AppendAsync([.. Enumerable.Range(0, 40_000).Select(i => new Line(
                $"app=a{i % 2}", origin + (part * 1000 * Second) + (i * Second / 100), $"order {i} accepted"))]);
            await fixture.FlushAsync();
        }

        for (var level = 0; level < 2; level++)
        {
            await MergeAsync(fixture, MergeRun.Blocks(fixture.Catalog, Signal.Logs));
            var merged = MergeRun.Blocks(fixture.Catalog, Signal.Logs).ShouldHaveSingleItem();
            var (file, _) = await LogBlock.OpenFileAsync(fixture.Objects, merged, new(), CancellationToken.None);
            for (var i = 0; i < file.RowGroups.Length; i++) file.Footer.Sections.Keys.ShouldContain(RowGroupPatterns.SectionOf(i));
            var found = await PatternsAsync(fixture, "", 0, long.MaxValue);
            found.Rows.ShouldBe(0);
            found.Found.ShouldBe(new Dictionary<string, long> { ["unknown order <_> accepted"] = 80_000 });
        }
    }

    [Fact]
    public async Task Where_kept_patterns_are_damaged_the_lines_are_read_and_the_answer_says_so()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        await fixture.AppendAsync([.. Enumerable.Range(0, 200).Select(i => new Line("app=a1", fixture.Now - (i * Second), $"order {i} accepted"))]);
        await fixture.FlushAsync();
        await MergeAsync(fixture, MergeRun.Blocks(fixture.Catalog, Signal.Logs));
        var merged = MergeRun.Blocks(fixture.Catalog, Signal.Logs).ShouldHaveSingleItem();
        var (file, _) = await LogBlock.OpenFileAsync(fixture.Objects, merged, new(), CancellationToken.None);
        var path = Path.Combine(fixture.ObjectRoot, merged.ObjectKey);
        var bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        bytes[file.Footer.Sections[RowGroupPatterns.SectionOf(0)].Offset + 5] ^= 0x55;
        await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);

        var statistics = new ScanStatistics();
        var lookup = new PatternLookup(TenantId.Default, [], 0, long.MaxValue, 60 * Second);
        var found = await fixture.Store.PatternsAsync(lookup, statistics, CancellationToken.None);
        found.ShouldHaveSingleItem().Samples.Sum(s => s.Count).ShouldBe(200);
        statistics.RowsRead.ShouldBe(200);
        statistics.Warnings.ShouldHaveSingleItem().ShouldStartWith("patterns kept with a block are damaged and were looked for in its lines: ");
    }

    private static async Task CheckAsync(LogStoreFixture fixture, HashSet<Line> model, Random random, long origin, string where)
    {
        var step = new[] { 10, 20, 35, 60, 90, 120, 3600 }[random.Next(7)] * Second;
        var (min, max) = random.Next(2) == 0
            ? (0, long.MaxValue)
            : (origin + random.NextInt64(900 * Second), origin + random.NextInt64(900 * Second, 2000 * Second));
        for (var app = 0; app < 3; app++)
        {
            var expected = model
                .Where(l => l.Stream == $"app=a{app}" && Start(l.Time) + (10 * Second) > min && Start(l.Time) < max)
                .GroupBy(l => (Start(l.Time) / step * step, l.Level)).ToDictionary(g => g.Key, g => (long)g.Count());
            var lookup = new PatternLookup(TenantId.Default, [LabelMatcher.Create("app", MatchOp.Equal, $"a{app}")], min, max, step);
            var found = await fixture.Store.PatternsAsync(lookup, new ScanStatistics(), CancellationToken.None);
            var counts = found.SelectMany(p => p.Samples.Select(s => (Key: (s.StartUnixNanos, Enum.Parse<LogLevel>(p.Level, ignoreCase: true)), s.Count)))
                .GroupBy(s => s.Key).ToDictionary(g => g.Key, g => g.Sum(s => s.Count));
            counts.ShouldBe(expected, ignoreOrder: true, $"{where} step {step / Second} app {app}");
        }

        static long Start(long time) => time / (10 * Second) * (10 * Second);
    }

    private static async Task MergeAsync(LogStoreFixture fixture, IReadOnlyList<BlockMeta> blocks, RowDeletion? deletion = null) =>
        await MergeRun.RunAsync(
            new LogBlockMerger(), fixture.Catalog, MergeRun.Job(fixture.Catalog, fixture.Objects, blocks, deletions: deletion is null ? null : [deletion]));

    private static async Task<(Dictionary<string, long> Found, long Rows)> PatternsAsync(LogStoreFixture fixture, string app, long min, long max)
    {
        var matchers = app.Length == 0 ? [] : new[] { LabelMatcher.Create("app", MatchOp.Equal, app) };
        var statistics = new ScanStatistics();
        var found = await fixture.Store.PatternsAsync(new PatternLookup(TenantId.Default, matchers, min, max, 10 * Second), statistics, CancellationToken.None);
        return (found.ToDictionary(p => $"{p.Level} {p.Text}", p => p.Samples.Sum(s => s.Count)), statistics.RowsRead);
    }

    private static Line RandomLine(Random random, long origin) => new(
        $"app=a{random.Next(3)}", origin + random.NextInt64(1900 * Second),
        string.Format(System.Globalization.CultureInfo.InvariantCulture, s_texts[random.Next(s_texts.Length)], random.Next(50), s_names[random.Next(3)]),
        random.Next(4) == 0 ? "user=u" : "", (LogLevel)random.Next(1, 4));
}
