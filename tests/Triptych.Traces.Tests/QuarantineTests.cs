using Triptych.Columnar.Rows;

namespace Triptych.Traces.Tests;

public sealed class QuarantineTests
{
    [Theory]
    [InlineData(1000, "a page")]
    [InlineData(-40, "the footer")]
    public async Task A_damaged_block_is_set_aside_once_left_out_at_once_and_named_until_it_is_right_again(int at, string what)
    {
        var first = await StoreFixture.OpenAsync();
        await first.AppendAsync(TestSpans.Make(500, seed: 5, StoreFixture.NowUnixNanos));
        await first.FlushAsync();
        await first.AppendAsync([new TestSpan(90_000, 1) { StartUnixNanos = StoreFixture.NowUnixNanos }]);
        var block = first.Blocks[0];
        var right = new byte[block.SizeBytes];
        await first.Objects.GetRangeAsync(block.ObjectKey, 0, right, CancellationToken.None);
        var damaged = (byte[])right.Clone();
        damaged[at < 0 ? damaged.Length + at : at] ^= 1;
        await first.Objects.PutAsync(block.ObjectKey, damaged, CancellationToken.None);
        for (var i = 0; i < 3; i++)
        {
            var before = first.Reads.Reads;
            (await WarningsAsync(first, rows: 1)).ShouldHaveSingleItem().ShouldContain($"{block.ObjectKey}: at byte ", Case.Sensitive, what);
            if (i > 0) first.Reads.Reads.ShouldBe(before, "the file is not tried again");
        }

        first.Events.Count("block_quarantined").ShouldBe(1);
        first.Services.Quarantine.All.ShouldHaveSingleItem().Signal.ShouldBe("traces");
        await first.Objects.PutAsync(block.ObjectKey, right, CancellationToken.None);
        await first.DisposeAsync();
        await using var second = await StoreFixture.OpenAsync(first.Disk, first.Metastore);
        (await WarningsAsync(second, rows: 1)).ShouldHaveSingleItem("it is not known yet that the file is right");
        await second.Services.Quarantine.RecheckAsync(second.Reads, second.Catalog.Current, CancellationToken.None);
        (await WarningsAsync(second, rows: 501)).ShouldBeEmpty();
        second.Events.Count("block_taken_back").ShouldBe(1);
    }

    [Theory]
    [InlineData(false, "its file goes before it is opened")]
    [InlineData(true, "its file goes while it is open")]
    public async Task A_block_whose_file_is_missing_is_set_aside_and_named_and_the_rest_is_answered(bool isOpen, string why)
    {
        await using var fixture = await StoreFixture.OpenAsync();
        await fixture.AppendAsync(TestSpans.Make(500, seed: 5, StoreFixture.NowUnixNanos));
        await fixture.FlushAsync();
        await fixture.AppendAsync([new TestSpan(90_000, 1) { StartUnixNanos = StoreFixture.NowUnixNanos }]);
        var block = fixture.Blocks[0];
        if (isOpen) (await WarningsAsync(fixture, rows: 501)).ShouldBeEmpty();
        await fixture.Objects.DeleteAsync(block.ObjectKey, CancellationToken.None);
        for (var i = 0; i < 2; i++) (await WarningsAsync(fixture, rows: 1)).ShouldHaveSingleItem(why).ShouldContain("the object is missing");
        fixture.Services.Quarantine.Holds(block.Id).ShouldBeTrue();
        fixture.Events.Count("block_quarantined").ShouldBe(1);
    }

    [Fact]
    public async Task Storage_that_fails_is_an_error_of_the_query_and_says_nothing_against_a_block()
    {
        await using var fixture = await StoreFixture.OpenAsync();
        await fixture.AppendAsync(TestSpans.Make(500, seed: 5, StoreFixture.NowUnixNanos));
        await fixture.FlushAsync();
        for (var i = 0; i < 4; i++)
        {
            fixture.Reads.FailReads(1);
            await Should.ThrowAsync<IOException>(() => WarningsAsync(fixture, rows: 500));
            fixture.Services.Quarantine.All.ShouldBeEmpty();
            if (i == 1) (await WarningsAsync(fixture, rows: 500)).ShouldBeEmpty();
        }

        (await WarningsAsync(fixture, rows: 500)).ShouldBeEmpty();
        fixture.Events.Count("block_quarantined").ShouldBe(0);
    }

    private static async Task<IList<string>> WarningsAsync(StoreFixture fixture, int rows)
    {
        var request = StoreFixture.Request(null, SpanColumns.TraceId, SpanColumns.SpanId, SpanColumns.SpanAttributes);
        await using var scan = await fixture.Store.OpenAsync(request, CancellationToken.None);
        (await StoreFixture.ReadAsync(scan, request)).Count.ShouldBe(rows);
        return scan.Statistics.Warnings;
    }
}
