using Triptych.Columnar.Rows;
using Triptych.Columnar.Symbols;

namespace Triptych.LogQL.Stages;

/// <summary>What a parser stage would make of the line of a row whose fields the store knows. Of one batch at a time; moves from row to row.</summary>
internal sealed class KnownFields(IReadOnlyList<string> labels, SymbolTable symbols)
{
    private readonly int[] _names = [.. labels.Select(symbols.Intern)];
    private FieldColumn[] _columns = [];

    /// <summary>The row that is asked about.</summary>
    public int Row { get; set; }

    /// <summary>How many labels there are.</summary>
    public int Count => _names.Length;

    /// <summary>Takes the columns of a batch, one for each label.</summary>
    public void Begin(FieldColumn[] columns) => _columns = columns;

    /// <summary>The label of a name; -1 where it is none of them.</summary>
    public int IndexOf(int name) => Array.IndexOf(_names, name);

    /// <summary>The name of a label.</summary>
    public int NameOf(int label) => _names[label];

    /// <summary>The value of a label.</summary>
    public ref readonly LineField ValueOf(int label) => ref _columns[label].Values[Row];
}
