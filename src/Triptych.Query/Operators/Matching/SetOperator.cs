using Triptych.Model.Metrics;
using Triptych.Query.Budgets;
using Triptych.Query.Steps;

namespace Triptych.Query.Operators.Matching;

/// <summary>The three operators that let rows pass unchanged.</summary>
public enum SetOperation
{
    /// <summary>Left values where the right has the match group.</summary>
    And,

    /// <summary>Left values, and right values where the left lacks the match group.</summary>
    Or,

    /// <summary>Left values where the right lacks the match group.</summary>
    Unless,
}

/// <summary>Set operators, step by step.</summary>
public static class SetOperator
{
    /// <summary>Combines two matrices over the same grid and symbols.</summary>
    public static StepMatrix Apply(QueryContext context, SetOperation operation, StepMatrix left, StepMatrix right, MatchingRule rule)
    {
        var collector = new RowCollector(context, left.Grid, RowCollector.DuplicateLabelSet);
        var leftGroups = new KeyGroups(left, rule);
        var rightGroups = new KeyGroups(right, rule);
        if (operation == SetOperation.Or)
        {
            StepValues.Emit(left, collector);
            Filter(context, rightGroups, leftGroups, keepWherePresent: false, collector);
        }
        else
        {
            Filter(context, leftGroups, rightGroups, operation == SetOperation.And, collector);
        }

        return collector.Finish();
    }

    private static void Filter(QueryContext context, KeyGroups rows, KeyGroups other, bool keepWherePresent, RowCollector into)
    {
        var present = new bool[rows.Matrix.Grid.Count];
        var buffer = new double[present.Length];
        FloatHistogram?[]? histograms = null;
        for (var group = 0; group < rows.Count; group++)
        {
            Array.Clear(present);
            other.MarkPresent(other.Find(rows.KeyOf(group)), present);
            foreach (var row in rows.RowsOf(group))
            {
                context.Tick(buffer.Length);
                var source = rows.Matrix.Rows[row];
                for (var i = 0; i < buffer.Length; i++) buffer[i] = present[i] == keepWherePresent ? source.Values[i] : StepRow.Absent;
                if (source.Histograms is null)
                {
                    into.Add(source.Labels, buffer);
                    continue;
                }

                histograms ??= new FloatHistogram?[present.Length];
                for (var i = 0; i < buffer.Length; i++) histograms[i] = present[i] == keepWherePresent ? source.Histograms[i] : null;
                into.Add(source.Labels, buffer, histograms);
            }
        }
    }
}
