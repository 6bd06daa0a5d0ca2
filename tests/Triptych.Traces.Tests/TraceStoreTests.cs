using Triptych.Columnar;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Model.Append;
using Triptych.Primitives.Memory;
using Triptych.Storage.ObjectStore;

namespace Triptych.Traces.Tests;

public sealed class TraceStoreTests
{
    [Theory]
    [InlineData(RowOrder.Any)]
    [InlineData(RowOrder.TimeAscending)]
    public async Task A_scan_gives_back_what_it_charged_and_stops_past_its_budget(RowOrder order)
    {
        await using var fixture = await StoreFixture.OpenAsync();
        await fixture.AppendAsync(TestSpans.Make(2000, seed: 6, StoreFixture.NowUnixNanos));
        await fixture.FlushAsync();
        await fixture.AppendAsync(TestSpans.Make(2000, seed: 7, StoreFixture.NowUnixNanos));
        var request = StoreFixture.Request(null, SpanColumns.TraceId, SpanColumns.SpanAttributes, SpanColumns.Events) with { Order = order };
        var enough = new MemoryBudget("enough", 256 << 20);
        (await fixture.ScanAsync(request with { Budget = enough })).Count.ShouldBe(4000);
        enough.Used.ShouldBe(0);
        var few = new MemoryBudget("few", 100_000);
        var refused = await Should.ThrowAsync<MemoryBudgetExceededException>(() => fixture.ScanAsync(request with { Budget = few }));
        refused.BudgetName.ShouldBe("few");
        few.Used.ShouldBe(0);
    }

    [Theory]
    [InlineData(AttributeScope.Span)]
    [InlineData(AttributeScope.Resource)]
    public async Task Attribute_names_give_back_what_they_charged_and_stop_past_their_budget(AttributeScope scope)
    {
        await using var fixture = await StoreFixture.OpenAsync();
        var spans = Enumerable.Range(0, 2000).Select(i => new TestSpan(i + 1, 1)
        {
            StartUnixNanos = StoreFixture.NowUnixNanos,
            Attributes = TestSpan.Set(($"attribute-{i}", 1L)),
            ResourceExtra = TestSpan.Set(($"attribute-{i}", 1L)),
        });
        await fixture.AppendAsync([.. spans]);
        var lookup = new AttributeLookup(Model.TenantId.Default, scope, long.MinValue, long.MaxValue) { Budget = new MemoryBudget("enough", 64 << 20) };
        (await fixture.Store.AttributeNamesAsync(lookup, new ScanStatistics(), CancellationToken.None)).Count.ShouldBeGreaterThanOrEqualTo(2000);
        lookup.Budget.Used.ShouldBe(0);
        var few = new MemoryBudget("few", 100_000);
        (await Should.ThrowAsync<MemoryBudgetExceededException>(
            async () => await fixture.Store.AttributeNamesAsync(lookup with { Budget = few }, new ScanStatistics(), CancellationToken.None))).BudgetName.ShouldBe("few");
        few.Used.ShouldBe(0);
    }

