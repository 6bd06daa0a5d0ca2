using System.Buffers.Binary;
using System.Numerics;
using Triptych.Model.Metrics;
using Triptych.Primitives.Binary;

namespace Triptych.Ingest.Tests.PrometheusTsdb;

/// <summary>Writes chunks as Prometheus does.</summary>
public static class TsdbChunks
{
    private static readonly int[] Widths = [0, 3, 6, 9, 12, 18, 25, 56, 64];

    public static byte[] Floats(params (long TimeMs, double Value)[] samples)
    {
        var head = new TsdbBytes().Byte(samples.Length >> 8).Byte(samples.Length);
        if (samples.Length == 0) return head.ToArray();
        head.Signed(samples[0].TimeMs).Double(samples[0].Value);
        var bytes = new byte[(samples.Length * 20) + 16];
        var writer = new BitWriter(bytes);
        long delta = 0;
        for (var i = 1; i < samples.Length; i++)
        {
            var next = samples[i].TimeMs - samples[i - 1].TimeMs;
            if (i == 1) head.Unsigned((ulong)next);
            else WriteDeltaOfDelta(ref writer, next - delta);
            delta = next;
            WriteXor(ref writer, samples[i - 1].Value, samples[i].Value);
        }

        return head.Raw(bytes.AsSpan(0, writer.ByteLength)).ToArray();
    }

