using Triptych.Columnar.Symbols;

namespace Triptych.Query.Operators.Matching;

/// <summary>Which side of a join may have several rows for one match group.</summary>
public enum JoinCardinality
{
    /// <summary>Neither.</summary>
    OneToOne,

    /// <summary>The left (<c>group_left</c>).</summary>
    ManyToOne,

    /// <summary>The right (<c>group_right</c>).</summary>
    OneToMany,
}

/// <summary>Which rows of two matrices meet. Names are numbers of the query's symbol table.</summary>
public sealed class MatchingRule
{
    private readonly HashSet<int> _labels;

    /// <summary>Makes a rule.</summary>
    /// <param name="on">True: the labels named make the match group. False: all others do.</param>
    /// <param name="labels">The labels named.</param>
    /// <param name="nameLabel">The label that never belongs to a match group unless it is named by on, the metric's name; −1 where there
    /// is none.</param>
    public MatchingRule(bool on, IEnumerable<int> labels, int nameLabel)
    {
        On = on;
        NameLabel = nameLabel;
        _labels = [.. labels];
    }

    /// <summary>True for <c>on</c>, false for <c>ignoring</c>.</summary>
    public bool On { get; }

    /// <summary>See the constructor.</summary>
    public int NameLabel { get; }

    /// <summary>Which side may have several rows for a group.</summary>
    public JoinCardinality Cardinality { get; init; }

    /// <summary>Labels that the answer takes from the "one" side.</summary>
    public IReadOnlyList<int> Include { get; init; } = [];

    /// <summary>Labels that the answer loses, <see cref="NameLabel"/> among them where names are dropped.</summary>
    public IReadOnlyList<int> Dropped { get; init; } = [];

    /// <summary>Takes the place of a left value that is missing; null: no answer there.</summary>
    public double? FillLeft { get; init; }

    /// <summary>Takes the place of a right value that is missing; null: no answer there.</summary>
    public double? FillRight { get; init; }

    /// <summary>Writes the labels of the row's match group; <paramref name="into"/> is as long as the labels. Returns how many.</summary>
    public int Key(ReadOnlySpan<LabelId> labels, Span<LabelId> into)
    {
        var count = 0;
        foreach (var label in labels)
        {
            if (On ? _labels.Contains(label.Name) : label.Name != NameLabel && !_labels.Contains(label.Name)) into[count++] = label;
        }

        return count;
    }

    /// <summary>Writes the answer's labels for a pair; <paramref name="into"/> has room for both. Returns how many.</summary>
    public int ResultLabels(ReadOnlySpan<LabelId> many, ReadOnlySpan<LabelId> one, Span<LabelId> into)
    {
        var count = 0;
        foreach (var label in many)
        {
            if (Dropped.Contains(label.Name)) continue;
            if (Cardinality == JoinCardinality.OneToOne && _labels.Contains(label.Name) != On) continue;
            into[count++] = label;
        }

        foreach (var name in Include) count = LabelEditing.Set(into, count, name, LabelEditing.Find(one, name));
        return count;
    }
}
