using System.Buffers.Binary;
using System.Numerics;
using Triptych.Primitives.Memory;

namespace Triptych.TraceQL.Functions;

/// <summary>
/// Which spans a metrics query has counted, so that a span that was received twice counts once. Keeps 64 bits of each identity
/// (trace id, span id, kind), 16 bytes a span with the room that the table needs; of a million spans two share theirs with a probability of 3 in 10⁸.
/// </summary>
internal sealed class SpanIdentitySet : IDisposable
{
    private readonly NativeList<ulong> _slots;
    private readonly MemoryBudget _budget;
    private int _count;

    public SpanIdentitySet(MemoryBudget budget)
    {
        _budget = budget;
        _slots = new NativeList<ulong>(budget);
        Resize(_slots, 4096);
    }

    /// <summary>Whether the span is new to the set.</summary>
    public bool Add(ReadOnlySpan<byte> traceId, ReadOnlySpan<byte> spanId, long kind)
    {
        var identity = Mix(BinaryPrimitives.ReadUInt64LittleEndian(traceId));
        identity = Mix(identity ^ BinaryPrimitives.ReadUInt64LittleEndian(traceId[8..]));
        identity = Mix(identity ^ BinaryPrimitives.ReadUInt64LittleEndian(spanId));
        identity = Mix(identity ^ (ulong)kind);

        // 0 marks a free slot.
        if (!Insert(_slots.Span, identity == 0 ? 1 : identity))
        {
            return false;
        }

        if (++_count * 2 > _slots.Count)
        {
            Grow();
        }

        return true;
    }

    public void Dispose() => _slots.Dispose();

    private static bool Insert(Span<ulong> slots, ulong identity)
    {
        var mask = slots.Length - 1;
        var place = (int)(identity >> 16) & mask;
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
        using var old = new NativeList<ulong>(_budget);
        old.AddRange(_slots.Span);
        Resize(_slots, old.Count * 2);
        _slots.Span.Clear();
        foreach (var identity in old.Span)
        {
            if (identity != 0)
            {
                Insert(_slots.Span, identity);
            }
        }
    }

    private void Resize(NativeList<ulong> slots, int count)
    {
        if (!slots.TryResize(count))
        {
            throw new MemoryBudgetExceededException(_budget, count * 8L);
        }
    }

    private static ulong Mix(ulong value)
    {
        value *= 0x9E37_79B9_7F4A_7C15;
        value = BitOperations.RotateLeft(value, 29) ^ value;
        value *= 0xBF58_476D_1CE4_E5B9;
        return value ^ (value >> 32);
    }
}
