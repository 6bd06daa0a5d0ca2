using System.Text;
using Triptych.Model.Metrics;
using Triptych.Primitives.Text;

namespace Triptych.Query.Histograms;

/// <summary>Histograms as text: <c>{count:3, sum:4.5, [-0.001,0.001]:1, (0.5,1]:2}</c>, empty buckets left out.</summary>
public static class HistogramText
{
    /// <summary>Writes a histogram as Prometheus does where it stands in a label.</summary>
    public static string Of(FloatHistogram histogram)
    {
        var text = new StringBuilder("{count:").Append(FloatFormat.General(histogram.Count));
        text.Append(", sum:").Append(FloatFormat.General(histogram.Sum));
        var buckets = new List<HistogramBucket>();
        HistogramBuckets.ReadAll(histogram, buckets);
        foreach (var bucket in buckets)
        {
            if (bucket.Count == 0) continue;
            text.Append(", ").Append(bucket.IncludesLower ? '[' : '(')
                .Append(FloatFormat.General(bucket.Lower)).Append(',').Append(FloatFormat.General(bucket.Upper))
                .Append(bucket.IncludesUpper ? ']' : ')').Append(':').Append(FloatFormat.General(bucket.Count));
        }

        return text.Append('}').ToString();
    }
}
