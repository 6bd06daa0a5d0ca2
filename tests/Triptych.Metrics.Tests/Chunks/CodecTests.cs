using Triptych.Metrics.Chunks;
using Triptych.Primitives.Binary;

namespace Triptych.Metrics.Tests.Chunks;

public class CodecTests
{
    public static TheoryData<long[]> Times() =>
    [
        new long[] { 0 },
        new long[] { long.MinValue, long.MaxValue, 0, long.MaxValue, long.MinValue },
        new long[] { 1_700_000_000_000, 1_700_000_015_000, 1_700_000_030_000, 1_700_000_045_001, 1_700_000_045_002 },
        new long[] { 0, 64, 191, 0, -8192, 8191, 524_287, -524_288, 524_288, -524_289 },
    ];

    public static TheoryData<double[]> Values() =>
    [
        new double[] { 0d },
        new double[] { 0d, -0d, 1d, -1d, double.MaxValue, double.Epsilon, double.PositiveInfinity, double.NegativeInfinity },
        new double[] { double.NaN, BitConverter.UInt64BitsToDouble(0x7ff0000000000002), BitConverter.UInt64BitsToDouble(0xffffffffffffffff), 3d, 3d, 3d },
    ];

    [Theory]
    [MemberData(nameof(Times))]
    public void Times_come_back_exactly(long[] times) => RoundTrip(times).ShouldBe(times);

    [Theory]
    [MemberData(nameof(Values))]
    public void Values_come_back_bit_by_bit(double[] values) => RoundTrip(values).ShouldBe(Bits(values));

    [Fact]
    public void Random_streams_come_back_exactly()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var times = new long[random.Next(1, 200)];
            var values = new double[times.Length];
            var (time, value) = (random.NextInt64(), 0UL);
            for (var i = 0; i < times.Length; i++)
            {
                times[i] = time += random.NextInt64(1L << random.Next(1, 40)) - (random.Next(3) == 0 ? 1L << random.Next(40) : 0);
                value ^= random.Next(4) == 0 ? 0 : (ulong)random.NextInt64() >> random.Next(64) << random.Next(64);
                values[i] = BitConverter.UInt64BitsToDouble(value);
            }

            RoundTrip(times).ShouldBe(times, $"seed {seed}");
            RoundTrip(values).ShouldBe(Bits(values), $"seed {seed}");
        }
    }

    private static long[] RoundTrip(long[] times)
    {
        var bytes = new byte[((times.Length * TimeCodec.MaxBits) + 7) / 8];
        var writer = new BitWriter(bytes);
        var encoder = default(TimeCodec);
        foreach (var time in times) encoder.Encode(ref writer, time);
        writer.Overflowed.ShouldBeFalse();
        var reader = new BitReader(bytes.AsSpan(0, writer.ByteLength));
        var decoder = default(TimeCodec);
        var back = new long[times.Length];
        for (var i = 0; i < back.Length; i++) back[i] = decoder.Decode(ref reader);
        reader.Overrun.ShouldBeFalse();
        return back;
    }

    private static ulong[] RoundTrip(double[] values)
    {
        var bytes = new byte[((values.Length * ValueCodec.MaxBits) + 7) / 8];
        var writer = new BitWriter(bytes);
        var encoder = default(ValueCodec);
        foreach (var value in values) encoder.Encode(ref writer, value);
        writer.Overflowed.ShouldBeFalse();
        var reader = new BitReader(bytes.AsSpan(0, writer.ByteLength));
        var decoder = default(ValueCodec);
        var back = new ulong[values.Length];
        for (var i = 0; i < back.Length; i++) back[i] = BitConverter.DoubleToUInt64Bits(decoder.Decode(ref reader));
        reader.Overrun.ShouldBeFalse();
        return back;
    }

    private static ulong[] Bits(double[] values) => Array.ConvertAll(values, BitConverter.DoubleToUInt64Bits);
}
