using Triptych.Traces.Block;

namespace Triptych.Traces.Attributes;

/// <summary>The columns of attributes of a merge's outputs: those that the inputs have.</summary>
internal static class AttributeUnion
{
    /// <summary>Chooses them: one for each name, of the type that most rows have; where there are too many, those of the most rows.</summary>
    public static AttributeLayout Of(IEnumerable<TraceBlock> inputs)
    {
        var rows = new Dictionary<AttributeSpec, long>();
        foreach (var input in inputs)
        {
            for (var i = 0; i < input.File.RowGroups.Length; i++)
            {
                foreach (var column in input.AttributesOf(i).Columns)
                    rows[column] = rows.GetValueOrDefault(column) + input.File.RowGroups[i].RowCount;
            }
        }

        var chosen = rows.OrderByDescending(c => c.Value).ThenBy(c => c.Key.Name, StringComparer.Ordinal).ThenBy(c => c.Key.Kind).Select(c => c.Key)
            .DistinctBy(c => c.Name.ToUpperInvariant()).Take(AttributeLayout.MostColumns).OrderBy(c => c.Name, StringComparer.Ordinal);
        return new AttributeLayout([.. chosen]);
    }
}
