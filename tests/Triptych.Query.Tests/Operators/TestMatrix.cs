using System.Globalization;
using Triptych.Columnar.Symbols;
using Triptych.Query.Steps;

namespace Triptych.Query.Tests.Operators;

/// <summary>Matrices as text: labels as <c>a=1,b=2</c>, values with <c>_</c> for none.</summary>
internal static class TestMatrix
{
    public static LabelId[] Labels(SymbolTable symbols, string text) =>
    [
        .. text.Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => new LabelId(symbols.Intern(pair.Split('=')[0]), symbols.Intern(pair.Split('=')[1])))
            .OrderBy(label => label.Name),
    ];

    public static StepMatrix Of(SymbolTable symbols, StepGrid grid, params (string Labels, double[] Values)[] rows)
    {
        var matrix = new StepMatrix(grid, symbols);
        foreach (var (labels, values) in rows) matrix.Add(new StepRow(Labels(symbols, labels), values));
        return matrix;
    }

    public static Dictionary<string, string> Render(StepMatrix matrix) => matrix.Rows.ToDictionary(
        row => string.Join(
            ',',
            row.Labels.Select(label => $"{matrix.Symbols.GetString(label.Name)}={matrix.Symbols.GetString(label.Value)}").Order(StringComparer.Ordinal)),
        row => string.Join(' ', row.Values.Select(value => StepRow.IsAbsent(value) ? "_" : value.ToString("R", CultureInfo.InvariantCulture))),
        StringComparer.Ordinal);
}
