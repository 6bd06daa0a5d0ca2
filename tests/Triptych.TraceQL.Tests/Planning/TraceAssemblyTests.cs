using System.Globalization;
using Triptych.Model;
using Triptych.Model.Attributes;
using Triptych.Query;
using Triptych.Query.Budgets;
using Triptych.TraceQL.Functions;
using Triptych.TraceQL.Planning;

namespace Triptych.TraceQL.Tests.Planning;

/// <summary>What a range means, and that a trace is what its own spans make it: not the order of a query's sides, other traces, a limit, or a chunk.</summary>
public class TraceAssemblyTests
{
    private const int Minute = 60_000;
    private const int Hour = 60 * Minute;

    // One trace over ten minutes.
    private static readonly List<TestSpan> Long =
    [
        new(1, 1, 0, "shop", "root") { StartMs = 0, Attributes = new() { ["a"] = 1 } },
        new(1, 2, 1, "cart", "child") { StartMs = 10 * Minute, Attributes = new() { ["b"] = 1 }, Events = [("late", 1, new() { ["n"] = 2 })] },
    ];

    [Theory]
    [InlineData("{ .a = 1 } && { .b = 1 }", "1", "1")]
    [InlineData("{ .b = 1 } && { .a = 1 }", "1", "1")]
    [InlineData("{ .a = 1 } >> { .b = 1 }", "", "1")]
    [InlineData("{ .b = 1 } << { .a = 1 }", "1", "")]
    [InlineData("{ .a = 1 } &>> { .b = 1 }", "1", "1")]
    [InlineData("{ .a = 1 } || { .b = 1 }", "1", "1")]
    [InlineData("{ .a = 1 }", "1", "")]
    [InlineData("{ event.n = 2 }", "", "1")]
    [InlineData("{ 200 > event.n }", "", "1")]
    [InlineData("{ rootName = \"root\" && .b = 1 }", "", "1")]
    [InlineData("{ nestedSetParent < 0 }", "1", "")]
    [InlineData("{ } | count() = 2", "1", "1")]
    public async Task A_trace_is_in_the_range_by_a_span_that_is_selected(string query, string early, string late)
    {
        (await FindAsync(Long, query, -Minute, Minute)).ShouldBe(early);
        (await FindAsync(Long, query, 9 * Minute, 11 * Minute)).ShouldBe(late);
        (await FindAsync(Long, query, 2 * Minute, 3 * Minute)).ShouldBe("");
    }

    [Theory]
    [InlineData("{ .a = 1 } >> { .b = 1 }", 0)]
    [InlineData("{ .b = 1 && rootName = \"root\" }", 0)]
    [InlineData("{ .b = 1 }", 1)]
    public async Task Fragments_further_apart_than_the_reach_are_traces_of_their_own_whatever_lies_between(string query, int found)
    {
        List<TestSpan> apart = [Long[0], Long[1] with { StartMs = 90 * Minute }];
        var between = new TestSpan(2, 1, 0, "other", "other") { StartMs = 40 * Minute, Attributes = new() { ["b"] = 1 } };
        (await FindAsync(apart, query, -Hour, 4 * Hour)).Count(static c => c == '1').ShouldBe(found);
        (await FindAsync([.. apart, between], query, -Hour, 4 * Hour)).Split(' ').Count(static t => t == "1").ShouldBe(found);
    }

    [Fact]
    public async Task A_trace_that_goes_on_for_hours_is_whole()
    {
        var spans = Enumerable.Range(0, 12).Select(n => new TestSpan(1, n + 1, n, "s", n == 0 ? "first" : "next") { StartMs = n * 50 * Minute }).ToList();
        (await FindAsync(spans, "{ name = \"first\" } >> { } | count() = 11", 0, Hour)).ShouldBe("1");
        (await CountAsync(spans, "{ name = \"first\" } >> { } | count_over_time()", 0, 24 * Hour)).ShouldBe(11);
    }

    [Fact]
    public async Task Every_fragment_counts_once_in_metrics_however_far_apart()
    {
        var spans = Enumerable.Range(0, 40).SelectMany(n => new[]
        {
            new TestSpan(7, (2 * n) + 1, 0, "s", "parent") { StartMs = n * 3 * Hour },
            new TestSpan(7, (2 * n) + 2, (2 * n) + 1, "s", "child") { StartMs = (n * 3 * Hour) + 5 },
        }).ToList();

        // As many others as make several chunks.
        var others = Enumerable.Range(1, 2_000).SelectMany(n => new[]
        {
            new TestSpan(100 + n, 1, 0, "s", "parent") { StartMs = n * 3 * Minute },
            new TestSpan(100 + n, 2, 1, "s", "child") { StartMs = (n * 3 * Minute) + 5 },
        });
        (await CountAsync(spans, "{ name = \"parent\" } > { name = \"child\" } | count_over_time()", 0, 200 * Hour)).ShouldBe(40);
        (await CountAsync([.. spans, .. others], "{ name = \"parent\" } > { name = \"child\" } | count_over_time()", 0, 200 * Hour)).ShouldBe(2_040);
        (await FindAsync(spans, "{ name = \"parent\" } > { name = \"child\" }", 0, 200 * Hour)).ShouldBe("7", "an id is told once");
    }

