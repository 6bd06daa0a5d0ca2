namespace Triptych.Columnar.Parquet.Reading;

/// <summary>Moves the kept rows of a decoded column together, front to back, in place.</summary>
internal ref struct RowCompaction
{
    private readonly DecodedColumn _column;
    private int _row;
    private int _slot;
    private int _byte;

    public RowCompaction(DecodedColumn column, int baseRow)
    {
        _column = column;
        _row = baseRow;
        _slot = SlotAt(baseRow);
        _byte = ByteAt(_slot);
    }

    /// <summary>Keeps rows of the column as it was; ranges come in ascending order.</summary>
    public void Keep(int from, int to)
    {
        var firstSlot = from == _row ? _slot : SlotAt(from);
        var lastSlot = SlotAt(to);
        var slots = lastSlot - firstSlot;
        var lastByte = ByteAt(lastSlot);
        var firstByte = firstSlot == _slot ? _byte : ByteAt(firstSlot);
        if (from != _row)
        {
            Move<int>(_column.ListEndBuffer, from, _row, to - from, firstSlot - _slot);
            Move(_column.ListValidityBuffer, from, _row, to - from, 1);
        }

        if (firstSlot != _slot)
        {
            Move<int>(_column.EndBuffer, firstSlot, _slot, slots, firstByte - _byte);
            Move(_column.ValidityBuffer, firstSlot, _slot, slots, 1);
            Move(_column.CodeBuffer, firstSlot, _slot, slots, sizeof(int));
            if (_column.Width > 0)
                Move(_column.ValueBuffer, firstSlot, _slot, slots, _column.Width);
            else
                Move(_column.ValueBuffer, firstByte, _byte, lastByte - firstByte, 1);
        }

        _row += to - from;
        _slot += slots;
        _byte += lastByte - firstByte;
    }

    public readonly void Finish()
    {
        Cut(_column.ListEndBuffer, _row * sizeof(int));
        Cut(_column.ListValidityBuffer, _row);
        Cut(_column.EndBuffer, _slot * sizeof(int));
        Cut(_column.ValidityBuffer, _slot);
        Cut(_column.CodeBuffer, _slot * sizeof(int));
        Cut(_column.ValueBuffer, _column.Width > 0 ? _slot * _column.Width : _byte);
        _column.RowCount = _row;
        _column.SlotCount = _slot;
    }

    private readonly int SlotAt(int row) => !_column.Column.IsRepeated ? row : row == 0 ? 0 : _column.ListEnds[row - 1];

    private readonly int ByteAt(int slot) => slot == 0 || _column.Ends.IsEmpty ? 0 : _column.Ends[slot - 1];

    private static void Cut(ColumnBuffer buffer, int length)
    {
        if (buffer.Length > length)
            buffer.Truncate(length);
    }

    private static void Move(ColumnBuffer buffer, int from, int to, int count, int width)
    {
        if (buffer.Length > 0)
            buffer.Span.Slice(from * width, count * width).CopyTo(buffer.Span[(to * width)..]);
    }

    private static void Move<T>(ColumnBuffer buffer, int from, int to, int count, T less)
        where T : unmanaged, System.Numerics.INumber<T>
    {
        if (buffer.Length == 0)
            return;
        var items = buffer.As<T>();
        for (var i = 0; i < count; i++)
            items[to + i] = items[from + i] - less;
    }
}
