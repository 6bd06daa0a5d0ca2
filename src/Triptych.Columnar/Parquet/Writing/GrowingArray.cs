using System.Runtime.InteropServices;

namespace Triptych.Columnar.Parquet.Writing;

/// <summary>A list whose items can be had as a span.</summary>
public sealed class GrowingArray<T>
{
    private readonly List<T> _items = [];

    /// <summary>How many there are.</summary>
    public int Count => _items.Count;

    /// <summary>All items.</summary>
    public ReadOnlySpan<T> Span => CollectionsMarshal.AsSpan(_items);

    /// <summary>Adds one.</summary>
    public void Add(T item) => _items.Add(item);

    /// <summary>Forgets all.</summary>
    public void Clear() => _items.Clear();
}
