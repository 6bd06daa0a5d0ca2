using System.Globalization;
using System.Text;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Text;

namespace Triptych.Primitives.Tests.Text;

public sealed class TextTests
{
    [Theory]
    [InlineData(0.0, "0")]
    [InlineData(-0.0, "-0")]
    [InlineData(1.0, "1")]
    [InlineData(-1.5, "-1.5")]
    [InlineData(100.0, "100")]
    [InlineData(0.000001, "0.000001")]
    [InlineData(0.00000099, "9.9e-07")]
    [InlineData(1e-7, "1e-07")]
    [InlineData(123456789012345680.0, "123456789012345680")]
    [InlineData(1e20, "100000000000000000000")]
    [InlineData(1e21, "1e+21")]
    [InlineData(-1.25e+21, "-1.25e+21")]
    [InlineData(0.1 + 0.2, "0.30000000000000004")]
    [InlineData(5e-324, "5e-324")]
    [InlineData(double.MaxValue, "1.7976931348623157e+308")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    public void Prometheus_form_of_a_float(double value, string expected) => FloatFormat.Prometheus(value).ShouldBe(expected);

    [Theory]
    [InlineData(1e6, "1e+06")]
    [InlineData(123456.5, "123456.5")]
    [InlineData(24576000.0, "2.4576e+07")]
    [InlineData(0.0001, "0.0001")]
    [InlineData(0.00005, "5e-05")]
    [InlineData(0.0, "0")]
    public void General_form_of_a_float(double value, string expected) => FloatFormat.General(value).ShouldBe(expected);

    [Fact]
    public void Plain_form_has_no_exponent_at_either_end()
    {
        FloatFormat.Plain(1e21).ShouldBe("1000000000000000000000");
        FloatFormat.Plain(1e-7).ShouldBe("0.0000001");
        FloatFormat.Plain(-double.Epsilon).ShouldBe("-0." + new string('0', 323) + "5");
        FloatFormat.Plain(double.MaxValue).Length.ShouldBe(309);
    }

    [Fact]
    public void Random_floats_read_back_to_the_same_bits_in_all_forms()
    {
        var random = new Random(16);
        for (var i = 0; i < 20_000; i++)
        {
            var value = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
            if (!double.IsFinite(value))
                continue;
            foreach (var text in new[] { FloatFormat.Prometheus(value), FloatFormat.General(value), FloatFormat.Plain(value) })
                double.Parse(text, CultureInfo.InvariantCulture).ShouldBe(value);
        }
    }

    [Fact]
    public void A_float_that_does_not_fit_gives_zero()
    {
        FloatFormat.WritePrometheus(123.5, new byte[4]).ShouldBe(0);
        FloatFormat.WritePrometheus(123.5, new byte[5]).ShouldBe(5);
        FloatFormat.WritePrometheus(double.NaN, new byte[2]).ShouldBe(0);
        using var output = new PooledBufferWriter();
        FloatFormat.WritePrometheus(1e-7, output);
        FloatFormat.WritePlain(2, output);
        output.WrittenSpan.SequenceEqual("1e-072"u8).ShouldBeTrue();
    }

    [Theory]
    [InlineData("0", 0L)]
    [InlineData("0s", 0L)]
    [InlineData("500ms", 500_000_000L)]
    [InlineData("1h30m", 5_400_000_000_000L)]
    [InlineData("1y2w3d4h5m6s7ms", 33_019_506_007_000_000L)]
    [InlineData("5m", 300_000_000_000L)]
    public void Prometheus_durations_parse(string text, long expected)
    {
        Durations.ParsePrometheus(text, out var nanos).ShouldBe(DurationError.None);
        nanos.ShouldBe(expected);
    }

    [Theory]
    [InlineData("", DurationError.Empty)]
    [InlineData("1", DurationError.Invalid)]
    [InlineData("s", DurationError.Invalid)]
    [InlineData("-1s", DurationError.Invalid)]
    [InlineData("1m1h", DurationError.Invalid)]
    [InlineData("1s1s", DurationError.Invalid)]
    [InlineData("1.5h", DurationError.Invalid)]
    [InlineData("1us", DurationError.Invalid)]
    [InlineData("1 s", DurationError.Invalid)]
    [InlineData("293y", DurationError.OutOfRange)]
    [InlineData("99999999999999999999999999s", DurationError.OutOfRange)]
    public void Prometheus_durations_are_refused(string text, DurationError expected) =>
        Durations.ParsePrometheus(text, out _).ShouldBe(expected);

    [Theory]
    [InlineData(0L, "0s")]
    [InlineData(999_999L, "0s")]
    [InlineData(1_000_000L, "1ms")]
    [InlineData(5_400_000_000_000L, "1h30m")]
    [InlineData(90 * 86_400_000_000_000L, "90d")]
    [InlineData(14 * 86_400_000_000_000L, "2w")]
    [InlineData(365 * 86_400_000_000_000L, "1y")]
    [InlineData(-1_500_000_000L, "-1s500ms")]
    public void Prometheus_durations_format(long nanos, string expected) => Durations.FormatPrometheus(nanos).ShouldBe(expected);

    [Theory]
    [InlineData("1.5h", 5_400_000_000_000L)]
    [InlineData("100us", 100_000L)]
    [InlineData("100µs", 100_000L)]
    [InlineData("1h2m3.5s", 3_723_500_000_000L)]
    [InlineData("-.5s", -500_000_000L)]
    [InlineData("+1s1h", 3_601_000_000_000L)]
    [InlineData("0", 0L)]
    [InlineData("1.s", 1_000_000_000L)]
    [InlineData("-9223372036854775808ns", long.MinValue)]
    public void Go_durations_parse(string text, long expected)
    {
        Durations.ParseGo(text, out var nanos).ShouldBe(DurationError.None);
        nanos.ShouldBe(expected);
    }

    [Theory]
    [InlineData("", DurationError.Empty)]
    [InlineData("-", DurationError.Invalid)]
    [InlineData("3", DurationError.Invalid)]
    [InlineData(".s", DurationError.Invalid)]
    [InlineData("1d", DurationError.Invalid)]
    [InlineData("1.2.3s", DurationError.Invalid)]
    [InlineData("9223372036854775808ns", DurationError.OutOfRange)]
    [InlineData("3000000h", DurationError.OutOfRange)]
    public void Go_durations_are_refused(string text, DurationError expected) => Durations.ParseGo(text, out _).ShouldBe(expected);

    [Theory]
    [InlineData(0L, "0s")]
    [InlineData(1L, "1ns")]
    [InlineData(1_100L, "1.1µs")]
    [InlineData(2_200_000L, "2.2ms")]
    [InlineData(3_300_000_000L, "3.3s")]
    [InlineData(245_000_000_000L, "4m5s")]
    [InlineData(245_001_000_000L, "4m5.001s")]
    [InlineData(3_600_000_000_000L, "1h0m0s")]
    [InlineData(long.MinValue, "-2562047h47m16.854775808s")]
    public void Go_durations_format(long nanos, string expected)
    {
        Durations.FormatGo(nanos).ShouldBe(expected);
        Durations.ParseGo(expected, out var read).ShouldBe(DurationError.None);
        read.ShouldBe(nanos);
    }

    [Theory]
    [InlineData(new byte[] { (byte)'a', 0xFF, (byte)'b' }, "a\uFFFDb", 1)]
    [InlineData(new byte[] { 0xE2, 0x82, 0xAC, 0xE2, 0x82 }, "€\uFFFD", 1)]
    [InlineData(new byte[] { 0xC0, 0x80 }, "\uFFFD\uFFFD", 2)]
    [InlineData(new byte[] { 0xC3, 0xA9 }, "é", 0)]
    public void Repair_replaces_each_malformed_part(byte[] text, string expected, int replaced)
    {
        using var output = new PooledBufferWriter();
        Utf8Text.IsValid(text).ShouldBe(replaced == 0);
        Utf8Text.Repair(text, output).ShouldBe(replaced);
        Encoding.UTF8.GetString(output.WrittenSpan).ShouldBe(expected);
    }

    [Fact]
    public void Ids_round_trip_and_other_lengths_or_characters_are_refused()
    {
        byte[] id = [0, 1, 2, 0xAB, 0xCD, 0xEF, 0xFF, 0x10];
        var text = new byte[16];
        HexId.TryEncode(id, text).ShouldBeTrue();
        text.AsSpan().SequenceEqual("000102abcdefff10"u8).ShouldBeTrue();
        var read = new byte[8];
        HexId.TryDecode(text, read).ShouldBeTrue();
        read.ShouldBe(id);
        HexId.TryDecode("000102ABCDEFFF10", read).ShouldBeTrue();
        HexId.TryDecode("000102abcdefff1", read).ShouldBeFalse();
        HexId.TryDecode("000102abcdefff1g", read).ShouldBeFalse();
        HexId.TryEncode(id, new byte[15]).ShouldBeFalse();
        AllocationCheck.AllocatedBy(() =>
        {
            HexId.TryEncode(id, text);
            HexId.TryDecode(text, read);
            FloatFormat.WritePrometheus(1234.5678, text);
        }).ShouldBe(0);
    }
}
