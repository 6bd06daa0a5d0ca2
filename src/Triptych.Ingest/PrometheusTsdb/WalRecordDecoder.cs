using System.Text;
using System.Text.Unicode;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;

namespace Triptych.Ingest.PrometheusTsdb;

/// <summary>
/// Decodes records, each <c>type:u8</c> and then, as often as there is room (varints with a sign in zigzag):
/// <code>
///  1 series      number:u64 labels                         labels := uvarint(n) { string string }
///  2 samples     number:u64 time:u64, then { number−first:varint time−first:varint value:f64 }
///  3 tombstones  number:u64 min:varint max:varint
///  4 exemplars   as samples, then labels
///  5 markers     of chunks that are in files of their own: nothing that the samples do not say
///  6 metadata    number:uvarint type:u8 uvarint(n) { string string }
///  7 histograms  as samples, instead of the value: hint:u8 schema:varint zero_threshold:f64 zero_count:uvarint count:uvarint sum:f64
///                uvarint(n) { offset:varint length:uvarint } for positive, then negative spans; uvarint(n) { delta:varint } likewise;
///                with schema −53 uvarint(n) { bound:f64 }
///  8 float histograms   the same with counts of f64
///  9, 10         7 and 8 with custom bounds
/// </code>
/// One thread at a time.
/// </summary>
public sealed class WalRecordDecoder
{
    private const int MaxEntries = 65_536;
    private static readonly string[] Types = ["unknown", "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset"];
    private readonly LabelSetWriter _labels = new();

    /// <summary>Decodes a record; returns what is wrong with it, or null. What comes before the fault has been given then.</summary>
    public string? Decode(ReadOnlySpan<byte> record, IWalRecords into)
    {
        if (record.IsEmpty) return "a record is empty";
        var reader = new ElementReader(record[1..]);
        var problem = record[0] switch
        {
            1 => ReadSeries(ref reader, into),
            2 => ReadSamples(ref reader, into),
            3 => ReadTombstones(ref reader, into),
            4 => ReadExemplars(ref reader, into),
            5 => null,
            6 => ReadMetadata(ref reader, into),
            7 or 9 => ReadHistograms(ref reader, isFloat: false, into),
            8 or 10 => ReadHistograms(ref reader, isFloat: true, into),
            var type => $"a record has the type {type}, which this version does not know",
        };
        return problem ?? (reader.Failed ? "a record breaks off" : null);
    }

    private string? ReadSeries(ref ElementReader reader, IWalRecords into)
    {
        while (reader.Remaining > 0)
        {
            var series = reader.ReadUInt64();
            if (ReadLabels(ref reader, out var labels) is { } problem) return problem;
            if (!reader.Failed) into.Series(series, labels);
        }

        return null;
    }

    private string? ReadLabels(ref ElementReader reader, out ReadOnlySpan<byte> labels)
    {
        _labels.Reset();
        var isText = true;
        for (var count = reader.ReadCount(2); count > 0; count--)
        {
            var name = reader.ReadString();
            var value = reader.ReadString();
            isText &= Utf8.IsValid(name) && Utf8.IsValid(value);
            if (!reader.Failed) _labels.Add(name, value);
        }

        var error = _labels.TryFinish(out labels);
        if (reader.Failed) return null;
        if (!isText) return "a series has a label that is not UTF-8";
        return error == LabelSetError.None ? null : $"the labels of a series are no label set ({error})";
    }

    private static string? ReadSamples(ref ElementReader reader, IWalRecords into)
    {
        if (reader.Remaining == 0) return null;
        var (first, start) = (reader.ReadUInt64(), (long)reader.ReadUInt64());
        while (reader.Remaining > 0)
        {
            var (series, time, value) = (first + (ulong)reader.ReadSigned(), start + reader.ReadSigned(), reader.ReadDouble());
            if (!reader.Failed) into.Sample(series, time, value);
        }

        return null;
    }

    private static string? ReadTombstones(ref ElementReader reader, IWalRecords into)
    {
        while (reader.Remaining > 0)
        {
            var series = reader.ReadUInt64();
            var range = new DeletedRange(reader.ReadSigned(), reader.ReadSigned());
            if (!reader.Failed) into.Deleted(series, range);
        }

        return null;
    }

    private string? ReadExemplars(ref ElementReader reader, IWalRecords into)
    {
        if (reader.Remaining == 0) return null;
        var (first, start) = (reader.ReadUInt64(), (long)reader.ReadUInt64());
        while (reader.Remaining > 0)
        {
            var (series, time, value) = (first + (ulong)reader.ReadSigned(), start + reader.ReadSigned(), reader.ReadDouble());
            if (ReadLabels(ref reader, out var labels) is { } problem) return problem;
            if (!reader.Failed) into.Exemplar(series, time, value, labels);
        }

        return null;
    }

