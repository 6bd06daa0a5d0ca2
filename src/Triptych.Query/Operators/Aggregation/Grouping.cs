using Triptych.Columnar.Symbols;

namespace Triptych.Query.Operators.Aggregation;

/// <summary>
/// Which labels of a row make its group: those named (<c>by</c>), or all others (<c>without</c>). Names are numbers of the query's symbol
/// table.
/// </summary>
public sealed class Grouping
{
    private readonly HashSet<int> _names;

    private Grouping(bool without, IEnumerable<int> names)
    {
        Without = without;
        _names = [.. names];
    }

    /// <summary>All rows in one group, without labels.</summary>
    public static Grouping None { get; } = new(false, []);

    /// <summary>True where <see cref="Project"/> keeps the labels that were not named.</summary>
    public bool Without { get; }

    /// <summary>Groups by the labels named.</summary>
    public static Grouping By(IEnumerable<int> names) => new(false, names);

    /// <summary>Groups by all labels but those named.</summary>
    public static Grouping ByAllBut(IEnumerable<int> names) => new(true, names);

    /// <summary>
    /// Writes the labels of the row's group to <paramref name="into"/>, which must be as long as the labels; returns how many.
    /// </summary>
    public int Project(ReadOnlySpan<LabelId> labels, Span<LabelId> into)
    {
        if (!Without && _names.Count == 0) return 0;
        var count = 0;
        foreach (var label in labels)
        {
            if (_names.Contains(label.Name) != Without) into[count++] = label;
        }

        return count;
    }
}
