using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Shouldly;
using Triptych.Api.Loki;
using Xunit;

namespace Triptych.Api.Tests.Loki;

public sealed class JsonReplyTests
{
    [Fact]
    public async Task A_line_that_is_not_UTF8_becomes_JSON_with_replacement_characters()
    {
        (await WriteAsync(reply => reply.Writer.WriteStringValue([(byte)'a', 0xFF, (byte)'b', 0xC3]))).ShouldBe("\"a\\uFFFDb\\uFFFD\"");
    }

    [Fact]
    public async Task Seconds_are_exact_to_the_millisecond_and_whole_where_they_can_be()
    {
        (await WriteAsync(reply => reply.WriteSeconds(1_700_000_000_500_000_000))).ShouldBe("1700000000.5");
        (await WriteAsync(reply => reply.WriteSeconds(1_700_000_000_001_999_999))).ShouldBe("1700000000.001");
        (await WriteAsync(reply => reply.WriteSeconds(4_000_000_000_000_000_000))).ShouldBe("4000000000");
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(0.1, "0.1")]
    [InlineData(-2.5e-7, "-0.00000025")]
    [InlineData(123456789012345680, "123456789012345680")]
    [InlineData(-1.5e300, null)]
    [InlineData(double.MaxValue, null)]
    [InlineData(double.Epsilon, null)]
    [InlineData(double.NegativeInfinity, "-Inf")]
    public void Plain_decimals_have_no_exponent_and_read_back_as_the_same_number(double value, string? expected)
    {
        var utf8 = new byte[PlainDecimal.MaxLength];
        var text = Encoding.UTF8.GetString(utf8, 0, PlainDecimal.Write(value, utf8));
        if (expected is not null) text.ShouldBe(expected);
        else text.ShouldNotContain("E");
        if (double.IsFinite(value)) double.Parse(text, CultureInfo.InvariantCulture).ShouldBe(value);
    }

    private static async Task<string> WriteAsync(Action<JsonReply> write)
    {
        using var body = new MemoryStream();
        var context = new DefaultHttpContext { Response = { Body = body } };
        await using (var reply = new JsonReply(context))
        {
            write(reply);
            await reply.FinishAsync();
        }

        return Encoding.UTF8.GetString(body.ToArray());
    }
}
