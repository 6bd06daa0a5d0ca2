using System.Text.Json;
using Triptych.Model.Metrics;
using Triptych.Query.Histograms;

namespace Triptych.Api.Prometheus;

/// <summary>
/// Native histograms as Prometheus writes them: <c>{"count":"…","sum":"…","buckets":[[code,"lower","upper","count"],…]}</c>. Empty buckets are left
/// out, and so is the array where it would be empty. The code says which bounds belong to a bucket: 0 the upper, 1 the lower, 2 neither, 3 both.
/// </summary>
internal static class HistogramJson
{
    /// <summary>Writes a time and the histogram.</summary>
    public static void WritePoint(Utf8JsonWriter json, long timestampMs, FloatHistogram histogram)
    {
        json.WriteStartArray();
        AnswerJson.WriteTime(json, timestampMs);
        json.WriteStartObject();
        json.WritePropertyName("count"u8);
        AnswerJson.WriteValue(json, histogram.Count);
        json.WritePropertyName("sum"u8);
        AnswerJson.WriteValue(json, histogram.Sum);
        WriteBuckets(json, histogram);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteBuckets(Utf8JsonWriter json, FloatHistogram histogram)
    {
        var buckets = new List<HistogramBucket>();
        HistogramBuckets.ReadAll(histogram, buckets);
        var any = false;
        foreach (var bucket in buckets)
        {
            if (bucket.Count == 0) continue;
            if (!any) json.WriteStartArray("buckets"u8);
            any = true;
            json.WriteStartArray();
            json.WriteNumberValue(CodeOf(bucket));
            AnswerJson.WriteValue(json, bucket.Lower);
            AnswerJson.WriteValue(json, bucket.Upper);
            AnswerJson.WriteValue(json, bucket.Count);
            json.WriteEndArray();
        }

        if (any) json.WriteEndArray();
    }

    private static int CodeOf(HistogramBucket bucket) => (bucket.IncludesLower, bucket.IncludesUpper) switch
    {
        (false, true) => 0,
        (true, false) => 1,
        (false, false) => 2,
        _ => 3,
    };
}
