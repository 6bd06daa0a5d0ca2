using Triptych.Model.Metrics;

namespace Triptych.Query.Histograms;

/// <summary>
/// Bounds of exponential buckets. Bucket number i of schema s ends at 2^(i / 2^s), included, and begins where number i − 1 ends.
/// </summary>
public static class HistogramBounds
{
    private const int HighestSchema = 8;
    private const int LargestExponent = 1024;

    // The bounds that clients know are not the nearest floats: by how many units of the last place they differ for schema 8, which holds those of all
    // other schemas. Answers show bounds in full, so that the last digit matters.
    private static readonly sbyte[] s_deviations =
    [
        0, 0, 0, 0, 0, 0, -1, 0, 0, 0, -1, 0, 0, 0, 0, 0, 0, 0, -1, -2, 0, 0, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        0, 0, -1, 0, 0, 0, -1, 0, 0, -1, -1, -1, 0, 0, -1, -1, 0, 0, -1, -1, 0, 1, -1, -1, 0, 0, -1, -1, 0, 0, -1, -1,
        0, 0, 0, 0, 0, 0, -1, -1, -1, -1, -2, -2, -1, 0, -2, -1, 0, 0, -1, 0, 0, 0, -1, 0, 0, 0, 0, -1, 0, 0, 0, 0,
        0, 0, 0, -1, 0, 1, 0, 0, -1, 0, -2, -2, 0, 0, -1, -1, 0, -1, -1, -1, 0, 0, -1, 0, -1, 0, -2, -2, -1, -1, -1, -1,
        -1, 0, -1, 0, -1, -1, -2, -2, -1, -1, -2, -1, -1, 0, -1, -1, -1, -1, -1, -1, -1, -1, -2, -1, -2, -1, -2, -2, -2, -1, -2, -2,
        0, 0, -1, -1, 0, 0, -1, 0, -1, -1, -2, -2, -1, 0, -2, -2, -1, -1, -2, -2, -1, 0, -1, -1, -2, -1, -2, -2, -1, -1, -2, -1,
        -1, -1, -3, -2, -1, -1, -2, -1, -2, -2, -3, -2, -2, -2, -3, -2, -2, -2, -2, -2, -2, -2, -3, -3, -3, -3, -4, -4, -3, -2, -4, -3,
        -1, -1, -2, -1, -1, -2, -2, -2, -2, -1, -3, -3, -1, -1, -2, -2, -2, -1, -3, -2, -1, -1, -2, -2, -2, -2, -4, -3, -2, -2, -3, -3,
    ];

    // For each schema above 0 the bounds from 1 (included) to 2 (excluded).
    private static readonly double[][] s_fractions = [.. Enumerable.Range(0, HighestSchema + 1).Select(Fractions)];

    /// <summary>Whether the bounds are those of <see cref="FloatHistogram.CustomBounds"/>.</summary>
    public static bool IsCustom(this FloatHistogram histogram) => histogram.Schema == FloatHistogram.CustomBoundsSchema;

    /// <summary>The upper bound of an exponential bucket; the largest float where it would overflow by exactly one.</summary>
    public static double Upper(long bucket, int schema)
    {
        if (schema > HighestSchema) return Math.Pow(2, bucket * Math.Pow(2, -schema));
        if (schema <= 0)
        {
            var exponent = bucket * (1L << Math.Min(-schema, 32));
            return exponent == LargestExponent ? double.MaxValue : Math.ScaleB(1, Clamp(exponent));
        }

        var fraction = (int)(bucket & ((1L << schema) - 1));
        var whole = bucket >> schema;
        return fraction == 0 && whole == LargestExponent ? double.MaxValue : Math.ScaleB(s_fractions[schema][fraction], Clamp(whole));
    }

    /// <summary>The bucket of a coarser schema that holds a bucket of a finer one.</summary>
    public static long Coarser(long bucket, int fromSchema, int toSchema) => ((bucket - 1) >> Math.Min(fromSchema - toSchema, 62)) + 1;

    private static int Clamp(long exponent) => (int)Math.Clamp(exponent, -100_000, 100_000);

    private static double[] Fractions(int schema)
    {
        var count = 1 << schema;
        var fractions = new double[count];
        for (var i = 0; i < count; i++)
        {
            var nearest = BitConverter.DoubleToInt64Bits(Math.Pow(2, (double)i / count));
            fractions[i] = BitConverter.Int64BitsToDouble(nearest + s_deviations[i << (HighestSchema - schema)]);
        }

        return fractions;
    }
}
