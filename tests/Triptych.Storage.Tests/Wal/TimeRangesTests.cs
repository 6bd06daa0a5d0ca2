using Triptych.Storage.Wal;

namespace Triptych.Storage.Tests.Wal;

public class TimeRangesTests
{
    [Fact]
    public void Ranges_that_meet_are_one_and_others_stay_apart()
    {
        var ranges = Of((10, 20), (40, 50), (15, 25), (60, 60));
        ranges.Ranges.ShouldBe([new RecordTimes(10, 25), new RecordTimes(40, 50), new RecordTimes(60, 60)]);
        ranges.Add(new RecordTimes(20, 45));
        ranges.Ranges.ShouldBe([new RecordTimes(10, 50), new RecordTimes(60, 60)]);
        ranges.Overlaps(51, 59).ShouldBeFalse();
        ranges.Overlaps(long.MinValue, 9).ShouldBeFalse();
        ranges.Overlaps(61, long.MaxValue).ShouldBeFalse();
        ranges.Overlaps(50, 59).ShouldBeTrue();
        ranges.Overlaps(59, 60).ShouldBeTrue();
        ranges.Overlaps(0, 100).ShouldBeTrue();
        ranges.Overlaps(100, 0).ShouldBeFalse();
    }

    [Fact]
    public void What_has_no_time_adds_nothing_and_what_is_not_known_is_everything()
    {
        var ranges = Of((5, 5));
        ranges.Add(RecordTimes.None);
        ranges.Overlaps(6, long.MaxValue).ShouldBeFalse();
        ranges.Add(RecordTimes.Unknown);
        ranges.Overlaps(long.MaxValue, long.MaxValue).ShouldBeTrue();
        ranges.Overlaps(long.MinValue, long.MinValue).ShouldBeTrue();
    }

    [Fact]
    public void Too_many_ranges_lose_their_smallest_gaps_first()
    {
        var ranges = new TimeRanges();
        ranges.Add(new RecordTimes(long.MinValue, long.MinValue));
        ranges.Add(new RecordTimes(long.MaxValue, long.MaxValue));
        for (var i = 0L; i < 1000; i++) ranges.Add(new RecordTimes(i * 15, i * 15));
        ranges.Ranges.Count.ShouldBe(TimeRanges.MaxRanges);
        ranges.Overlaps(long.MinValue + 1, -1).ShouldBeFalse("the largest gaps are kept");
        ranges.Overlaps((999 * 15) + 1, long.MaxValue - 1).ShouldBeFalse();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Nothing_that_was_added_is_ever_missing(int seed)
    {
        var random = new Random(seed);
        var added = new List<RecordTimes>();
        var ranges = new TimeRanges();
        for (var i = 0; i < 2000; i++)
        {
            var from = random.NextInt64(-1_000_000, 1_000_000);
            var times = new RecordTimes(from, from + random.Next(0, 3) * random.Next(0, 50));
            added.Add(times);
            ranges.Add(times);
            ranges.Ranges.Count.ShouldBeLessThanOrEqualTo(TimeRanges.MaxRanges);
        }

        foreach (var times in added)
        {
            ranges.Overlaps(times.Min, times.Min).ShouldBeTrue();
            ranges.Overlaps(times.Max, times.Max).ShouldBeTrue();
        }

        for (var i = 1; i < ranges.Ranges.Count; i++) ranges.Ranges[i].Min.ShouldBeGreaterThan(ranges.Ranges[i - 1].Max);
    }

    private static TimeRanges Of(params (long Min, long Max)[] all)
    {
        var ranges = new TimeRanges();
        foreach (var (min, max) in all) ranges.Add(new RecordTimes(min, max));
        return ranges;
    }
}