    [Fact]
    public async Task Equal_lists_are_one_group()
    {
        List<TestSpan> spans =
        [
            new(1, 1, 0, "s", "a") { Attributes = new() { ["l"] = new[] { "x", "y" } } },
            new(1, 2, 1, "s", "b") { Attributes = new() { ["l"] = new[] { "x", "y" } } },
            new(1, 3, 1, "s", "c") { Attributes = new() { ["l"] = new[] { "y", "x" } } },
        ];
        var trace = (await SearchAsync(spans, "{ } | by(span.l)", 0, Hour)).ShouldHaveSingleItem();
        trace.Spansets.Select(static set => set.Matched).ShouldBe([2, 1]);
        (trace.Spansets[0].Attributes[0].Value.Kind, trace.Spansets[0].Attributes[0].Value.Text).ShouldBe((AttributeKind.Array, "[\"x\",\"y\"]"));
        (await FindAsync(spans, "{ } | by(span.l) | count() > 1", 0, Hour)).ShouldBe("1");
    }

    [Fact]
    public async Task Sums_of_whole_numbers_are_exact_and_both_zeros_one_group()
    {
        const long big = 9_007_199_254_740_993;
        List<TestSpan> spans =
        [
            new(1, 1, 0, "s", "a") { Attributes = new() { ["n"] = big, ["f"] = 0.0 } },
            new(1, 2, 1, "s", "b") { Attributes = new() { ["n"] = -big, ["f"] = -0.0 } },
            new(1, 3, 1, "s", "c") { Attributes = new() { ["n"] = big } },
        ];
        (await FindAsync(spans, $"{{ }} | sum(span.n) = {big}", 0, Hour)).ShouldBe("1");
        (await FindAsync(spans, $"{{ }} | sum(span.n) = {big - 1}", 0, Hour)).ShouldBe("");
        (await FindAsync(spans, "{ .f = 0.0 } | by(span.f) | count() = 2", 0, Hour)).ShouldBe("1");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_root_of_a_shared_id_is_the_clients_span_in_whatever_order_they_are_read(bool clientFirst)
    {
        var client = new TestSpan(1, 1, 0, "front", "call") { Kind = 3 };
        var server = new TestSpan(1, 1, 0, "ship", "serve") { Kind = 2 };
        var found = (await SearchAsync(clientFirst ? [client, server] : [server, client], "{ }", 0, Hour)).ShouldHaveSingleItem();
        (found.RootServiceName, found.RootTraceName).ShouldBe(("front", "call"));
        var early = server with { StartMs = -5 };
        (await SearchAsync([client, early], "{ }", -10, Hour)).ShouldHaveSingleItem().RootServiceName.ShouldBe("front");
        (await FindAsync([client, server], "{ nestedSetParent < 0 && resource.service.name = \"ship\" }", 0, Hour)).ShouldBe("");
    }

    [Fact]
    public async Task Groups_as_many_as_spans_take_memory_for_each_span_once()
    {
        var spans = Enumerable.Range(1, 30_000).Select(n => new TestSpan(1, n, n == 1 ? 0 : 1, "s", $"op{n}") { StartMs = n }).ToList();
        var before = GC.GetTotalAllocatedBytes(precise: true);
        (await FindAsync(spans, "{ } | by(name) | { duration > 1ms } | count() = 1", 0, Hour)).ShouldBe("1");

        // A bitmap for each would be 30,000 times 30,000 bytes, and more than once.
        (GC.GetTotalAllocatedBytes(precise: true) - before).ShouldBeLessThan(500_000_000);
    }

    private static long At(long ms) => TestSpan.Epoch + (ms * TestSpan.Millisecond);

    private static async Task<IReadOnlyList<FoundTrace>> SearchAsync(List<TestSpan> spans, string query, long fromMs, long toMs)
    {
        var context = new QueryContext(TenantId.Default, new QueryLimits(), TestContext.Current.CancellationToken);
        var result = await new TraceQLEngine(new InMemorySpanSource(spans, batchRows: 512))
            .SearchAsync(new TraceSearchRequest(query, At(fromMs), At(toMs), Limit: 1_000), context);
        result.Error.ShouldBeNull();
        return result.Value!.Traces;
    }

    /// <summary>Numbers of the traces found, in the order of the answer.</summary>
    private static async Task<string> FindAsync(List<TestSpan> spans, string query, long fromMs, long toMs) => string.Join(
        ' ', (await SearchAsync(spans, query, fromMs, toMs)).Select(static t => int.Parse(t.TraceId, NumberStyles.HexNumber, CultureInfo.InvariantCulture)));

    private static async Task<double> CountAsync(List<TestSpan> spans, string query, long fromMs, long toMs)
    {
        var context = new QueryContext(TenantId.Default, new QueryLimits(), TestContext.Current.CancellationToken);
        var result = await new TraceQLEngine(new InMemorySpanSource(spans, batchRows: 512))
            .MetricsAsync(new TraceMetricsRequest(query, At(fromMs), At(toMs), 0), context);
        result.Error.ShouldBeNull();
        return result.Value!.Series.Single().Values.Single();
    }
}
