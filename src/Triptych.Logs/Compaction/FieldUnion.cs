using Triptych.Logs.Fields;

namespace Triptych.Logs.Compaction;

/// <summary>The columns of fields of a merge's outputs: those that the inputs have, by the rows that they have them of.</summary>
internal static class FieldUnion
{
    /// <summary>Chooses them.</summary>
    public static FieldLayout Of(IReadOnlyList<LogMergeInput> inputs)
    {
        var rows = new Dictionary<FieldSpec, long>();
        foreach (var input in inputs)
        {
            for (var i = 0; i < input.Fields.Count; i++)
            {
                foreach (var column in input.Fields[i]?.Columns ?? [])
                    rows[column] = rows.GetValueOrDefault(column) + input.File.RowGroups[i].RowCount;
            }
        }

        // One column for each name: what most rows have, and after that as many as a file may have.
        var chosen = rows.OrderByDescending(c => c.Value).ThenBy(c => c.Key.Column, StringComparer.Ordinal).Select(c => c.Key)
            .DistinctBy(c => (c.Format, c.Name.ToUpperInvariant())).Take(FieldLayout.MostColumns).OrderBy(c => c.Column, StringComparer.Ordinal);
        return new FieldLayout([.. chosen]);
    }
}
