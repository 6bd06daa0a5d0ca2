using Triptych.Columnar.Symbols;
using Triptych.Query.Budgets;
using Triptych.Query.Steps;

namespace Triptych.Query.Operators;

/// <summary>
/// Makes a matrix of the rows that come in. Rows with equal labels become one, where no step has two values; with
/// <paramref name="duplicateMessage"/> given, two values at one step end the query. Charges the query for what it keeps.
/// </summary>
/// <param name="context">The query.</param>
/// <param name="grid">The steps.</param>
/// <param name="duplicateMessage">What to tell where two rows have equal labels and a value at the same step; null where labels are
/// distinct for sure.</param>
public sealed class RowCollector(QueryContext context, StepGrid grid, string? duplicateMessage) : IStepRowSink
{
    /// <summary>What Prometheus says; clients know the text.</summary>
    public const string DuplicateLabelSet = "vector cannot contain metrics with the same labelset";

    private readonly LabelSetIndex? _seen = duplicateMessage is null ? null : new LabelSetIndex();
    private readonly List<StepRow> _rows = [];

    /// <summary>Also refuses rows with equal labels whose values are at different steps.</summary>
    public bool RefuseEqualLabels { get; init; }

    /// <summary>What a row costs, as charged.</summary>
    public static long RowBytes(int labels, int steps) => (labels * 8L) + (steps * 8L) + 112;

    /// <summary>What a matrix that was collected costs; to be released by whoever drops it.</summary>
    public static long MatrixBytes(StepMatrix matrix)
    {
        var bytes = 0L;
        foreach (var row in matrix.Rows) bytes += RowBytes(row.Labels.Length, row.Values.Length);
        return bytes;
    }

    /// <inheritdoc/>
    public void Add(ReadOnlySpan<LabelId> labels, Span<double> values)
    {
        if (!StepValues.HasAny(values)) return;
        context.Tick(values.Length);
        if (_seen is not null)
        {
            var number = _seen.GetOrAdd(labels, out var added);
            if (!added)
            {
                Merge(_rows[number].Values, values);
                return;
            }
        }

        context.Charge(RowBytes(labels.Length, values.Length));
        _rows.Add(new StepRow(labels.ToArray(), values.ToArray()));
    }

    /// <summary>The matrix. The collector is of no use afterwards.</summary>
    public StepMatrix Finish()
    {
        var matrix = new StepMatrix(grid, context.Symbols);
        foreach (var row in _rows) matrix.Add(row);
        return matrix;
    }

    private void Merge(double[] into, ReadOnlySpan<double> values)
    {
        if (RefuseEqualLabels) throw QueryFailedException.Execution(duplicateMessage!);
        for (var i = 0; i < into.Length; i++)
        {
            if (StepRow.IsAbsent(values[i])) continue;
            if (!StepRow.IsAbsent(into[i])) throw QueryFailedException.Execution(duplicateMessage!);
            into[i] = values[i];
        }
    }
}
