using Triptych.Columnar.Symbols;

namespace Triptych.Query.Steps;

/// <summary>
/// What every language evaluates to: rows of labels and one value, or none, for each step of a grid. Labels are numbers of the query's symbol table,
/// ordered by number of the name, without empty values, so that equal label sets are equal spans.
/// Operators take matrices and make new ones; a row may be handed on where it does not change. Charged to the query's budget by whoever adds rows.
/// </summary>
public sealed class StepMatrix(StepGrid grid, SymbolTable symbols)
{
    private readonly List<StepRow> _rows = [];

    /// <summary>The steps.</summary>
    public StepGrid Grid { get; } = grid;

    /// <summary>The query's symbols.</summary>
    public SymbolTable Symbols { get; } = symbols;

    /// <summary>The rows.</summary>
    public IReadOnlyList<StepRow> Rows => _rows;

    /// <summary>Adds a row that has a value at one step at least; the caller owns nothing of it afterwards.</summary>
    public void Add(StepRow row) => _rows.Add(row);
}
