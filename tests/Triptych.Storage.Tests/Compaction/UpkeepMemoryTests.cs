using Triptych.Model;
using Triptych.Primitives.Memory;
using Triptych.Storage.Compaction;
using Triptych.Storage.Deletion;

namespace Triptych.Storage.Tests.Compaction;

public class UpkeepMemoryTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_deletion_of_what_cannot_be_divided_begins_again_with_more_memory()
    {
        var compaction = UpkeepFixture.Compaction with { MemoryBytes = 1000, MergeMemoryBytes = 100, LargestMergeMemoryBytes = 4000 };
        await using var store = await UpkeepFixture.OpenAsync(compaction: compaction);
        await store.FlushAsync(At(5, 1, 1), At(5, 2, 1));
        await store.FlushAsync(At(5, 3, 1));
        var limits = new List<long>();
        store.Signal.BeforeWrite = (job, _) =>
        {
            limits.Add(job.Memory.Limit);
            if (job.Inputs[0].Rows == 2) job.Memory.Take(1500);
            return Task.CompletedTask;
        };
        store.Signal.AfterWrite = job =>
        {
            job.Memory.Return(job.Memory.Used);
            return Task.CompletedTask;
        };
        await AskAsync(store, "*", UpkeepFixture.HoursAgo(5), UpkeepFixture.HoursAgo(5));
        await store.RunAsync();
        (await store.ReadAsync()).ShouldBeEmpty();
        limits.ShouldBe([100L, 100L, 1600L], ignoreOrder: true, "beyond the memory of all, but alone");
        store.Events.Lines.ShouldContain("merge_needs_memory Metrics 1 1600");
        store.Events.Count("merge_failed").ShouldBe(0);
        store.Upkeep.Deletions.PendingCount.ShouldBe(0);
    }

    [Fact]
    public async Task Merges_of_many_tenants_never_have_more_memory_than_there_is_for_all()
    {
        var compaction = UpkeepFixture.Compaction with { Workers = 8, MemoryBytes = 250, MergeMemoryBytes = 100 };
        await using var store = await UpkeepFixture.OpenAsync(compaction: compaction);
        var tenants = Enumerable.Range(0, 8).Select(i => new TenantId($"t{i}")).ToList();
        for (var round = 0; round < 4; round++)
        {
            foreach (var tenant in tenants) await store.AppendAsync(tenant, At(5, round, 1));
            await store.Keeper.FlushAllAsync(CancellationToken.None);
        }

        var (running, most, bytes) = (0, 0, 0L);
        var gate = new Lock();
        var two = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        store.Signal.BeforeWrite = async (job, token) =>
        {
            lock (gate)
            {
                most = Math.Max(most, ++running);
                bytes = Math.Max(bytes, running * job.Memory.Limit);
                if (running == 2) two.TrySetResult();
            }

            // The first waits for a second, so that merges do run side by side.
            await two.Task.WaitAsync(Patience, token);
            await Task.Yield();
        };
        store.Signal.AfterWrite = _ =>
        {
            lock (gate) running--;
            return Task.CompletedTask;
        };
        await store.RunAsync().WaitAsync(Patience);
        most.ShouldBe(2);
        bytes.ShouldBe(200);
        store.Events.Count("merged").ShouldBe(8);
        store.Events.Count("merge_failed").ShouldBe(0);
    }

    [Fact]
    public async Task A_deletion_leaves_blocks_alone_in_which_nothing_matches()
    {
        await using var store = await UpkeepFixture.OpenAsync();
        await store.FlushAsync(At(5, 1, 1), At(5, 2, 1));
        await store.FlushAsync(At(5, 4, 1));
        await store.FlushAsync(At(5, 7, 1));
        var blocks = store.Blocks.OrderBy(static b => b.FirstSegment).ToList();
        var request = await AskAsync(store, "a1", UpkeepFixture.HoursAgo(6), UpkeepFixture.HoursAgo(4));
        await store.RunAsync();
        store.Events.Lines.ShouldBe(
            ["merged Metrics Deletion 1 1 1", "block_spared Metrics Deletion", "block_spared Metrics Deletion", "deleted Metrics 1"], ignoreOrder: true);
        var done = store.Upkeep.Deletions.Find(TenantId.Default, request.Id)!;
        (done.Request.State, done.Request.BlocksDone, done.BlocksLeft, done.Request.RowsDeleted).ShouldBe((DeletionState.Done, 3, 0, 1));
        store.Blocks.Where(b => blocks.Any(old => old.Id == b.Id)).Select(static b => b.Id).ShouldBe([blocks[1].Id, blocks[2].Id], ignoreOrder: true);
        (await store.ReadAsync()).Select(static r => r.Key).ShouldBe([2L, 4, 7]);

        // A restart knows it too: nothing is looked at again.
        await using var again = await store.ReopenAsync();
        await again.RunAsync();
        (again.Events.Count("merged"), again.Events.Count("block_spared")).ShouldBe((0, 0));
    }

    [Fact]
    public async Task A_deletion_that_is_called_off_while_a_block_is_looked_at_leaves_no_mark()
    {
        await using var store = await UpkeepFixture.OpenAsync();
        await store.FlushAsync(At(5, 1, 1));
        var request = await AskAsync(store, "a2", UpkeepFixture.HoursAgo(6), UpkeepFixture.HoursAgo(4));
        (await store.Upkeep.Deletions.CancelAsync(TenantId.Default, request.Id, CancellationToken.None)).ShouldBeTrue();
        await store.RunAsync();
        (await store.Metastore.ListAsync(BlockMarks.Scope, CancellationToken.None)).ShouldBeEmpty();
        store.Events.Count("block_spared").ShouldBe(0);
    }

    private static async Task<DeletionRequest> AskAsync(UpkeepFixture store, string selector, long min, long max)
    {
        var answer = await store.Upkeep.Deletions.RequestAsync(TenantId.Default, UpkeepFixture.Kind, min, max, [selector], CancellationToken.None);
        answer.Refusal.ShouldBeNull();
        return answer.Request!;
    }

    private static Row At(double hoursAgo, long key, long value) => new(UpkeepFixture.HoursAgo(hoursAgo), key, value);
}
