using Triptych.Columnar.Symbols;
using Triptych.Model.Metrics;
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

    /// <summary>What a row of floats costs, as charged.</summary>
    public static long RowBytes(int labels, int steps) => (labels * 8L) + (steps * 8L) + 112;

    /// <summary>What a matrix that was collected costs; to be released by whoever drops it.</summary>
    public static long MatrixBytes(StepMatrix matrix)
    {
        var bytes = 0L;
        foreach (var row in matrix.Rows) bytes += RowBytes(row.Labels.Length, row.Values.Length) + StepValues.HistogramBytes(row.HistogramSpan);
        return bytes;
    }

    /// <inheritdoc/>
    public void Add(ReadOnlySpan<LabelId> labels, Span<double> values, Span<FloatHistogram?> histograms)
    {
        if (!histograms.IsEmpty && !histograms.ContainsAnyExcept((FloatHistogram?)null)) histograms = default;
        if (histograms.IsEmpty && !StepValues.HasAny(values)) return;
        context.Tick(values.Length);
        if (_seen is not null)
        {
            var number = _seen.GetOrAdd(labels, out var added);
            if (!added)
            {
                _rows[number] = Merge(_rows[number], values, histograms);
                return;
            }
        }

        context.Charge(RowBytes(labels.Length, values.Length) + StepValues.HistogramBytes(histograms));
        _rows.Add(new StepRow(labels.ToArray(), values.ToArray()) { Histograms = histograms.IsEmpty ? null : histograms.ToArray() });
    }

    /// <summary>The matrix. The collector is of no use afterwards.</summary>
    public StepMatrix Finish()
    {
        var matrix = new StepMatrix(grid, context.Symbols);
        foreach (var row in _rows) matrix.Add(row);
        return matrix;
    }

    private StepRow Merge(StepRow into, ReadOnlySpan<double> values, ReadOnlySpan<FloatHistogram?> histograms)
    {
        if (RefuseEqualLabels) throw QueryFailedException.Execution(duplicateMessage!);
        var before = StepValues.HistogramBytes(into.HistogramSpan);
        if (!histograms.IsEmpty && into.Histograms is null)
            into = new StepRow(into.Labels, into.Values) { Histograms = new FloatHistogram?[values.Length] };
        for (var i = 0; i < values.Length; i++)
        {
            var histogram = histograms.IsEmpty ? null : histograms[i];
            if (StepRow.IsAbsent(values[i]) && histogram is null) continue;
            if (into.HasValue(i)) throw QueryFailedException.Execution(duplicateMessage!);
            into.Values[i] = values[i];
            if (histogram is not null) into.Histograms![i] = histogram;
        }

        context.Charge(StepValues.HistogramBytes(into.HistogramSpan) - before);
        return into;
    }
}
