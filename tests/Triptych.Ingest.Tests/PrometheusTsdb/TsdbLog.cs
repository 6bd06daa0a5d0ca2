using Triptych.Model.Metrics;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Checksums;
using Triptych.Primitives.Compression;

namespace Triptych.Ingest.Tests.PrometheusTsdb;

/// <summary>How records of a log are compressed.</summary>
public enum TsdbCompression
{
    None = 0,
    Snappy = 8,
    Zstd = 16,
}

/// <summary>Writes records and segments of the write-ahead log as Prometheus does.</summary>
public static class TsdbLog
{
    private const int PageBytes = 32 * 1024;

    public static byte[] Series(ulong series, params (string Name, string Value)[] labels) => Labels(new TsdbBytes().Byte(1).UInt64(series), labels).ToArray();

    public static byte[] Samples(params (ulong Series, long TimeMs, double Value)[] samples)
    {
        var record = new TsdbBytes().Byte(2).UInt64(samples[0].Series).UInt64((ulong)samples[0].TimeMs);
        foreach (var (series, time, value) in samples) record.Signed((long)(series - samples[0].Series)).Signed(time - samples[0].TimeMs).Double(value);
        return record.ToArray();
    }

    public static byte[] Deleted(ulong series, long minTimeMs, long maxTimeMs) =>
        new TsdbBytes().Byte(3).UInt64(series).Signed(minTimeMs).Signed(maxTimeMs).ToArray();

    public static byte[] Exemplar(ulong series, long timeMs, double value, params (string Name, string Value)[] labels) =>
        Labels(new TsdbBytes().Byte(4).UInt64(series).UInt64((ulong)timeMs).Signed(0).Signed(0).Double(value), labels).ToArray();

    public static byte[] Metadata(ulong series, int type, string unit, string help) =>
        new TsdbBytes().Byte(6).Unsigned(series).Byte(type).Unsigned(2).Text("UNIT").Text(unit).Text("HELP").Text(help).ToArray();

    public static byte[] Histogram(ulong series, long timeMs, FloatHistogram h, bool isFloat)
    {
        var record = new TsdbBytes().Byte(isFloat ? 8 : 7).UInt64(series).UInt64((ulong)timeMs).Signed(0).Signed(0);
        record.Byte((int)h.ResetHint).Signed(h.Schema).Double(h.ZeroThreshold);
        if (isFloat) record.Double(h.ZeroCount).Double(h.Count).Double(h.Sum);
        else record.Unsigned((ulong)h.ZeroCount).Unsigned((ulong)h.Count).Double(h.Sum);
        foreach (var spans in new[] { h.PositiveSpans, h.NegativeSpans })
        {
            record.Unsigned((ulong)spans.Count);
            foreach (var span in spans) record.Signed(span.Offset).Unsigned(span.Length);
        }

        foreach (var buckets in new[] { h.PositiveBuckets, h.NegativeBuckets })
        {
            record.Unsigned((ulong)buckets.Count);
            for (var i = 0; i < buckets.Count; i++)
            {
                if (isFloat) record.Double(buckets[i]);
                else record.Signed((long)(buckets[i] - (i == 0 ? 0 : buckets[i - 1])));
            }
        }

        if (h.Schema == FloatHistogram.CustomBoundsSchema)
        {
            record.Unsigned((ulong)h.CustomBounds.Count);
            foreach (var bound in h.CustomBounds) record.Double(bound);
        }

        return record.ToArray();
    }

    /// <summary>A segment of records, the last page filled up with zeros or not.</summary>
    public static byte[] Segment(TsdbCompression compression, params byte[][] records)
    {
        var file = new TsdbBytes();
        foreach (var record in records) Append(file, (int)compression, Compress(compression, record));
        return file.ToArray();
    }

    private static void Append(TsdbBytes file, int flags, byte[] data)
    {
        var at = 0;
        do
        {
            var left = PageBytes - (file.Count % PageBytes);
            if (left < 7)
            {
                file.Align(PageBytes);
                left = PageBytes;
            }

            var length = Math.Min(left - 7, data.Length - at);
            var isLast = at + length == data.Length;
            var kind = at == 0 ? isLast ? 1 : 2 : isLast ? 4 : 3;
            var part = data.AsSpan(at, length);
            file.Byte(kind | flags).Byte(length >> 8).Byte(length).UInt32(Crc32C.Compute(part)).Raw(part);
            at += length;
        }
        while (at < data.Length);
    }

    private static byte[] Compress(TsdbCompression compression, byte[] record)
    {
        if (compression == TsdbCompression.None) return record;
        using var output = new PooledBufferWriter();
        if (compression == TsdbCompression.Snappy) Snappy.Compress(record, output);
        else Zstd.Compress(record, output, level: 1);
        return output.WrittenSpan.ToArray();
    }

    private static TsdbBytes Labels(TsdbBytes record, (string Name, string Value)[] labels)
    {
        record.Unsigned((ulong)labels.Length);
        foreach (var (name, value) in labels) record.Text(name).Text(value);
        return record;
    }
}
