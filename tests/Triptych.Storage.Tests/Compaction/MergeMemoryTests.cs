using Triptych.Primitives.Memory;
using Triptych.Storage.Compaction;

namespace Triptych.Storage.Tests.Compaction;

public class MergeMemoryTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task What_does_not_fit_waits_until_something_is_given_back()
    {
        var memory = new MergeMemory(100, 40, 100);
        var first = await memory.ReserveAsync(40, CancellationToken.None);
        var second = await memory.ReserveAsync(40, CancellationToken.None);
        var third = memory.ReserveAsync(40, CancellationToken.None).AsTask();
        third.IsCompleted.ShouldBeFalse();
        memory.ReservedBytes.ShouldBe(80);
        first.Dispose();
        first.Dispose();
        (await third.WaitAsync(Patience)).Budget.Limit.ShouldBe(40);
        memory.ReservedBytes.ShouldBe(80);
        second.Dispose();
        (await third).Dispose();
        memory.ReservedBytes.ShouldBe(0);
    }

    [Fact]
    public async Task Turns_are_taken_in_order()
    {
        var memory = new MergeMemory(100, 10, 100);
        var running = await memory.ReserveAsync(50, CancellationToken.None);
        var large = memory.ReserveAsync(90, CancellationToken.None).AsTask();
        var small = memory.ReserveAsync(10, CancellationToken.None).AsTask();
        small.IsCompleted.ShouldBeFalse("it would fit, but came later");
        running.Dispose();
        (await large.WaitAsync(Patience)).Budget.Limit.ShouldBe(90);
        (await small.WaitAsync(Patience)).Budget.Limit.ShouldBe(10);
        memory.ReservedBytes.ShouldBe(100);
    }

    [Fact]
    public async Task More_than_there_is_runs_alone()
    {
        var memory = new MergeMemory(100, 40, 1000);
        var running = await memory.ReserveAsync(40, CancellationToken.None);
        var beyond = memory.ReserveAsync(500, CancellationToken.None).AsTask();
        var next = memory.ReserveAsync(1, CancellationToken.None).AsTask();
        beyond.IsCompleted.ShouldBeFalse();
        running.Dispose();
        using (var alone = await beyond.WaitAsync(Patience))
        {
            alone.Budget.Limit.ShouldBe(500);
            next.IsCompleted.ShouldBeFalse();
        }

        (await next.WaitAsync(Patience)).Dispose();
    }

    [Fact]
    public async Task Who_gives_up_waiting_lets_the_others_go_on()
    {
        var memory = new MergeMemory(100, 40, 100);
        using var running = await memory.ReserveAsync(60, CancellationToken.None);
        using var stop = new CancellationTokenSource();
        var large = memory.ReserveAsync(90, stop.Token).AsTask();
        var small = memory.ReserveAsync(30, CancellationToken.None).AsTask();
        small.IsCompleted.ShouldBeFalse();
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(async () => await large.WaitAsync(Patience));
        (await small.WaitAsync(Patience)).Dispose();
        memory.ReservedBytes.ShouldBe(60);
    }

    [Fact]
    public async Task Many_who_come_and_go_never_have_more_than_there_is_and_all_come_to_their_turn()
    {
        var memory = new MergeMemory(1000, 100, 1000);
        var (used, done) = (0L, 0);
        await Task.WhenAll(Enumerable.Range(0, 16).Select(worker => Task.Run(async () =>
        {
            var random = new Random(worker);
            for (var i = 0; i < 200; i++)
            {
                var bytes = random.Next(1, 1001);
                using var reservation = await memory.ReserveAsync(bytes, CancellationToken.None);
                Interlocked.Add(ref used, bytes).ShouldBeLessThanOrEqualTo(1000);
                await Task.Yield();
                Interlocked.Add(ref used, -bytes);
                Interlocked.Increment(ref done);
            }
        }))).WaitAsync(Patience);
        done.ShouldBe(3200);
        memory.ReservedBytes.ShouldBe(0);
    }

    [Fact]
    public void Who_did_not_fit_asks_for_more_up_to_what_one_may_have()
    {
        var memory = new MergeMemory(100, 40, 300);
        var refused = new MemoryBudgetExceededException(new MemoryBudget(MergeMemory.BudgetName, 40), 10);
        memory.More(40, refused).ShouldBe(80);
        memory.More(80, new MemoryBudgetExceededException(new MemoryBudget(MergeMemory.BudgetName, 80), 150)).ShouldBe(230);
        memory.More(230, refused).ShouldBe(300);
        memory.More(300, refused).ShouldBeNull();
        memory.More(40, new MemoryBudgetExceededException(new MemoryBudget("uploads", 40), 10)).ShouldBeNull("another memory was short");
    }
}
