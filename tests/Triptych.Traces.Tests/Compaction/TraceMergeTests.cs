using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Model;
using Triptych.Model.Attributes;
using Triptych.Model.Labels;
using Triptych.Primitives.Memory;
using Triptych.Storage.Catalog;
using Triptych.Storage.Compaction;
using Triptych.Storage.ObjectStore;
using Triptych.Testing;
using Triptych.Traces.Block;
using Triptych.Traces.Compaction;

namespace Triptych.Traces.Tests.Compaction;

public class TraceMergeTests
{
    private const long Second = 1_000_000_000;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, MergeRun.Seeds)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Scans_answer_the_same_after_merges_of_any_runs_in_any_order(int seed)
    {
        var random = new Random(seed);
        await using var fixture = await StoreFixture.OpenAsync();
        var spans = await FillAsync(fixture, random, blocks: random.Next(2, 8), repeats: false);
        var requests = Enumerable.Range(0, 8).Select(_ => Question(random)).ToList();
        var before = await AnswersAsync(fixture, requests);
        for (var round = 0; round < 3; round++)
        {
            foreach (var run in MergeRun.Runs(MergeRun.Blocks(fixture.Catalog, Signal.Traces), random))
            {
                await MergeAsync(fixture, run, random.Next(2) == 0 ? 600 * Second : 86_400 * Second, random.Next(2) == 0 ? 1 : long.MaxValue);
            }

            (await AnswersAsync(fixture, requests)).ShouldBe(before, $"seed {seed} round {round}");
        }

        await MergeAsync(fixture, MergeRun.Blocks(fixture.Catalog, Signal.Traces), long.MaxValue / 4, long.MaxValue);
        await CheckTreesAsync(fixture, spans);
        (await AnswersAsync(fixture, requests)).ShouldBe(before, $"seed {seed}");
    }

    [Fact]
    public async Task The_store_answers_the_same_after_compaction()
    {
        var random = new Random(11);
        await using var fixture = await StoreFixture.OpenAsync();
        var spans = await FillAsync(fixture, random, blocks: 12, repeats: false);
        var flushed = fixture.Blocks.Count;
        var requests = Enumerable.Range(0, 20).Select(_ => Question(random)).ToList();
        var before = await AnswersAsync(fixture, requests);
        var events = await MergeRun.CompactAsync(fixture.Services, "/d", new TraceBlockMerger());
        events.Lines.ShouldAllBe(l => l.StartsWith("merged Traces ", StringComparison.Ordinal));
        fixture.Blocks.Count.ShouldBeLessThan(flushed / 2);
        (await AnswersAsync(fixture, requests)).ShouldBe(before);
        await CheckTreesAsync(fixture, spans);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task A_span_that_several_blocks_have_comes_once(int seed)
    {
        var random = new Random(500 + seed);
        await using var fixture = await StoreFixture.OpenAsync();
        var spans = await FillAsync(fixture, random, blocks: 4, repeats: true);
        await MergeAsync(fixture, MergeRun.Blocks(fixture.Catalog, Signal.Traces), long.MaxValue / 4, long.MaxValue);

        // The first to be acknowledged stays.
        var expected = spans.DistinctBy(s => (s.Trace, s.Id, s.Kind)).Select(StoreFixture.Expected).Order(StringComparer.Ordinal);
        string.Join('\n', await fixture.SortedAsync(StoreFixture.Request())).ShouldBe(string.Join('\n', expected), $"seed {seed}");
        await CheckTreesAsync(fixture, spans);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Deletions_take_out_what_they_name_and_count_it(int seed)
    {
        var random = new Random(1000 + seed);
        await using var fixture = await StoreFixture.OpenAsync();
        var spans = await FillAsync(fixture, random, blocks: 3, repeats: false);
        var (min, max) = (spans.Min(s => s.StartUnixNanos) + (600 * Second), spans.Max(s => s.StartUnixNanos) - (600 * Second));
        RowDeletion[] deletions =
        [
            new(min, max, [LabelMatcher.Create("service.name", MatchOp.Equal, "service-1")], null),
            new(min, long.MaxValue, [LabelMatcher.Create("service.name", MatchOp.Regex, "service-[23]")],
                new RowPredicate.Compare(SpanColumns.StatusCode, CompareOp.Equal, AttributeValue.Int(2))),
            new(long.MinValue, max, [], new RowPredicate.Compare(SpanColumns.SpanAttribute("n"), CompareOp.Less, AttributeValue.Int(5))),
        ];
        var kept = spans.Where(s => !(
            (s.Service == "service-1" && s.StartUnixNanos >= min && s.StartUnixNanos <= max)
            || (s.Service is "service-2" or "service-3" && s.Status == 2 && s.StartUnixNanos >= min)
            || (AttributeReader.TryFind(s.Attributes, "n"u8, out var n) && n.Bits < 5 && s.StartUnixNanos <= max))).ToList();
        var job = MergeRun.Job(fixture.Catalog, fixture.Objects, fixture.Blocks, deletions: deletions);
        await MergeRun.RunAsync(new TraceBlockMerger(), fixture.Catalog, job);
        var expected = kept.Select(StoreFixture.Expected).Order(StringComparer.Ordinal);
        string.Join('\n', await fixture.SortedAsync(StoreFixture.Request())).ShouldBe(string.Join('\n', expected), $"seed {seed}");
        job.RowsDeleted.ShouldBe(spans.Count - kept.Count);
        kept.Count.ShouldBeInRange(1, spans.Count - 1);
    }

    [Fact]
    public async Task A_trace_lies_where_its_first_span_starts()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        var window = 600 * Second;
        var edge = (StoreFixture.NowUnixNanos / window * window) - window;
        await fixture.AppendAsync([new TestSpan(1, 2, 1) { StartUnixNanos = edge + 5 }]);
        await fixture.FlushAsync();
        await fixture.AppendAsync([new TestSpan(1, 1) { StartUnixNanos = edge - 5 }, new TestSpan(2, 1) { StartUnixNanos = edge + 1 }]);
        await fixture.FlushAsync();
        await MergeRun.RunAsync(new TraceBlockMerger(), fixture.Catalog, MergeRun.Job(fixture.Catalog, fixture.Objects, fixture.Blocks, window));
        fixture.Blocks.OrderBy(b => b.MinTime).Select(b => (b.MinTime, b.MaxTime, b.Rows)).ShouldBe([(edge - 5, edge + 5, 2), (edge + 1, edge + 1, 1)]);
    }

    [Fact]
    public async Task Row_groups_that_are_alone_in_their_time_are_copied_and_others_assembled()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        var now = StoreFixture.NowUnixNanos - (3000 * Second);
        var spans = new List<TestSpan>();
        for (var block = 0; block < 3; block++)
        {
            // The second block's first trace goes on in the third.
            var own = Enumerable.Range(1, 34_000).Select(i => new TestSpan((block * 100_000) + (i / 2), 1 + (i % 2), i % 2)
            {
                StartUnixNanos = now + (block * 100 * Second) + i,
                Service = $"s{(block + i) % 3}",
                Attributes = TestSpan.Set(("i", (long)i)),
            }).ToList();
            if (block == 2) own.Add(new TestSpan(100_001, 9, 1) { StartUnixNanos = now + (200 * Second) });
            spans.AddRange(own);
            await fixture.AppendAsync(own);
            await fixture.FlushAsync();
        }

        var inputs = MergeRun.Blocks(fixture.Catalog, Signal.Traces);
        var job = MergeRun.Job(fixture.Catalog, fixture.Objects, inputs);
        var output = (await MergeRun.RunAsync(new TraceBlockMerger(), fixture.Catalog, job)).ShouldHaveSingleItem();
        (await fixture.SortedAsync(StoreFixture.Request())).ShouldBe(spans.Select(StoreFixture.Expected).Order(StringComparer.Ordinal));
        var merged = await TraceBlock.OpenAsync(fixture.Objects, output, CancellationToken.None);
        var first = await TraceBlock.OpenAsync(fixture.Objects, inputs[0], CancellationToken.None);
        var column = first.File.Schema.Column("span.i").Index;
        var (from, to) = (first.File.RowGroups[0].Info.Columns[column], merged.File.RowGroups[0].Info.Columns[column]);
        var (bytes, copied) = (new byte[from.CompressedBytes], new byte[to.CompressedBytes]);
        await fixture.Objects.GetRangeAsync(inputs[0].ObjectKey, from.StartOffset, bytes, CancellationToken.None);
        await fixture.Objects.GetRangeAsync(output.ObjectKey, to.StartOffset, copied, CancellationToken.None);
        copied.ShouldBe(bytes);
        await CheckTreesAsync(fixture, spans);
    }

    [Fact]
    public async Task A_merge_stays_within_its_memory_whatever_the_inputs()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        var random = new Random(1);
        var spans = new List<TestSpan>();
        for (var block = 0; block < 4; block++)
        {
            var own = TestSpans.Make(6000, block, StoreFixture.NowUnixNanos).Select(s => s with
            {
                Trace = s.Trace + (block * 4000),
                Attributes = TestSpan.Set(("text", Convert.ToHexString(RandomBytes(random, 320)))),
            }).ToList();
            spans.AddRange(own);
            await fixture.AppendAsync(own);
            await fixture.FlushAsync();
        }

        var budget = new MemoryBudget("test", 8 * 1024 * 1024);
        var job = MergeRun.Job(fixture.Catalog, fixture.Objects, fixture.Blocks, memory: budget);
        var outputs = await new TraceBlockMerger().MergeAsync(job, CancellationToken.None);
        budget.Peak.ShouldBeInRange(budget.Limit / 8, budget.Limit);
        budget.Used.ShouldBe(0);
        outputs.Sum(b => b.SizeBytes).ShouldBeGreaterThan(budget.Limit);
        await fixture.Catalog.CommitAsync(new() { Add = outputs, Remove = [.. job.Inputs.Select(b => b.Id)] }, null, CancellationToken.None);
        var expected = spans.DistinctBy(s => (s.Trace, s.Id, s.Kind)).Select(StoreFixture.Expected).Order(StringComparer.Ordinal);
        (await fixture.SortedAsync(StoreFixture.Request())).ShouldBe(expected);
    }

    [Fact]
    public async Task A_damaged_input_is_named_and_leaves_nothing_behind()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        await FillAsync(fixture, new Random(3), blocks: 2, repeats: true);
        var inputs = MergeRun.Blocks(fixture.Catalog, Signal.Traces);
        var failed = await MergeRun.AlterAsync(
            $"/d/objects/{inputs[1].ObjectKey}", inputs[1].ObjectKey, fixture.Disk.Read, fixture.Disk.Put, async () =>
            {
                var budget = new MemoryBudget("test", MergeJob.DefaultMemoryBytes);
                try
                {
                    // A store of its own: one that has the file open goes on to read the bytes that it opened.
                    using var objects = new LocalObjectStore(fixture.Disk, "/d/objects");
                    var job = MergeRun.Job(fixture.Catalog, objects, fixture.Blocks, memory: budget);
                    var outputs = await new TraceBlockMerger().MergeAsync(job, CancellationToken.None);
                    var bytes = outputs.Select(o => fixture.Disk.Read($"/d/objects/{o.ObjectKey}")).ToList();
                    foreach (var output in outputs) await fixture.Objects.DeleteAsync(output.ObjectKey, CancellationToken.None);
                    return bytes;
                }
                finally
                {
                    budget.Used.ShouldBe(0);
                    fixture.Disk.List("/d/objects").Count.ShouldBe(2);
                }
            });
        failed.ShouldBeGreaterThan(30);
    }

    private static async Task MergeAsync(StoreFixture fixture, IReadOnlyList<BlockMeta> run, long window, long target)
    {
        var job = MergeRun.Job(fixture.Catalog, fixture.Objects, run, window, target);
        var outputs = await MergeRun.RunAsync(new TraceBlockMerger(), fixture.Catalog, job);
        outputs.Sum(o => o.Rows).ShouldBeInRange(1, run.Sum(b => b.Rows));
    }

    /// <summary>Flushes among which traces are spread, some spans of them sent again with another name.</summary>
    private static async Task<List<TestSpan>> FillAsync(StoreFixture fixture, Random random, int blocks, bool repeats)
    {
        var all = TestSpans.Make(random.Next(100, 500), random.Next(), StoreFixture.NowUnixNanos).OrderBy(s => s.StartUnixNanos).ToList();
        var sent = new List<TestSpan>();
        for (var block = 0; block < blocks; block++)
        {
            var from = all.Count * block / blocks;
            var own = all[from..(all.Count * (block + 1) / blocks)];

            // Some come late.
            if (block + 1 < blocks)
            {
                var late = own.Where(_ => random.Next(8) == 0).ToList();
                own = [.. own.Except(late)];
                all.InsertRange(all.Count * (block + 1) / blocks, late);
                all.RemoveRange(from, late.Count);
            }

            if (repeats) own.AddRange(sent.Where(_ => random.Next(10) == 0).Select(s => s with { Name = "again" }).ToList());
            sent.AddRange(own);
            await fixture.AppendAsync(own);
            await fixture.FlushAsync();
        }

        return sent;
    }

    private static RowScanRequest Question(Random random)
    {
        var request = StoreFixture.Request(random.Next(3) switch
        {
            0 => null,
            1 => new RowPredicate.Compare(SpanColumns.ServiceName, CompareOp.Equal, AttributeValue.String($"service-{random.Next(5)}")),
            _ => new RowPredicate.IdIn(SpanColumns.TraceId, new HashSet<ReadOnlyMemory<byte>>(
                Enumerable.Range(0, 5).Select(_ => (ReadOnlyMemory<byte>)TestSpan.TraceIdOf(random.Next(1, 80))), BytesComparer.Instance)),
        });
        return request with { MinTimeUnixNanos = StoreFixture.NowUnixNanos - (random.NextInt64(3600) * Second), MaxTimeUnixNanos = long.MaxValue };
    }

    private static async Task<string> AnswersAsync(StoreFixture fixture, IEnumerable<RowScanRequest> requests)
    {
        var answers = new List<string>();
        foreach (var request in requests)
        {
            answers.Add(string.Join('\n', await fixture.SortedAsync(request)));
            var ordered = await fixture.ScanAsync(request with { Order = RowOrder.TimeAscending, Projection = [SpanColumns.StartUnixNanos] });
            answers.Add(string.Join('\n', ordered));
        }

        return string.Join("\n--\n", answers);
    }

    /// <summary>That each trace lies in one row group of a block, and that its numbers are those of its tree.</summary>
    private static async Task CheckTreesAsync(StoreFixture fixture, List<TestSpan> spans)
    {
        var met = new HashSet<string>(StringComparer.Ordinal);
        var total = 0;
        foreach (var meta in fixture.Blocks)
        {
            var block = await TraceBlock.OpenAsync(fixture.Objects, meta, CancellationToken.None);
            foreach (var group in block.File.RowGroups)
            {
                using var ids = await group.ReadColumnAsync(group.Find(TraceBlockSchema.TraceId));
                using var spanIds = await group.ReadColumnAsync(group.Find(TraceBlockSchema.SpanId));
                using var parents = await group.ReadColumnAsync(group.Find(TraceBlockSchema.ParentSpanId));
                using var rows = await group.ReadColumnAsync(group.Find(TraceBlockSchema.ParentRow));
                using var lefts = await group.ReadColumnAsync(group.Find(TraceBlockSchema.NestedLeft));
                using var rights = await group.ReadColumnAsync(group.Find(TraceBlockSchema.NestedRight));
                for (var row = 0; row < ids.RowCount; row++)
                {
                    total++;
                    var isNew = row == 0 || !ids.Bytes(row).SequenceEqual(ids.Bytes(row - 1));
                    if (isNew) met.Add(Convert.ToHexString(ids.Bytes(row))).ShouldBeTrue("a trace lies in two places");
                    if (isNew && row > 0) ids.Bytes(row).SequenceCompareTo(ids.Bytes(row - 1)).ShouldBeGreaterThan(0);
                    var parent = rows.Int32s[row];
                    if (parent < 0) continue;
                    ids.Bytes(parent).SequenceEqual(ids.Bytes(row)).ShouldBeTrue();
                    spanIds.Bytes(parent).SequenceEqual(parents.Bytes(row)).ShouldBeTrue();
                    (lefts.Int32s[parent] < lefts.Int32s[row] && rights.Int32s[row] < rights.Int32s[parent]).ShouldBeTrue();
                }
            }
        }

        total.ShouldBe(spans.Select(s => (s.Trace, s.Id, s.Kind)).Distinct().Count());
        met.Count.ShouldBe(spans.Select(s => s.Trace).Distinct().Count());
    }

    private static byte[] RandomBytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
