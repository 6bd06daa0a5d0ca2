using System.Buffers.Binary;
using Triptych.Columnar.Parquet.Writing;

namespace Triptych.Columnar.Parquet.Reading;

/// <summary>
/// A condition that rows are looked for by: the column (of a list: one of its elements) has a value within bounds, both inclusive, in PLAIN
/// form without length and in the order of the column's type; or one of some integers. Null never fulfils it.
/// </summary>
public sealed class ColumnBounds
{
    private readonly byte[]? _min;
    private readonly byte[]? _max;

    private ColumnBounds(ParquetColumn column, byte[]? min, byte[]? max)
    {
        foreach (var bound in new[] { min, max })
        {
            var width = column.Type == ParquetType.Boolean ? 1 : column.Width;
            if (bound is not null && width > 0 && bound.Length != width)
                throw new ArgumentException($"A value of column {column.Name} has {width} bytes, not {bound.Length}.", nameof(min));
        }

        Column = column;
        _min = min;
        _max = max;
    }

    /// <summary>Whose values.</summary>
    public ParquetColumn Column { get; }

    /// <summary>The value that is asked for; null for a range.</summary>
    internal byte[]? Single { get; private init; }

    /// <summary>The integers that are asked for, ascending; null where bounds say it.</summary>
    private ReadOnlyMemory<int>? Integers { get; init; }

    /// <summary>The one integer that is not asked for.</summary>
    private long? Excluded { get; init; }

    /// <summary>That value: bloom filters are asked as well.</summary>
    public static ColumnBounds Equal(ParquetColumn column, ReadOnlySpan<byte> value) =>
        new(column, value.ToArray(), value.ToArray()) { Single = value.ToArray() };

    /// <summary>Values of a range; null: open on that side.</summary>
    public static ColumnBounds Between(ParquetColumn column, byte[]? min, byte[]? max) => new(column, min, max);

    /// <summary>Values of an INT64 or INT32 column, from <paramref name="min"/> to <paramref name="max"/>; for INT32 those that its type can have.</summary>
    public static ColumnBounds Between(ParquetColumn column, long min, long max) => column.Type switch
    {
        ParquetType.Int64 => new ColumnBounds(column, Bytes(min), Bytes(max)),
        ParquetType.Int32 when min > int.MaxValue || max < int.MinValue => AnyOf(column, default),
        ParquetType.Int32 => new ColumnBounds(column, Bytes((int)Math.Max(min, int.MinValue)), Bytes((int)Math.Min(max, int.MaxValue))),
        _ => throw new ArgumentException($"Column {column.Name} holds {column.Type}, not integers.", nameof(column)),
    };

    /// <summary>Some values of an INT32 column, ascending; without any no row is asked for.</summary>
    public static ColumnBounds AnyOf(ParquetColumn column, ReadOnlyMemory<int> values) => column.Type == ParquetType.Int32
        ? new ColumnBounds(column, null, null) { Integers = values }
        : throw new ArgumentException($"Column {column.Name} holds {column.Type}, not Int32.", nameof(column));

    /// <summary>All values of an INT64 or INT32 column but one.</summary>
    public static ColumnBounds Except(ParquetColumn column, long value) => new(column, null, null) { Excluded = value };

    /// <summary>Any value: rows of pages that are null throughout are ruled out.</summary>
    public static ColumnBounds NotNull(ParquetColumn column) => new(column, null, null);

    /// <summary>False when these bounds of a page or chunk rule out that it has such a value.</summary>
    internal bool MayHold(ColumnStatistics statistics)
    {
        if (Integers is { } integers)
            return MayHold(integers.Span, statistics);
        if (Excluded is { } excluded)
            return !statistics.TryGetInt64(out var lowest, out var highest) || lowest != excluded || highest != excluded;
        return !IsBelow(statistics.Max, _min) && !IsBelow(_max, statistics.Min);
    }

    private bool IsBelow(byte[]? left, byte[]? right) => left is not null && right is not null
        && PageStatistics.IsOrdered(Column, left) && PageStatistics.IsOrdered(Column, right) && PageStatistics.Compare(Column, left, right) < 0;

    private static bool MayHold(ReadOnlySpan<int> integers, ColumnStatistics statistics)
    {
        if (integers.IsEmpty)
            return false;
        if (!statistics.TryGetInt64(out var min, out var max))
            return true;
        var at = integers.BinarySearch((int)min);
        if (at < 0)
            at = ~at;
        return at < integers.Length && integers[at] <= max;
    }

    private static byte[] Bytes(long value)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return bytes;
    }

    private static byte[] Bytes(int value)
    {
        var bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes;
    }
}
