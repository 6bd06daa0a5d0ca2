using Triptych.Columnar.Symbols;

namespace Triptych.Query.Operators;

/// <summary>Small edits of label sets that are ordered by the number of the name.</summary>
public static class LabelEditing
{
    /// <summary>The value of a label, <see cref="SymbolTable.Empty"/> where it is missing.</summary>
    public static int Find(ReadOnlySpan<LabelId> labels, int name)
    {
        foreach (var label in labels)
        {
            if (label.Name == name) return label.Value;
        }

        return SymbolTable.Empty;
    }

    /// <summary>Copies all labels but one; returns how many were written.</summary>
    public static int CopyWithout(ReadOnlySpan<LabelId> labels, int name, Span<LabelId> into)
    {
        var count = 0;
        foreach (var label in labels)
        {
            if (label.Name != name) into[count++] = label;
        }

        return count;
    }

    /// <summary>Sets (or with the empty value removes) a label in place; <paramref name="labels"/> must have room for one more.</summary>
    /// <returns>The new count.</returns>
    public static int Set(Span<LabelId> labels, int count, int name, int value)
    {
        var at = 0;
        while (at < count && labels[at].Name < name) at++;
        var there = at < count && labels[at].Name == name;
        if (value == SymbolTable.Empty)
        {
            if (!there) return count;
            labels[(at + 1)..count].CopyTo(labels[at..]);
            return count - 1;
        }

        if (!there) labels[at..count].CopyTo(labels[(at + 1)..]);
        labels[at] = new LabelId(name, value);
        return there ? count : count + 1;
    }

    /// <summary>Copies labels in the order of names' numbers, leaving out empty values; returns how many were written.</summary>
    public static int CopySorted(ReadOnlySpan<LabelId> labels, Span<LabelId> into)
    {
        var count = 0;
        foreach (var label in labels)
        {
            if (label.Value == SymbolTable.Empty) continue;
            var at = count++;
            for (; at > 0 && into[at - 1].Name > label.Name; at--) into[at] = into[at - 1];
            into[at] = label;
        }

        return count;
    }
}
