using Triptych.Model.Labels;

namespace Triptych.Model.Tests.Labels;

public sealed class LabelSetTextTests
{
    [Fact]
    public void Labels_are_written_as_a_selector_writes_them() =>
        LabelSetText.Of(LabelSet.Encode([new("b", "x \"y\" \\ ü"), new("a", "1")])).ShouldBe("{a=\"1\", b=\"x \\\"y\\\" \\\\ ü\"}");

    [Theory]
    [InlineData("v")]
    [InlineData("😀")]
    public void Long_ones_are_cut(string piece)
    {
        var text = LabelSetText.Of(LabelSet.Encode([new("a", string.Concat(Enumerable.Repeat(piece, 10_000))), new("b", "1")]));

        text.Length.ShouldBeInRange(LabelSetText.MostCharacters - 3, LabelSetText.MostCharacters);
        text.ShouldStartWith("{a=\"" + piece);
        text.ShouldEndWith("…}");
        text.ShouldNotContain('\uFFFD');
    }
}
