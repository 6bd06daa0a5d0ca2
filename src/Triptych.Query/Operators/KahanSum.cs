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
}
