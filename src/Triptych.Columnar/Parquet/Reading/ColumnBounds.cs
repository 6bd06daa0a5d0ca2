using System.Buffers.Binary;
using Triptych.Columnar.Parquet.Writing;

namespace Triptych.Columnar.Parquet.Reading;

/// <summary>
/// A condition that rows are looked for by: the column (of a list: one of its elements) has a value within bounds, both inclusive, in PLAIN
/// form without length and in the order of the column's type. Null never fulfils it.
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

    /// <summary>That value: bloom filters are asked as well.</summary>
    public static ColumnBounds Equal(ParquetColumn column, ReadOnlySpan<byte> value) =>
        new(column, value.ToArray(), value.ToArray()) { Single = value.ToArray() };

    /// <summary>Values of a range; null: open on that side.</summary>
    public static ColumnBounds Between(ParquetColumn column, byte[]? min, byte[]? max) => new(column, min, max);

    /// <summary>Values of an INT64 column, from <paramref name="min"/> to <paramref name="max"/>.</summary>
    public static ColumnBounds Between(ParquetColumn column, long min, long max)
    {
        if (column.Type != ParquetType.Int64)
            throw new ArgumentException($"Column {column.Name} holds {column.Type}, not Int64.", nameof(column));
        return new ColumnBounds(column, Bytes(min), Bytes(max));
    }

    /// <summary>False when these bounds of a page or chunk rule out that it has such a value.</summary>
    internal bool MayHold(ColumnStatistics statistics)
    {
        if (_min is not null && statistics.Max is { } max && PageStatistics.Compare(Column, max, _min) < 0)
            return false;
        return _max is null || statistics.Min is not { } min || PageStatistics.Compare(Column, min, _max) <= 0;
    }

    private static byte[] Bytes(long value)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return bytes;
    }
}
