using Shouldly;
using Triptych.Model;
using Triptych.Query.Budgets;
using Triptych.Query.Operators;
using Triptych.Query.Operators.Matching;
using Triptych.Query.Steps;
using Xunit;

namespace Triptych.Query.Tests.Operators;

public sealed class MatchingTests
{
    private static readonly double s_no = StepRow.Absent;

    private readonly QueryContext _context = new(TenantId.Default, new QueryLimits(), CancellationToken.None);
    private readonly StepGrid _grid = new(0, 1, 2);

    [Fact]
    public void One_to_one_on_labels_keeps_only_those()
    {
        var answer = Join(BinaryOperation.Divide, On("a"), [("n=x,a=1,b=1", [8, 9])], [("n=y,a=1,c=1", [2, s_no])]);
        answer.ShouldBe(new Dictionary<string, string> { ["a=1"] = "4 _" });
    }

    [Fact]
    public void Ignoring_leaves_the_rest_to_match()
    {
        var rule = new MatchingRule(false, [Symbol("b")], Symbol("n")) { Dropped = [Symbol("n")] };
        Join(BinaryOperation.Add, rule, [("n=x,a=1,b=1", [1, 2])], [("n=y,a=1,b=2", [10, 20])]).ShouldBe(new Dictionary<string, string> { ["a=1"] = "11 22" });
    }

    [Fact]
    public void Many_to_one_takes_labels_from_the_one_side()
    {
        var rule = new MatchingRule(true, [Symbol("a")], Symbol("n")) { Cardinality = JoinCardinality.ManyToOne, Include = [Symbol("v")], Dropped = [Symbol("n")] };
        var answer = Join(BinaryOperation.Multiply, rule, [("n=x,a=1,b=1", [1, 2]), ("n=x,a=1,b=2,v=old", [3, 4])], [("n=y,a=1,v=7", [1, 10])]);
        answer.ShouldBe(new Dictionary<string, string> { ["a=1,b=1,v=7"] = "1 20", ["a=1,b=2,v=7"] = "3 40" }, ignoreOrder: true);
    }

    [Fact]
    public void One_to_many_keeps_the_order_of_the_operands()
    {
        var rule = new MatchingRule(true, [Symbol("a")], Symbol("n")) { Cardinality = JoinCardinality.OneToMany, Dropped = [Symbol("n")] };
        Join(BinaryOperation.Subtract, rule, [("a=1", [10, 10])], [("a=1,b=1", [1, 2])]).ShouldBe(new Dictionary<string, string> { ["a=1,b=1"] = "9 8" });
    }

    [Fact]
    public void Two_rows_on_the_one_side_are_refused_only_where_both_have_a_value()
    {
        var left = new[] { ("a=1", new double[] { 1, 1 }) };
        Join(BinaryOperation.Add, On("a"), left, [("a=1,b=1", [1, s_no]), ("a=1,b=2", [s_no, 2])])
            .ShouldBe(new Dictionary<string, string> { ["a=1"] = "2 3" });
        Should.Throw<QueryFailedException>(() => Join(BinaryOperation.Add, On("a"), left, [("a=1,b=1", [1, 1]), ("a=1,b=2", [s_no, 2])]))
            .Message.ShouldContain("many-to-many matching not allowed");
    }

    [Fact]
    public void Two_rows_on_the_left_ask_for_group_left() =>
        Should.Throw<QueryFailedException>(() => Join(BinaryOperation.Add, On("a"), [("a=1,b=1", [1, 1]), ("a=1,b=2", [1, 1])], [("a=1", [1, 1])]))
            .Message.ShouldContain("many-to-one matching must be explicit");

    [Fact]
    public void A_comparison_keeps_left_values_where_it_holds() =>
        Join(BinaryOperation.Greater, new MatchingRule(false, [], Symbol("n")), [("n=x,a=1", [1, 5])], [("n=y,a=1", [2, 2])])
            .ShouldBe(new Dictionary<string, string> { ["a=1,n=x"] = "_ 5" });

    [Fact]
    public void Fill_stands_in_for_a_missing_side()
    {
        var rule = new MatchingRule(false, [], Symbol("n")) { Dropped = [Symbol("n")], FillLeft = 100, FillRight = 0 };
        var answer = Join(BinaryOperation.Add, rule, [("n=x,a=1", [1, 2])], [("n=y,a=1", [10, s_no]), ("n=y,a=2", [5, 6])]);
        answer.ShouldBe(new Dictionary<string, string> { ["a=1"] = "11 2", ["a=2"] = "105 106" }, ignoreOrder: true);
    }

    [Theory]
    [InlineData(SetOperation.And, "a=1,n=x:1 _")]
    [InlineData(SetOperation.Unless, "a=1,n=x:_ 2;a=2,n=x:3 4")]
    [InlineData(SetOperation.Or, "a=1,n=x:1 2;a=2,n=x:3 4;a=3,n=y:8 8")]
    public void Set_operators_work_step_by_step(SetOperation operation, string expected)
    {
        var left = TestMatrix.Of(_context.Symbols, _grid, ("n=x,a=1", [1, 2]), ("n=x,a=2", [3, 4]));
        var right = TestMatrix.Of(_context.Symbols, _grid, ("n=y,a=1", [9, s_no]), ("n=y,a=3", [8, 8]));
        var answer = SetOperator.Apply(_context, operation, left, right, new MatchingRule(false, [], Symbol("n")));
        string.Join(';', TestMatrix.Render(answer).Select(pair => pair.Key + ":" + pair.Value).Order(StringComparer.Ordinal)).ShouldBe(expected);
    }

    private int Symbol(string name) => _context.Symbols.Intern(name);

    private MatchingRule On(params string[] names) => new(true, names.Select(Symbol), Symbol("n")) { Dropped = [Symbol("n")] };

    private Dictionary<string, string> Join(
        BinaryOperation operation, MatchingRule rule, (string Labels, double[] Values)[] left, (string Labels, double[] Values)[] right) =>
        TestMatrix.Render(VectorJoin.Apply(
            _context, operation, ComparisonResult.KeepLeft, TestMatrix.Of(_context.Symbols, _grid, left), TestMatrix.Of(_context.Symbols, _grid, right), rule));
}
