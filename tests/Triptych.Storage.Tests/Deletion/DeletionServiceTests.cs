using Triptych.Model;
using Triptych.Storage.Deletion;
using Triptych.Storage.Tests.Compaction;

namespace Triptych.Storage.Tests.Deletion;

public sealed class DeletionServiceTests
{
    private const Signal Kind = UpkeepFixture.Kind;

    [Fact]
    public async Task Matching_rows_of_blocks_and_heads_go_and_later_ones_stay()
    {
        await using var store = await UpkeepFixture.OpenAsync();
        await store.FlushAsync(At(5, 1), At(5, 2), At(3, 1));
        await store.AppendAsync(At(5, 5), At(5, 6));
        var request = await RequestAsync(store, "a1", 6, 4);
        await store.AppendAsync(At(5, 9));
        await store.Keeper.FlushAllAsync(CancellationToken.None);
        await store.RunAsync();
        (await store.ReadAsync()).ShouldBe([At(5, 2), At(5, 6), At(5, 9), At(3, 1)]);
        var progress = store.Upkeep.Deletions.Find(TenantId.Default, request.Id).ShouldNotBeNull();
        progress.Request.State.ShouldBe(DeletionState.Done);
        progress.Request.RowsDeleted.ShouldBe(2);
        progress.Request.BlocksDone.ShouldBe(2);
        progress.BlocksLeft.ShouldBe(0);
        store.Events.Lines.ShouldContain("deleted Metrics 2");
    }

    [Fact]
    public async Task Progress_is_told_and_a_restart_goes_on_where_it_was()
    {
        await using var store = await UpkeepFixture.OpenAsync();
        for (var i = 0; i < 3; i++)
            await store.FlushAsync(At(5, 1 + (4 * i)), At(5, 4 * i));
        var request = await RequestAsync(store, "a1", 6, 4);
        store.Upkeep.Deletions.Find(TenantId.Default, request.Id).ShouldNotBeNull().BlocksTotal.ShouldBe(3);
        using var stop = new CancellationTokenSource();
        var merges = 0;
        store.Signal.BeforeWrite = (_, token) => ++merges < 3 ? Task.CompletedTask : Stop(stop, token);
        await Should.ThrowAsync<OperationCanceledException>(() => store.Upkeep.RunOnceAsync(stop.Token));
        await using var again = await store.ReopenAsync();
        var progress = again.Upkeep.Deletions.Find(TenantId.Default, request.Id).ShouldNotBeNull();
        (progress.Request.State, progress.Request.BlocksDone, progress.BlocksLeft, progress.Request.RowsDeleted).ShouldBe((DeletionState.Pending, 2L, 1, 2L));
        await again.RunAsync();
        (await again.ReadAsync()).Select(static r => r.Key).ShouldBe([0L, 4, 8]);
        again.Upkeep.Deletions.Find(TenantId.Default, request.Id)!.Request.RowsDeleted.ShouldBe(3);

        static Task Stop(CancellationTokenSource stop, CancellationToken token)
        {
            stop.Cancel();
            return Task.FromCanceled(token);
        }
    }

    [Fact]
    public async Task Several_selectors_are_one_request_and_the_range_is_closed()
    {
        await using var store = await UpkeepFixture.OpenAsync();
        await store.FlushAsync([.. Enumerable.Range(0, 4).SelectMany(static k => new[] { At(5, k), At(4, k), At(3, k) })]);
        var answer = await store.Upkeep.Deletions.RequestAsync(
            TenantId.Default, Kind, UpkeepFixture.HoursAgo(5), UpkeepFixture.HoursAgo(4), ["a1", "a2"], CancellationToken.None);
        answer.Refusal.ShouldBeNull();
        await store.RunAsync();
        (await store.ReadAsync()).Where(static r => r.Time < UpkeepFixture.HoursAgo(3)).Select(static r => r.Key).ShouldBe([0L, 3, 0, 3]);
        (await store.ReadAsync()).Count(static r => r.Time == UpkeepFixture.HoursAgo(3)).ShouldBe(4);
    }

    [Fact]
    public async Task Another_tenant_neither_loses_rows_nor_sees_or_cancels_the_request()
    {
        await using var store = await UpkeepFixture.OpenAsync();
        await store.FlushAsync(At(5, 1));
        var other = new TenantId("other");
        var answer = await store.Upkeep.Deletions.RequestAsync(other, Kind, long.MinValue, long.MaxValue, ["*"], CancellationToken.None);
        var request = answer.Request.ShouldNotBeNull();
        store.Upkeep.Deletions.List(TenantId.Default, null).ShouldBeEmpty();
        (await store.Upkeep.Deletions.CancelAsync(TenantId.Default, request.Id, CancellationToken.None)).ShouldBeFalse();
        await store.RunAsync();
        (await store.ReadAsync()).Count.ShouldBe(1);
        store.Upkeep.Deletions.Find(other, request.Id)!.Request.State.ShouldBe(DeletionState.Done);
    }

