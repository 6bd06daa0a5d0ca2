using Triptych.Columnar.Symbols;
using Triptych.Model.Attributes;

namespace Triptych.Columnar.Rows;

/// <summary>One column of a <see cref="RecordBatch"/>. The scan owns its memory and reuses it; it is valid until the next batch is asked for.</summary>
public abstract class Column
{
    /// <summary>How many rows the column has.</summary>
    public int Count { get; protected set; }

    /// <summary>Bytes of memory that the column holds, used or not, without those that it has charged itself.</summary>
    public abstract long SizeBytes { get; }

    /// <summary>Whether the row has no value.</summary>
    public abstract bool IsNull(int row);

    /// <summary>Forgets all rows; memory is kept.</summary>
    public virtual void Clear() => Count = 0;

    /// <summary>
    /// Forgets all rows and gives back memory that the garbage collector does not manage. Who fills a column with a budget of its own calls it; no span
    /// taken from the column may be used after that.
    /// </summary>
    public virtual void Release() => Clear();

    /// <summary>Grows an array so that it holds one more than <paramref name="count"/>.</summary>
    protected static void Reserve<T>(ref T[] array, int count)
    {
        if (count >= array.Length) Array.Resize(ref array, Math.Max(16, array.Length * 2));
    }
}

/// <summary>Integers; never null.</summary>
public sealed class Int64Column : Column
{
    private long[] _values = [];

    /// <summary>The rows.</summary>
    public ReadOnlySpan<long> Values => _values.AsSpan(0, Count);

    /// <summary>One row.</summary>
    public long this[int row] => _values[row];

    /// <inheritdoc/>
    public override long SizeBytes => _values.Length * 8L;

    /// <inheritdoc/>
    public override bool IsNull(int row) => false;

    /// <summary>Adds a row.</summary>
    public void Add(long value)
    {
        Reserve(ref _values, Count);
        _values[Count++] = value;
    }

    /// <summary>Adds rows and returns the place to write them to.</summary>
    public Span<long> AddRange(int count)
    {
        if (Count + count > _values.Length) Array.Resize(ref _values, Math.Max(_values.Length * 2, Count + count));
        Count += count;
        return _values.AsSpan(Count - count, count);
    }
}

/// <summary>Texts of which few differ, as numbers of the query's <see cref="SymbolTable"/>; <see cref="SymbolTable.Empty"/> where there is none.</summary>
public sealed class SymbolColumn : Column
{
    private int[] _symbols = [];

    /// <summary>The rows.</summary>
    public ReadOnlySpan<int> Symbols => _symbols.AsSpan(0, Count);

    /// <summary>One row.</summary>
    public int this[int row] => _symbols[row];

    /// <inheritdoc/>
    public override long SizeBytes => _symbols.Length * 4L;

    /// <inheritdoc/>
    public override bool IsNull(int row) => _symbols[row] == SymbolTable.Empty;

    /// <summary>Adds a row.</summary>
    public void Add(int symbol)
    {
        Reserve(ref _symbols, Count);
        _symbols[Count++] = symbol;
    }

    /// <summary>Adds rows and returns the place to write them to.</summary>
    public Span<int> AddRange(int count)
    {
        if (Count + count > _symbols.Length) Array.Resize(ref _symbols, Math.Max(_symbols.Length * 2, Count + count));
        Count += count;
        return _symbols.AsSpan(Count - count, count);
    }
}

/// <summary>Byte strings of one length, such as ids; never null.</summary>
public sealed class FixedBytesColumn(int width) : Column
{
    private byte[] _data = [];

    /// <summary>The length of each row in bytes.</summary>
    public int Width => width;

    /// <summary>One row.</summary>
    public ReadOnlySpan<byte> this[int row] => _data.AsSpan(row * width, width);

    /// <inheritdoc/>
    public override long SizeBytes => _data.Length;

    /// <inheritdoc/>
    public override bool IsNull(int row) => false;

    /// <summary>Adds a row, <see cref="Width"/> bytes.</summary>
    public void Add(ReadOnlySpan<byte> value)
    {
        if ((Count + 1) * width > _data.Length) Array.Resize(ref _data, Math.Max(64 * width, _data.Length * 2));
        value.CopyTo(_data.AsSpan(Count * width, width));
        Count++;
    }

    /// <summary>Adds rows and returns the place to write their bytes to.</summary>
    public Span<byte> AddRange(int count)
    {
        var used = Count * width;
        if (used + (count * width) > _data.Length) Array.Resize(ref _data, Math.Max(_data.Length * 2, used + (count * width)));
        Count += count;
        return _data.AsSpan(used, count * width);
    }
}

/// <summary>One attribute's typed values; <see cref="AttributeKind.None"/> where a row lacks it.</summary>
public sealed class AttributeColumn : Column
{
    private readonly BytesColumn _bytes = new();
    private AttributeKind[] _kinds = [];
    private long[] _bits = [];

    /// <inheritdoc/>
    public override long SizeBytes => _bytes.SizeBytes + (_bits.Length * 8L) + (_kinds.Length * (long)sizeof(AttributeKind));

    /// <inheritdoc/>
    public override bool IsNull(int row) => _kinds[row] == AttributeKind.None;

    /// <summary>The type of a row's value.</summary>
    public AttributeKind KindOf(int row) => _kinds[row];

    /// <summary>The integer, the double's bits, or 1 and 0.</summary>
    public long BitsOf(int row) => _bits[row];

    /// <summary>Text, JSON or bytes.</summary>
    public ReadOnlySpan<byte> BytesOf(int row) => _bytes[row];

    /// <summary>The value as an object.</summary>
    public AttributeValue this[int row] => AttributeValue.Read(_kinds[row], _bits[row], _bytes[row]);

    /// <summary>Adds a row.</summary>
    public void Add(AttributeKind kind, long bits, ReadOnlySpan<byte> bytes)
    {
        Reserve(ref _kinds, Count);
        Reserve(ref _bits, Count);
        _kinds[Count] = kind;
        _bits[Count] = bits;
        _bytes.Add(bytes);
        Count++;
    }

    /// <summary>
    /// Adds rows of numbers, truth values or nothing, and returns the places to write their kinds and bits to; all of them are to be written.
    /// </summary>
    public (Memory<AttributeKind> Kinds, Memory<long> Bits) AddFixed(int count)
    {
        Grow(count);
        _bytes.AddNulls(count);
        Count += count;
        return (_kinds.AsMemory(Count - count, count), _bits.AsMemory(Count - count, count));
    }

    /// <summary>Adds a row that lacks the attribute.</summary>
    public void AddNull() => Add(AttributeKind.None, 0, default);

    /// <summary>Adds rows that lack the attribute.</summary>
    public void AddNulls(int count)
    {
        if (count == 0) return;
        Grow(count);
        _kinds.AsSpan(Count, count).Clear();
        _bits.AsSpan(Count, count).Clear();
        _bytes.AddNulls(count);
        Count += count;
    }

    /// <inheritdoc/>
    public override void Clear()
    {
        base.Clear();
        _bytes.Clear();
    }

    private void Grow(int count)
    {
        if (Count + count > _kinds.Length) Array.Resize(ref _kinds, Math.Max(_kinds.Length * 2, Count + count));
        if (Count + count > _bits.Length) Array.Resize(ref _bits, Math.Max(_bits.Length * 2, Count + count));
    }
}
