using Triptych.Model.Metrics;

namespace Triptych.Derive.Series;

/// <summary>A table's rows at one time.</summary>
/// <param name="layout">What the values are.</param>
/// <param name="rows">Label sets.</param>
/// <param name="values">Their values, one row behind the other.</param>
/// <param name="exemplars">An exemplar for each histogram of each row.</param>
/// <param name="natives">Native histograms; empty where there are none.</param>
/// <param name="ended">Labels of rows that ended since the last one.</param>
internal sealed class SeriesSnapshot(
    SeriesLayout layout, IReadOnlyList<SeriesRow> rows, double[] values, SeriesExemplar[] exemplars, FloatHistogram?[] natives,
    IReadOnlyList<byte[]> ended)
{
    /// <summary>What the values are.</summary>
    public SeriesLayout Layout => layout;

    /// <summary>Label sets.</summary>
    public IReadOnlyList<SeriesRow> Rows => rows;

    /// <summary>Labels of rows that ended since the last snapshot.</summary>
    public IReadOnlyList<byte[]> Ended => ended;

    /// <summary>A row's counter.</summary>
    public double Counter(int row, int counter) => values[(row * layout.ValueCount) + counter];

    /// <summary>The sum of what a histogram of a row observed.</summary>
    public double Sum(int row, int histogram) => values[(row * layout.ValueCount) + layout.SumOf(histogram)];

    /// <summary>Counts of a histogram's buckets, each by itself.</summary>
    public ReadOnlySpan<double> Buckets(int row, int histogram) =>
        values.AsSpan((row * layout.ValueCount) + layout.SumOf(histogram) + 1, layout.Buckets);

    /// <summary>A histogram's exemplar.</summary>
    public SeriesExemplar Exemplar(int row, int histogram) => exemplars[(row * layout.Histograms) + histogram];

    /// <summary>A native histogram; null where nothing was observed.</summary>
    public FloatHistogram? Native(int row, int histogram) => natives.Length == 0 ? null : natives[(row * layout.Histograms) + histogram];
}
