using System.Runtime.Intrinsics;
using Triptych.Model.Metrics;
using Triptych.Query.Steps;

namespace Triptych.Query.Operators;

/// <summary>Compensated summation in Neumaier's form: the error of each addition is kept apart and added at the end.</summary>
public static class KahanSum
{
    /// <summary>Adds <paramref name="increment"/> to (<paramref name="sum"/>, <paramref name="compensation"/>).</summary>
    public static void Add(double increment, ref double sum, ref double compensation)
    {
        var total = sum + increment;
        if (double.IsInfinity(total))
            compensation = 0;
        else if (Math.Abs(sum) >= Math.Abs(increment))
            compensation += sum - total + increment;
        else
            compensation += increment - total + sum;
        sum = total;
    }

    /// <summary>
    /// Adds a row of steps to a row of sums, each entry to its own; an absent entry adds nothing, and an absent sum begins at zero. Gives to the bit what
    /// <see cref="Add"/> gives.
    /// </summary>
    /// <param name="increments">One entry for each step.</param>
    /// <param name="sums">As many.</param>
    /// <param name="compensations">As many.</param>
    public static void AddRow(ReadOnlySpan<double> increments, Span<double> sums, Span<double> compensations)
    {
        var i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            var absent = Vector256.Create(SpecialValues.StaleMarkerBits);
            for (; i + Vector256<double>.Count <= increments.Length; i += Vector256<double>.Count)
            {
                var increment = Vector256.Create(increments[i..]);
                var before = Vector256.Create<double>(sums[i..]);
                var compensation = Vector256.Create<double>(compensations[i..]);
                var isAbsent = Vector256.Equals(increment.AsInt64(), absent).AsDouble();
                var sum = Vector256.ConditionalSelect(Vector256.Equals(before.AsInt64(), absent).AsDouble(), Vector256<double>.Zero, before);
                var total = sum + increment;
                var isLarger = Vector256.GreaterThanOrEqual(Vector256.Abs(sum), Vector256.Abs(increment));
                var error = Vector256.ConditionalSelect(isLarger, sum - total + increment, increment - total + sum);
                var isInfinite = Vector256.Equals(Vector256.Abs(total), Vector256.Create(double.PositiveInfinity));
                var compensated = Vector256.ConditionalSelect(isInfinite, Vector256<double>.Zero, compensation + error);
                Vector256.ConditionalSelect(isAbsent, before, total).CopyTo(sums[i..]);
                Vector256.ConditionalSelect(isAbsent, compensation, compensated).CopyTo(compensations[i..]);
            }
        }

        for (; i < increments.Length; i++)
        {
            if (StepRow.IsAbsent(increments[i])) continue;
            if (StepRow.IsAbsent(sums[i])) sums[i] = 0;
            Add(increments[i], ref sums[i], ref compensations[i]);
        }
    }
}