    [Fact]
    public async Task A_cancelled_request_deletes_no_more()
    {
        await using var store = await UpkeepFixture.OpenAsync();
        await store.FlushAsync(At(5, 1));
        await store.FlushAsync(At(5, 5));
        var request = await RequestAsync(store, "a1", 6, 4);
        store.Signal.AfterWrite = async _ => (await store.Upkeep.Deletions.CancelAsync(TenantId.Default, request.Id, CancellationToken.None)).ShouldBeTrue();
        await store.RunAsync();
        (await store.ReadAsync()).Count.ShouldBe(2);
        store.Upkeep.Deletions.Find(TenantId.Default, request.Id)!.Request.State.ShouldBe(DeletionState.Cancelled);
        (await store.Upkeep.Deletions.CancelAsync(TenantId.Default, request.Id, CancellationToken.None)).ShouldBeFalse();
        await store.SweepAsync();
        (await store.KeysAsync()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_deletion_completes_around_a_block_that_cannot_be_read_and_names_it()
    {
        await using var store = await UpkeepFixture.OpenAsync();
        await store.FlushAsync(At(5, 1));
        await store.FlushAsync(At(5, 5));
        var bad = store.Blocks[0];
        store.Disk.Put("/d/objects/" + bad.ObjectKey, new byte[28]);
        var request = await RequestAsync(store, "a1", 6, 4);
        await store.RunAsync();
        var done = store.Upkeep.Deletions.Find(TenantId.Default, request.Id)!.Request;
        done.State.ShouldBe(DeletionState.Done);
        done.Unreadable.ShouldBe([bad.ObjectKey]);
        done.RowsDeleted.ShouldBe(1);
    }

    [Fact]
    public async Task Merges_wait_while_a_deletion_is_pending_and_come_after_it()
    {
        await using var store = await UpkeepFixture.OpenAsync();
        for (var i = 0; i < 4; i++)
            await store.FlushAsync(At(5, i));
        await RequestAsync(store, "a1", 6, 4);
        for (var i = 4; i < 8; i++)
            await store.FlushAsync(At(5, i));
        await store.RunAsync();
        store.Events.Lines.Take(5).ShouldBe(
        [
            "block_spared Metrics Deletion", "merged Metrics Deletion 1 0 1", "block_spared Metrics Deletion", "block_spared Metrics Deletion", "deleted Metrics 1",
        ], ignoreOrder: true);
        (await store.ReadAsync()).Select(static r => r.Key).ShouldBe([0L, 2, 3, 4, 5, 6, 7]);
    }

    [Theory]
    [InlineData("b", 5, 4, "b is no app")]
    [InlineData("a1", 4, 5, "the end lies before the start")]
    public async Task What_cannot_be_deleted_is_refused(string selector, double from, double to, string reason)
    {
        await using var store = await UpkeepFixture.OpenAsync();
        var answer = await store.Upkeep.Deletions.RequestAsync(
            TenantId.Default, Kind, UpkeepFixture.HoursAgo(from), UpkeepFixture.HoursAgo(to), [selector], CancellationToken.None);
        answer.Request.ShouldBeNull();
        answer.Refusal.ShouldBe(reason);
        answer = await store.Upkeep.Deletions.RequestAsync(TenantId.Default, Signal.Traces, 0, 1, ["a1"], CancellationToken.None);
        answer.Refusal.ShouldBe("Traces cannot be deleted by selector yet");
        answer = await store.Upkeep.Deletions.RequestAsync(TenantId.Default, Kind, 0, 1, [], CancellationToken.None);
        answer.Refusal.ShouldNotBeNull();
    }

    [Fact]
    public async Task Finished_requests_are_forgotten_after_a_month()
    {
        await using var store = await UpkeepFixture.OpenAsync();
        await RequestAsync(store, "a1", 6, 4);
        await store.RunAsync();
        store.Upkeep.Deletions.List(TenantId.Default, Kind).Count.ShouldBe(1);
        store.Clock.Advance(TimeSpan.FromDays(31));
        await store.RunAsync();
        store.Upkeep.Deletions.List(TenantId.Default, Kind).ShouldBeEmpty();
        (await store.Metastore.ListAsync("deletions", CancellationToken.None)).ShouldBeEmpty();
    }

    private static async Task<DeletionRequest> RequestAsync(UpkeepFixture store, string selector, double from, double to) =>
        (await store.Upkeep.Deletions.RequestAsync(
            TenantId.Default, Kind, UpkeepFixture.HoursAgo(from), UpkeepFixture.HoursAgo(to), [selector], CancellationToken.None)).Request.ShouldNotBeNull();

    private static Row At(double hoursAgo, long key) => new(UpkeepFixture.HoursAgo(hoursAgo), key, 0);
}
