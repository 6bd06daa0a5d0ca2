using System.Text.RegularExpressions;
using Triptych.Columnar.Symbols;
using Triptych.LogQL.Syntax;
using Triptych.Model.Labels;
using Triptych.Query.Budgets;
using Triptych.Query.Operators;
using Triptych.Query.Steps;

namespace Triptych.LogQL.Functions;

/// <summary><c>label_replace</c>: where the whole source label matches, the destination label gets the expanded replacement.</summary>
internal sealed class LabelReplacement(QueryContext context, LabelReplace call)
{
    private readonly Regex _regex = RegexSyntax.TryCompileCapturing(call.Regex, anchored: true, out _)!;
    private readonly int _destination = context.Symbols.Intern(call.Destination);
    private readonly int _source = context.Symbols.Intern(call.Source);

    /// <exception cref="Triptych.Query.QueryFailedException">Two series have the same labels afterwards.</exception>
    public StepMatrix Apply(StepMatrix matrix)
    {
        var collector = new RowCollector(context, matrix.Grid, RowCollector.DuplicateLabelSet);
        var buffer = new double[matrix.Grid.Count];
        foreach (var row in matrix.Rows)
        {
            row.Values.CopyTo(buffer, 0);
            var labels = new LabelId[row.Labels.Length + 1];
            row.Labels.CopyTo(labels, 0);
            var count = row.Labels.Length;
            var match = _regex.Match(context.Symbols.GetString(LabelEditing.Find(row.Labels, _source)));
            if (match.Success)
            {
                var value = context.Symbols.Intern(GoExpansion.Expand(call.Replacement, match));
                count = LabelEditing.Set(labels, count, _destination, value);
            }


            collector.Add(labels.AsSpan(0, count), buffer);
        }

        return collector.Finish();
    }
}
