using Triptych.Model.Metrics;

namespace Triptych.Api.Prometheus.RemoteRead;

/// <summary>
/// Writes Prometheus' chunks of native histograms of one layout, of integer counts (encoding 2) or of float counts (encoding 3):
/// <code>
/// samples:u16  flags:u8 (top two bits: 00 unknown, 10 reset, 11 gauge)
/// zero threshold: 0 | 1..254: 2^(n−244) | 255 f64      schema:varbit
/// positive spans, negative spans: varbit(n) { varbit(length) varbit(offset) }      custom bounds, for schema −53 only: varbit(n) { bound }
/// samples: t count zero_count sum { positive bucket } { negative bucket }
/// </code>
/// Integers come whole in the first sample, then as a difference, then as differences of differences; integer buckets are differences to the bucket before in
/// any case. Floats come whole, then as xor.
/// </summary>
internal sealed class HistogramChunkWriter(ChunkBits bits)
{
    private const int ResetFlag = 0b1000_0000;
    private const int GaugeFlag = 0b1100_0000;
    private const double MaxThousandths = 33_554_430;

    private bool _isInteger;
    private int _count;
    private IntegerField _time;
    private IntegerField _observations;
    private IntegerField _zeros;
    private XorField _floatObservations;
    private XorField _floatZeros;
    private XorField _sum;
    private IntegerField[] _integers = [];
    private XorField[] _floats = [];

    /// <summary>Begins a chunk with the layout of its first histogram.</summary>
    public void Begin(FloatHistogram first, bool isInteger)
    {
        bits.Begin();
        _count = 0;
        _isInteger = isInteger;
        bits.Write(first.ResetHint switch { CounterResetHint.Gauge => GaugeFlag, CounterResetHint.Reset => ResetFlag, _ => 0UL }, 8);
        WriteZeroThreshold(first.ZeroThreshold);
        bits.WriteVarbit(first.Schema);
        WriteSpans(first.PositiveSpans);
        WriteSpans(first.NegativeSpans);
        if (first.Schema == FloatHistogram.CustomBoundsSchema) WriteBounds(first.CustomBounds);
        var buckets = first.PositiveBuckets.Count + first.NegativeBuckets.Count;
        if (_integers.Length < buckets && isInteger) _integers = new IntegerField[buckets];
        if (_floats.Length < buckets && !isInteger) _floats = new XorField[buckets];
    }

    /// <summary>Adds a histogram of the chunk's layout; times ascend.</summary>
    public void Add(long timestampMs, FloatHistogram histogram)
    {
        _time.Write(bits, _count, timestampMs, isSigned: true);
        if (_isInteger)
        {
            _observations.Write(bits, _count, (long)histogram.Count, isSigned: false);
            _zeros.Write(bits, _count, (long)histogram.ZeroCount, isSigned: false);
            Write(ref _sum, histogram.Sum);
            WriteIntegers(histogram.PositiveBuckets, 0);
            WriteIntegers(histogram.NegativeBuckets, histogram.PositiveBuckets.Count);
        }
        else
        {
            Write(ref _floatObservations, histogram.Count);
            Write(ref _floatZeros, histogram.ZeroCount);
            Write(ref _sum, histogram.Sum);
            for (var i = 0; i < histogram.PositiveBuckets.Count; i++) Write(ref _floats[i], histogram.PositiveBuckets[i]);
            var place = histogram.PositiveBuckets.Count;
            for (var i = 0; i < histogram.NegativeBuckets.Count; i++) Write(ref _floats[place + i], histogram.NegativeBuckets[i]);
        }

        _count++;
    }

    private void Write(ref XorField field, double value)
    {
        if (_count == 0) field.Begin(bits, value);
        else field.Next(bits, value);
    }

    private void WriteIntegers(IReadOnlyList<double> counts, int firstPlace)
    {
        var before = 0L;
        for (var i = 0; i < counts.Count; i++)
        {
            var count = (long)counts[i];
            _integers[firstPlace + i].Write(bits, _count, count - before, isSigned: true);
            before = count;
        }
    }

    private void WriteZeroThreshold(double threshold)
    {
        var exponent = threshold > 0 && double.IsNormal(threshold) ? Math.ILogB(threshold) + 1 : int.MaxValue;
        if (threshold == 0) bits.Write(0, 8);
        else if (exponent is >= -242 and <= 11 && Math.ScaleB(0.5, exponent) == threshold) bits.Write((ulong)(exponent + 243), 8);
        else
        {
            bits.Write(255, 8);
            bits.Write(threshold);
        }
    }

    private void WriteSpans(IReadOnlyList<BucketSpan> spans)
    {
        bits.WriteUnsignedVarbit((ulong)spans.Count);
        foreach (var span in spans)
        {
            bits.WriteUnsignedVarbit(span.Length);
            bits.WriteVarbit(span.Offset);
        }
    }

    // Decimals of at most three places are stored as thousandths, and one more.
    private void WriteBounds(IReadOnlyList<double> bounds)
    {
        bits.WriteUnsignedVarbit((ulong)bounds.Count);
        foreach (var bound in bounds)
        {
            var thousandths = bound * 1000;
            if (thousandths is >= 0 and <= MaxThousandths && Math.Round(thousandths) / 1000 == bound)
            {
                bits.WriteUnsignedVarbit((ulong)Math.Round(thousandths) + 1);
                continue;
            }

            bits.Write(0, 1);
            bits.Write(bound);
        }
    }

    /// <summary>A number that is written whole, then as a difference, then as differences of differences.</summary>
    private struct IntegerField
    {
        private long _value;
        private long _delta;

        public void Write(ChunkBits bits, int sample, long value, bool isSigned)
        {
            if (sample == 0)
            {
                if (isSigned) bits.WriteVarbit(value);
                else bits.WriteUnsignedVarbit((ulong)value);
                (_value, _delta) = (value, 0);
                return;
            }

            var delta = value - _value;
            bits.WriteVarbit(delta - _delta);
            (_value, _delta) = (value, delta);
        }
    }
}
