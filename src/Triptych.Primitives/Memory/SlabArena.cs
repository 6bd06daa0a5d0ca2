namespace Triptych.Primitives.Memory;

/// <summary>
/// Where an item lies in a <see cref="SlabArena"/>, in 8 bytes so that columns of them stay small:
/// bits 63..44 slab, 43..24 offset within the slab, 23..0 length. The default value is the empty item.
/// </summary>
public readonly record struct ArenaRef
{
    internal const int MaxSlabs = 1 << 20;
    internal const int MaxLength = (1 << 24) - 1;
    private readonly ulong _packed;

    internal ArenaRef(int slab, int offset, int length) => _packed = ((ulong)slab << 44) | ((ulong)offset << 24) | (uint)length;

    private ArenaRef(ulong packed) => _packed = packed;

    /// <summary>Length of the item in bytes.</summary>
    public int Length => (int)(_packed & 0xFF_FFFF);

    internal int Slab => (int)(_packed >> 44);

    internal int Offset => (int)((_packed >> 24) & 0xF_FFFF);

    /// <summary>The 64 bits, for columns of primitive values.</summary>
    public ulong ToBits() => _packed;

    public static ArenaRef FromBits(ulong bits) => new(bits);
}

/// <summary>
/// An append-only store of byte strings over native slabs. Each item is contiguous; one larger than a slab gets a slab of its own.
/// One writer at a time; other threads may read items whose <see cref="ArenaRef"/> was published to them safely while the writer goes
/// on. Spans stay valid until <see cref="Dispose"/> or <see cref="Reset"/>, which must not race with readers.
/// </summary>
public sealed class SlabArena : IDisposable
{
    /// <summary>Longest item in bytes.</summary>
    public const int MaxItemLength = ArenaRef.MaxLength;

    private readonly SlabPool _pool;

    // Replaced when it grows, never changed below _slabCount, so that readers need no lock.
    private volatile Slab[] _slabs = [];
    private int _slabCount;
    private int _current = -1;
    private int _offset;
    private bool _disposed;

    public SlabArena(SlabPool pool) => _pool = pool;

    /// <summary>Bytes of native memory held, as charged to the pool's budget.</summary>
    public long SizeBytes { get; private set; }

    /// <summary>Bytes of items appended.</summary>
    public long UsedBytes { get; private set; }

    /// <summary>Copies <paramref name="item"/> in; throws <see cref="InvalidOperationException"/> when there is no memory for it.</summary>
    public ArenaRef Append(ReadOnlySpan<byte> item) => TryAppend(item, out var reference)
        ? reference
        : throw new InvalidOperationException($"The memory budget of the arena refused an item of {item.Length} bytes.");

    /// <summary>Copies <paramref name="item"/> in; false, and nothing changed, when the budget refuses a further slab.</summary>
    public bool TryAppend(ReadOnlySpan<byte> item, out ArenaRef reference)
    {
        if (!TryAllocate(item.Length, out reference, out var destination))
            return false;
        item.CopyTo(destination);
        return true;
    }

    /// <summary>Makes room for an item that the caller fills in (not cleared); false when the budget refuses a further slab.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Longer than <see cref="MaxItemLength"/>.</exception>
    public bool TryAllocate(int length, out ArenaRef reference, out Span<byte> destination)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, MaxItemLength);
        reference = default;
        destination = default;
        if (length == 0)
            return true;
        if (length > _pool.SlabSizeBytes)
        {
            if (!TryAddSlab(length, out var own))
                return false;
            reference = new ArenaRef(own, 0, length);
        }
        else
        {
            if (_current < 0 || length > _slabs[_current].SizeBytes - _offset)
            {
                if (!TryAddSlab(length, out var next))
                    return false;
                _current = next;
                _offset = 0;
            }

            reference = new ArenaRef(_current, _offset, length);
            _offset += length;
        }

        UsedBytes += length;
        destination = _slabs[reference.Slab].Span.Slice(reference.Offset, length);
        return true;
    }

    /// <summary>The item at <paramref name="reference"/>.</summary>
    public ReadOnlySpan<byte> Read(ArenaRef reference) => Edit(reference);

    /// <summary>The item at <paramref name="reference"/>, for its owner to change in place.</summary>
    public Span<byte> Edit(ArenaRef reference) =>
        reference.Length == 0 ? default : _slabs[reference.Slab].Span.Slice(reference.Offset, reference.Length);

    /// <summary>Asks the processor for a byte of an item that is about to be used; a hint that changes nothing.</summary>
    public void Prefetch(ArenaRef reference, int offset)
    {
        if (reference.Length > 0)
            _slabs[reference.Slab].Prefetch(reference.Offset + offset);
    }

    /// <summary>Gives all slabs back and starts empty.</summary>
    public void Reset()
    {
        var slabs = _slabs;
        var count = _slabCount;
        _slabs = [];
        _slabCount = 0;
        _current = -1;
        _offset = 0;
        SizeBytes = 0;
        UsedBytes = 0;
        for (var i = 0; i < count; i++)
            slabs[i].Dispose();
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        Reset();
    }

    private bool TryAddSlab(int lengthBytes, out int index)
    {
        index = _slabCount;
        if (_slabCount == ArenaRef.MaxSlabs || !_pool.TryRent(lengthBytes, out var slab))
            return false;
        var slabs = _slabs;
        if (_slabCount == slabs.Length)
        {
            Array.Resize(ref slabs, Math.Max(8, slabs.Length * 2));
            slabs[_slabCount] = slab;
            _slabs = slabs;
        }
        else
        {
            Volatile.Write(ref slabs[_slabCount], slab);
        }

        _slabCount++;
        SizeBytes += slab.SizeBytes;
        return true;
    }
}
