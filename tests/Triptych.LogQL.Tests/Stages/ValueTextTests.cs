using System.Text;
using Triptych.LogQL.Stages;

namespace Triptych.LogQL.Tests.Stages;

/// <summary>Which texts of labels are numbers.</summary>
public sealed class ValueTextTests
{
    [Theory]
    [InlineData("12", 12)]
    [InlineData("+1.5", 1.5)]
    [InlineData("-0.25e2", -25)]
    [InlineData(".5", 0.5)]
    [InlineData("1e308", 1e308)]
    [InlineData("1e-400", 0)]
    [InlineData("inf", double.PositiveInfinity)]
    [InlineData("+Inf", double.PositiveInfinity)]
    [InlineData("-INFINITY", double.NegativeInfinity)]
    [InlineData("NaN", double.NaN)]
    public void Numbers_are_read(string text, double expected)
    {
        ValueText.TryNumber(Encoding.UTF8.GetBytes(text), out var value).ShouldBeTrue();
        value.ShouldBe(expected);
    }

    [Theory]
    [InlineData("")]
    [InlineData("+")]
    [InlineData("+-5")]
    [InlineData("1e400")]
    [InlineData("-1e400")]
    [InlineData("-nan")]
    [InlineData("infinit")]
    [InlineData("info")]
    [InlineData("5ms")]
    [InlineData("1 ")]
    public void Other_texts_are_none(string text) => ValueText.TryNumber(Encoding.UTF8.GetBytes(text), out _).ShouldBeFalse();
}
