namespace Triptych.Model.Metrics;

/// <summary>Sample values with a meaning of their own.</summary>
public static class SpecialValues
{
    /// <summary>The bits of the marker that ends a series.</summary>
    public const long StaleMarkerBits = 0x7ff0000000000002;

    /// <summary>The bits of every other NaN, to which exposition's NaNs are normalised.</summary>
    public const long NormalNanBits = 0x7ff8000000000001;

    /// <summary>The marker that ends a series.</summary>
    public static readonly double StaleMarker = BitConverter.Int64BitsToDouble(StaleMarkerBits);

    /// <summary>Whether a value is the marker that ends a series (other NaNs are not).</summary>
    public static bool IsStale(double value) => BitConverter.DoubleToInt64Bits(value) == StaleMarkerBits;
}
