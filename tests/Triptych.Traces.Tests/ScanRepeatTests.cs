using Triptych.Columnar;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Model.Attributes;
using Triptych.Primitives.Memory;
using Triptych.Traces.Block;

namespace Triptych.Traces.Tests;

public sealed class ScanRepeatTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public async Task Ids_of_spans_that_come_once_are_left_out()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        var now = StoreFixture.NowUnixNanos;
        await fixture.AppendAsync(Spans(100, 1, now - (100 * Second)));
        await fixture.FlushAsync();
        var cost = await fixture.Store.OpenAsync(Request(), CancellationToken.None);
        await using (cost) (await BatchesAsync(cost)).ShouldBe([(100, false, 0)]);
        (await BatchesAsync(fixture, Request() with { IdentityColumns = 0 })).ShouldBe([(100, true, 100)], "nobody said that ids are not wanted");
        (await BatchesAsync(fixture, Request() with { Order = RowOrder.TimeAscending })).Sum(b => b.Ids).ShouldBe(100, "in an order all columns come");
    }

    [Fact]
    public async Task Spans_of_a_head_are_to_be_compared()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        await fixture.AppendAsync(Spans(100, 1, StoreFixture.NowUnixNanos - (100 * Second)));
        (await BatchesAsync(fixture, Request())).ShouldBe([(100, true, 100)]);
    }

    [Fact]
    public async Task A_span_that_a_head_took_twice_stands_in_its_block_once()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        var spans = Spans(100, 1, StoreFixture.NowUnixNanos - (100 * Second));
        await fixture.AppendAsync(spans);
        await fixture.AppendAsync(spans.Skip(70).Take(1));
        await fixture.FlushAsync();
        (await BatchesAsync(fixture, Request())).ShouldBe([(100, false, 0)]);
    }

    [Theory]
    [InlineData(10, 9, 1, true)]
    [InlineData(10, 9, 2, false)]
    [InlineData(10, 0, 1, true)]
    [InlineData(500, 400, 1, true)]
    [InlineData(500, 400, 2, false)]
    public void A_repeat_is_found_wherever_it_stands_in_its_trace(int spans, int repeated, int kind, bool isRepeat)
    {
        using var repeats = new BlockRepeats(null!, MemoryBudget.Unlimited("test"), new ScanStatistics());
        var ids = Enumerable.Range(1, spans).Select(i => (ulong)i).Append((ulong)repeated + 1).ToArray();
        var traces = Enumerable.Repeat((UInt128)7, spans).ToArray();
        var kinds = Enumerable.Repeat(1, spans).Append(kind).ToArray();
        repeats.HasRepeat([.. traces, 7], ids, kinds).ShouldBe(isRepeat);
        repeats.HasRepeat([.. traces, 8], ids, kinds).ShouldBeFalse("the same ids in another trace");
    }

    [Fact]
    public async Task Spans_of_blocks_whose_times_meet_are_to_be_compared_and_those_of_others_are_not()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        var now = StoreFixture.NowUnixNanos;
        foreach (var (trace, start) in new[] { (1, 1000), (2, 500), (3, 499) })
        {
            await fixture.AppendAsync(Spans(10, trace, now - (start * Second)));
            await fixture.FlushAsync();
        }

        await fixture.AppendAsync(Spans(10, 4, now - (100 * Second)));
        var batches = await BatchesAsync(fixture, Request());
        batches.Where(b => !b.MayRepeat).Sum(b => b.Rows).ShouldBe(10);
        batches.Where(b => b.MayRepeat).Sum(b => b.Rows).ShouldBe(30);
        batches.ShouldAllBe(b => b.Ids == (b.MayRepeat ? b.Rows : 0));
    }

    [Fact]
    public async Task Equal_ids_of_another_kind_are_another_span()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        var spans = Spans(60, 1, StoreFixture.NowUnixNanos - (100 * Second));
        await fixture.AppendAsync(spans);
        await fixture.AppendAsync(spans.Select(span => span with { Kind = 3 }));
        await fixture.FlushAsync();
        (await BatchesAsync(fixture, Request())).ShouldBe([(120, false, 0)]);
    }

    [Theory]
    [InlineData(RowOrder.Any)]
    [InlineData(RowOrder.TimeDescending)]
    public async Task Row_groups_read_on_several_threads_give_what_the_head_gave(RowOrder order)
    {
        await using var fixture = await StoreFixture.OpenAsync();
        foreach (var part in TestSpans.Make(220_000, seed: 11, StoreFixture.NowUnixNanos).Chunk(20_000)) await fixture.AppendAsync(part);
        RowPredicate[] conditions =
        [
            new RowPredicate.Compare(SpanColumns.ServiceName, CompareOp.Equal, AttributeValue.String("service-3")),
            new RowPredicate.And(
            [
                new RowPredicate.Compare(SpanColumns.SpanAttribute("n"), CompareOp.Less, AttributeValue.Int(20)),
                new RowPredicate.Exists(SpanColumns.SpanAttribute("k1")),
                new RowPredicate.Compare(SpanColumns.Name, CompareOp.NotEqual, AttributeValue.String("op 3")),
            ]),
            new RowPredicate.Exists(SpanColumns.AnyAttribute("value")),
        ];
        var requests = conditions.Select(condition => StoreFixture.Request(
            condition, SpanColumns.TraceId, SpanColumns.SpanId, SpanColumns.StartUnixNanos, SpanColumns.Name, SpanColumns.SpanAttribute("n"))
            with
        { Order = order }).ToList();
        var expected = new List<List<string>>();
        foreach (var request in requests) expected.Add(await fixture.SortedAsync(request));
        expected.Sum(rows => rows.Count).ShouldBeGreaterThan(10_000);
        await fixture.FlushAsync();
        for (var i = 0; i < requests.Count; i++) (await fixture.SortedAsync(requests[i])).ShouldBe(expected[i], $"question {i}");
    }

    [Fact]
    public async Task Scans_that_are_left_early_give_back_what_runs_ahead()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        foreach (var part in TestSpans.Make(140_000, seed: 12, StoreFixture.NowUnixNanos).Chunk(20_000)) await fixture.AppendAsync(part);
        await fixture.FlushAsync();
        var budget = new MemoryBudget("enough", 1L << 30);
        await using (var scan = await fixture.Store.OpenAsync(StoreFixture.Request(null, SpanColumns.TraceId) with { Budget = budget }, CancellationToken.None))
            (await scan.NextAsync(CancellationToken.None)).ShouldNotBeNull();
        budget.Used.ShouldBe(0);
    }

    private static List<TestSpan> Spans(int count, int trace, long start) =>
        [.. Enumerable.Range(0, count).Select(i => new TestSpan(trace, i + 1) { StartUnixNanos = start + (i * 200_000_000L), Kind = 1 })];

    private static RowScanRequest Request() =>
        StoreFixture.Request(null, SpanColumns.TraceId, SpanColumns.SpanId, SpanColumns.Kind, SpanColumns.StartUnixNanos) with { IdentityColumns = 3 };

    private static async Task<List<(int Rows, bool MayRepeat, int Ids)>> BatchesAsync(StoreFixture fixture, RowScanRequest request)
    {
        await using var scan = await fixture.Store.OpenAsync(request, CancellationToken.None);
        return await BatchesAsync(scan);
    }

    private static async Task<List<(int Rows, bool MayRepeat, int Ids)>> BatchesAsync(IRowScan scan)
    {
        var batches = new List<(int Rows, bool MayRepeat, int Ids)>();
        while (await scan.NextAsync(CancellationToken.None) is { } batch)
        {
            batch.Columns[3].Count.ShouldBe(batch.RowCount);
            batches.Add((batch.RowCount, batch.MayRepeat, batch.Columns[0].Count));
        }

        return batches;
    }
}
