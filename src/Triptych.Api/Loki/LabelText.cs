using Triptych.Columnar.Symbols;
using Triptych.LogQL.Syntax.Literals;

namespace Triptych.Api.Loki;

/// <summary>Orders labels by their texts, for answers that do not depend on the order in which a query met them.</summary>
internal static class LabelText
{
    /// <summary>The labels ordered by the bytes of their names.</summary>
    public static LabelId[] Sorted(ReadOnlySpan<LabelId> labels, SymbolTable symbols)
    {
        var sorted = labels.ToArray();
        Array.Sort(sorted, (a, b) => Compare(symbols, a.Name, b.Name));
        return sorted;
    }

    /// <summary>Compares label sets that are ordered by name.</summary>
    public static int Compare(SymbolTable symbols, ReadOnlySpan<LabelId> left, ReadOnlySpan<LabelId> right)
    {
        for (var i = 0; i < Math.Min(left.Length, right.Length); i++)
        {
            var order = Compare(symbols, left[i].Name, right[i].Name);
            if (order == 0) order = Compare(symbols, left[i].Value, right[i].Value);
            if (order != 0) return order;
        }

        return left.Length.CompareTo(right.Length);
    }

    /// <summary>The labels as LogQL writes them: <c>{a="b", c="d"}</c>.</summary>
    public static string Print(ReadOnlySpan<LabelId> labels, SymbolTable symbols)
    {
        var texts = new List<string>();
        foreach (var label in labels) texts.Add($"{symbols.GetString(label.Name)}={StringLiteral.Quote(symbols.GetString(label.Value))}");
        return "{" + string.Join(", ", texts) + "}";
    }

    private static int Compare(SymbolTable symbols, int left, int right) =>
        left == right ? 0 : symbols.GetUtf8(left).SequenceCompareTo(symbols.GetUtf8(right));
}
