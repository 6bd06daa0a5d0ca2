using Triptych.Model;
using Triptych.Primitives.Memory;
using Triptych.Query.Budgets;

namespace Triptych.Query.Tests.Budgets;

public sealed class QueryContextTests
{
    [Theory]
    [InlineData(10)]
    [InlineData(200_000)]
    public void What_is_kept_for_an_answer_counts_among_all_queries_until_the_query_lets_go(int length)
    {
        var together = new MemoryBudget("queries", 1_000_000);
        var context = Context(together, 1_000_000);

        var kept = context.Keep(Enumerable.Repeat((byte)7, length).ToArray());

        kept.Length.ShouldBe(length);
        kept.Span[^1].ShouldBe((byte)7);
        together.Used.ShouldBe(length);
        context.LetGo();
        together.Used.ShouldBe(0);
    }

    [Fact]
    public void Keeping_more_than_the_query_may_hold_is_refused_with_the_option_s_name()
    {
        var context = Context(new MemoryBudget("queries", 1_000_000), 300_000);
        context.Keep(new byte[200_000]);

        var refused = Should.Throw<QueryLimitException>(() => context.Keep(new byte[200_000]));

        refused.IsBusy.ShouldBeFalse();
        refused.Message.ShouldBe("query would hold more than 300000 bytes of memory (query.max_memory)");
        context.LetGo();
    }

    [Fact]
    public void Keeping_what_other_queries_have_no_room_for_says_that_these_are_in_the_way()
    {
        var together = new MemoryBudget("queries", 300_000);
        var other = Context(together, 300_000);
        other.Keep(new byte[200_000]);

        Should.Throw<QueryLimitException>(() => Context(together, 300_000).Keep(new byte[200_000])).IsBusy.ShouldBeTrue();

        other.LetGo();
        together.Used.ShouldBe(0);
    }

    private static QueryContext Context(MemoryBudget together, long maxBytes)
    {
        var limits = new QueryLimits { MaxBytes = maxBytes };
        return new QueryContext(TenantId.Default, limits, CancellationToken.None, new MemoryBudget("query", maxBytes, together));
    }
}
