using System.Runtime.InteropServices;
using Triptych.Primitives.Memory;

namespace Triptych.Columnar.Parquet.Reading;

/// <summary>
/// Decoded values of one column. Memory is pooled and native where large; the caller owns it and disposes it; spans are valid until then.
/// A slot is a row of a flat column or an element of a list; each value span has one entry for each slot, also for null ones
/// (zero, no bytes).
/// </summary>
public sealed class DecodedColumn : IDisposable
{
    private readonly ColumnBuffer _values;
    private readonly ColumnBuffer _ends;
    private readonly ColumnBuffer _validity;
    private readonly ColumnBuffer _listEnds;
    private readonly ColumnBuffer _listValidity;
    private readonly ColumnBuffer _codes;

    internal DecodedColumn(ParquetColumn column, ColumnMemory memory)
    {
        Column = column;
        Width = column.Type == ParquetType.Boolean ? 1 : column.Width;
        _values = new ColumnBuffer(memory);
        _ends = new ColumnBuffer(memory);
        _validity = new ColumnBuffer(memory);
        _listEnds = new ColumnBuffer(memory);
        _listValidity = new ColumnBuffer(memory);
        _codes = new ColumnBuffer(memory);
    }

    public ParquetColumn Column { get; }

    public int RowCount { get; internal set; }

    public int SlotCount { get; internal set; }

    /// <summary>By slot, whether there is a value. Empty when all are there.</summary>
    public ReadOnlySpan<bool> Validity => _validity.As<bool>();

    public int NullCount => Validity.Count(false);

    /// <summary>By row, the slot behind its last element; empty for flat columns.</summary>
    public ReadOnlySpan<int> ListEnds => _listEnds.As<int>();

    /// <summary>By row, whether the list is there. Empty when all are.</summary>
    public ReadOnlySpan<bool> ListValidity => _listValidity.As<bool>();

    public ReadOnlySpan<bool> Bools => Values<bool>(ParquetType.Boolean);

    public ReadOnlySpan<int> Int32s => Values<int>(ParquetType.Int32);

    public ReadOnlySpan<long> Int64s => Values<long>(ParquetType.Int64);

    public ReadOnlySpan<float> Floats => Values<float>(ParquetType.Float);

    public ReadOnlySpan<double> Doubles => Values<double>(ParquetType.Double);

    /// <summary>BYTE_ARRAY: the offset behind each slot's bytes in <see cref="Data"/>.</summary>
    public ReadOnlySpan<int> Ends => _ends.As<int>();

    /// <summary>BYTE_ARRAY and FIXED_LEN_BYTE_ARRAY: the bytes of all slots.</summary>
    public ReadOnlySpan<byte> Data => _values.Span;

    /// <summary>Whether <see cref="Codes"/> and <see cref="Dictionary"/> hold the values instead of the spans here.</summary>
    public bool IsCoded { get; internal set; }

    /// <summary>By slot, an index into <see cref="Dictionary"/>; 0 for a null slot.</summary>
    public ReadOnlySpan<int> Codes => _codes.As<int>();

    /// <summary>The distinct values, without nulls; disposed with this column. Null unless <see cref="IsCoded"/>.</summary>
    public DecodedColumn? Dictionary { get; internal set; }

    /// <summary>Data pages that were decoded for it.</summary>
    public int PagesRead { get; internal set; }

    /// <summary>Bytes of pages, dictionary included, that were read from the file for it, as they are stored.</summary>
    public long StoredBytes { get; internal set; }

    /// <summary>Slots that are likely to come in all: room is made for them at once. 0 when unknown.</summary>
    internal long ExpectedSlots { get; init; }

    /// <summary>Bytes of one value; 0 for BYTE_ARRAY.</summary>
    internal int Width { get; }

    internal ColumnBuffer ValueBuffer => _values;

    internal ColumnBuffer EndBuffer => _ends;

    internal ColumnBuffer ValidityBuffer => _validity;

    internal ColumnBuffer ListEndBuffer => _listEnds;

    internal ColumnBuffer ListValidityBuffer => _listValidity;

    internal ColumnBuffer CodeBuffer => _codes;

    /// <summary>One slot's bytes, in both forms; empty for a null slot. For a type of fixed width, its PLAIN form.</summary>
    public ReadOnlySpan<byte> Bytes(int slot)
    {
        if (IsCoded)
            return Validity.IsEmpty || Validity[slot] ? Dictionary!.Bytes(Codes[slot]) : default;
        if (Width > 0)
            return Validity.IsEmpty || Validity[slot] ? Data.Slice(slot * Width, Width) : default;
        var ends = Ends;
        return Data[(slot == 0 ? 0 : ends[slot - 1])..ends[slot]];
    }

    public bool IsNull(int slot) => !Validity.IsEmpty && !Validity[slot];

    /// <summary>Whether <see cref="Data"/> lies in native memory of which no more than a quarter is unused, so that it is worth handing on.</summary>
    public bool CanHandOnData => Data.Length >= PooledBytes.NativeThreshold && _values.Capacity - Data.Length <= Data.Length / 4;

    /// <summary>
    /// Hands on the memory of <see cref="Data"/>, which is empty from then on; its first bytes are those of the slots, by their <see cref="Ends"/>. The
    /// caller disposes it.
    /// </summary>
    public PooledBytes? DetachData() => _values.Detach();

    /// <summary>Makes room for all slots that are expected, in front of the first page.</summary>
    internal void ReserveSlots()
    {
        if (ExpectedSlots == 0 || SlotCount > 0)
            return;
        if (IsCoded)
            _codes.ReserveLikely(ExpectedSlots * sizeof(int));
        else if (Width > 0)
            _values.ReserveLikely(ExpectedSlots * Width);
        else
            _ends.ReserveLikely(ExpectedSlots * sizeof(int));
    }

    /// <summary>Makes room for the bytes of all slots that are expected, by those of the first page.</summary>
    internal void ReserveData(long pageBytes, int pageSlots)
    {
        if (ExpectedSlots > 0 && SlotCount == pageSlots && pageSlots > 0)
            _values.ReserveLikely((long)(pageBytes * 1.05 * ExpectedSlots / pageSlots));
    }

    /// <summary>Forgets all rows and keeps the memory for others.</summary>
    internal void Clear()
    {
        _values.Truncate(0);
        _ends.Truncate(0);
        _validity.Truncate(0);
        _listEnds.Truncate(0);
        _listValidity.Truncate(0);
        _codes.Truncate(0);
        RowCount = 0;
        SlotCount = 0;
    }

    public void Dispose()
    {
        _values.Dispose();
        _ends.Dispose();
        _validity.Dispose();
        _listEnds.Dispose();
        _listValidity.Dispose();
        _codes.Dispose();
        Dictionary?.Dispose();
        Dictionary = null;
        RowCount = 0;
        SlotCount = 0;
    }

    private ReadOnlySpan<T> Values<T>(ParquetType type)
        where T : unmanaged => Column.Type == type
            ? MemoryMarshal.Cast<byte, T>(_values.Span)
            : throw new InvalidOperationException($"Column {Column.Name} holds {Column.Type}, not {type}.");
}
