using System.Runtime.InteropServices;
using Triptych.Columnar.Rows;
using Triptych.Primitives.Memory;

namespace Triptych.TraceQL.Functions;

/// <summary>
/// Which spans a metrics query has counted, so that a span that was received twice counts once. Keeps 128 bits of hash of each identity
/// (trace id, span id, kind). Open addressing; the spans of a trace, which scans bring together, stand together, because the table
/// outgrows the caches. Where many spans of one trace crowd a place, the rest goes to places of its own.
/// </summary>
internal sealed class SpanIdentitySet : IDisposable
{
    private const int FirstBits = 14;
    private const int SpreadMask = 15;
    private const int MaxLocalProbes = 64;

    private readonly MemoryBudget _budget;
    private NativeList<(ulong Trace, ulong Span)> _slots;
    private int _bits = FirstBits;
    private int _count;

    public SpanIdentitySet(MemoryBudget budget)
    {
        _budget = budget;
        _slots = Allocate(1 << FirstBits);
    }

    /// <summary>
    /// Clears <paramref name="selected"/> for the rows whose span is in the set already, and adds the others; rows that are clear are not
    /// looked at.
    /// </summary>
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

            var isNew = Insert(slots, _bits, IdentityOf(traceIds[row], spanIds[row], kinds[row]));
            selected[row] = isNew;
            _count += isNew ? 1 : 0;
        }
    }

    public long SizeBytes => _slots.SizeBytes;

    /// <summary>Forgets all spans; memory is kept.</summary>
    public void Clear()
    {
        _slots.Span.Clear();
        _count = 0;
    }

    public void Dispose() => _slots.Dispose();

    private static (ulong Trace, ulong Span) IdentityOf(ReadOnlySpan<byte> traceId, ReadOnlySpan<byte> spanId, long kind)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(traceId);
        var trace = Fold(words[0] ^ 0x9E37_79B9_7F4A_7C15, words[1] ^ 0xBF58_476D_1CE4_E5B9);
        var span = Fold(trace ^ (ulong)kind ^ 0x94D0_49BB_1331_11EB, MemoryMarshal.Read<ulong>(spanId) ^ 0xD6E8_FEB8_6659_FD93);

        // 0 marks a free slot.
        return (trace, span == 0 ? 1 : span);
    }

    private static ulong Fold(ulong a, ulong b)
    {
        var high = Math.BigMul(a, b, out var low);
        return high ^ low;
    }

    /// <summary>
    /// Looks from the trace's place on, some slots far, then from the span's own. Nothing is ever removed, so the first free slot on that way
    /// proves that the identity is new.
    /// </summary>
    private static bool Insert(Span<(ulong Trace, ulong Span)> slots, int bits, (ulong Trace, ulong Span) identity)
    {
        var mask = slots.Length - 1;
        var place = ((int)(identity.Trace >> (64 - bits)) + ((int)identity.Span & SpreadMask)) & mask;
        for (var probes = 0; slots[place].Span != 0; probes++)
        {
            if (slots[place] == identity)
            {
                return false;
            }

            place = probes == MaxLocalProbes ? (int)(identity.Span >> (64 - bits)) : (place + 1) & mask;
        }

        slots[place] = identity;
        return true;
    }

    private void Grow()
    {
        var larger = Allocate(checked(_slots.Count * 2));
        _bits++;
        foreach (var identity in _slots.Span)
        {
            if (identity.Span != 0)
            {
                Insert(larger.Span, _bits, identity);
            }
        }

        _slots.Dispose();
        _slots = larger;
    }

    private NativeList<(ulong Trace, ulong Span)> Allocate(int capacity)
    {
        var slots = new NativeList<(ulong Trace, ulong Span)>(_budget, capacity);
        if (!slots.TryResize(capacity))
        {
            throw new MemoryBudgetExceededException(_budget, capacity * 16L);
        }

        return slots;
    }
}
