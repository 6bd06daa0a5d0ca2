using System.Text;
using Triptych.Columnar.Symbols;
using Triptych.Model.Metrics;
using Triptych.Query.Budgets;
using Triptych.Query.Steps;

namespace Triptych.Query.Operators.Matching;

/// <summary>Binary operations between two matrices whose rows meet by label.</summary>
public sealed class VectorJoin
{
    private const string ManyToOneMustBeExplicit =
        "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)";
    private const string GroupingMustBeUnique = "multiple matches for labels: grouping labels must ensure unique matches";

    private readonly QueryContext _context;
    private readonly MatchingRule _rule;
    private readonly BinaryOperation _operation;
    private readonly ComparisonResult _comparison;
    private readonly CellArithmetic _cells;
    private readonly bool _swapped;
    private readonly KeyGroups _many;
    private readonly KeyGroups _one;
    private readonly RowCollector _collector;
    private readonly double[] _result;
    private readonly double[] _filled;
    private FloatHistogram?[]? _histograms;
    private LabelId[] _scratch = new LabelId[64];

    private VectorJoin(
        QueryContext context, BinaryOperation operation, ComparisonResult comparison, StepMatrix left, StepMatrix right, MatchingRule rule,
        ArithmeticNoteHandler? notes)
    {
        _cells = new CellArithmetic(operation, comparison, notes);
        _context = context;
        _rule = rule;
        _operation = operation;
        _comparison = comparison;
        _swapped = rule.Cardinality == JoinCardinality.OneToMany;
        _many = new KeyGroups(_swapped ? right : left, rule);
        _one = new KeyGroups(_swapped ? left : right, rule);
        _collector = new RowCollector(context, left.Grid, GroupingMustBeUnique);
        _result = new double[left.Grid.Count];
        _filled = new double[left.Grid.Count];
    }

    // Prometheus exchanges the sides for group_right, but not the fill values; its answers are what users compare with.
    private double? FillMany => _rule.FillLeft;

    private double? FillOne => _rule.FillRight;

    /// <summary>
    /// Joins two matrices over the same grid and symbols. At any step, a match group has at most one value on the "one" side.
    /// </summary>
    /// <param name="notes">Told where histograms are operands that do not fit, or fit with losses.</param>
    /// <exception cref="QueryFailedException">A match group has more values at a step than the rule allows.</exception>
    public static StepMatrix Apply(
        QueryContext context, BinaryOperation operation, ComparisonResult comparison, StepMatrix left, StepMatrix right, MatchingRule rule,
        ArithmeticNoteHandler? notes = null)
    {
        var join = new VectorJoin(context, operation, comparison, left, right, rule, notes);
        join.CheckOneSide();
        for (var group = 0; group < join._many.Count; group++) join.JoinGroup(group);
        if (join.FillMany is { } fill) join.FillMissingMany(fill);
        return join._collector.Finish();
    }

    private void CheckOneSide()
    {
        bool[]? manyPresent = null;
        for (var group = 0; group < _one.Count; group++)
        {
            var rows = _one.RowsOf(group);
            if (rows.Count < 2) continue;
            manyPresent ??= FillMany is null ? _many.AnyPresent() : AllSteps();
            if (FindStepWithTwo(_one, rows, manyPresent) is not { } found) continue;
            var side = _swapped ? "left" : "right";
            string[] twins = [Describe(_one.Matrix.Rows[found.First].Labels), Describe(_one.Matrix.Rows[found.Second].Labels)];
            Array.Sort(twins, StringComparer.Ordinal);
            throw QueryFailedException.Execution(
                $"found duplicate series for the match group {Describe(_one.KeyOf(group))} on the {side} hand-side of the operation: "
                + $"[{twins[0]}, {twins[1]}];many-to-many matching not allowed: matching labels must be unique on one side");
        }
    }

    private bool[] AllSteps()
    {
        var steps = new bool[_result.Length];
        Array.Fill(steps, true);
        return steps;
    }

    private static (int First, int Second)? FindStepWithTwo(KeyGroups side, IReadOnlyList<int> rows, bool[] where)
    {
        for (var i = 0; i < where.Length; i++)
        {
            var first = -1;
            foreach (var row in rows)
            {
                if (!where[i] || !side.Matrix.Rows[row].HasValue(i)) continue;
                if (first >= 0) return (first, row);
                first = row;
            }
        }

        return null;
    }

