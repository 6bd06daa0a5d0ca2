using Triptych.Primitives.Memory;

namespace Triptych.Primitives.Tests.Memory;

public sealed class MemoryBudgetTests
{
    [Fact]
    public void A_take_that_the_parent_refuses_leaves_nothing_taken()
    {
        var parent = new MemoryBudget("all", 100);
        var child = new MemoryBudget("part", 1000, parent);
        child.TryTake(60).ShouldBeTrue();
        child.TryTake(41).ShouldBeFalse();
        (child.Used, parent.Used).ShouldBe((60, 60));
        child.TryTake(40).ShouldBeTrue();
        child.TryTake(long.MaxValue).ShouldBeFalse();
        child.Return(100);
        (child.Used, parent.Used).ShouldBe((0, 0));
    }

    [Fact]
    public void Returning_more_than_is_out_throws() =>
        Should.Throw<InvalidOperationException>(() => new MemoryBudget("x", 10).Return(1));

    [Fact]
    public async Task The_sum_is_exact_and_never_passes_the_limit_under_concurrency()
    {
        var parent = new MemoryBudget("all", 500);
        MemoryBudget[] children = [new("a", 400, parent), new("b", 400, parent)];
        var passed = 0;
        var taken = 0;
        async Task Work(int seed)
        {
            await Task.Yield();
            var random = new Random(seed);
            for (var i = 0; i < 50_000; i++)
            {
                var child = children[random.Next(2)];
                var bytes = random.Next(0, 200);
                if (!child.TryTake(bytes))
                    continue;
                Interlocked.Increment(ref taken);
                if (child.Used > child.Limit || parent.Used > parent.Limit)
                    Interlocked.Increment(ref passed);
                child.Return(bytes);
            }
        }

        await Task.WhenAll(Enumerable.Range(0, 4).Select(Work));
        passed.ShouldBe(0);
        taken.ShouldBeGreaterThan(1000);
        (parent.Used, children[0].Used, children[1].Used).ShouldBe((0, 0, 0));
    }

    [Fact]
    public void A_lease_returns_what_it_grew_to_once()
    {
        var budget = new MemoryBudget("x", 10);
        budget.TryLease(4, out var lease).ShouldBeTrue();
        lease!.TryGrow(6).ShouldBeTrue();
        lease.TryGrow(1).ShouldBeFalse();
        budget.TryLease(1, out _).ShouldBeFalse();
        budget.Used.ShouldBe(10);
        lease.Dispose();
        lease.Dispose();
        budget.Used.ShouldBe(0);
    }
}
