using Triptych.Columnar.Symbols;
using Triptych.LogQL.Syntax;

namespace Triptych.LogQL.Functions;

/// <summary>Which labels of a row tell series apart: those of a list, or all but those of a list.</summary>
internal sealed class LabelSelection
{
    private readonly HashSet<int> _names;
    private readonly bool _without;

    private LabelSelection(bool without, IReadOnlyList<string> names, SymbolTable symbols)
    {
        _without = without;
        Names = names;
        _names = [.. names.Select(symbols.Intern)];
    }

    /// <summary>The names of the list.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>True where only the labels of the list count.</summary>
    public bool IsBy => !_without;

    public static LabelSelection By(IReadOnlyList<string> names, SymbolTable symbols) => new(false, names, symbols);

    public static LabelSelection Without(IReadOnlyList<string> names, SymbolTable symbols) => new(true, names, symbols);

    public static LabelSelection Of(Grouping grouping, SymbolTable symbols) => new(grouping.Without, grouping.Labels, symbols);

    public bool Keeps(int name) => _names.Contains(name) != _without;
}
