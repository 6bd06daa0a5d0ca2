using Triptych.Columnar.Symbols;
using Triptych.Model.Attributes;

namespace Triptych.Columnar.Rows;

/// <summary>One column of a <see cref="RecordBatch"/>. The scan owns its memory and reuses it; it is valid until the next batch is asked for.</summary>
public abstract class Column
{
    /// <summary>How many rows the column has.</summary>
    public int Count { get; protected set; }

    /// <summary>Bytes of memory that the column holds, used or not.</summary>
    public abstract long SizeBytes { get; }

    /// <summary>Whether the row has no value.</summary>
    public abstract bool IsNull(int row);

    /// <summary>Forgets all rows; memory is kept.</summary>
    public virtual void Clear() => Count = 0;

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

/// <summary>Texts and byte strings of any length, or null.</summary>
public sealed class BytesColumn : Column
{
    private byte[] _data = [];
    private int[] _ends = [];
    private bool[] _nulls = [];

    /// <summary>One row; empty where it is null.</summary>
    public ReadOnlySpan<byte> this[int row] => _data.AsSpan((row == 0 ? 0 : _ends[row - 1]).._ends[row]);

    /// <summary>All bytes of the column, in order of the rows.</summary>
    public ReadOnlySpan<byte> Data => _data.AsSpan(0, Count == 0 ? 0 : _ends[Count - 1]);

    /// <inheritdoc/>
    public override long SizeBytes => _data.Length + (_ends.Length * 4L) + _nulls.Length;

    /// <inheritdoc/>
    public override bool IsNull(int row) => _nulls[row];

    /// <summary>Makes room for rows and bytes that are about to be added, so that the column need not grow by doubling.</summary>
    public void Reserve(int rows, int bytes)
    {
        var used = Data.Length;
        if (Count + rows > _ends.Length) Array.Resize(ref _ends, Count + rows);
        if (Count + rows > _nulls.Length) Array.Resize(ref _nulls, Count + rows);
        if (used + bytes > _data.Length) Array.Resize(ref _data, used + bytes);
    }

    /// <summary>Adds a row.</summary>
    public void Add(ReadOnlySpan<byte> value) => value.CopyTo(Add(value.Length));

    /// <summary>Adds a row and returns the place to write it to.</summary>
    public Span<byte> Add(int length)
    {
        var start = Count == 0 ? 0 : _ends[Count - 1];
        Reserve(ref _ends, Count);
        Reserve(ref _nulls, Count);
        if (start + length > _data.Length) Array.Resize(ref _data, Math.Max(Math.Max(1024, _data.Length * 2), start + length));
        _nulls[Count] = false;
        _ends[Count++] = start + length;
        return _data.AsSpan(start, length);
    }

    /// <summary>Adds a row without a value.</summary>
    public void AddNull()
    {
        Add(0);
        _nulls[Count - 1] = true;
    }

    /// <summary>Adds rows without a value.</summary>
    public void AddNulls(int count)
    {
        var start = Data.Length;
        GrowRows(count);
        _ends.AsSpan(Count, count).Fill(start);
        _nulls.AsSpan(Count, count).Fill(true);
        Count += count;
    }

    /// <summary>Adds rows, each with a value: row i is <c>data[ends[i - 1]..ends[i]]</c>, the first one begins at <paramref name="start"/>.</summary>
    public void AddRange(ReadOnlySpan<byte> data, int start, ReadOnlySpan<int> ends)
    {
        if (ends.IsEmpty) return;
        var used = Data.Length;
        var size = ends[^1] - start;
        GrowRows(ends.Length);
        if (used + size > _data.Length) Array.Resize(ref _data, Math.Max(Math.Max(1024, _data.Length * 2), used + size));
        data.Slice(start, size).CopyTo(_data.AsSpan(used));
        var target = _ends.AsSpan(Count, ends.Length);
        for (var i = 0; i < ends.Length; i++) target[i] = ends[i] - start + used;
        _nulls.AsSpan(Count, ends.Length).Clear();
        Count += ends.Length;
    }

    /// <summary>Adds some rows of another column.</summary>
    public void AddRange(BytesColumn from, int first, int count)
    {
        if (count == 0) return;
        AddRange(from._data, first == 0 ? 0 : from._ends[first - 1], from._ends.AsSpan(first, count));
        from._nulls.AsSpan(first, count).CopyTo(_nulls.AsSpan(Count - count));
    }

    /// <summary>Whether no row has a value.</summary>
    public bool IsAllNull => !_nulls.AsSpan(0, Count).Contains(false);

    /// <summary>By row, where its bytes end in <see cref="Data"/>.</summary>
    public ReadOnlySpan<int> Ends => _ends.AsSpan(0, Count);

    private void GrowRows(int count)
    {
        if (Count + count > _ends.Length) Array.Resize(ref _ends, Math.Max(_ends.Length * 2, Count + count));
        if (Count + count > _nulls.Length) Array.Resize(ref _nulls, Math.Max(_nulls.Length * 2, Count + count));
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

    /// <summary>Adds a row that lacks the attribute.</summary>
    public void AddNull() => Add(AttributeKind.None, 0, default);

    /// <inheritdoc/>
    public override void Clear()
    {
        base.Clear();
        _bytes.Clear();
    }
}
