using System.Text;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Logs.Block;
using Triptych.Logs.Compaction;
using Triptych.Model;
using Triptych.Model.Attributes;
using Triptych.Model.Labels;
using Triptych.Model.Logs;
using Triptych.Primitives.Memory;
using Triptych.Storage.Catalog;
using Triptych.Storage.Index;
using Triptych.Storage.Compaction;
using Triptych.Testing;

namespace Triptych.Logs.Tests.Compaction;

public class LogMergeTests
{
    private const long Second = 1_000_000_000;

    private static readonly TenantId Other = new("other");

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, MergeRun.Seeds)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Scans_answer_the_same_after_merges_of_any_runs_in_any_order(int seed)
    {
        var random = new Random(seed);
        await using var fixture = await LogStoreFixture.OpenAsync();
        var origin = fixture.Now - (3_600 * Second);
        await FillAsync(fixture, random, origin, blocks: random.Next(2, 9));
        var questions = Questions(random, origin);
        var before = await AnswersAsync(fixture, questions);
        for (var round = 0; round < 3; round++)
        {
            foreach (var tenant in new[] { TenantId.Default, Other })
            {
                foreach (var run in MergeRun.Runs(MergeRun.Blocks(fixture.Catalog, Signal.Logs, tenant), random))
                {
                    await MergeAsync(fixture, run, random.Next(2) == 0 ? 10 * Second : 1000 * Second, random.Next(2) == 0 ? 1 : 1 << 20);
                }
            }

            (await AnswersAsync(fixture, questions)).ShouldBe(before, $"seed {seed} round {round}");
        }
    }

    [Fact]
    public async Task The_store_answers_the_same_after_compaction_and_a_restart()
    {
        var random = new Random(11);
        await using var fixture = await LogStoreFixture.OpenAsync();
        var origin = fixture.Now - (3_600 * Second);
        await FillAsync(fixture, random, origin, blocks: 12);
        var flushed = MergeRun.Blocks(fixture.Catalog, Signal.Logs).Count;
        var questions = Questions(random, origin);
        var before = await AnswersAsync(fixture, questions);
        var events = await MergeRun.CompactAsync(fixture.Services, fixture.Root, new LogBlockMerger());
        events.Lines.ShouldAllBe(l => l.StartsWith("merged Logs ", StringComparison.Ordinal));
        MergeRun.Blocks(fixture.Catalog, Signal.Logs).Count.ShouldBeLessThan(flushed / 2);
        (await AnswersAsync(fixture, questions)).ShouldBe(before);
        await fixture.RestartAsync();
        (await AnswersAsync(fixture, questions)).ShouldBe(before);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Deletions_take_out_what_they_name_and_count_it(int seed)
    {
        var random = new Random(1000 + seed);
        await using var fixture = await LogStoreFixture.OpenAsync();
        var origin = fixture.Now - (3_600 * Second);
        await FillAsync(fixture, random, origin, blocks: 4);
        var all = await fixture.ScanAsync();
        var (min, max) = (origin + (random.Next(20) * Second), origin + (random.Next(20, 60) * Second));
        var app = random.Next(3);
        RowDeletion[] deletions =
        [
            new(
                min, max, [LabelMatcher.Create("app", MatchOp.Equal, $"{app}")],
                new RowPredicate.Contains(LogColumns.Line, "7"u8.ToArray())),
            new(min, max, [LabelMatcher.Create("host", MatchOp.Regex, "[12]")], new RowPredicate.And(
            [
                new RowPredicate.Exists(LogColumns.MetadataValue("user")),
                new RowPredicate.Compare(LogColumns.Level, CompareOp.Equal, AttributeValue.String("error")),
            ])),
            new(long.MinValue, min, [LabelMatcher.Create("app", MatchOp.NotEqual, $"{app}")], null),
        ];
        var kept = all.Where(l => !deletions.Any(d => IsDeleted(l, d))).ToList();
        var job = MergeRun.Job(fixture.Catalog, fixture.Objects, MergeRun.Blocks(fixture.Catalog, Signal.Logs), 20 * Second, deletions: deletions);
        await MergeRun.RunAsync(new LogBlockMerger(), fixture.Catalog, job);
        Sorted(await fixture.ScanAsync()).ShouldBe(Sorted(kept), $"seed {seed}");
        job.RowsDeleted.ShouldBe(all.Count - kept.Count);
        kept.Count.ShouldBeLessThan(all.Count);
    }

    [Fact]
    public async Task Nothing_is_written_when_all_is_deleted()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        await fixture.AppendAsync(new Line("a=1", fixture.Now, "x"), new Line("a=2", fixture.Now, "y"));
        await fixture.FlushAsync();
        var job = Job(fixture, deletions: [new(long.MinValue, long.MaxValue, [], null)]);
        (await MergeRun.RunAsync(new LogBlockMerger(), fixture.Catalog, job)).ShouldBeEmpty();
        job.RowsDeleted.ShouldBe(2);
        (await fixture.ScanAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Many_small_flushes_become_one_sorted_slice()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        for (var block = 0; block < 12; block++)
        {
            Line[] lines = [.. Enumerable.Range(0, 200).Select(i => new Line($"app={i % 3}", fixture.Now + (block * Second) + i, $"{block} {i}"))];
            await fixture.AppendAsync(lines);
            await fixture.FlushAsync();
        }

        var output = (await MergeRun.RunAsync(new LogBlockMerger(), fixture.Catalog, Job(fixture))).ShouldHaveSingleItem();
        var block0 = await LogBlock.OpenAsync(fixture.Objects, output, CancellationToken.None);
        var group = block0.File.RowGroups.ShouldHaveSingleItem();
        group.RowCount.ShouldBe(2400);
        using var times = await group.ReadColumnAsync(group.Find(LogBlockSchema.Time));
        using var streams = await group.ReadColumnAsync(group.Find(LogBlockSchema.Stream));
        for (var i = 1; i < 2400; i++)
        {
            var order = LogStoreFixture.LabelText(block0.Streams.KeyOf(streams.Int32s[i - 1], new LabelKey()))
                .CompareTo(LogStoreFixture.LabelText(block0.Streams.KeyOf(streams.Int32s[i], new LabelKey())), StringComparison.Ordinal);
            (order < 0 || (order == 0 && times.Int64s[i - 1] <= times.Int64s[i])).ShouldBeTrue();
        }

        output.Rows.ShouldBe(2400);
        (output.MinTime, output.MaxTime).ShouldBe((fixture.Now, fixture.Now + (11 * Second) + 199));
    }

    [Fact]
    public async Task Row_groups_that_are_alone_in_their_time_are_copied_page_by_page()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        for (var block = 0; block < 2; block++)
        {
            for (var part = 0; part < 8; part++)
            {
                var (at, n) = (fixture.Now + (block * 100 * Second), part * 5000);
                await fixture.AppendAsync([.. Enumerable.Range(n, 5000).Select(i =>
                    new Line($"block={block},app={i % 7}", at + i, $"line {i} {i * 7919 % 1000}"))]);
            }

            await fixture.FlushAsync();
        }

        var before = Sorted(await fixture.ScanAsync());
        var inputs = MergeRun.Blocks(fixture.Catalog, Signal.Logs);
        var output = (await MergeRun.RunAsync(new LogBlockMerger(), fixture.Catalog, Job(fixture))).ShouldHaveSingleItem();
        Sorted(await fixture.ScanAsync()).ShouldBe(before);
        var merged = await LogBlock.OpenAsync(fixture.Objects, output, CancellationToken.None);
        merged.File.RowGroups.Length.ShouldBe(2);
        var line = merged.File.Schema.Column(LogBlockSchema.Line).Index;
        for (var i = 0; i < 2; i++)
        {
            var input = await LogBlock.OpenAsync(fixture.Objects, inputs[i], CancellationToken.None);
            var (from, to) = (input.File.RowGroups[0].Info.Columns[line], merged.File.RowGroups[i].Info.Columns[line]);
            to.CompressedBytes.ShouldBe(from.CompressedBytes);
            (await BytesAsync(fixture, output, to)).ShouldBe(await BytesAsync(fixture, inputs[i], from));
        }
    }

    [Fact]
    public async Task A_merge_stays_within_its_memory_whatever_the_inputs()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        var random = new Random(7);
        for (var block = 0; block < 6; block++)
        {
            // All blocks lie over each other, and lines are long and unlike each other.
            for (var part = 0; part < 4; part++)
            {
                await fixture.AppendAsync([.. Enumerable.Range(0, 2500).Select(_ => new Line(
                    $"app={random.Next(50)}", fixture.Now - random.NextInt64(1000 * Second), RandomText(random, 600), $"user={random.Next(1000)}"))]);
            }

            await fixture.FlushAsync();
        }

        var before = Sorted(await fixture.ScanAsync());
        var budget = new MemoryBudget("test", 8 * 1024 * 1024);
        var job = Job(fixture, memory: budget);
        var outputs = await new LogBlockMerger().MergeAsync(job, CancellationToken.None);
        outputs.Sum(b => b.SizeBytes).ShouldBeGreaterThan(3 * budget.Limit);
        budget.Peak.ShouldBeInRange(budget.Limit / 8, budget.Limit);
        budget.Used.ShouldBe(0);
        await fixture.Catalog.CommitAsync(new() { Add = outputs, Remove = [.. job.Inputs.Select(b => b.Id)] }, null, CancellationToken.None);
        Sorted(await fixture.ScanAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task A_damaged_input_is_named_and_leaves_nothing_behind()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        await FillAsync(fixture, new Random(3), fixture.Now - (3_600 * Second), blocks: 2);
        var inputs = MergeRun.Blocks(fixture.Catalog, Signal.Logs);
        var files = Directory.GetFiles(fixture.ObjectRoot, "*", SearchOption.AllDirectories);
        var failed = await MergeRun.AlterAsync(
            Path.Combine(fixture.ObjectRoot, inputs[1].ObjectKey), inputs[1].ObjectKey, File.ReadAllBytes, File.WriteAllBytes, async () =>
            {
                var budget = new MemoryBudget("test", MergeJob.DefaultMemoryBytes);
                try
                {
                    var outputs = await new LogBlockMerger().MergeAsync(Job(fixture, memory: budget), CancellationToken.None);
                    var bytes = outputs.Select(o => File.ReadAllBytes(Path.Combine(fixture.ObjectRoot, o.ObjectKey))).ToList();
                    foreach (var output in outputs) await fixture.Objects.DeleteAsync(output.ObjectKey, CancellationToken.None);
                    return bytes;
                }
                finally
                {
                    budget.Used.ShouldBe(0);
                    Directory.GetFiles(fixture.ObjectRoot, "*", SearchOption.AllDirectories).ShouldBe(files, ignoreOrder: true);
                }
            });
        failed.ShouldBeGreaterThan(30);
    }

    [Fact]
    public async Task A_merge_ends_when_it_is_cancelled()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        await fixture.AppendAsync(new Line("a=1", fixture.Now, "x"));
        await fixture.FlushAsync();
        await Should.ThrowAsync<OperationCanceledException>(
            async () => await new LogBlockMerger().MergeAsync(Job(fixture), new CancellationToken(canceled: true)));
    }

    private static MergeJob Job(LogStoreFixture fixture, IReadOnlyList<RowDeletion>? deletions = null, MemoryBudget? memory = null) =>
        MergeRun.Job(fixture.Catalog, fixture.Objects, MergeRun.Blocks(fixture.Catalog, Signal.Logs), deletions: deletions, memory: memory);

    private static async Task MergeAsync(LogStoreFixture fixture, IReadOnlyList<BlockMeta> run, long window, long target)
    {
        var job = MergeRun.Job(fixture.Catalog, fixture.Objects, run, window, target);
        foreach (var output in await MergeRun.RunAsync(new LogBlockMerger(), fixture.Catalog, job))
        {
            job.WindowOf(output.MinTime).ShouldBe(job.WindowOf(output.MaxTime));
            output.SizeBytes.ShouldBe(new FileInfo(Path.Combine(fixture.ObjectRoot, output.ObjectKey)).Length);
            (output.FirstSegment, output.LastSegment).ShouldBe((run.Min(b => b.FirstSegment), run.Max(b => b.LastSegment)));
        }
    }

    /// <summary>Flushes that overlap, are out of order and repeat records of each other.</summary>
    private static async Task FillAsync(LogStoreFixture fixture, Random random, long origin, int blocks)
    {
        var sent = new List<Line>();
        for (var block = 0; block < blocks; block++)
        {
            for (var batch = random.Next(1, 4); batch > 0; batch--)
            {
                var center = random.Next(60);
                var lines = Enumerable.Range(0, random.Next(1, 150)).Select(_ => RandomLine(random, origin, center)).ToList();
                for (var again = random.Next(30); again > 0 && sent.Count > 0; again--) lines.Add(sent[random.Next(sent.Count)]);
                sent.AddRange(lines);
                await fixture.AppendAsync(lines, TenantId.Default);
                if (random.Next(3) == 0) await fixture.AppendAsync(lines.Take(20), Other);
            }

            await fixture.FlushAsync();
        }
    }

    private static Line RandomLine(Random random, long origin, int center) => new(
        $"app={random.Next(3)},host={random.Next(3)}",
        origin + ((center + random.Next(-5, 6)) * Second) + (random.Next(3) == 0 ? random.Next(5) : 0),
        $"line {random.Next(10)} {new string('x', random.Next(3))}",
        random.Next(3) switch { 0 => $"user={random.Next(3)}", 1 => $"trace_id=t{random.Next(3)},user=1", _ => "" },
        LogLevel.Error);

    private static string RandomText(Random random, int length) => string.Create(length, random, static (span, r) =>
    {
        for (var i = 0; i < span.Length; i++) span[i] = (char)r.Next(33, 126);
    });

    private static bool IsDeleted(Line line, RowDeletion deletion)
    {
        if (line.Time < deletion.MinTime || line.Time > deletion.MaxTime) return false;
        if (!DeletionMatch.Holds(deletion.Matchers, LogStoreFixture.Labels(line.Stream))) return false;
        return deletion.Predicate switch
        {
            null => true,
            RowPredicate.Contains contains => line.Text.Contains(Encoding.UTF8.GetString(contains.Needle.Span), StringComparison.Ordinal),
            _ => line.Metadata.Contains("user=", StringComparison.Ordinal),
        };
    }

    private static List<Func<LogStoreFixture, Task<List<Line>>>> Questions(Random random, long origin)
    {
        var questions = new List<Func<LogStoreFixture, Task<List<Line>>>>();
        for (var i = 0; i < 12; i++)
        {
            var (min, max) = (origin + (random.Next(-5, 60) * Second), origin + (random.Next(70) * Second) + random.Next(2));
            var order = (RowOrder)random.Next(3);
            RowPredicate? predicate = random.Next(2) == 0 ? null : new RowPredicate.Contains(LogColumns.Line, Encoding.UTF8.GetBytes($"{random.Next(10)}"));
            LabelMatcher[] matchers = random.Next(2) == 0 ? [] : [LabelMatcher.Create("app", MatchOp.Equal, $"{random.Next(3)}")];
            var tenant = random.Next(4) == 0 ? Other : TenantId.Default;
            questions.Add(async fixture =>
            {
                var lines = await fixture.ScanAsync(order, min, max, predicate: predicate, matchers: matchers, tenant: tenant);
                return order == RowOrder.Any ? Sorted(lines) : lines;
            });
        }

        questions.Add(fixture => fixture.ScanAsync());
        return questions;
    }

    /// <summary>Answers as text. Rows of one stream keep their order, those of different streams at one time may change places.</summary>
    private static async Task<string> AnswersAsync(LogStoreFixture fixture, IEnumerable<Func<LogStoreFixture, Task<List<Line>>>> questions)
    {
        var text = new StringBuilder();
        foreach (var question in questions)
        {
            var lines = await question(fixture);
            foreach (var stream in lines.GroupBy(l => l.Stream, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal))
            {
                foreach (var line in stream) text.Append(line).Append('\n');
            }

            text.Append("--\n");
        }

        return text.ToString();
    }

    private static List<Line> Sorted(IEnumerable<Line> lines) =>
        [.. lines.OrderBy(l => l.Time).ThenBy(l => l.Stream, StringComparer.Ordinal)
            .ThenBy(l => l.Text, StringComparer.Ordinal).ThenBy(l => l.Metadata, StringComparer.Ordinal)];

    private static async Task<byte[]> BytesAsync(LogStoreFixture fixture, BlockMeta block, ColumnChunkInfo chunk)
    {
        var bytes = new byte[chunk.CompressedBytes];
        await fixture.Objects.GetRangeAsync(block.ObjectKey, chunk.StartOffset, bytes, CancellationToken.None);
        return bytes;
    }
}