    private static string? ReadMetadata(ref ElementReader reader, IWalRecords into)
    {
        while (reader.Remaining > 0)
        {
            var series = reader.ReadUnsigned();
            var type = reader.ReadByte();
            var (unit, help) = ("", "");
            for (var fields = reader.ReadCount(2); fields > 0; fields--)
            {
                var name = reader.ReadString();
                var value = reader.ReadString();
                if (name.SequenceEqual("UNIT"u8)) unit = Encoding.UTF8.GetString(value);
                else if (name.SequenceEqual("HELP"u8)) help = Encoding.UTF8.GetString(value);
            }

            if (!reader.Failed) into.Metadata(series, type < Types.Length ? Types[type] : Types[0], unit, help);
        }

        return null;
    }

    private static string? ReadHistograms(ref ElementReader reader, bool isFloat, IWalRecords into)
    {
        if (reader.Remaining == 0) return null;
        var (first, start) = (reader.ReadUInt64(), (long)reader.ReadUInt64());
        while (reader.Remaining > 0)
        {
            var (series, time) = (first + (ulong)reader.ReadSigned(), start + reader.ReadSigned());
            if (ReadHistogram(ref reader, isFloat, out var histogram) is { } problem) return problem;
            if (!reader.Failed) into.Sample(series, time, histogram);
        }

        return null;
    }

    private static string? ReadHistogram(ref ElementReader reader, bool isFloat, out FloatHistogram histogram)
    {
        var hint = reader.ReadByte();
        var schema = (int)Math.Clamp(reader.ReadSigned(), int.MinValue, int.MaxValue);
        var zeroThreshold = reader.ReadDouble();
        var zeroCount = isFloat ? reader.ReadDouble() : reader.ReadUnsigned();
        var count = isFloat ? reader.ReadDouble() : reader.ReadUnsigned();
        var sum = reader.ReadDouble();
        var positiveSpans = ReadSpans(ref reader);
        var negativeSpans = ReadSpans(ref reader);
        var positive = ReadBuckets(ref reader, isFloat);
        var negative = ReadBuckets(ref reader, isFloat);
        var bounds = schema == FloatHistogram.CustomBoundsSchema ? ReadBuckets(ref reader, isFloat: true) : [];
        histogram = HistogramParts.Stale;
        if (reader.Failed || SpecialValues.IsStale(sum)) return null;
        var lists = Math.Max(Math.Max(positiveSpans.Length, negativeSpans.Length), Math.Max(positive.Length, Math.Max(negative.Length, bounds.Length)));
        if (lists > MaxEntries) return $"a histogram has more than {MaxEntries} spans or buckets";
        histogram = new FloatHistogram
        {
            Schema = schema,

            // What Prometheus answers from its chunks: gauges are known as such, and resets are found by comparing.
            ResetHint = hint == (byte)CounterResetHint.Gauge ? CounterResetHint.Gauge : CounterResetHint.Unknown,
            ZeroThreshold = zeroThreshold,
            ZeroCount = zeroCount,
            Count = count,
            Sum = sum,
            PositiveSpans = positiveSpans,
            PositiveBuckets = positive,
            NegativeSpans = negativeSpans,
            NegativeBuckets = negative,
            CustomBounds = bounds,
        };
        var problem = HistogramParts.CheckSchema(schema)
            ?? HistogramParts.CheckBuckets(positiveSpans, positive) ?? HistogramParts.CheckBuckets(negativeSpans, negative);
        if (problem is null) histogram = HistogramParts.Reduce(histogram);
        return problem;
    }

    private static BucketSpan[] ReadSpans(ref ElementReader reader)
    {
        var spans = new BucketSpan[reader.ReadCount(2)];
        for (var i = 0; i < spans.Length; i++)
        {
            var offset = (int)Math.Clamp(reader.ReadSigned(), int.MinValue, int.MaxValue);
            spans[i] = new BucketSpan(offset, (uint)Math.Min(reader.ReadUnsigned(), uint.MaxValue));
        }

        return spans;
    }

    private static double[] ReadBuckets(ref ElementReader reader, bool isFloat)
    {
        var buckets = new double[reader.ReadCount(isFloat ? sizeof(double) : 1)];
        long count = 0;
        for (var i = 0; i < buckets.Length; i++) buckets[i] = isFloat ? reader.ReadDouble() : count += reader.ReadSigned();
        return buckets;
    }
}
