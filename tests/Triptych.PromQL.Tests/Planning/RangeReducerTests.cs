using Triptych.PromQL.Functions.Range;
using Triptych.PromQL.Planning;
using Triptych.Query.Steps;

namespace Triptych.PromQL.Tests.Planning;

public sealed class RangeReducerTests
{
    [Theory]
    [InlineData("rate")]
    [InlineData("increase")]
    [InlineData("delta")]
    public void Series_that_share_their_times_get_to_the_bit_what_the_function_says_of_each_window(string name)
    {
        const long RangeMs = 60_000;
        var function = RangeFunctions.Find(name)!;
        var random = new Random(name.Length);
        var shared = 0;
        for (var round = 0; round < 400; round++)
        {
            var times = Times(random);
            var grid = new StepGrid(random.Next(-50_000, 300_000), random.Next(1, 40_000), random.Next(1, 30));
            var evalTimes = new EvalTimes(grid, random.Next(3) * 7_000, FixedMs: null);
            var reach = new RangeReach(RangeMs, 0);
            var windows = new RangeWindows(evalTimes, reach);
            windows.Find(times);
            var reducer = new RangeReducer(function, evalTimes, RangeMs, reach, []);
            for (var series = 0; series < 4; series++)
            {
                var values = Values(random, times.Length);
                var row = new double[grid.Count];
                var any = reducer.Reduce(times, values, [], windows, row);
                any.ShouldBe(Enumerable.Range(0, grid.Count).Any(i => windows.To[i] > windows.From[i]));
                for (var i = 0; i < grid.Count; i++)
                {
                    var (from, to) = (windows.From[i], windows.To[i]);
                    var expected = to == from ? StepRow.Absent : function.Body(new RangeWindow
                    {
                        TimesMs = times.AsSpan(from..to),
                        Values = values.AsSpan(from..to),
                        StartMs = evalTimes.At(i) - RangeMs,
                        EndMs = evalTimes.At(i),
                        StepTimeMs = grid.At(i),
                        NeverFalls = false,
                        Parameters = [],
                    });
                    BitConverter.DoubleToInt64Bits(row[i]).ShouldBe(BitConverter.DoubleToInt64Bits(expected), $"round {round}, step {i}");
                    if (!StepRow.IsAbsent(expected)) shared++;
                }
            }
        }

        shared.ShouldBeGreaterThan(1000);
    }

    private static long[] Times(Random random)
    {
        var at = 0L;
        return [.. Enumerable.Range(0, random.Next(1, 60)).Select(_ => at += random.Next(5) == 0 ? random.Next(1, 90_000) : 5_000)];
    }

    // Counters near zero and far from it, counters that begin anew, gauges below zero, values that stay.
    private static double[] Values(Random random, int count)
    {
        var value = random.Next(3) switch { 0 => 0.0, 1 => random.Next(20), _ => random.NextDouble() * 1e9 };
        var falls = random.Next(3) == 0;
        return [.. Enumerable.Range(0, count).Select(_ => value = falls && random.Next(6) == 0 ? random.Next(-5, 5) : value + random.Next(0, 10))];
    }
}
