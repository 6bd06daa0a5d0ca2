using Triptych.Metrics.Scan;

namespace Triptych.Metrics.Tests.Scan;

public sealed class SampleBufferTests
{
    [Fact]
    public void Samples_added_at_once_are_as_those_added_one_by_one()
    {
        var random = new Random(5);
        for (var round = 0; round < 200; round++)
        {
            var (one, many) = (new SampleBuffer(), new SampleBuffer());
            for (var part = random.Next(1, 5); part > 0; part--)
            {
                var start = random.Next(3000);
                var times = Enumerable.Range(0, random.Next(0, 900)).Select(i => start + (i * 10L)).ToArray();
                var values = many.Add(times);
                values.Length.ShouldBe(times.Length);
                for (var i = 0; i < times.Length; i++)
                {
                    values[i] = part + i;
                    one.Add(times[i], part + i);
                }
            }

            one.Settle(100, 9000);
            many.Settle(100, 9000);
            many.TimestampsMs.ToArray().ShouldBe(one.TimestampsMs.ToArray());
            many.Values.ToArray().ShouldBe(one.Values.ToArray());
        }
    }
}
