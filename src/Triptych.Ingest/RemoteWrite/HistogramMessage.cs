using Triptych.Model.Metrics;
using Triptych.Primitives.Protobuf;

namespace Triptych.Ingest.RemoteWrite;

/// <summary>
/// <c>prometheus.Histogram</c>: <c>count_int:1 count_float:2 sum:3 schema:4 zero_threshold:5 zero_count_int:6 zero_count_float:7 negative_spans:8
/// negative_deltas:9 negative_counts:10 positive_spans:11 positive_deltas:12 positive_counts:13 reset_hint:14 timestamp:15 custom_values:16</c>.
/// </summary>
public static class HistogramMessage
{
    /// <summary>Writes the fields.</summary>
    public static void Write(ProtoWriter writer, long timestampMs, FloatHistogram histogram, bool isInteger)
    {
        // One of two counts says which kind it is, 0 too.
        if (isInteger) writer.WriteVarint(1, (ulong)histogram.Count);
        else writer.WriteDouble(2, histogram.Count);
        writer.WriteDouble(3, histogram.Sum);
        writer.WriteSInt64(4, histogram.Schema);
        writer.WriteDouble(5, histogram.ZeroThreshold);
        if (isInteger) writer.WriteVarint(6, (ulong)histogram.ZeroCount);
        else writer.WriteDouble(7, histogram.ZeroCount);
        WriteSpans(writer, 8, histogram.NegativeSpans);
        if (isInteger) WriteDeltas(writer, 9, histogram.NegativeBuckets);
        else WriteNumbers(writer, 10, histogram.NegativeBuckets);
        WriteSpans(writer, 11, histogram.PositiveSpans);
        if (isInteger) WriteDeltas(writer, 12, histogram.PositiveBuckets);
        else WriteNumbers(writer, 13, histogram.PositiveBuckets);
        writer.WriteVarint(14, (ulong)histogram.ResetHint);
        writer.WriteInt64(15, timestampMs);
        WriteNumbers(writer, 16, histogram.CustomBounds);
    }

    /// <summary>Writes bucket spans, <c>BucketSpan{offset 1, length 2}</c>, which the exposition format has in the same form.</summary>
    public static void WriteSpans(ProtoWriter writer, int field, IReadOnlyList<BucketSpan> spans)
    {
        foreach (var span in spans)
        {
            var message = writer.BeginMessage(field);
            writer.WriteSInt64(1, span.Offset);
            writer.WriteVarint(2, span.Length);
            writer.EndMessage(message);
        }
    }

    private static void WriteDeltas(ProtoWriter writer, int field, IReadOnlyList<double> counts)
    {
        if (counts.Count == 0) return;
        var packed = writer.BeginMessage(field);
        var before = 0L;
        foreach (var count in counts)
        {
            writer.Output.WriteSigned((long)count - before);
            before = (long)count;
        }

        writer.EndMessage(packed);
    }

    private static void WriteNumbers(ProtoWriter writer, int field, IReadOnlyList<double> numbers)
    {
        if (numbers.Count == 0) return;
        var packed = writer.BeginMessage(field);
        foreach (var number in numbers) writer.Output.WriteDouble(number);
        writer.EndMessage(packed);
    }
}
