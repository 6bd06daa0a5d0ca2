using System.Text;
using Triptych.LogQL.Stages;

namespace Triptych.LogQL.Tests.Stages;

public sealed class ValueTextTests
{
    [Theory]
    [InlineData("5", 5)]
    [InlineData("+5", 5)]
    [InlineData("-0.25", -0.25)]
    [InlineData("1e3", 1000)]
    [InlineData("01", 1)]
    [InlineData("inf", double.PositiveInfinity)]
    [InlineData("+Infinity", double.PositiveInfinity)]
    [InlineData("-INF", double.NegativeInfinity)]
    [InlineData("nan", double.NaN)]
    public void A_number_is_what_Go_takes_for_one(string text, double expected)
    {
        ValueText.TryNumber(Encoding.UTF8.GetBytes(text), out var value).ShouldBeTrue();
        value.ShouldBe(expected);
    }

    [Theory]
    [InlineData("")]
    [InlineData("+")]
    [InlineData("+-5")]
    [InlineData("-nan")]
    [InlineData("1e400")]
    [InlineData("5 ")]
    [InlineData("infi")]
    [InlineData("five")]
    public void All_else_is_none(string text) => ValueText.TryNumber(Encoding.UTF8.GetBytes(text), out _).ShouldBeFalse();
}
