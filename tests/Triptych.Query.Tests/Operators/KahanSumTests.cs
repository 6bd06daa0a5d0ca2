using Triptych.Query.Operators;
using Triptych.Query.Steps;

namespace Triptych.Query.Tests.Operators;

public sealed class KahanSumTests
{
    private static readonly double[] s_odd =
    [
        StepRow.Absent, StepRow.Absent, 0, -0.0, 1e300, -1e300, double.MaxValue, double.PositiveInfinity, double.NegativeInfinity, double.NaN, 1e-300, 5e-324,
    ];

    [Fact]
    public void A_row_of_sums_is_to_the_bit_what_single_additions_give()
    {
        var random = new Random(20);
        for (var round = 0; round < 300; round++)
        {
            var steps = random.Next(0, 20);
            var sums = Enumerable.Repeat(StepRow.Absent, steps).ToArray();
            var compensations = new double[steps];
            var expectedSums = sums.ToArray();
            var expectedCompensations = new double[steps];
            for (var row = 0; row < 12; row++)
            {
                double[] values =
                    [.. Enumerable.Range(0, steps).Select(_ => random.Next(4) == 0 ? s_odd[random.Next(s_odd.Length)] : random.NextDouble() * 1e6)];
                KahanSum.AddRow(values, sums, compensations);
                for (var i = 0; i < steps; i++)
                {
                    if (StepRow.IsAbsent(values[i])) continue;
                    if (StepRow.IsAbsent(expectedSums[i])) expectedSums[i] = 0;
                    KahanSum.Add(values[i], ref expectedSums[i], ref expectedCompensations[i]);
                }
            }

            Bits(sums).ShouldBe(Bits(expectedSums));
            Bits(compensations).ShouldBe(Bits(expectedCompensations));
        }
    }

    // One NaN for all but the marker: which of two NaNs an addition hands on is the processor's to choose.
    private static long[] Bits(double[] values) =>
        [.. values.Select(static v => BitConverter.DoubleToInt64Bits(double.IsNaN(v) && !StepRow.IsAbsent(v) ? double.NaN : v))];
}
