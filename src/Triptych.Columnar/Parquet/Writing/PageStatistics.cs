using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Triptych.Columnar.Parquet.Writing;

/// <summary>Smallest and largest value of pages, in the order that Parquet defines for the type.</summary>
internal static class PageStatistics
{
    /// <summary>
    /// The bounds of a page's values in PLAIN form without length, not cut. False when there are none: no values, or floating-point numbers
    /// that are NaN, over which Parquet allows no bounds.
    /// </summary>
    public static bool TryCompute(PageValues values, out byte[] min, out byte[] max)
    {
        min = max = [];
        if (values.Count == 0)
            return false;
        switch (values.Column.Type)
        {
            case ParquetType.Int32 when IsUnsigned(values.Column):
                (min, max) = Integers(values.As<uint>());
                return true;
            case ParquetType.Int32:
                (min, max) = Integers(values.As<int>());
                return true;
            case ParquetType.Int64 when IsUnsigned(values.Column):
                (min, max) = Integers(values.As<ulong>());
                return true;
            case ParquetType.Int64:
                (min, max) = Integers(values.As<long>());
                return true;
            case ParquetType.Boolean:
                (min, max) = Integers(values.Data);
                return true;
            case ParquetType.Double:
                return TryFloats(values.As<double>(), out min, out max);
            case ParquetType.Float:
                return TryFloats(values.As<float>(), out min, out max);
            case ParquetType.ByteArray or ParquetType.FixedLenByteArray:
                (min, max) = Bytes(values);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Order of two bounds of one column.</summary>
    public static int Compare(ParquetColumn column, ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) => column.Type switch
    {
        ParquetType.Int32 when IsUnsigned(column) =>
            BinaryPrimitives.ReadUInt32LittleEndian(left).CompareTo(BinaryPrimitives.ReadUInt32LittleEndian(right)),
        ParquetType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(left).CompareTo(BinaryPrimitives.ReadInt32LittleEndian(right)),
        ParquetType.Int64 when IsUnsigned(column) =>
            BinaryPrimitives.ReadUInt64LittleEndian(left).CompareTo(BinaryPrimitives.ReadUInt64LittleEndian(right)),
        ParquetType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(left).CompareTo(BinaryPrimitives.ReadInt64LittleEndian(right)),
        ParquetType.Float => BinaryPrimitives.ReadSingleLittleEndian(left).CompareTo(BinaryPrimitives.ReadSingleLittleEndian(right)),
        ParquetType.Double => BinaryPrimitives.ReadDoubleLittleEndian(left).CompareTo(BinaryPrimitives.ReadDoubleLittleEndian(right)),
        _ => left.SequenceCompareTo(right),
    };

    /// <summary>
    /// Whether a bound says something in the order of <see cref="Compare"/>: not NaN, which Parquet has readers ignore, and not bytes of an annotation that
    /// is not known here, such as DECIMAL and FLOAT16, whose order is not that of their bytes.
    /// </summary>
    public static bool IsOrdered(ParquetColumn column, ReadOnlySpan<byte> bound) => column.Type switch
    {
        ParquetType.Float => !float.IsNaN(BinaryPrimitives.ReadSingleLittleEndian(bound)),
        ParquetType.Double => !double.IsNaN(BinaryPrimitives.ReadDoubleLittleEndian(bound)),
        ParquetType.ByteArray or ParquetType.FixedLenByteArray => column.LogicalType != ParquetLogicalType.Other,
        _ => true,
    };

    /// <summary>A lower bound of at most <paramref name="maxBytes"/>: a prefix, of text one of whole characters.</summary>
    public static byte[] CutMin(byte[] value, int maxBytes, bool isText)
    {
        if (value.Length <= maxBytes)
            return value;
        var length = maxBytes;
        while (isText && length > 0 && (value[length] & 0xC0) == 0x80)
            length--;
        return value[..length];
    }

    /// <summary>An upper bound of at most <paramref name="maxBytes"/>: a prefix with its last byte raised; the whole value when all bytes are FF.</summary>
    public static byte[] CutMax(byte[] value, int maxBytes, bool isText)
    {
        if (value.Length <= maxBytes)
            return value;

        // Text is cut between characters and raised in its last ASCII byte, so that the bound is text as well.
        for (var length = maxBytes; length > 0; length--)
        {
            var last = value[length - 1];
            if (isText ? last >= 0x7F : last == 0xFF)
                continue;
            var cut = value[..length];
            cut[^1]++;
            return cut;
        }

        return value;
    }

    private static bool IsUnsigned(ParquetColumn column) => column.LogicalType is >= ParquetLogicalType.UInt8 and <= ParquetLogicalType.UInt64;

    private static (byte[] Min, byte[] Max) Integers<T>(ReadOnlySpan<T> values)
        where T : unmanaged, IBinaryInteger<T>
    {
        var min = values[0];
        var max = values[0];
        var rest = values;
        if (values.Length >= Vector<T>.Count)
        {
            var mins = new Vector<T>(values);
            var maxs = mins;
            for (; rest.Length >= Vector<T>.Count; rest = rest[Vector<T>.Count..])
            {
                var vector = new Vector<T>(rest);
                mins = Vector.Min(mins, vector);
                maxs = Vector.Max(maxs, vector);
            }

            for (var i = 0; i < Vector<T>.Count; i++)
            {
                min = T.Min(min, mins[i]);
                max = T.Max(max, maxs[i]);
            }
        }

        foreach (var value in rest)
        {
            min = T.Min(min, value);
            max = T.Max(max, value);
        }

        return (AsBytes(min), AsBytes(max));
    }

    private static bool TryFloats<T>(ReadOnlySpan<T> values, out byte[] min, out byte[] max)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var low = T.PositiveInfinity;
        var high = T.NegativeInfinity;
        var hasNaN = false;
        foreach (var value in values)
        {
            hasNaN |= T.IsNaN(value);
            low = value < low ? value : low;
            high = value > high ? value : high;
        }

        // Zeros of either sign are equal but ordered: the bounds take in both.
        min = AsBytes(T.IsZero(low) ? T.NegativeZero : low);
        max = AsBytes(T.IsZero(high) ? T.Zero : high);
        return !hasNaN;
    }

    private static (byte[] Min, byte[] Max) Bytes(PageValues values)
    {
        var min = values[0];
        var max = values[0];
        var (minHead, maxHead) = (Head(min), Head(max));
        for (var i = 1; i < values.Count; i++)
        {
            // The first eight bytes mostly tell that a value is neither.
            var value = values[i];
            var head = Head(value);
            if (head > minHead && head < maxHead)
                continue;
            if (value.SequenceCompareTo(min) < 0)
                min = value;
            else if (value.SequenceCompareTo(max) > 0)
                max = value;
            (minHead, maxHead) = (Head(min), Head(max));
        }

        return (min.ToArray(), max.ToArray());
    }

    /// <summary>Ordered as the bytes are, as far as it goes.</summary>
    private static ulong Head(ReadOnlySpan<byte> value)
    {
        if (value.Length >= sizeof(ulong))
            return BinaryPrimitives.ReadUInt64BigEndian(value);
        var head = 0UL;
        for (var i = 0; i < value.Length; i++)
            head |= (ulong)value[i] << (56 - (8 * i));
        return head;
    }

    private static byte[] AsBytes<T>(T value)
        where T : unmanaged
    {
        var bytes = new byte[System.Runtime.CompilerServices.Unsafe.SizeOf<T>()];
        MemoryMarshal.Write(bytes, value);
        return bytes;
    }
}