    private void JoinGroup(int group)
    {
        var other = _one.Find(_many.KeyOf(group));
        if (other < 0 && FillOne is null) return;
        var manyRows = _many.RowsOf(group);
        if (_rule.Cardinality == JoinCardinality.OneToOne && manyRows.Count > 1)
        {
            var present = new bool[_result.Length];
            if (FillOne is null) _one.MarkPresent(other, present);
            else Array.Fill(present, true);
            if (FindStepWithTwo(_many, manyRows, present) is not null) throw QueryFailedException.Execution(ManyToOneMustBeExplicit);
        }

        foreach (var manyRow in manyRows)
        {
            var many = _many.Matrix.Rows[manyRow];
            if (other >= 0)
            {
                foreach (var oneRow in _one.RowsOf(other)) AddPair(many.Labels, new StepCells(many.Values, many.Histograms), _one.Matrix.Rows[oneRow]);
            }

            if (FillOne is { } fill) AddFilled(many, other, fill);
        }
    }

    private void AddPair(ReadOnlySpan<LabelId> manyLabels, StepCells many, StepRow one)
    {
        _context.Tick(_result.Length);
        AddResult(manyLabels, one.Labels, many, new StepCells(one.Values, one.Histograms));
    }

    private void AddResult(ReadOnlySpan<LabelId> manyLabels, ReadOnlySpan<LabelId> oneLabels, StepCells many, StepCells one)
    {
        var room = manyLabels.Length + _rule.Include.Count + 1;
        if (_scratch.Length < room) _scratch = new LabelId[room * 2];
        var labels = _scratch.AsSpan(0, _rule.ResultLabels(manyLabels, oneLabels, _scratch));
        var left = _swapped ? one : many;
        var right = _swapped ? many : one;
        if (_cells.FloatsAreSimple && many.Histograms.IsEmpty && one.Histograms.IsEmpty)
        {
            StepArithmetic.Apply(_operation, _comparison, left.Values, right.Values, _result);
            _collector.Add(labels, _result);
            return;
        }

        _histograms ??= new FloatHistogram?[_result.Length];
        _cells.Apply(left, right, _result, _histograms);
        _collector.Add(labels, _result, _histograms);
    }

    // The "one" side lacks a value at some steps of the group.
    private void AddFilled(StepRow many, int other, double fill)
    {
        var present = new bool[_result.Length];
        _one.MarkPresent(other, present);
        for (var i = 0; i < present.Length; i++) _filled[i] = present[i] ? StepRow.Absent : fill;
        AddResult(many.Labels, default, new StepCells(many.Values, many.Histograms), new StepCells(_filled, default));
    }

    // The "many" side lacks a value where the "one" side has one: the group's own labels are all that is known.
    private void FillMissingMany(double fill)
    {
        for (var group = 0; group < _one.Count; group++)
        {
            var present = new bool[_result.Length];
            _many.MarkPresent(_many.Find(_one.KeyOf(group)), present);
            for (var i = 0; i < present.Length; i++) _filled[i] = present[i] ? StepRow.Absent : fill;
            foreach (var row in _one.RowsOf(group)) AddPair(_one.KeyOf(group), new StepCells(_filled, default), _one.Matrix.Rows[row]);
        }
    }

    // As labels stand in the messages that clients know: by the bytes of their names, values quoted.
    private string Describe(ReadOnlySpan<LabelId> labels)
    {
        var symbols = _context.Symbols;
        var sorted = labels.ToArray();
        Array.Sort(sorted, (a, b) => symbols.GetUtf8(a.Name).SequenceCompareTo(symbols.GetUtf8(b.Name)));
        var text = new StringBuilder("{");
        foreach (var label in sorted)
        {
            if (text.Length > 1) text.Append(", ");
            var value = symbols.GetString(label.Value).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
            text.Append(symbols.GetString(label.Name)).Append("=\"").Append(value.Replace("\n", "\\n", StringComparison.Ordinal)).Append('"');
        }

        return text.Append('}').ToString();
    }
}
