using Triptych.Model.Metrics;

namespace Triptych.Query.Histograms;

/// <summary>
/// An average of histograms that are added one by one: the sum over the count, and from where a number of the sum would overflow an incremental mean.
/// </summary>
/// <param name="scratch">Working memory, which many averages on one thread may share; null: its own.</param>
public sealed class HistogramAverage(HistogramScratch? scratch = null)
{
    // Below this no addition of two can overflow.
    private const double Safe = double.MaxValue / 4;

    private HistogramSum _sumOrMean = new(scratch);
    private HistogramSum? _trial;
    private double _bound;
    private bool _incremental;

    /// <summary>How many were added.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a histogram.</summary>
    /// <returns>With <see cref="HistogramIssues.SchemasMixed"/> the average has no meaning any more.</returns>
    public HistogramIssues Add(FloatHistogram histogram)
    {
        Count++;
        if (Count == 1) _sumOrMean.Add(histogram);
        _bound += Magnitude(histogram);
        if (Count == 1) return HistogramIssues.None;
        if (!_incremental)
        {
            if (_bound < Safe) return _sumOrMean.Add(histogram);
            _trial ??= new HistogramSum(scratch);
            _trial.CopyFrom(_sumOrMean);
            var issues = _trial.Add(histogram);
            if (!_trial.HasInfinity || (issues & HistogramIssues.SchemasMixed) != 0)
            {
                (_sumOrMean, _trial) = (_trial, _sumOrMean);
                return issues;
            }

            _incremental = true;
            _sumOrMean.Divide(Count - 1);
        }

        _sumOrMean.Scale((Count - 1.0) / Count);
        return _sumOrMean.Add(HistogramArithmetic.Divide(histogram, Count));
    }

    /// <summary>The average of those added, of which there is at least one.</summary>
    public FloatHistogram ToHistogram()
    {
        if (_incremental) return _sumOrMean.ToHistogram();
        var quotient = new HistogramSum(scratch);
        quotient.CopyFrom(_sumOrMean);
        quotient.Divide(Count);
        return quotient.ToHistogram();
    }

    // No number of any sum is larger than the sum of these.
    private static double Magnitude(FloatHistogram histogram)
    {
        var magnitude = Math.Abs(histogram.Count) + Math.Abs(histogram.Sum) + Math.Abs(histogram.ZeroCount);
        foreach (var count in histogram.PositiveBuckets) magnitude += Math.Abs(count);
        foreach (var count in histogram.NegativeBuckets) magnitude += Math.Abs(count);
        return magnitude;
    }
}
