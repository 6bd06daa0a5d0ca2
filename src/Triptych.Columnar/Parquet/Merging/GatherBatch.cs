using System.Runtime.InteropServices;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Parquet.Writing;
using Triptych.Columnar.Rows;
using Triptych.Primitives.Memory;

namespace Triptych.Columnar.Parquet.Merging;

/// <summary>Values of one column on their way from decoded columns to a writer, a few thousand rows at a time. One owner disposes it.</summary>
internal sealed class GatherBatch(ParquetColumn column, RowGroupWriter target, MemoryBudget budget) : IDisposable
{
    /// <summary>The most rows that are handed on at once.</summary>
    public const int MaxRows = 4096;

    private const int MaxBytes = 1024 * 1024;
    private const int MinBytes = 64 * 1024;

    private readonly NativeList<byte> _data = new(budget);
    private readonly NativeList<int> _ends = new(budget);
    private readonly NativeList<bool> _validity = new(budget);
    private readonly NativeList<int> _listEnds = new(budget);
    private readonly NativeList<bool> _listValidity = new(budget);
    private readonly ScanCharge _waiting = new(budget);
    private readonly long _maxBytes = Math.Clamp(budget.Limit / 32, MinBytes, MaxBytes);
    private readonly int _width = column.Type == ParquetType.Boolean ? 1 : column.Width;
    private int _rows;
    private int _slots;

    /// <summary>Adds the value or the list of a row; matches <see cref="RowGather.Visitor"/>.</summary>
    public void Add(int index, DecodedColumn from, int place)
    {
        if (column.IsRepeated)
        {
            var ends = from.ListEnds;
            for (var slot = place == 0 ? 0 : ends[place - 1]; slot < ends[place]; slot++) AddSlot(from, slot);
            _listEnds.Add(_slots);
            if (column.IsListNullable) _listValidity.Add(from.ListValidity.IsEmpty || from.ListValidity[place]);
        }
        else
        {
            AddSlot(from, place);
        }

        _rows++;
        if (_rows == MaxRows || _data.Count >= _maxBytes) Hand();
    }

    /// <summary>Hands on what has been added.</summary>
    public void Hand()
    {
        if (_rows == 0) return;
        var shape = new ColumnShape { Validity = _validity.Span, ListEnds = _listEnds.Span, ListValidity = _listValidity.Span };
        var writer = target.Column(column);
        switch (column.Type)
        {
            case ParquetType.Int32:
                writer.WriteInt32(MemoryMarshal.Cast<byte, int>(_data.Span), shape);
                break;
            case ParquetType.Int64:
                writer.WriteInt64(MemoryMarshal.Cast<byte, long>(_data.Span), shape);
                break;
            case ParquetType.Double:
                writer.WriteDouble(MemoryMarshal.Cast<byte, double>(_data.Span), shape);
                break;
            case ParquetType.Boolean:
                writer.WriteBool(MemoryMarshal.Cast<byte, bool>(_data.Span), shape);
                break;
            case ParquetType.FixedLenByteArray:
                writer.WriteFixed(_data.Span, shape);
                break;
            case ParquetType.ByteArray:
                writer.WriteBytes(_ends.Span, _data.Span, shape);
                break;
            default:
                throw new ArgumentException($"Column {column.Name} holds {column.Type}, which is not gathered.");
        }

        _rows = 0;
        _slots = 0;
        _data.Clear();
        _ends.Clear();
        _validity.Clear();
        _listEnds.Clear();
        _listValidity.Clear();
        _waiting.Set(target.BufferedBytes);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _data.Dispose();
        _ends.Dispose();
        _validity.Dispose();
        _listEnds.Dispose();
        _listValidity.Dispose();
        _waiting.Dispose();
    }

    private void AddSlot(DecodedColumn from, int slot)
    {
        var isNull = from.IsNull(slot);
        if (isNull && _width > 0)
        {
            if (!_data.TryResize(_data.Count + _width)) throw new MemoryBudgetExceededException(budget, _width);
        }
        else
        {
            _data.AddRange(from.Bytes(slot));
        }

        if (column.Type == ParquetType.ByteArray) _ends.Add(_data.Count);
        if (column.IsNullable) _validity.Add(!isNull);
        _slots++;
    }
}
