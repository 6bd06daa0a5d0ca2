using Triptych.Metrics.Head;

namespace Triptych.Metrics.Tests.Head;

public class ReplayedNumbersTests
{
    [Theory]
    [InlineData(0UL)]
    [InlineData(8191UL)]
    [InlineData(8192UL)]
    [InlineData(16_777_215UL)]
    [InlineData(16_777_216UL)]
    [InlineData(ulong.MaxValue)]
    public void A_number_stands_for_the_series_that_was_set_until_the_segment_ends(ulong number)
    {
        var numbers = new ReplayedNumbers();
        numbers.Has(number).ShouldBeFalse();
        numbers.Announce(number);
        numbers.Has(number).ShouldBeTrue();
        numbers.Withdraw(number);
        numbers.Has(number).ShouldBeFalse();
        numbers.Set(number, 7);
        numbers.Announce(number);
        numbers.Withdraw(number);
        numbers[number].ShouldBe(7, "what was set is not taken back");
        numbers.Has(number - 1).ShouldBeFalse();
        numbers.Clear();
        numbers.Has(number).ShouldBeFalse();
    }
}
