using System.Buffers.Binary;
using Triptych.Model.Metrics;
using Triptych.Primitives.Binary;

namespace Triptych.Ingest.PrometheusTsdb;

/// <summary>
/// A chunk of native histograms with one layout of buckets, of integer or of float counts:
/// <code>
/// samples:u16  flags:u8 (top two bits: 00 unknown, 01 no reset, 10 reset, 11 gauge)
/// zero threshold: 0 | 1..254: 2^(n−244) | 255 f64      schema:varbit
/// positive spans, negative spans: varbit(n) { varbit(length) varbit(offset) }      custom bounds, for schema −53 only: varbit(n) { bound }
/// samples: t count zero_count sum { positive bucket } { negative bucket }
/// </code>
/// Integers come whole in the first sample, then as a difference, then as differences of differences; integer buckets are differences to the bucket before in
/// any case. Floats come whole, then as xor. One thread at a time; reused from chunk to chunk.
/// </summary>
internal sealed class HistogramChunk
{
    private const int MaxEntries = 65_536;
    private const string BreaksOff = "a chunk of histograms breaks off";

    private double _zeroThreshold;
    private int _schema;
    private BucketSpan[] _positiveSpans = [];
    private BucketSpan[] _negativeSpans = [];
    private double[] _bounds = [];
    private int _positives;
    private bool _isGauge;
    private long[] _buckets = [];
    private long[] _bucketDeltas = [];
    private XorValue[] _floats = [];

    /// <summary>Decodes all samples; returns what is wrong, or null. Samples before the fault have been given then.</summary>
    public string? Decode(ReadOnlySpan<byte> data, bool isFloat, ITsdbSamples into)
    {
        if (data.Length < 3) return BreaksOff;
        var count = BinaryPrimitives.ReadUInt16BigEndian(data);
        if (count == 0) return null;
        _isGauge = data[2] >> 6 == 3;
        var reader = new BitReader(data[3..]);
        if (ReadLayout(ref reader) is { } problem) return problem;
        return isFloat ? DecodeFloats(ref reader, count, into) : DecodeIntegers(ref reader, count, into);
    }

    private string? ReadLayout(ref BitReader reader)
    {
        var threshold = (int)reader.ReadBits(8);
        _zeroThreshold = threshold switch
        {
            0 => 0,
            255 => BitConverter.UInt64BitsToDouble(reader.ReadBits(64)),
            _ => Math.ScaleB(0.5, threshold - 243),
        };
        _schema = (int)Math.Clamp(Varbit.ReadSigned(ref reader), int.MinValue, int.MaxValue);
        var positives = ReadSpans(ref reader, out _positiveSpans);
        var negatives = ReadSpans(ref reader, out _negativeSpans);
        if (reader.Overrun) return BreaksOff;
        if (positives > MaxEntries || negatives > MaxEntries) return $"a chunk of histograms has more than {MaxEntries} spans or buckets";
        if (HistogramParts.CheckSchema(_schema) is { } problem) return problem;
        _positives = positives;
        var buckets = positives + negatives;
        if (_buckets.Length < buckets) (_buckets, _bucketDeltas, _floats) = (new long[buckets], new long[buckets], new XorValue[buckets]);
        Buckets = buckets;
        _bounds = [];
        return _schema == FloatHistogram.CustomBoundsSchema ? ReadBounds(ref reader) : null;
    }

    private int Buckets { get; set; }

    private static int ReadSpans(ref BitReader reader, out BucketSpan[] spans)
    {
        spans = [];
        var count = Varbit.ReadUnsigned(ref reader);
        if (count > MaxEntries) return int.MaxValue;
        if (reader.RemainingBits < (long)count)
        {
            // A span takes two bits at least: reading to the end says that the chunk breaks off.
            while (!reader.Overrun) reader.ReadBits(64);
            return 0;
        }

        spans = new BucketSpan[(int)count];
        ulong buckets = 0;
        for (var i = 0; i < spans.Length; i++)
        {
            var length = Math.Min(Varbit.ReadUnsigned(ref reader), MaxEntries + 1);
            buckets += length;
            spans[i] = new BucketSpan((int)Math.Clamp(Varbit.ReadSigned(ref reader), int.MinValue, int.MaxValue), (uint)length);
        }

        return buckets > MaxEntries ? int.MaxValue : (int)buckets;
    }

    private string? ReadBounds(ref BitReader reader)
    {
        var count = Varbit.ReadUnsigned(ref reader);
        if (count > MaxEntries) return $"a chunk of histograms has more than {MaxEntries} custom bounds";
        if (reader.RemainingBits < (long)count) return BreaksOff;
        _bounds = new double[(int)count];
        for (var i = 0; i < _bounds.Length; i++)
        {
            // Decimals of at most three places are stored as thousandths, and one more.
            var thousandths = Varbit.ReadUnsigned(ref reader);
            _bounds[i] = thousandths == 0 ? BitConverter.UInt64BitsToDouble(reader.ReadBits(64)) : (thousandths - 1) / 1000.0;
        }

        return reader.Overrun ? BreaksOff : null;
    }

