using Triptych.Primitives.Memory;

namespace Triptych.Storage.References;

/// <summary>
/// Trace ids, each with marks: a table in native memory of at most 33 bytes an id, twice that while it grows. One thread at a time; the owner disposes it.
/// </summary>
public sealed class TraceIdSet : IDisposable
{
    private const int MostDigits = 32;
    private readonly MemoryBudget _budget;
    private readonly NativeList<UInt128> _ids;
    private readonly NativeList<byte> _marks;

    // Numbers of ids from 1, 0 for none; a power of two of them, of which at most half are taken.
    private NativeList<int> _slots;

    /// <param name="budget">Charged.</param>
    public TraceIdSet(MemoryBudget budget)
    {
        _budget = budget;
        _ids = new NativeList<UInt128>(budget);
        _marks = new NativeList<byte>(budget);
        _slots = new NativeList<int>(budget);
    }

    /// <summary>Ids.</summary>
    public int Count => _ids.Count;

    /// <summary>An id, as a big-endian number.</summary>
    public UInt128 this[int index] => _ids[index];

    /// <summary>Reads an id as texts have it: up to 32 hexadecimal digits without or with dashes; what is missing of them are zeros in front.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out UInt128 id)
    {
        id = 0;
        var digits = 0;
        foreach (var letter in text)
        {
            if (letter == '-') continue;
            var lower = letter | 0x20;
            var digit = letter is >= (byte)'0' and <= (byte)'9' ? letter - '0' : lower is >= 'a' and <= 'f' ? lower - 'a' + 10 : -1;
            if (digit < 0 || ++digits > MostDigits) return false;
            id = (id << 4) | (uint)digit;
        }

        return digits > 0;
    }

    /// <summary>Adds an id, if it is not there. False when the budget refuses it.</summary>
    public bool TryAdd(UInt128 id)
    {
        if (_ids.Count * 2 >= _slots.Count && !TryGrow()) return false;
        ref var slot = ref _slots[SlotOf(_slots, id)];
        if (slot > 0) return true;
        if (!_ids.TryAdd(id)) return false;
        if (!_marks.TryAdd(0))
        {
            _ids.TryResize(_ids.Count - 1);
            return false;
        }

        slot = _ids.Count;
        return true;
    }

    /// <summary>Number of an id in the order in which they were added; -1 when it is not there.</summary>
    public int IndexOf(UInt128 id) => _slots.Count == 0 ? -1 : _slots[SlotOf(_slots, id)] - 1;

    /// <summary>Sets marks on an id, if it is there.</summary>
    public void Mark(UInt128 id, byte marks)
    {
        if (IndexOf(id) is var index and >= 0) _marks[index] |= marks;
    }

    /// <summary>The marks of an id by its number.</summary>
    public ref byte MarksOf(int index) => ref _marks[index];

    /// <summary>How many have no mark.</summary>
    public int CountUnmarked()
    {
        var count = 0;
        foreach (var marks in _marks.Span)
        {
            if (marks == 0) count++;
        }

        return count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ids.Dispose();
        _marks.Dispose();
        _slots.Dispose();
    }

    private int SlotOf(NativeList<int> slots, UInt128 id)
    {
        // The hash of the library is salted by process: made-up ids cannot all fall into one place.
        var mask = slots.Count - 1;
        var slot = id.GetHashCode() & mask;
        while (slots[slot] > 0 && _ids[slots[slot] - 1] != id) slot = (slot + 1) & mask;
        return slot;
    }

    private bool TryGrow()
    {
        var larger = new NativeList<int>(_budget);
        if (_slots.Count > int.MaxValue / 2 || !larger.TryResize(Math.Max(1024, _slots.Count * 2)))
        {
            larger.Dispose();
            return false;
        }

        larger.Span.Clear();
        for (var i = 0; i < _ids.Count; i++) larger[SlotOf(larger, _ids[i])] = i + 1;
        _slots.Dispose();
        _slots = larger;
        return true;
    }
}
