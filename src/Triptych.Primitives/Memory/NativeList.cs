using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Triptych.Primitives.Memory;

/// <summary>
/// A growable array in native memory, charged to a budget. One thread at a time: growing moves the elements, so no span or reference
/// may be kept over an add. One owner disposes it; disposing twice is safe. No finalizer, as for <see cref="PooledBytes"/>.
/// </summary>
public sealed unsafe class NativeList<T> : IDisposable
    where T : unmanaged
{
    private const int FirstCapacity = 16;
    private readonly MemoryBudget _budget;
    private T* _items;
    private int _count;
    private int _capacity;
    private bool _disposed;

    /// <param name="budget">Charged for the capacity, not the count.</param>
    /// <param name="capacity">Elements to make room for now; throws <see cref="MemoryBudgetExceededException"/> when refused.</param>
    public NativeList(MemoryBudget budget, int capacity = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        _budget = budget;
        if (capacity > 0 && !TryReserve(capacity))
            throw new MemoryBudgetExceededException(budget, (long)capacity * sizeof(T));
    }

    public int Count => _count;

    public int Capacity => _capacity;

    /// <summary>Bytes of native memory held.</summary>
    public long SizeBytes => (long)_capacity * sizeof(T);

    /// <summary>All elements.</summary>
    public Span<T> Span => new(_items, _count);

    /// <summary>The element at <paramref name="index"/>, bounds-checked.</summary>
    public ref T this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if ((uint)index >= (uint)_count)
                ThrowIndex();
            return ref _items[index];
        }
    }

    /// <summary>
    /// Asks the processor for an element that is about to be used; a hint that changes nothing, and nothing where there is no such element.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(int index)
    {
        if (Sse.IsSupported && (uint)index < (uint)_count)
            Sse.Prefetch0(_items + index);
    }

    /// <summary>Adds an element; throws <see cref="MemoryBudgetExceededException"/> when the budget refuses to grow.</summary>
    public void Add(T item)
    {
        if (!TryAdd(item))
            throw Refused(1);
    }

    /// <summary>Adds an element; false, and nothing changed, when the budget refuses to grow.</summary>
    public bool TryAdd(T item)
    {
        if (_count == _capacity && !TryReserve((long)_count + 1))
            return false;
        _items[_count++] = item;
        return true;
    }

    /// <summary>Adds all of <paramref name="items"/>.</summary>
    /// <exception cref="MemoryBudgetExceededException">The budget has no room; nothing changed.</exception>
    public void AddRange(ReadOnlySpan<T> items)
    {
        if (!TryAddRange(items))
            throw Refused(items.Length);
    }

    /// <summary>Adds all of <paramref name="items"/> or nothing.</summary>
    public bool TryAddRange(ReadOnlySpan<T> items)
    {
        if (!TryReserve((long)_count + items.Length))
            return false;
        items.CopyTo(new Span<T>(_items + _count, items.Length));
        _count += items.Length;
        return true;
    }

    /// <summary>Makes the list exactly <paramref name="count"/> long; new elements are zero.</summary>
    public bool TryResize(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (!TryReserve(count))
            return false;
        if (count > _count)
            new Span<T>(_items + _count, count - _count).Clear();
        _count = count;
        return true;
    }

    /// <summary>Forgets the elements, keeps the memory.</summary>
    public void Clear() => _count = 0;

    /// <summary>Makes room for <paramref name="count"/> elements in all; false when the budget refuses or the count is beyond an int.</summary>
    public bool TryReserve(long count)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (count <= _capacity)
            return true;
        if (count > Array.MaxLength)
            return false;
        var capacity = Math.Min(Math.Max(Math.Max(count, FirstCapacity), _capacity * 2L), Array.MaxLength);

        // While the elements move both arrays exist: the new one is charged in full before the old one is given back.
        if (!_budget.TryTake(capacity * sizeof(T)))
        {
            capacity = SmallestGrowth(count);
            if (!_budget.TryTake(capacity * sizeof(T)))
                return false;
        }

        // Large blocks move by changing pages, not by copying.
        T* items = null;
        try
        {
            items = (T*)NativeMemory.Realloc(_items, (nuint)capacity * (nuint)sizeof(T));
        }
        finally
        {
            if (items is null)
                _budget.Return(capacity * sizeof(T));
        }

        _budget.Return(SizeBytes);
        _items = items;
        _capacity = (int)capacity;
        return true;
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _count = 0;
        Free();
        _items = null;
        _capacity = 0;
    }

    /// <summary>What was refused is the whole of the longer array, not what was to be added.</summary>
    private MemoryBudgetExceededException Refused(int added) => new(_budget, SmallestGrowth((long)_count + added) * sizeof(T));

    // Less than double, yet not element by element: copying the whole list for each of them would take hours.
    private long SmallestGrowth(long count) => Math.Min(Math.Max(count, _capacity + (_capacity / 8L)), Array.MaxLength);

    private void Free()
    {
        NativeMemory.Free(_items);
        _budget.Return(SizeBytes);
    }

    [DoesNotReturn]
    private static void ThrowIndex() => throw new ArgumentOutOfRangeException("index");
}
