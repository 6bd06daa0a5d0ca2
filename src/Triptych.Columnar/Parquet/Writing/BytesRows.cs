using System.Runtime.InteropServices;

namespace Triptych.Columnar.Parquet.Writing;

/// <summary>Byte strings one after another, as Parquet's writer takes them.</summary>
public sealed class BytesRows
{
    private readonly List<byte> _data = [];
    private readonly GrowingArray<int> _ends = new();

    /// <summary>How many there are.</summary>
    public int Count => _ends.Span.Length;

    /// <summary>All bytes.</summary>
    public ReadOnlySpan<byte> Data => CollectionsMarshal.AsSpan(_data);

    /// <summary>Where each ends.</summary>
    public ReadOnlySpan<int> Ends => _ends.Span;

    /// <summary>Adds one.</summary>
    public void Add(ReadOnlySpan<byte> value)
    {
        _data.AddRange(value);
        _ends.Add(_data.Count);
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        _data.Clear();
        _ends.Clear();
    }
}
