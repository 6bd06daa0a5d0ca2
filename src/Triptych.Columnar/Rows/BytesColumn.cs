using Triptych.Primitives.Memory;

namespace Triptych.Columnar.Rows;

/// <summary>
/// Texts and byte strings of any length, or null. With a budget, many bytes lie in native memory, which is charged before it is taken and stays until
/// <see cref="Release"/>: arrays as large would wait for the garbage collector.
/// </summary>
/// <param name="budget">Charged for native memory; null: everything is the garbage collector's, and nothing need be released.</param>
public sealed class BytesColumn(MemoryBudget? budget = null) : Column
{
    private byte[] _data = [];
    private PooledBytes? _native;
    private int[] _ends = [];
    private bool[] _nulls = [];

    /// <summary>One row; empty where it is null.</summary>
    public ReadOnlySpan<byte> this[int row] => Room[(row == 0 ? 0 : _ends[row - 1]).._ends[row]];

    /// <summary>All bytes of the column, in order of the rows.</summary>
    public ReadOnlySpan<byte> Data => Room[..UsedBytes];

    /// <inheritdoc/>
    public override long SizeBytes => _data.Length + (_ends.Length * 4L) + _nulls.Length;

    /// <inheritdoc/>
    public override bool IsNull(int row) => _nulls[row];

    /// <summary>Makes room for rows and bytes that are about to be added, so that the column need not grow by doubling.</summary>
    public void Reserve(int rows, int bytes)
    {
        var used = UsedBytes;
        if (Count + rows > _ends.Length) Array.Resize(ref _ends, Count + rows);
        if (Count + rows > _nulls.Length) Array.Resize(ref _nulls, Count + rows);
        if (used + bytes > Room.Length) Grow(used, used + bytes);
    }

    /// <summary>Adds a row.</summary>
    public void Add(ReadOnlySpan<byte> value) => value.CopyTo(Add(value.Length));

    /// <summary>Adds a row and returns the place to write it to.</summary>
    public Span<byte> Add(int length)
    {
        var start = Count == 0 ? 0 : _ends[Count - 1];
        Reserve(ref _ends, Count);
        Reserve(ref _nulls, Count);
        if (start + length > Room.Length) GrowAtLeast(start, start + length);
        _nulls[Count] = false;
        _ends[Count++] = start + length;
        return Room.Slice(start, length);
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
        var start = UsedBytes;
        GrowRows(count);
        _ends.AsSpan(Count, count).Fill(start);
        _nulls.AsSpan(Count, count).Fill(true);
        Count += count;
    }

    /// <summary>Adds rows, each with a value: row i is <c>data[ends[i - 1]..ends[i]]</c>, the first one begins at <paramref name="start"/>.</summary>
    public void AddRange(ReadOnlySpan<byte> data, int start, ReadOnlySpan<int> ends)
    {
        if (ends.IsEmpty) return;
        var used = UsedBytes;
        var size = ends[^1] - start;
        GrowRows(ends.Length);
        if (used + size > Room.Length) GrowAtLeast(used, used + size);
        data.Slice(start, size).CopyTo(Room[used..]);
        AddEnds(ends, used - start);
    }

    /// <summary>
    /// Takes over bytes in place of a copy, where the column has no rows yet: row i is <c>data[ends[i - 1]..ends[i]]</c>. The column owns
    /// <paramref name="data"/> from then on, which is charged to its budget already.
    /// </summary>
    public void TakeOver(PooledBytes data, ReadOnlySpan<int> ends)
    {
        if (Count > 0 || budget is null) throw new InvalidOperationException("a column that has rows, or no budget, cannot take over others");
        _native?.Dispose();
        _native = data;
        _data = [];
        GrowRows(ends.Length);
        AddEnds(ends, 0);
    }

    /// <summary>Adds some rows of another column.</summary>
    public void AddRange(BytesColumn from, int first, int count)
    {
        if (count == 0) return;
        AddRange(from.Room, first == 0 ? 0 : from._ends[first - 1], from._ends.AsSpan(first, count));
        from._nulls.AsSpan(first, count).CopyTo(_nulls.AsSpan(Count - count));
    }

    /// <summary>Whether no row has a value.</summary>
    public bool IsAllNull => !_nulls.AsSpan(0, Count).Contains(false);

    /// <summary>By row, where its bytes end in <see cref="Data"/>.</summary>
    public ReadOnlySpan<int> Ends => _ends.AsSpan(0, Count);

    /// <inheritdoc/>
    public override void Release()
    {
        base.Release();
        _native?.Dispose();
        _native = null;
    }

    private int UsedBytes => Count == 0 ? 0 : _ends[Count - 1];

    private Span<byte> Room => _native is { } native ? native.Span : _data;

    private void GrowAtLeast(int used, int size) => Grow(used, Math.Max(Math.Max(1024, (int)Math.Min(Room.Length * 2L, Array.MaxLength)), size));

    private void Grow(int used, int size)
    {
        if (budget is null || size < PooledBytes.NativeThreshold)
        {
            Array.Resize(ref _data, size);
            return;
        }

        if (!PooledBytes.TryRent(size, budget, out var larger)) throw new MemoryBudgetExceededException(budget, size);
        Room[..used].CopyTo(larger.Span);
        _native?.Dispose();
        _native = larger;
        _data = [];
    }

    private void AddEnds(ReadOnlySpan<int> ends, int shift)
    {
        var target = _ends.AsSpan(Count, ends.Length);
        for (var i = 0; i < ends.Length; i++) target[i] = ends[i] + shift;
        _nulls.AsSpan(Count, ends.Length).Clear();
        Count += ends.Length;
    }

    private void GrowRows(int count)
    {
        if (Count + count > _ends.Length) Array.Resize(ref _ends, Math.Max(_ends.Length * 2, Count + count));
        if (Count + count > _nulls.Length) Array.Resize(ref _nulls, Math.Max(_nulls.Length * 2, Count + count));
    }
}
