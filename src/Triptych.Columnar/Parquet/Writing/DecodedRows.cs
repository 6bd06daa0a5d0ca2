using System.Runtime.InteropServices;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Primitives.Binary;

namespace Triptych.Columnar.Parquet.Writing;

/// <summary>Rows of a decoded column in the form that <see cref="ColumnWriter"/> takes: list ends and byte ends counted from the first row.</summary>
internal ref struct DecodedRows
{
    private readonly PooledBufferWriter _scratch;

    /// <param name="scratch">Emptied, and used for what has to be moved.</param>
    public DecodedRows(DecodedColumn source, int firstRow, int rowCount, bool isNullable, PooledBufferWriter scratch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstRow);
        ArgumentOutOfRangeException.ThrowIfNegative(rowCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)firstRow + rowCount, source.RowCount);
        _scratch = scratch;
        scratch.Reset();
        var isList = source.Column.IsRepeated;
        FirstSlot = !isList ? firstRow : firstRow == 0 ? 0 : source.ListEnds[firstRow - 1];
        var lastSlot = !isList ? firstRow + rowCount : rowCount == 0 ? FirstSlot : source.ListEnds[firstRow + rowCount - 1];
        SlotCount = lastSlot - FirstSlot;
        var validity = source.Validity.IsEmpty ? default : source.Validity.Slice(FirstSlot, SlotCount);

        // A column that was nullable may go where it is not, as long as nothing is null.
        if (!isNullable && !validity.Contains(false))
            validity = default;

        // All that goes to scratch is made room for at once, so that spans stay where they are.
        var ends = (isList ? rowCount : 0) + (source.Column.Type == ParquetType.ByteArray ? SlotCount : 0);
        var dataBytes = source.IsCoded ? CodedBytes(source) : 0;
        var room = scratch.GetSpan((ends * sizeof(int)) + dataBytes);
        var ints = MemoryMarshal.Cast<byte, int>(room[..(ends * sizeof(int))]);
        var listEnds = isList ? ints[..rowCount] : default;
        for (var i = 0; i < listEnds.Length; i++)
            listEnds[i] = source.ListEnds[firstRow + i] - FirstSlot;
        Shape = new ColumnShape
        {
            Validity = validity,
            ListEnds = listEnds,
            ListValidity = source.ListValidity.IsEmpty ? default : source.ListValidity.Slice(firstRow, rowCount),
        };
        var byteEnds = ints[listEnds.Length..];
        Ends = byteEnds;
        if (source.IsCoded)
            Data = Gather(source, byteEnds, room.Slice(ends * sizeof(int), dataBytes));
        else if (source.Width > 0)
            Data = source.Data.Slice(FirstSlot * source.Width, SlotCount * source.Width);
        else
            Data = Rebase(source, byteEnds);
    }

    public int FirstSlot { get; }

    public int SlotCount { get; }

    public ColumnShape Shape { get; }

    /// <summary>BYTE_ARRAY only.</summary>
    public ReadOnlySpan<int> Ends { get; }

    public ReadOnlySpan<byte> Data { get; }

    private readonly int CodedBytes(DecodedColumn source)
    {
        if (source.Width > 0)
            return SlotCount * source.Width;
        var total = 0L;
        for (var i = FirstSlot; i < FirstSlot + SlotCount; i++)
            total += source.Bytes(i).Length;
        return checked((int)total);
    }

    private readonly ReadOnlySpan<byte> Gather(DecodedColumn source, Span<int> ends, Span<byte> data)
    {
        var at = 0;
        for (var i = 0; i < SlotCount; i++)
        {
            var value = source.Bytes(FirstSlot + i);
            if (source.Width > 0)
            {
                var slot = data.Slice(i * source.Width, source.Width);
                slot.Clear();
                value.CopyTo(slot);
                continue;
            }

            value.CopyTo(data[at..]);
            at += value.Length;
            ends[i] = at;
        }

        return data;
    }

    private readonly ReadOnlySpan<byte> Rebase(DecodedColumn source, Span<int> ends)
    {
        var start = FirstSlot == 0 ? 0 : source.Ends[FirstSlot - 1];
        var stored = source.Ends.Slice(FirstSlot, SlotCount);
        for (var i = 0; i < ends.Length; i++)
            ends[i] = stored[i] - start;
        return source.Data.Slice(start, SlotCount == 0 ? 0 : ends[^1]);
    }
}
