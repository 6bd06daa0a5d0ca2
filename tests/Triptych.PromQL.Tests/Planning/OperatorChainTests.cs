using Shouldly;
using Triptych.Model;
using Triptych.PromQL.Planning;
using Triptych.PromQL.Syntax;
using Triptych.Query.Budgets;
using Triptych.Query.Steps;
using Xunit;

namespace Triptych.PromQL.Tests.Planning;

public sealed class OperatorChainTests
{
    private const int Operators = 5_000;

    // What threads get where nobody says otherwise on the smallest of the systems we run on.
    private const int StackBytes = 1_536 * 1024;

    private readonly MemorySampleSource _source = new();

    [Theory]
    [InlineData("x", " + x", 5_001)]
    [InlineData("x", " + 1", 5_001)]
    [InlineData("x", " + 1 * x", 5_001)]
    [InlineData("x", " or x{a=\"none\"}", 1)]
    [InlineData("x", " and on () x", 1)]
    [InlineData("1", " + 1", 5_001)]
    [InlineData("x + sum(x + (1", " + 1", 5_003, "))")]
    [InlineData("1 + 1", " + x", 5_002)]
    [InlineData("sum_over_time((x", " + 1", 5_001, ")[1m:1m])")]
    public async Task A_long_chain_is_evaluated(string first, string link, double expected, string last = "")
    {
        _source.Add(new Dictionary<string, string> { ["__name__"] = "x", ["job"] = "a" }, 60_000, 1);
        _source.Add(new Dictionary<string, string> { ["__name__"] = "x", ["job"] = "a" }, 120_000, 1);
        if (first.Contains("sum(", StringComparison.Ordinal))
            first = first.Replace("x + sum", "sum(x) + sum", StringComparison.Ordinal);
        var query = first + string.Concat(Enumerable.Repeat(link, Operators)) + last;
        var value = double.NaN;
        await OnSmallStack(async () =>
        {
            var context = new QueryContext(TenantId.Default, new QueryLimits(), CancellationToken.None);
            var asked = new PromQLEngine(_source).QueryInstantAsync(query, 120_000, context);
            asked.IsCompleted.ShouldBeTrue("it has to run on this stack");
            var answer = await asked;
            answer.Error.ShouldBeNull();
            answer.Value!.Series.ShouldHaveSingleItem().TryGetPoint(0, out _, out value).ShouldBeTrue();
        });
        value.ShouldBe(expected);
    }

    [Fact]
    public async Task Chains_within_nesting_to_its_limit_are_evaluated()
    {
        _source.Add(new Dictionary<string, string> { ["__name__"] = "x" }, 60_000, 1);
        const int Levels = 190;
        var chain = string.Concat(Enumerable.Repeat(" + x", 40));
        var query = string.Concat(Enumerable.Repeat("x" + chain + " + (", Levels)) + "x" + new string(')', Levels);
        await OnSmallStack(async () =>
        {
            var context = new QueryContext(TenantId.Default, new QueryLimits(), CancellationToken.None);
            var asked = new PromQLEngine(_source).QueryInstantAsync(query, 60_000, context);
            var answer = await asked;
            answer.Error.ShouldBeNull();
            answer.Value!.Series.ShouldHaveSingleItem().TryGetPoint(0, out _, out var value).ShouldBeTrue();
            value.ShouldBe((Levels * 41) + 1);
        });
    }

    [Fact]
    public async Task A_long_chain_is_printed_compared_and_read_again()
    {
        var query = "x" + string.Concat(Enumerable.Repeat(" + on (job) y", Operators));
        await OnSmallStack(async () =>
        {
            var tree = PromQLParser.Parse(query).Expression.ShouldNotBeNull();
            PromQLPrinter.Print(tree).ShouldBe(query);
            tree.ToString().ShouldBe(query);
            tree.Equals(PromQLParser.Parse(query).Expression).ShouldBeFalse("lists of labels are compared by identity");
            tree.Equals(tree with { }).ShouldBeTrue();
            tree.Nesting.ShouldBe(2);
            tree.Height.ShouldBe(Operators + 1);
            var pretty = PrettyPrinter.Print(tree);
            pretty.Length.ShouldBeLessThan(query.Length * 2);
            pretty.ShouldStartWith("  x\n+ on (job)\n  y\n+ on (job)\n  y\n");
            PromQLPrinter.Print(PromQLParser.Parse(pretty).Expression!).ShouldBe(query);
            await Task.CompletedTask;
        });
    }

    [Fact]
    public async Task A_wrong_operand_in_a_long_chain_is_found()
    {
        var query = "x[1m]" + string.Concat(Enumerable.Repeat(" + x", Operators));
        await OnSmallStack(async () =>
        {
            PromQLParser.Parse(query).Error.ShouldNotBeNull().ToString()
                .ShouldBe("1:1: parse error: binary expression must contain only scalar and instant vector types");
            await Task.CompletedTask;
        });
    }

    // The task is complete or failed when the thread ends: the source answers at once.
    private static Task OnSmallStack(Func<Task> act)
    {
        Task? done = null;
        var thread = new Thread(() => done = act(), StackBytes);
        thread.Start();
        thread.Join();
        return done!;
    }
}
