using Triptych.Model;
using static Triptych.Metrics.Tests.TestLabels;

namespace Triptych.Metrics.Tests;

public sealed class QuarantineTests
{
    [Fact]
    public async Task A_damaged_block_is_set_aside_once_left_out_at_once_and_named_until_it_is_right_again()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        var t = fixture.NowMs;
        await fixture.AppendAsync(Of("old"), (t, 1));
        await fixture.FlushAsync();
        await fixture.AppendAsync(Of("new"), (t, 2));
        await fixture.RestartAsync();
        var block = fixture.Catalog.Current.Blocks(TenantId.Default, Signal.Metrics).ShouldHaveSingleItem();
        var path = Path.Combine(fixture.ObjectRoot, block.ObjectKey);
        var right = await File.ReadAllBytesAsync(path);
        await File.WriteAllBytesAsync(path, right[..^5]);
        for (var i = 0; i < 3; i++)
        {
            var before = fixture.Reads.Reads;
            var answer = await fixture.ScanAsync();
            answer.Names.ShouldBe(["__name__=new"]);
            answer.Warnings.ShouldHaveSingleItem().ShouldContain(block.ObjectKey);
            if (i > 0) fixture.Reads.Reads.ShouldBe(before, "the file is not tried again");
        }

        fixture.Events.Count("block_quarantined").ShouldBe(1);
        fixture.Services.Quarantine.All.ShouldHaveSingleItem().Signal.ShouldBe("metrics");
        await File.WriteAllBytesAsync(path, right);
        await fixture.RestartAsync();
        (await fixture.ScanAsync()).Warnings.ShouldHaveSingleItem("it is not known yet that the file is right").ShouldContain(block.ObjectKey);
        await fixture.Services.Quarantine.RecheckAsync(fixture.Reads, fixture.Catalog.Current, CancellationToken.None);
        var whole = await fixture.ScanAsync();
        whole.Warnings.ShouldBeEmpty();
        whole.Names.ShouldBe(["__name__=new", "__name__=old"]);
        fixture.Events.Count("block_taken_back").ShouldBe(1);
    }

    [Theory]
    [InlineData(false, "its file goes before it is opened")]
    [InlineData(true, "its file goes while it is open")]
    public async Task A_block_whose_file_is_missing_is_set_aside_and_named_and_the_rest_is_answered(bool isOpen, string why)
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        await fixture.AppendAsync(Of("old"), (fixture.NowMs, 1));
        await fixture.FlushAsync();
        await fixture.AppendAsync(Of("new"), (fixture.NowMs, 2));
        var block = fixture.Catalog.Current.Blocks(TenantId.Default, Signal.Metrics).ShouldHaveSingleItem();
        if (isOpen) (await fixture.ScanAsync()).Warnings.ShouldBeEmpty();
        await fixture.Objects.DeleteAsync(block.ObjectKey, CancellationToken.None);
        (await fixture.ScanAsync()).Warnings.ShouldHaveSingleItem(why).ShouldContain("the object is missing");
        var again = await fixture.ScanAsync();
        again.Names.ShouldBe(["__name__=new"]);
        again.Warnings.ShouldHaveSingleItem().ShouldContain(block.ObjectKey);
        fixture.Services.Quarantine.Holds(block.Id).ShouldBeTrue();
        fixture.Events.Count("block_quarantined").ShouldBe(1);
    }

    [Fact]
    public async Task Storage_that_fails_is_an_error_of_the_query_and_says_nothing_against_a_block()
    {
        await using var fixture = await MetricStoreFixture.OpenAsync();
        await fixture.AppendAsync(Of("old"), (fixture.NowMs, 1));
        await fixture.FlushAsync();
        for (var failing = 1; failing <= 3; failing++)
        {
            fixture.Reads.FailReads(1);
            await Should.ThrowAsync<IOException>(() => fixture.ScanAsync());
            fixture.Services.Quarantine.All.ShouldBeEmpty();
        }

        (await fixture.ScanAsync()).Names.ShouldBe(["__name__=old"]);
        fixture.Reads.FailReads(1);
        await Should.ThrowAsync<IOException>(() => fixture.ScanAsync());
        var answer = await fixture.ScanAsync();
        answer.Names.ShouldBe(["__name__=old"]);
        answer.Warnings.ShouldBeEmpty();
        fixture.Events.Count("block_quarantined").ShouldBe(0);
    }
}
