using Triptych.Model.Metrics;
using Triptych.Query.Steps;

namespace Triptych.PromQL.Planning;

/// <summary>The histograms of one row after the other, for selectors. The column is made for the first series that has some.</summary>
internal sealed class HistogramRow(int steps)
{
    private FloatHistogram?[]? _column;

    /// <summary>
    /// Takes the histograms that the steps see, and takes their floats out of <paramref name="row"/>. A histogram that marks the end of a series is none.
    /// With <paramref name="timesOnly"/> the row keeps its floats, times of samples, and no histogram is taken.
    /// </summary>
    public Span<FloatHistogram?> Take(ReadOnlySpan<FloatHistogram?> stored, ReadOnlySpan<int> indexes, Span<double> row, bool timesOnly)
    {
        _column ??= new FloatHistogram?[steps];
        Array.Clear(_column);
        for (var i = 0; i < indexes.Length; i++)
        {
            if (indexes[i] < 0 || stored[indexes[i]] is not { } histogram)
                continue;
            var isStale = SpecialValues.IsStale(histogram.Sum);
            if (isStale || !timesOnly)
                row[i] = StepRow.Absent;
            if (!isStale && !timesOnly)
                _column[i] = histogram;
        }

        return _column;
    }
}
