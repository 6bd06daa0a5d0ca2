using Triptych.Model.Metrics;
using Triptych.Query.Histograms;

namespace Triptych.PromQL.Functions.Histograms;

/// <summary>histogram_avg, histogram_count, histogram_sum, histogram_stddev, histogram_stdvar: a number of each native histogram.</summary>
internal static class HistogramScalars
{
    /// <summary>The function of a name, which is one of these; it may keep scratch memory.</summary>
    public static Func<FloatHistogram, double> Find(string name)
    {
        switch (name)
        {
            case "histogram_avg":
                return histogram => histogram.Sum / histogram.Count;
            case "histogram_count":
                return histogram => histogram.Count;
            case "histogram_sum":
                return histogram => histogram.Sum;
            default:
                var quantiles = new HistogramQuantiles();
                return name == "histogram_stdvar" ? quantiles.Variance : histogram => Math.Sqrt(quantiles.Variance(histogram));
        }
    }
}
