using Shouldly;
using Triptych.Columnar.Symbols;
using Triptych.Model;
using Triptych.Query.Budgets;
using Triptych.Query.Operators;
using Triptych.Query.Operators.Aggregation;
using Triptych.Query.Steps;
using Xunit;

namespace Triptych.Query.Tests.Operators;

public sealed class AggregatorTests
{
    private static readonly double s_no = StepRow.Absent;

    private readonly QueryContext _context = new(TenantId.Default, new QueryLimits(), CancellationToken.None);
    private readonly StepGrid _grid = new(0, 1, 3);

    [Fact]
    public void Sum_groups_by_label_and_leaves_steps_without_values_absent()
    {
        var answer = Run(new SumAggregator(_context, _grid, By("a")), ("a=1,b=1", [1, 2, s_no]), ("a=1,b=2", [10, s_no, s_no]), ("a=2", [5, 5, 5]));
        answer["a=1"].ShouldBe("11 2 _");
        answer["a=2"].ShouldBe("5 5 5");
    }

    [Fact]
    public void Sum_does_not_lose_what_is_small_beside_what_is_large()
    {
        Run(new SumAggregator(_context, _grid, Grouping.None), ("a=1", [1, 1, 1]), ("a=2", [1e100, 1e100, 1]), ("a=3", [1, 1, 1]), ("a=4", [-1e100, -1e100, 1]))[""]
            .ShouldBe("2 2 4");
    }

    [Fact]
    public void Average_does_not_overflow() =>
        Run(new AverageAggregator(_context, _grid, Grouping.None), ("a=1", [1.7e308, 1, s_no]), ("a=2", [1.7e308, 2, s_no]))[""].ShouldBe("1.7E+308 1.5 _");

    [Fact]
    public void Without_keeps_the_other_labels() =>
        Run(new CountAggregator(_context, _grid, Grouping.ByAllBut([_context.Symbols.Intern("b")]), onlyOne: false),
            ("a=1,b=1", [1, 1, 1]), ("a=1,b=2", [1, s_no, 1])).ShouldBe(new Dictionary<string, string> { ["a=1"] = "2 1 2" });

    [Fact]
    public void Max_prefers_any_number_to_nan() =>
        Run(new ExtremeAggregator(_context, _grid, Grouping.None, largest: true), ("a=1", [double.NaN, double.NaN, s_no]), ("a=2", [1, s_no, s_no]))[""]
            .ShouldBe("1 NaN _");

    [Fact]
    public void Standard_deviation_is_that_of_the_population() =>
        Run(new VarianceAggregator(_context, _grid, Grouping.None, squareRoot: true), ("a=1", [2, 5, s_no]), ("a=2", [4, s_no, s_no]))[""].ShouldBe("1 0 _");

    [Fact]
    public void Quantile_interpolates_between_ranks() =>
        Run(new QuantileAggregator(_context, _grid, Grouping.None, [0.5, 2, -1]), ("a=1", [1, 1, 1]), ("a=2", [2, 2, 2]))[""].ShouldBe("1.5 Infinity -Infinity");

    [Fact]
    public void Top_keeps_labels_and_chooses_step_by_step()
    {
        var answer = Run(
            new TopAggregator(_context, _grid, Grouping.None, [2, 1, 0], largest: true),
            ("a=1", [1, 9, 1]), ("a=2", [2, 8, 2]), ("a=3", [3, 7, 3]), ("a=4", [double.NaN, double.NaN, 4]));
        answer.ShouldBe(new Dictionary<string, string> { ["a=1"] = "_ 9 _", ["a=2"] = "2 _ _", ["a=3"] = "3 _ _" }, ignoreOrder: true);
    }

    [Fact]
    public void Top_agrees_with_sorting_on_random_rows()
    {
        var random = new Random(7);
        var rows = Enumerable.Range(0, 200).Select(i => ($"a={i}", new double[] { random.Next(50), random.Next(50), random.Next(1000) })).ToArray();
        var answer = Run(new TopAggregator(_context, _grid, Grouping.None, [10, 10, 10], largest: false), rows);
        for (var step = 0; step < 3; step++)
        {
            var got = answer.Values.Select(text => text.Split(' ')[step]).Where(text => text != "_").Select(int.Parse).Order();
            got.ShouldBe(rows.Select(row => (int)row.Item2[step]).Order().Take(10));
        }
    }

    [Fact]
    public void Count_values_puts_the_value_into_a_label() =>
        Run(new CountValuesAggregator(_context, _grid, Grouping.None, _context.Symbols.Intern("v"), value => FormattableString.Invariant($"{value}")),
            ("a=1", [1, 2, s_no]), ("a=2", [1, 1, s_no])).ShouldBe(new Dictionary<string, string> { ["v=1"] = "2 1 _", ["v=2"] = "_ 1 _" }, ignoreOrder: true);

    [Fact]
    public void What_was_charged_is_what_the_answer_holds()
    {
        var aggregator = new QuantileAggregator(_context, _grid, By("a"), [0.5, 0.5, 0.5]);
        foreach (var number in Enumerable.Range(0, 100)) aggregator.Add(LabelsOf($"a={number % 3}"), new double[] { 1, 2, 3 });
        var matrix = aggregator.Finish();
        _context.BytesHeld.ShouldBe(RowCollector.MatrixBytes(matrix));
    }

    [Fact]
    public void Rows_with_equal_labels_become_one_where_their_steps_differ()
    {
        var collector = new RowCollector(_context, _grid, RowCollector.DuplicateLabelSet);
        collector.Add(LabelsOf("a=1"), new double[] { 1, s_no, s_no });
        collector.Add(LabelsOf("a=1"), new double[] { s_no, 2, s_no });
        Should.Throw<QueryFailedException>(() => collector.Add(LabelsOf("a=1"), new double[] { 3, s_no, s_no }));
        var matrix = collector.Finish();
        matrix.Rows.Count.ShouldBe(1);
        matrix.Rows[0].Values[..2].ShouldBe([1, 2]);
    }

    private Grouping By(params string[] names) => Grouping.By(names.Select(_context.Symbols.Intern));

    private LabelId[] LabelsOf(string text) => TestMatrix.Labels(_context.Symbols, text);

    private Dictionary<string, string> Run(IAggregator aggregator, params (string Labels, double[] Values)[] rows)
    {
        foreach (var (labels, values) in rows) aggregator.Add(LabelsOf(labels), (double[])values.Clone());
        return TestMatrix.Render(aggregator.Finish());
    }
}
