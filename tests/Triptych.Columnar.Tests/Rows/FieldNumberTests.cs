using System.Globalization;
using System.Text;
using Triptych.Columnar.Rows;

namespace Triptych.Columnar.Tests.Rows;

public sealed class FieldNumberTests
{
    [Theory]
    [InlineData("0", 0, 0, 0)]
    [InlineData("-17", 0, 0, -17)]
    [InlineData("12.5", 3, 0, 12500)]
    [InlineData("12", 3, 0, 12000)]
    [InlineData("12.0", 3, 1, 12000)]
    [InlineData("12.000", 3, 3, 12000)]
    [InlineData("-0.001", 3, 3, -1)]
    [InlineData("0.000", 3, 3, 0)]
    [InlineData("99999999999999.9", 1, 1, 999_999_999_999_999)]
    public void A_number_comes_back_as_it_was_written(string text, int decimals, int least, long scaled)
    {
        FieldNumber.TryRead(Encoding.UTF8.GetBytes(text), decimals, least, out var read).ShouldBeTrue();
        read.ShouldBe(scaled);
        Text(scaled, decimals, least).ShouldBe(text);
        FieldNumber.ToDouble(scaled, decimals).ShouldBe(double.Parse(text, CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("", 3, 0)]
    [InlineData("-", 3, 0)]
    [InlineData("-0", 3, 0)]
    [InlineData("+1", 3, 0)]
    [InlineData("01", 3, 0)]
    [InlineData("1.", 3, 0)]
    [InlineData(".5", 3, 0)]
    [InlineData("1.50", 3, 0)]
    [InlineData("1.50", 3, 1)]
    [InlineData("1", 3, 1)]
    [InlineData("1.5", 3, 3)]
    [InlineData("1.2345", 3, 0)]
    [InlineData("1e3", 3, 0)]
    [InlineData("0x1", 3, 0)]
    [InlineData("1234567890123456", 0, 0)]
    [InlineData("999999999999999", 3, 0)]
    public void Other_texts_are_refused(string text, int decimals, int least) =>
        FieldNumber.TryRead(Encoding.UTF8.GetBytes(text), decimals, least, out _).ShouldBeFalse();

    [Fact]
    public void What_is_read_is_written_the_same_whatever_the_text()
    {
        var random = new Random(3);
        var accepted = 0;
        for (var i = 0; i < 200_000; i++)
        {
            var text = new StringBuilder();
            for (var n = random.Next(1, 18); n > 0; n--) text.Append("0123456789.0009-"[random.Next(16)]);
            var (decimals, least) = (random.Next(0, 7), 0);
            if (random.Next(2) == 0) least = random.Next(0, decimals + 1);
            if (!FieldNumber.TryRead(Encoding.UTF8.GetBytes(text.ToString()), decimals, least, out var scaled)) continue;
            accepted++;
            Text(scaled, decimals, least).ShouldBe(text.ToString());
            FieldNumber.ToDouble(scaled, decimals).ShouldBe(double.Parse(text.ToString(), CultureInfo.InvariantCulture));
        }

        accepted.ShouldBeGreaterThan(1000);
    }

    private static string Text(long scaled, int decimals, int least)
    {
        Span<byte> text = stackalloc byte[FieldNumber.MaxTextBytes];
        return Encoding.UTF8.GetString(text[..FieldNumber.Write(scaled, decimals, least, text)]);
    }
}
