using Triptych.Primitives.Checksums;
using Triptych.Primitives.Memory;
using Triptych.Traces.Scan;

namespace Triptych.Traces.Head;

/// <summary>Distinct byte strings, numbered in the order of their arrival: open addressing over arrays. Under the head's lock; what <see cref="View"/> gives needs none.</summary>
internal sealed class ByteTable(SlabArena arena)
{
    private readonly AppendList<ArenaRef> _items = new();
    private int[] _slots = new int[64];

    /// <summary>Memory beside the arena, in bytes.</summary>
    public long SizeBytes => (_items.Items.Length * 8L) + (_slots.Length * 4L);

    /// <summary>The number of a byte string, a new one when it was not there; -1 when the budget refuses it.</summary>
    public int TryAdd(ReadOnlySpan<byte> item)
    {
        if (_items.Count * 2 >= _slots.Length) Grow();
        var slot = SlotOf(item);
        if (_slots[slot] > 0) return _slots[slot] - 1;
        if (!arena.TryAppend(item, out var reference)) return -1;
        _items.Add(reference);
        _slots[slot] = _items.Count;
        return _items.Count - 1;
    }

    /// <summary>What is there now.</summary>
    public IByteItems View() => new ArenaItems(arena, _items.Items, _items.Count);

    private int SlotOf(ReadOnlySpan<byte> item)
    {
        var slot = (int)XxHash64.Compute(item) & (_slots.Length - 1);
        while (_slots[slot] > 0 && !arena.Read(_items.Items[_slots[slot] - 1]).SequenceEqual(item)) slot = (slot + 1) & (_slots.Length - 1);
        return slot;
    }

    private void Grow()
    {
        _slots = new int[_slots.Length * 2];
        for (var i = 0; i < _items.Count; i++) _slots[SlotOf(arena.Read(_items.Items[i]))] = i + 1;
    }

    private sealed class ArenaItems(SlabArena arena, ArenaRef[] items, int count) : IByteItems
    {
        public int Count => count;

        public ReadOnlySpan<byte> this[int number] => arena.Read(items[number]);
    }
}