    [Fact]
    public async Task Attribute_names_come_with_a_warning_of_a_damaged_block()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        await fixture.AppendAsync(TestSpans.Make(500, seed: 5, StoreFixture.NowUnixNanos));
        await fixture.FlushAsync();
        var block = fixture.Blocks[0];
        await fixture.Objects.PutAsync(block.ObjectKey, new byte[block.SizeBytes], CancellationToken.None);
        var statistics = new ScanStatistics();
        var lookup = new AttributeLookup(Model.TenantId.Default, AttributeScope.Span, long.MinValue, long.MaxValue);
        (await fixture.Store.AttributeNamesAsync(lookup, statistics, CancellationToken.None)).ShouldBeEmpty();
        statistics.Warnings.ShouldHaveSingleItem().ShouldContain(block.ObjectKey);
    }

    [Fact]
    public async Task Spans_are_the_same_in_the_head_after_a_restart_and_in_a_block()
    {
        var spans = TestSpans.Make(3000, seed: 1, StoreFixture.NowUnixNanos);
        List<string> expected = [.. spans.Select(StoreFixture.Expected).Order(StringComparer.Ordinal)];
        var first = await StoreFixture.OpenAsync();
        foreach (var part in spans.Chunk(700)) (await first.AppendAsync(part)).Accepted.ShouldBe(part.Length);
        (await first.SortedAsync(StoreFixture.Request())).ShouldBe(expected);
        await first.DisposeAsync();
        await using var second = await StoreFixture.OpenAsync(first.Disk, first.Metastore);
        (await second.SortedAsync(StoreFixture.Request())).ShouldBe(expected);
        await second.FlushAsync();
        second.Blocks.Count.ShouldBe(1);
        (await second.SortedAsync(StoreFixture.Request())).ShouldBe(expected);
    }

    [Fact]
    public async Task A_span_sent_twice_is_one()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        var span = new TestSpan(1, 1) { StartUnixNanos = StoreFixture.NowUnixNanos };
        await fixture.AppendAsync([span]);
        var again = await fixture.AppendAsync([span, span with { Kind = 3 }, span with { Id = 2 }]);
        again.Accepted.ShouldBe(3);
        again.Duplicates.ShouldBe(1);
        (await fixture.ScanAsync(StoreFixture.Request(null, SpanColumns.SpanId))).Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_span_out_of_the_window_is_refused_and_the_others_are_kept()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        var now = StoreFixture.NowUnixNanos;
        var result = await fixture.AppendAsync(
        [
            new TestSpan(1, 1) { StartUnixNanos = now - (25 * 3_600_000_000_000) },
            new TestSpan(1, 2) { StartUnixNanos = now },
            new TestSpan(1, 3) { StartUnixNanos = now + 3_600_000_000_000 },
        ]);
        result.Accepted.ShouldBe(1);
        result.Refusals.Select(r => (r.Reason, r.Count)).ShouldBe([("too_old", 1), ("too_far_in_future", 1)], ignoreOrder: true);
        result.Refusals[0].Detail.ShouldContain("0000000000000001");
        (await fixture.ScanAsync(StoreFixture.Request(null, SpanColumns.SpanId))).ShouldBe(["span_id=0000000000000002"]);
    }

    [Fact]
    public async Task A_tenant_sees_its_own_spans_only()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        await fixture.AppendAsync([new TestSpan(1, 1) { StartUnixNanos = StoreFixture.NowUnixNanos }], "other");
        (await fixture.ScanAsync(StoreFixture.Request())).ShouldBeEmpty();
        await fixture.FlushAsync();
        (await fixture.ScanAsync(StoreFixture.Request())).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_scan_that_is_open_during_a_flush_sees_each_span_once()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        var spans = TestSpans.Make(9000, seed: 2, StoreFixture.NowUnixNanos);
        await fixture.AppendAsync(spans);
        var request = StoreFixture.Request(null, SpanColumns.TraceId, SpanColumns.SpanId);
        await using var scan = await fixture.Store.OpenAsync(request, CancellationToken.None);
        var firstBatch = await scan.NextAsync(CancellationToken.None);
        var before = firstBatch.ShouldNotBeNull().RowCount;
        await fixture.FlushAsync();
        await fixture.AppendAsync([new TestSpan(90_000, 1) { StartUnixNanos = StoreFixture.NowUnixNanos }]);
        (before + (await StoreFixture.ReadAsync(scan, request)).Count).ShouldBe(9000);
        (await fixture.ScanAsync(request)).Count.ShouldBe(9001);
    }

    [Fact]
    public async Task A_trace_is_found_by_id_in_a_block_without_reading_the_others()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        var spans = TestSpans.Make(20_000, seed: 3, StoreFixture.NowUnixNanos);
        await fixture.AppendAsync(spans);
        await fixture.FlushAsync();
        var wanted = spans[12_345].Trace;
        var found = await OpenByIdAsync(fixture, wanted);
        found.Rows.ShouldBe([.. spans.Where(s => s.Trace == wanted).Select(StoreFixture.Expected)], ignoreOrder: true);
        found.RowsRead.ShouldBeLessThanOrEqualTo(2 * 4096);
        var missing = await OpenByIdAsync(fixture, 777_777);
        missing.Rows.ShouldBeEmpty();
        missing.BytesRead.ShouldBe(0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Rows_come_in_order_up_to_the_limit_over_head_and_blocks(bool isDescending)
    {
        await using var fixture = await StoreFixture.OpenAsync();
        var spans = TestSpans.Make(20_000, seed: 4, StoreFixture.NowUnixNanos);
        await fixture.AppendAsync(spans.Take(9_000));
        await fixture.FlushAsync();
        await fixture.AppendAsync(spans.Skip(9_000));
        var starts = spans.Select(s => s.StartUnixNanos).Order().ToList();
        if (isDescending) starts.Reverse();
        var order = isDescending ? RowOrder.TimeDescending : RowOrder.TimeAscending;
        foreach (var limit in new[] { 1, 100, 5000, int.MaxValue })
        {
            var request = StoreFixture.Request(null, SpanColumns.StartUnixNanos) with { Order = order, Limit = limit };
            (await fixture.ScanAsync(request)).ShouldBe([.. starts.Take(limit).Select(s => $"start={s}")]);
        }

        (await fixture.ScanAsync(StoreFixture.Request(null, SpanColumns.StartUnixNanos) with { Limit = 5000 })).Count.ShouldBe(5000);
    }

    [Fact]
    public async Task A_damaged_block_gives_a_warning_and_the_rest_is_answered()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        await fixture.AppendAsync(TestSpans.Make(500, seed: 5, StoreFixture.NowUnixNanos));
        await fixture.FlushAsync();
        await fixture.AppendAsync([new TestSpan(90_000, 1) { StartUnixNanos = StoreFixture.NowUnixNanos }]);
        var block = fixture.Blocks[0];
        var bytes = new byte[block.SizeBytes];
        await fixture.Objects.GetRangeAsync(block.ObjectKey, 0, bytes, CancellationToken.None);
        bytes.AsSpan(1000, bytes.Length / 4).Clear();
        await fixture.Objects.PutAsync(block.ObjectKey, bytes, CancellationToken.None);
        var request = StoreFixture.Request();
        await using var scan = await fixture.Store.OpenAsync(request, CancellationToken.None);
        (await StoreFixture.ReadAsync(scan, request)).Count.ShouldBe(1);
        scan.Statistics.Warnings.ShouldHaveSingleItem().ShouldContain(block.ObjectKey);
    }

    [Fact]
    public async Task A_block_can_be_read_as_plain_Parquet()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        var now = StoreFixture.NowUnixNanos;
        await fixture.AppendAsync(
        [
            new TestSpan(1, 3, 2) { StartUnixNanos = now + 2, Attributes = TestSpan.Set(("n", 5L), ("f", 0.5)) },
            new TestSpan(1, 1) { StartUnixNanos = now },
            new TestSpan(1, 2, 1) { StartUnixNanos = now + 1 },
            new TestSpan(1, 4, 1) { StartUnixNanos = now + 3 },
        ]);
        await fixture.FlushAsync();
        var file = await ParquetFile.OpenAsync(new ObjectInput(fixture.Objects, fixture.Blocks[0].ObjectKey, fixture.Blocks[0].SizeBytes));
        var group = file.RowGroups.ShouldHaveSingleItem();
        using var ids = await group.ReadColumnAsync(file.Schema.Column("span_id"));
        Enumerable.Range(0, 4).Select(i => (int)ids.Bytes(i)[7]).ShouldBe([1, 2, 3, 4]);
        using var left = await group.ReadColumnAsync(file.Schema.Column("nested_left"));
        left.Int32s.ToArray().ShouldBe([1, 2, 3, 6]);
        using var right = await group.ReadColumnAsync(file.Schema.Column("nested_right"));
        right.Int32s.ToArray().ShouldBe([8, 5, 4, 7]);
        using var parents = await group.ReadColumnAsync(file.Schema.Column("parent_row"));
        parents.Int32s.ToArray().ShouldBe([-1, 0, 1, 0]);
        using var integers = await group.ReadColumnAsync(file.Schema.Column("span.n"));
        Enumerable.Range(0, 4).Select(integers.IsNull).ShouldBe([true, true, false, true]);
        integers.Int64s[2].ShouldBe(5);
        using var fractions = await group.ReadColumnAsync(file.Schema.Column("span.f"));
        fractions.Doubles[2].ShouldBe(0.5);
        group.Info.Columns[file.Schema.Column("trace_id").Index].HasBloomFilter.ShouldBeTrue();
        file.Schema.Column("start_unix_nanos").LogicalType.ShouldBe(ParquetLogicalType.TimestampNanos);
    }

    [Fact]
    public async Task Parents_in_a_circle_and_missing_parents_are_roots()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        var now = StoreFixture.NowUnixNanos;
        await fixture.AppendAsync(
        [
            new TestSpan(1, 1, 2) { StartUnixNanos = now },
            new TestSpan(1, 2, 1) { StartUnixNanos = now + 1 },
            new TestSpan(1, 3, 3) { StartUnixNanos = now + 2 },
            new TestSpan(1, 4, 99) { StartUnixNanos = now + 3 },
        ]);
        await fixture.FlushAsync();
        var file = await ParquetFile.OpenAsync(new ObjectInput(fixture.Objects, fixture.Blocks[0].ObjectKey, fixture.Blocks[0].SizeBytes));
        using var parents = await file.RowGroups[0].ReadColumnAsync(file.Schema.Column("parent_row"));
        parents.Int32s.ToArray().Count(p => p < 0).ShouldBe(3);
        using var ids = await file.RowGroups[0].ReadColumnAsync(file.Schema.Column("span_id"));
        Enumerable.Range(0, 4).Select(i => (int)ids.Bytes(i)[7]).ShouldBe([1, 2, 3, 4], ignoreOrder: true);
    }

    [Fact]
    public async Task Attribute_names_are_told_by_scope_and_time()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        var now = StoreFixture.NowUnixNanos;
        await fixture.AppendAsync(
        [
            new TestSpan(1, 1)
            {
                StartUnixNanos = now, Attributes = TestSpan.Set(("b", 1L), ("a", "x")), ScopeAttributes = TestSpan.Set(("s", true)),
                Events = TestSpan.Event(now, "e", TestSpan.Set(("ev", 1L))), Links = TestSpan.Link(2, 2, "", TestSpan.Set(("li", 1L))),
            },
            new TestSpan(2, 1) { StartUnixNanos = now - 1_000_000_000, Attributes = TestSpan.Set(("old", 1L)) },
        ]);
        for (var flushed = 0; flushed < 2; flushed++)
        {
            (await NamesAsync(AttributeScope.Span)).ShouldBe(["a", "b"]);
            (await NamesAsync(AttributeScope.Resource)).ShouldBe(["service.name"]);
            (await NamesAsync(AttributeScope.Instrumentation)).ShouldBe(["s"]);
            (await NamesAsync(AttributeScope.Event)).ShouldBe(["ev"]);
            (await NamesAsync(AttributeScope.Link)).ShouldBe(["li"]);
            await fixture.FlushAsync();
        }

        ValueTask<IReadOnlyList<string>> NamesAsync(AttributeScope scope) =>
            fixture.Store.AttributeNamesAsync(
                new AttributeLookup(Model.TenantId.Default, scope, now, now + 1), new ScanStatistics(), CancellationToken.None);
    }

    [Fact]
    public async Task A_column_that_does_not_exist_is_refused()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        await Should.ThrowAsync<ArgumentException>(async () => await fixture.Store.OpenAsync(StoreFixture.Request(null, new ColumnRef("colour")), CancellationToken.None));
    }

    private static async Task<(List<string> Rows, long RowsRead, long BytesRead)> OpenByIdAsync(StoreFixture fixture, int trace)
    {
        var ids = new HashSet<ReadOnlyMemory<byte>>(BytesComparer.Instance) { TestSpan.TraceIdOf(trace) };
        var request = StoreFixture.Request(new RowPredicate.IdIn(SpanColumns.TraceId, ids));
        await using var scan = await fixture.Store.OpenAsync(request, CancellationToken.None);
        var rows = await StoreFixture.ReadAsync(scan, request);
        return (rows, scan.Statistics.RowsRead, scan.Statistics.BytesRead);
    }
}
