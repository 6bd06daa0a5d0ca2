using Triptych.Columnar.Symbols;
using Triptych.Query.Steps;

namespace Triptych.Query.Operators.Matching;

/// <summary>The rows of a matrix by their match group.</summary>
public sealed class KeyGroups
{
    private readonly LabelSetIndex _keys = new();
    private readonly List<List<int>> _rows = [];

    /// <summary>Sorts the rows of <paramref name="matrix"/> into groups.</summary>
    public KeyGroups(StepMatrix matrix, MatchingRule rule)
    {
        Matrix = matrix;
        GroupOf = new int[matrix.Rows.Count];
        var scratch = new LabelId[32];
        for (var row = 0; row < GroupOf.Length; row++)
        {
            var labels = matrix.Rows[row].Labels;
            if (scratch.Length < labels.Length) scratch = new LabelId[labels.Length * 2];
            var key = _keys.GetOrAdd(scratch.AsSpan(0, rule.Key(labels, scratch)), out var added);
            if (added) _rows.Add([]);
            _rows[key].Add(row);
            GroupOf[row] = key;
        }
    }

    /// <summary>The matrix.</summary>
    public StepMatrix Matrix { get; }

    /// <summary>The group of each row.</summary>
    public int[] GroupOf { get; }

    /// <summary>How many groups there are.</summary>
    public int Count => _rows.Count;

    /// <summary>The labels that the rows of a group share.</summary>
    public ReadOnlySpan<LabelId> KeyOf(int group) => _keys[group];

    /// <summary>The rows of a group.</summary>
    public IReadOnlyList<int> RowsOf(int group) => _rows[group];

    /// <summary>The group with the same key as a group of another side, or −1.</summary>
    public int Find(ReadOnlySpan<LabelId> key) => _keys.Find(key);

    /// <summary>Marks the steps at which a group (of either matrix, −1: none) has a value.</summary>
    public void MarkPresent(int group, Span<bool> present)
    {
        if (group < 0) return;
        foreach (var row in _rows[group])
        {
            var source = Matrix.Rows[row];
            for (var i = 0; i < present.Length; i++) present[i] |= source.HasValue(i);
        }
    }

    /// <summary>Marks the steps at which any row has a value.</summary>
    public bool[] AnyPresent()
    {
        var present = new bool[Matrix.Grid.Count];
        for (var group = 0; group < Count; group++) MarkPresent(group, present);
        return present;
    }
}