    /// <summary>Histograms of one layout, of integer or float counts.</summary>
    public static byte[] Histograms(bool isFloat, int flags, params (long TimeMs, FloatHistogram Value)[] samples)
    {
        var layout = samples[0].Value;
        var bytes = new byte[64 * 1024];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)samples.Length);
        bytes[2] = (byte)(flags << 6);
        var writer = new BitWriter(bytes.AsSpan(3));
        writer.WriteBits(layout.ZeroThreshold == 0 ? 0 : 255UL, 8);
        if (layout.ZeroThreshold != 0) writer.WriteBits(BitConverter.DoubleToUInt64Bits(layout.ZeroThreshold), 64);
        WriteSigned(ref writer, layout.Schema);
        WriteSpans(ref writer, layout.PositiveSpans);
        WriteSpans(ref writer, layout.NegativeSpans);
        if (layout.Schema == FloatHistogram.CustomBoundsSchema) WriteBounds(ref writer, layout.CustomBounds);
        if (isFloat) WriteFloats(ref writer, samples);
        else WriteIntegers(ref writer, samples);
        return bytes[..(3 + writer.ByteLength)];
    }

    private static void WriteFloats(ref BitWriter writer, (long TimeMs, FloatHistogram Value)[] samples)
    {
        long delta = 0;
        for (var i = 0; i < samples.Length; i++)
        {
            var numbers = Numbers(samples[i].Value);
            if (i == 0)
            {
                WriteSigned(ref writer, samples[0].TimeMs);
                foreach (var number in numbers) writer.WriteBits(BitConverter.DoubleToUInt64Bits(number), 64);
                continue;
            }

            var next = samples[i].TimeMs - samples[i - 1].TimeMs;
            WriteSigned(ref writer, next - delta);
            delta = next;
            var before = Numbers(samples[i - 1].Value);
            for (var n = 0; n < numbers.Length; n++) WriteXor(ref writer, before[n], numbers[n]);
        }
    }

    private static double[] Numbers(FloatHistogram h) => [h.Count, h.ZeroCount, h.Sum, .. h.PositiveBuckets, .. h.NegativeBuckets];

    private static void WriteIntegers(ref BitWriter writer, (long TimeMs, FloatHistogram Value)[] samples)
    {
        long[] before = [];
        long[] deltas = [];
        for (var i = 0; i < samples.Length; i++)
        {
            var h = samples[i].Value;
            var isStale = SpecialValues.IsStale(h.Sum);
            long[] numbers = isStale
                ? [samples[i].TimeMs, before[1] + deltas[1], before[2] + deltas[2]]
                : [samples[i].TimeMs, (long)h.Count, (long)h.ZeroCount, .. Deltas(h.PositiveBuckets), .. Deltas(h.NegativeBuckets)];
            if (i == 0) deltas = new long[numbers.Length];
            for (var n = 0; n < numbers.Length; n++)
            {
                if (n == 3) WriteSum(ref writer, i, samples);
                var delta = i == 0 ? 0 : numbers[n] - before[n];
                if (i == 0 && n is 1 or 2) WriteUnsigned(ref writer, (ulong)numbers[n]);
                else WriteSigned(ref writer, i == 0 ? numbers[n] : i == 1 ? delta : delta - deltas[n]);
                deltas[n] = delta;
            }

            if (numbers.Length == 3) WriteSum(ref writer, i, samples);
            before = numbers;
        }
    }

    private static void WriteSum(ref BitWriter writer, int i, (long TimeMs, FloatHistogram Value)[] samples)
    {
        if (i == 0) writer.WriteBits(BitConverter.DoubleToUInt64Bits(samples[0].Value.Sum), 64);
        else WriteXor(ref writer, samples[i - 1].Value.Sum, samples[i].Value.Sum);
    }

    private static IEnumerable<long> Deltas(IReadOnlyList<double> counts) => counts.Select((c, i) => (long)(i == 0 ? c : c - counts[i - 1]));

    private static void WriteSpans(ref BitWriter writer, IReadOnlyList<BucketSpan> spans)
    {
        WriteUnsigned(ref writer, (ulong)spans.Count);
        foreach (var span in spans)
        {
            WriteUnsigned(ref writer, span.Length);
            WriteSigned(ref writer, span.Offset);
        }
    }

    private static void WriteBounds(ref BitWriter writer, IReadOnlyList<double> bounds)
    {
        WriteUnsigned(ref writer, (ulong)bounds.Count);
        foreach (var bound in bounds)
        {
            var thousandths = bound * 1000;
            if (thousandths is >= 0 and <= 33554430 && thousandths == Math.Floor(thousandths))
            {
                WriteUnsigned(ref writer, (ulong)thousandths + 1);
                continue;
            }

            writer.WriteBit(false);
            writer.WriteBits(BitConverter.DoubleToUInt64Bits(bound), 64);
        }
    }

    private static void WriteDeltaOfDelta(ref BitWriter writer, long value)
    {
        if (value == 0) writer.WriteBit(false);
        else if (Fits(value, 14)) Write(ref writer, 0b10, 2, value, 14);
        else if (Fits(value, 17)) Write(ref writer, 0b110, 3, value, 17);
        else if (Fits(value, 20)) Write(ref writer, 0b1110, 4, value, 20);
        else Write(ref writer, 0b1111, 4, value, 64);
    }

    private static void WriteSigned(ref BitWriter writer, long value)
    {
        var place = 0;
        while (place < 8 && !(place == 0 ? value == 0 : Fits(value, Widths[place]))) place++;
        WriteAt(ref writer, place, (ulong)value);
    }

    private static void WriteUnsigned(ref BitWriter writer, ulong value)
    {
        var place = 0;
        while (place < 8 && value >> Widths[place] != 0) place++;
        WriteAt(ref writer, place, value);
    }

    private static void WriteAt(ref BitWriter writer, int place, ulong value)
    {
        for (var i = 0; i < place; i++) writer.WriteBit(true);
        if (place < 8) writer.WriteBit(false);
        Write(ref writer, 0, 0, (long)value, Widths[place]);
    }

    private static bool Fits(long value, int width) => width == 64 || (value > -(1L << (width - 1)) && value <= 1L << (width - 1));

    private static void Write(ref BitWriter writer, ulong prefix, int prefixBits, long value, int width)
    {
        writer.WriteBits(prefix, prefixBits);
        writer.WriteBits(width == 64 ? (ulong)value : (ulong)value & ((1UL << width) - 1), width);
    }

    private static void WriteXor(ref BitWriter writer, double before, double value)
    {
        var xor = BitConverter.DoubleToUInt64Bits(before) ^ BitConverter.DoubleToUInt64Bits(value);
        if (xor == 0)
        {
            writer.WriteBit(false);
            return;
        }

        var leading = Math.Min(31, BitOperations.LeadingZeroCount(xor));
        var trailing = BitOperations.TrailingZeroCount(xor);
        var length = 64 - leading - trailing;
        writer.WriteBits(0b11, 2);
        writer.WriteBits((ulong)leading, 5);
        writer.WriteBits((ulong)(length & 63), 6);
        writer.WriteBits(xor >> trailing, length);
    }
}
