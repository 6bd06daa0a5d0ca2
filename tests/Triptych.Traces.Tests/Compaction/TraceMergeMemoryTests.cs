using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Model.Attributes;
using Triptych.Model.Labels;
using Triptych.Primitives.Memory;
using Triptych.Storage.Compaction;
using Triptych.Testing;
using Triptych.Traces.Block;
using Triptych.Traces.Compaction;

namespace Triptych.Traces.Tests.Compaction;

public class TraceMergeMemoryTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public async Task A_deletion_rewrites_a_block_of_many_times_its_memory()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        var random = new Random(1);
        var now = StoreFixture.NowUnixNanos;
        var spans = new List<TestSpan>();
        for (var part = 0; part < 6; part++)
        {
            var own = TestSpans.Make(5000, part, now).Select(s => s with
            {
                Trace = s.Trace + (part * 4000),
                Attributes = TestSpan.Set(("text", Convert.ToHexString(RandomBytes(random, 600))), ("n", (long)random.Next(20))),
            }).DistinctBy(s => (s.Trace, s.Id, s.Kind)).ToList();
            spans.AddRange(own);
            await fixture.AppendAsync(own);
        }

        await fixture.FlushAsync();
        var block = fixture.Blocks.ShouldHaveSingleItem();
        var memory = new MemoryBudget("merge", 5 * 1024 * 1024);
        block.SizeBytes.ShouldBeGreaterThan(3 * memory.Limit);
        RowDeletion[] deletions =
        [
            new(long.MinValue, long.MaxValue, [LabelMatcher.Create("service.name", MatchOp.Equal, "service-1")], null),
            new(long.MinValue, long.MaxValue, [], new RowPredicate.Compare(SpanColumns.SpanAttribute("n"), CompareOp.Less, AttributeValue.Int(5))),
        ];
        var kept = spans.Where(s => s.Service != "service-1" && !(AttributeReader.TryFind(s.Attributes, "n"u8, out var n) && n.Bits < 5)).ToList();
        var job = MergeRun.Job(fixture.Catalog, fixture.Objects, [block], deletions: deletions, memory: memory);
        await MergeRun.RunAsync(new TraceBlockMerger(), fixture.Catalog, job);
        memory.Used.ShouldBe(0);
        job.RowsDeleted.ShouldBe(spans.Count - kept.Count);
        kept.Count.ShouldBeInRange(1, spans.Count - 1);
        (await fixture.SortedAsync(StoreFixture.Request())).ShouldBe(kept.Select(StoreFixture.Expected).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_trace_of_many_times_the_memory_is_merged_in_parts()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        var now = StoreFixture.NowUnixNanos - (3000 * Second);
        var huge = Enumerable.Range(1, 40_000).Select(i => new TestSpan(7, i, i / 2)
        {
            StartUnixNanos = now + (i * 1000L),
            Attributes = TestSpan.Set(("text", $"{i} {new string('x', 300)}")),
        }).ToList();
        var others = Enumerable.Range(100, 50).SelectMany(t => Enumerable.Range(1, 4).Select(i => new TestSpan(t, i, i - 1)
        {
            StartUnixNanos = now - Second + (t * 40_000_000L) + i,
        })).ToList();

        // Spans of the middle come twice.
        await fixture.AppendAsync(huge.Take(24_000).Concat(others.Take(100)));
        await fixture.FlushAsync();
        await fixture.AppendAsync(huge.Skip(18_000).Concat(others.Skip(100)));
        await fixture.FlushAsync();
        var memory = new MemoryBudget("merge", 6 * 1024 * 1024);
        var expected = huge.Concat(others).Select(StoreFixture.Expected).Order(StringComparer.Ordinal).ToList();
        for (var round = 0; round < 2; round++)
        {
            var job = MergeRun.Job(fixture.Catalog, fixture.Objects, fixture.Blocks, memory: memory);
            var output = (await MergeRun.RunAsync(new TraceBlockMerger(), fixture.Catalog, job)).ShouldHaveSingleItem();
            memory.Used.ShouldBe(0);
            output.Rows.ShouldBe(40_200);
            (await fixture.SortedAsync(StoreFixture.Request())).ShouldBe(expected);
            await CheckFragmentsAsync(fixture, output);
        }
    }

    [Fact]
    public async Task A_span_larger_than_the_memory_of_all_merges_is_merged_all_the_same()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        var now = StoreFixture.NowUnixNanos;
        var spans = new List<TestSpan>();
        for (var block = 0; block < 4; block++)
        {
            var own = TestSpans.Make(50, block, now).Select(s => s with { Trace = s.Trace + (block * 1000) }).DistinctBy(s => (s.Trace, s.Id, s.Kind)).ToList();
            if (block == 1) own[20] = own[20] with { Attributes = TestSpan.Set(("text", Convert.ToHexString(RandomBytes(new Random(1), 2 * 1024 * 1024)))) };
            spans.AddRange(own);
            await fixture.AppendAsync(own);
            await fixture.FlushAsync();
        }

        var compaction = new CompactionOptions { MergeMemoryBytes = 1024 * 1024, MemoryBytes = 4 * 1024 * 1024 };
        var events = await MergeRun.CompactAsync(fixture.Services, "/d", new TraceBlockMerger(), compaction);
        events.Count("merge_needs_memory").ShouldBeGreaterThan(0);
        events.Count("merge_failed").ShouldBe(0);
        fixture.Blocks.Count.ShouldBeLessThan(4);
        (await fixture.SortedAsync(StoreFixture.Request())).ShouldBe(spans.Select(StoreFixture.Expected).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("shop", -100, 100, false, true)]
    [InlineData("bank", -100, 100, false, false)]
    [InlineData("shop", -100, -30, false, false)]
    [InlineData("shop", -15, -5, false, false)]
    [InlineData("cart", -15, -5, false, true)]
    [InlineData("shop", -100, 100, true, true)]
    [InlineData("cart", -100, 100, true, false)]
    public async Task It_is_known_beforehand_whether_a_deletion_names_anything(string service, int from, int to, bool onlyErrors, bool expected)
    {
        await using var fixture = await StoreFixture.OpenAsync();
        var now = StoreFixture.NowUnixNanos - (100 * Second);
        await fixture.AppendAsync(
        [
            new TestSpan(1, 1) { StartUnixNanos = now - (20 * Second), Service = "shop", Status = 2 },
            new TestSpan(1, 2, 1) { StartUnixNanos = now, Service = "shop" },
            new TestSpan(1, 3, 1) { StartUnixNanos = now - (10 * Second), Service = "cart" },
        ]);
        await fixture.FlushAsync();
        var deletion = new RowDeletion(
            now + (from * Second), now + (to * Second), [LabelMatcher.Create("service.name", MatchOp.Equal, service)],
            onlyErrors ? new RowPredicate.Compare(SpanColumns.StatusCode, CompareOp.Equal, AttributeValue.Int(2)) : null);
        var job = MergeRun.Job(fixture.Catalog, fixture.Objects, fixture.Blocks, deletions: [deletion]);
        (await new TraceBlockMerger().DeletesAnyAsync(job, CancellationToken.None)).ShouldBe(expected);
        job.Memory.Used.ShouldBe(0);
    }

    /// <summary>That the huge trace lies in several row groups, whose parts each are a tree of their own, and the others in one.</summary>
    private static async Task CheckFragmentsAsync(StoreFixture fixture, Storage.Catalog.BlockMeta output)
    {
        var block = await TraceBlock.OpenAsync(fixture.Objects, output, CancellationToken.None);
        var groupsOf = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var group in block.File.RowGroups)
        {
            using var ids = await group.ReadColumnAsync(group.Find(TraceBlockSchema.TraceId));
            using var rows = await group.ReadColumnAsync(group.Find(TraceBlockSchema.ParentRow));
            using var lefts = await group.ReadColumnAsync(group.Find(TraceBlockSchema.NestedLeft));
            using var rights = await group.ReadColumnAsync(group.Find(TraceBlockSchema.NestedRight));
            for (var row = 0; row < ids.RowCount; row++)
            {
                if (row == 0 || !ids.Bytes(row).SequenceEqual(ids.Bytes(row - 1)))
                {
                    var id = Convert.ToHexString(ids.Bytes(row));
                    groupsOf[id] = groupsOf.GetValueOrDefault(id) + 1;
                    lefts.Int32s[row].ShouldBe(1);
                }

                var parent = rows.Int32s[row];
                if (parent < 0) continue;
                ids.Bytes(parent).SequenceEqual(ids.Bytes(row)).ShouldBeTrue();
                (lefts.Int32s[parent] < lefts.Int32s[row] && rights.Int32s[row] < rights.Int32s[parent]).ShouldBeTrue();
            }
        }

        groupsOf[Convert.ToHexString(TestSpan.TraceIdOf(7))].ShouldBeGreaterThan(2);
        groupsOf.Values.Count(n => n == 1).ShouldBe(50);
        groupsOf.Count.ShouldBe(51);
    }

    private static byte[] RandomBytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
