using Triptych.Primitives.Memory;

namespace Triptych.Primitives.Tests.Memory;

public sealed class NativeListGrowthTests
{
    /// <summary>
    /// The doubled list does not fit here and one longer by an element does: taking that would copy megabytes for each of the hundred thousands of elements
    /// that are left until the budget is used up.
    /// </summary>
    [Fact]
    public void A_list_near_the_end_of_its_budget_grows_in_few_steps()
    {
        var budget = new MemoryBudget("small", 3_000_000);
        using var list = new NativeList<long>(budget);
        var steps = 0;
        var capacity = 0;
        while (list.TryAdd(1))
        {
            if (list.Capacity == capacity) continue;
            capacity = list.Capacity;
            steps++;
        }

        list.SizeBytes.ShouldBeGreaterThan(1_000_000);
        steps.ShouldBeLessThan(30);

        // By this a caller knows that it would not fit even if nobody else held anything.
        var refusal = Should.Throw<MemoryBudgetExceededException>(() => list.Add(1));
        refusal.RequestedBytes.ShouldBeGreaterThan(refusal.AvailableBytes);
    }
}
