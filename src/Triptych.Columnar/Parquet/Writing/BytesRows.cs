namespace Triptych.Columnar.Parquet.Writing;

/// <summary>Byte strings one after another, as Parquet's writer takes them.</summary>
public sealed class BytesRows
{
    private byte[] _data = [];
    private int[] _ends = [];
    private int _length;
    private int _count;

    /// <summary>How many there are.</summary>
    public int Count => _count;

    /// <summary>All bytes.</summary>
    public ReadOnlySpan<byte> Data => _data.AsSpan(0, _length);

    /// <summary>Where each ends.</summary>
    public ReadOnlySpan<int> Ends => _ends.AsSpan(0, _count);

    /// <summary>Adds one.</summary>
    public void Add(ReadOnlySpan<byte> value)
    {
        if (value.Length > _data.Length - _length || _count == _ends.Length) Grow(value.Length, 1);
        value.CopyTo(_data.AsSpan(_length));
        _ends[_count++] = _length += value.Length;
    }

    /// <summary>Adds the last <paramref name="count"/> once more.</summary>
    public void Repeat(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)_count);
        var start = count == _count ? 0 : _ends[_count - count - 1];
        var length = _length - start;
        if (length > _data.Length - _length || count > _ends.Length - _count) Grow(length, count);
        _data.AsSpan(start, length).CopyTo(_data.AsSpan(_length));
        var ends = _ends.AsSpan(_count - count, count);
        var more = _ends.AsSpan(_count, count);
        for (var i = 0; i < ends.Length; i++) more[i] = ends[i] + length;
        _length += length;
        _count += count;
    }

    /// <summary>Forgets all.</summary>
    public void Clear() => (_length, _count) = (0, 0);

    private void Grow(int bytes, int count)
    {
        if (bytes > _data.Length - _length) Array.Resize(ref _data, Larger(_data.Length, _length, bytes));
        if (count > _ends.Length - _count) Array.Resize(ref _ends, Larger(_ends.Length, _count, count));
    }

    private static int Larger(int capacity, int used, int more) =>
        (int)Math.Min(Math.Max(Math.Max(256, capacity * 2L), checked(used + more)), Array.MaxLength);
}
