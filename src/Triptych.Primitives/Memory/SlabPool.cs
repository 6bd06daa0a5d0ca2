using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Triptych.Primitives.Memory;

/// <summary>
/// Native slabs of one size, aligned to pages, charged to a budget from the moment they are allocated until <see cref="Trim"/> or
/// <see cref="Dispose"/> frees them; a slab that is free in the pool stays charged. Any thread may call. A slab has one owner, who
/// disposes it to give it back; slabs given back after the pool was disposed are freed at once.
/// </summary>
public sealed unsafe class SlabPool : IDisposable
{
    public const int MinSlabSizeBytes = 64 * 1024;
    public const int MaxSlabSizeBytes = 1024 * 1024;
    private const int AlignmentBytes = 4096;

    private readonly Lock _gate = new();
    private readonly Stack<nint> _free = new();
    private readonly MemoryBudget _budget;
    private bool _disposed;

    /// <param name="budget">Charged for every slab this pool holds or has out.</param>
    /// <param name="slabSizeBytes">A power of two between 64 KiB and 1 MiB.</param>
    public SlabPool(MemoryBudget budget, int slabSizeBytes = 256 * 1024)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(slabSizeBytes, MinSlabSizeBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(slabSizeBytes, MaxSlabSizeBytes);
        if (!System.Numerics.BitOperations.IsPow2(slabSizeBytes))
            throw new ArgumentOutOfRangeException(nameof(slabSizeBytes), slabSizeBytes, "A slab size is a power of two.");
        _budget = budget;
        SlabSizeBytes = slabSizeBytes;
    }

    public int SlabSizeBytes { get; }

    /// <summary>Slabs that lie free in the pool.</summary>
    public int FreeCount
    {
        get
        {
            lock (_gate)
                return _free.Count;
        }
    }

    /// <summary>A slab of <see cref="SlabSizeBytes"/>, not cleared; false when the budget refuses a new one.</summary>
    public bool TryRent([NotNullWhen(true)] out Slab? slab)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_free.TryPop(out var pointer))
            {
                slab = new Slab(this, (byte*)pointer, SlabSizeBytes);
                return true;
            }
        }

        return TryAllocate(SlabSizeBytes, out slab);
    }

    /// <summary>A slab of at least <paramref name="lengthBytes"/>, of its own size when that is above <see cref="SlabSizeBytes"/>.</summary>
    public bool TryRent(int lengthBytes, [NotNullWhen(true)] out Slab? slab)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(lengthBytes);
        if (lengthBytes <= SlabSizeBytes)
            return TryRent(out slab);
        lock (_gate)
            ObjectDisposedException.ThrowIf(_disposed, this);
        return TryAllocate(lengthBytes, out slab);
    }

    /// <summary>Frees slabs that lie free until at most <paramref name="keep"/> are left. Returns the bytes freed.</summary>
    public long Trim(int keep = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(keep);
        long freedBytes = 0;
        lock (_gate)
        {
            while (_free.Count > keep)
            {
                NativeMemory.AlignedFree((void*)_free.Pop());
                freedBytes += SlabSizeBytes;
            }
        }

        _budget.Return(freedBytes);
        return freedBytes;
    }

    public void Dispose()
    {
        lock (_gate)
            _disposed = true;
        Trim();
    }

    internal void Return(byte* pointer, int sizeBytes)
    {
        if (sizeBytes == SlabSizeBytes)
        {
            lock (_gate)
            {
                if (!_disposed)
                {
                    _free.Push((nint)pointer);
                    return;
                }
            }
        }

        NativeMemory.AlignedFree(pointer);
        _budget.Return(sizeBytes);
    }

    private bool TryAllocate(int sizeBytes, [NotNullWhen(true)] out Slab? slab)
    {
        slab = null;
        if (!_budget.TryTake(sizeBytes))
            return false;
        try
        {
            slab = new Slab(this, (byte*)NativeMemory.AlignedAlloc((nuint)sizeBytes, AlignmentBytes), sizeBytes);
            return true;
        }
        finally
        {
            if (slab is null)
                _budget.Return(sizeBytes);
        }
    }
}

/// <summary>
/// A piece of native memory rented from a <see cref="SlabPool"/>. One owner; disposing twice is safe. No span or memory taken from it
/// may be used after disposal. No finalizer, for the reason given at <see cref="PooledBytes"/>.
/// </summary>
public sealed unsafe class Slab : MemoryManager<byte>
{
    private readonly SlabPool _pool;
    private byte* _pointer;
    private int _disposed;

    internal Slab(SlabPool pool, byte* pointer, int sizeBytes)
    {
        _pool = pool;
        _pointer = pointer;
        SizeBytes = sizeBytes;
    }

    public int SizeBytes { get; }

    /// <summary>The whole slab.</summary>
    public Span<byte> Span => GetSpan();

    /// <inheritdoc />
    public override Span<byte> GetSpan()
    {
        if (_pointer is null)
            ThrowDisposed();
        return new Span<byte>(_pointer, SizeBytes);
    }

    /// <summary>Asks the processor for a byte that is about to be used; a hint, and nothing where there is no such byte.</summary>
    public void Prefetch(int offset)
    {
        if (Sse.IsSupported && _pointer is not null && (uint)offset < (uint)SizeBytes)
            Sse.Prefetch0(_pointer + offset);
    }

    /// <inheritdoc />
    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(elementIndex);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(elementIndex, SizeBytes);
        if (_pointer is null)
            ThrowDisposed();
        return new MemoryHandle(_pointer + elementIndex);
    }

    /// <summary>Nothing to do: native memory does not move.</summary>
    public override void Unpin()
    {
    }

    public void Dispose() => Dispose(disposing: true);

    protected override void Dispose(bool disposing)
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        var pointer = _pointer;
        _pointer = null;
        _pool.Return(pointer, SizeBytes);
    }

    [DoesNotReturn]
    private static void ThrowDisposed() => throw new ObjectDisposedException(nameof(Slab));
}