    private string? DecodeIntegers(ref BitReader reader, int samples, ITsdbSamples into)
    {
        long time = 0, timeDelta = 0, count = 0, countDelta = 0, zeros = 0, zerosDelta = 0;
        var sum = default(XorValue);
        for (var i = 0; i < samples; i++)
        {
            if (i == 0)
            {
                time = Varbit.ReadSigned(ref reader);
                count = (long)Varbit.ReadUnsigned(ref reader);
                zeros = (long)Varbit.ReadUnsigned(ref reader);
                sum.Bits = reader.ReadBits(64);
            }
            else
            {
                time += timeDelta = Step(i, timeDelta, Varbit.ReadSigned(ref reader));
                count += countDelta = Step(i, countDelta, Varbit.ReadSigned(ref reader));
                zeros += zerosDelta = Step(i, zerosDelta, Varbit.ReadSigned(ref reader));
                if (!sum.TryRead(ref reader)) return "a chunk of histograms has a sum that is no value";
            }

            if (SpecialValues.IsStale(sum.Value))
            {
                if (reader.Overrun) return BreaksOff;
                into.Add(time, HistogramParts.Stale);
                continue;
            }

            for (var b = 0; b < Buckets; b++)
            {
                var read = Varbit.ReadSigned(ref reader);
                if (i == 0) (_buckets[b], _bucketDeltas[b]) = (read, 0);
                else _buckets[b] += _bucketDeltas[b] = Step(i, _bucketDeltas[b], read);
            }

            if (reader.Overrun) return BreaksOff;
            if (!TryAccumulate(0, _positives, out var positive) || !TryAccumulate(_positives, Buckets - _positives, out var negative))
                return "a chunk of histograms has a negative bucket count";
            into.Add(time, Make((ulong)count, (ulong)zeros, sum.Value, positive, negative));
        }

        return null;
    }

    private string? DecodeFloats(ref BitReader reader, int samples, ITsdbSamples into)
    {
        long time = 0, timeDelta = 0;
        XorValue count = default, zeros = default, sum = default;
        for (var i = 0; i < samples; i++)
        {
            var areValues = true;
            if (i == 0)
            {
                time = Varbit.ReadSigned(ref reader);
                count.Bits = reader.ReadBits(64);
                zeros.Bits = reader.ReadBits(64);
                sum.Bits = reader.ReadBits(64);
            }
            else
            {
                time += timeDelta = Step(i, timeDelta, Varbit.ReadSigned(ref reader));
                areValues = count.TryRead(ref reader) && zeros.TryRead(ref reader) && sum.TryRead(ref reader);
            }

            if (areValues && SpecialValues.IsStale(sum.Value))
            {
                if (reader.Overrun) return BreaksOff;
                into.Add(time, HistogramParts.Stale);
                continue;
            }

            for (var b = 0; b < Buckets && areValues; b++)
            {
                if (i == 0) _floats[b] = new XorValue { Bits = reader.ReadBits(64) };
                else areValues = _floats[b].TryRead(ref reader);
            }

            if (!areValues) return "a chunk of histograms has a count that is no value";
            if (reader.Overrun) return BreaksOff;
            var positive = new double[_positives];
            for (var b = 0; b < positive.Length; b++) positive[b] = _floats[b].Value;
            var negative = new double[Buckets - _positives];
            for (var b = 0; b < negative.Length; b++) negative[b] = _floats[_positives + b].Value;
            into.Add(time, Make(count.Value, zeros.Value, sum.Value, positive, negative));
        }

        return null;
    }

    /// <summary>The second sample has a difference, those behind it the difference of differences.</summary>
    private static long Step(int sample, long delta, long read) => sample == 1 ? read : delta + read;

    private bool TryAccumulate(int first, int length, out double[] counts)
    {
        counts = new double[length];
        long count = 0;
        for (var i = 0; i < length; i++)
        {
            count += _buckets[first + i];
            if (count < 0) return false;
            counts[i] = count;
        }

        return true;
    }

    // A sample behind the first of a chunk did not follow a reset within the chunk; once the chunk is taken apart, others may come between. So only what holds
    // for the sample by itself is kept, and queries look for resets as Prometheus does where chunks overlap.
    private FloatHistogram Make(double count, double zeros, double sum, double[] positive, double[] negative) => HistogramParts.Reduce(new FloatHistogram
    {
        Schema = _schema,
        ResetHint = _isGauge ? CounterResetHint.Gauge : CounterResetHint.Unknown,
        ZeroThreshold = _zeroThreshold,
        ZeroCount = zeros,
        Count = count,
        Sum = sum,
        PositiveSpans = _positiveSpans,
        PositiveBuckets = positive,
        NegativeSpans = _negativeSpans,
        NegativeBuckets = negative,
        CustomBounds = _bounds,
    });
}
