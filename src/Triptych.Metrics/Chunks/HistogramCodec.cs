using Triptych.Model.Metrics;
using Triptych.Primitives.Binary;

namespace Triptych.Metrics.Chunks;

/// <summary>
/// A native histogram as bytes, in WAL records and blocks:
/// <code>
/// schema:zigzag  hint:u8  zeroThreshold:f64  zeroCount:f64  count:f64  sum:f64
/// positive spans, positive buckets, negative spans, negative buckets, custom bounds, each: uvarint(n) then
///   span := offset:zigzag length:uvarint      bucket, bound := f64
/// </code>
/// </summary>
internal static class HistogramCodec
{
    /// <summary>The most spans, buckets or bounds that a histogram may have.</summary>
    public const int MaxEntries = 65_536;

    /// <summary>Whether a histogram stays within <see cref="MaxEntries"/>, so that it can be read again.</summary>
    public static bool IsWritable(FloatHistogram histogram) =>
        histogram.PositiveSpans.Count <= MaxEntries && histogram.PositiveBuckets.Count <= MaxEntries
        && histogram.NegativeSpans.Count <= MaxEntries && histogram.NegativeBuckets.Count <= MaxEntries
        && histogram.CustomBounds.Count <= MaxEntries;

    /// <summary>Writes a histogram that <see cref="IsWritable"/>.</summary>
    public static void Write(PooledBufferWriter output, FloatHistogram histogram)
    {
        output.WriteSigned(histogram.Schema);
        output.WriteByte((byte)histogram.ResetHint);
        output.WriteDouble(histogram.ZeroThreshold);
        output.WriteDouble(histogram.ZeroCount);
        output.WriteDouble(histogram.Count);
        output.WriteDouble(histogram.Sum);
        WriteSpans(output, histogram.PositiveSpans);
        WriteNumbers(output, histogram.PositiveBuckets);
        WriteSpans(output, histogram.NegativeSpans);
        WriteNumbers(output, histogram.NegativeBuckets);
        WriteNumbers(output, histogram.CustomBounds);
    }

    /// <summary>Reads a histogram; the reader says whether it failed.</summary>
    public static FloatHistogram Read(ref VarintReader reader) => new()
    {
        Schema = (int)reader.ReadSigned(),
        ResetHint = (CounterResetHint)reader.ReadByte(),
        ZeroThreshold = reader.ReadDouble(),
        ZeroCount = reader.ReadDouble(),
        Count = reader.ReadDouble(),
        Sum = reader.ReadDouble(),
        PositiveSpans = ReadSpans(ref reader),
        PositiveBuckets = ReadNumbers(ref reader),
        NegativeSpans = ReadSpans(ref reader),
        NegativeBuckets = ReadNumbers(ref reader),
        CustomBounds = ReadNumbers(ref reader),
    };

    private static void WriteSpans(PooledBufferWriter output, IReadOnlyList<BucketSpan> spans)
    {
        output.WriteUnsigned((ulong)spans.Count);
        foreach (var span in spans)
        {
            output.WriteSigned(span.Offset);
            output.WriteUnsigned(span.Length);
        }
    }

    private static void WriteNumbers(PooledBufferWriter output, IReadOnlyList<double> numbers)
    {
        output.WriteUnsigned((ulong)numbers.Count);
        foreach (var number in numbers) output.WriteDouble(number);
    }

    private static BucketSpan[] ReadSpans(ref VarintReader reader)
    {
        var spans = new BucketSpan[reader.ReadCount(Math.Min(MaxEntries, reader.Remaining))];
        for (var i = 0; i < spans.Length; i++) spans[i] = new BucketSpan((int)reader.ReadSigned(), (uint)reader.ReadUnsigned());
        return spans;
    }

    private static double[] ReadNumbers(ref VarintReader reader)
    {
        var numbers = new double[reader.ReadCount(Math.Min(MaxEntries, reader.Remaining / sizeof(double)))];
        for (var i = 0; i < numbers.Length; i++) numbers[i] = reader.ReadDouble();
        return numbers;
    }
}
