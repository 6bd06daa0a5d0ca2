using Triptych.Primitives.Binary;

namespace Triptych.Derive.Series;

/// <summary>Counts as bytes: whole numbers, which they mostly are, as a varint of twice their value, others as 1 and the double's bits.</summary>
internal static class SavedNumber
{
    private const double LargestWhole = 1L << 53;

    /// <summary>Writes a number.</summary>
    public static void Write(PooledBufferWriter output, double value)
    {
        if (value >= 0 && value < LargestWhole && Math.Floor(value) == value)
        {
            output.WriteUnsigned((ulong)value << 1);
            return;
        }

        output.WriteByte(1);
        output.WriteDouble(value);
    }

    /// <summary>Reads a number.</summary>
    public static double Read(ref VarintReader reader)
    {
        var number = reader.ReadUnsigned();
        return (number & 1) == 0 ? number >> 1 : reader.ReadDouble();
    }
}
