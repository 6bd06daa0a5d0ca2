using System.Runtime.InteropServices;
using Triptych.Columnar.Rows;
using Triptych.Primitives.Memory;

namespace Triptych.TraceQL.Functions;

/// <summary>
/// Which spans a metrics query has counted, so that a span that was received twice counts once. Keeps 64 bits of each identity
/// (trace id, span id, kind): of a million spans two share theirs with a probability of 3 in 10⁸. Works by batches, because the
/// table outgrows the caches and independent look-ups overlap.
/// </summary>
internal sealed class SpanIdentitySet : IDisposable
{
    private const int FirstCapacity = 16 * 1024;
    private const int Growth = 4;

    private readonly MemoryBudget _budget;
    private NativeList<ulong> _slots;
    private int _count;

    public SpanIdentitySet(MemoryBudget budget)
    {
        _budget = budget;
        _slots = Allocate(FirstCapacity);
    }

    /// <summary>Clears <paramref name="selected"/> for the rows whose span is in the set already, and adds the others; rows that are clear are not looked at.</summary>
    public void AddNew(FixedBytesColumn traceIds, FixedBytesColumn spanIds, ReadOnlySpan<long> kinds, Span<bool> selected)
    {
        // At most half full, however many of the batch are new.
        if ((_count + selected.Length) * 2 > _slots.Count)
        {
            Grow();
        }

        var slots = _slots.Span;
        for (var row = 0; row < selected.Length; row++)
        {
            if (!selected[row])
            {
                continue;
            }

            var isNew = Insert(slots, IdentityOf(traceIds[row], spanIds[row], kinds[row]));
            selected[row] = isNew;
            _count += isNew ? 1 : 0;
        }
    }

    public void Dispose() => _slots.Dispose();

    private static ulong IdentityOf(ReadOnlySpan<byte> traceId, ReadOnlySpan<byte> spanId, long kind)
    {
        var trace = MemoryMarshal.Cast<byte, ulong>(traceId);
        var identity = Fold(trace[0] ^ 0x9E37_79B9_7F4A_7C15, trace[1] ^ 0xBF58_476D_1CE4_E5B9);
        identity = Fold(identity ^ (ulong)kind ^ 0x94D0_49BB_1331_11EB, MemoryMarshal.Read<ulong>(spanId) ^ 0xD6E8_FEB8_6659_FD93);

        // 0 marks a free slot.
        return identity == 0 ? 1 : identity;
    }

    private static ulong Fold(ulong a, ulong b)
    {
        var high = Math.BigMul(a, b, out var low);
        return high ^ low;
    }

    private static bool Insert(Span<ulong> slots, ulong identity)
    {
        var mask = slots.Length - 1;
        var place = (int)(identity >> 32) & mask;
        while (slots[place] != 0)
        {
            if (slots[place] == identity)
            {
                return false;
            }

            place = (place + 1) & mask;
        }

        slots[place] = identity;
        return true;
    }

    private void Grow()
    {
        var larger = Allocate(checked(_slots.Count * Growth));
        foreach (var identity in _slots.Span)
        {
            if (identity != 0)
            {
                Insert(larger.Span, identity);
            }
        }

        _slots.Dispose();
        _slots = larger;
    }

    private NativeList<ulong> Allocate(int capacity)
    {
        var slots = new NativeList<ulong>(_budget, capacity);
        if (!slots.TryResize(capacity))
        {
            throw new MemoryBudgetExceededException(_budget, capacity * 8L);
        }

        return slots;
    }
}
