using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Triptych.Primitives.Memory;

/// <summary>
/// A rented byte buffer of an exact length. Below <see cref="NativeThreshold"/> it lives in the shared array pool, from there on in
/// native memory, so that no request body reaches the large object heap. Contents are not cleared.
/// One owner disposes it; disposing twice is safe. Spans and memories taken from it must not be used after that.
/// There is no finalizer on purpose: one could free the bytes under a span that is still in use; a lost buffer leaks instead.
/// </summary>
public sealed unsafe class PooledBytes : MemoryManager<byte>
{
    /// <summary>Length in bytes from which a buffer is native; arrays of 85,000 bytes and more go to the large object heap.</summary>
    public const int NativeThreshold = 64 * 1024;

    private readonly MemoryBudget? _budget;
    private readonly long _chargedBytes;
    private byte[]? _array;
    private byte* _native;
    private int _length;
    private int _disposed;

    private PooledBytes(int length, MemoryBudget? budget)
    {
        _budget = budget;
        _chargedBytes = length;
        _length = length;
        if (length < NativeThreshold)
            _array = ArrayPool<byte>.Shared.Rent(length);
        else
            _native = NativeBlocks.Rent(length);
    }

    /// <summary>Bytes in use: the rented length, or what <see cref="Shrink"/> left of it.</summary>
    public int Length => _length;

    /// <summary>Rents <paramref name="length"/> bytes that are not charged to any budget.</summary>
    public static PooledBytes Rent(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        return new PooledBytes(length, budget: null);
    }

    /// <summary>Rents <paramref name="length"/> bytes charged to <paramref name="budget"/> until disposal; false when it refuses.</summary>
    public static bool TryRent(int length, MemoryBudget budget, [NotNullWhen(true)] out PooledBytes? bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        bytes = null;
        if (!budget.TryTake(length))
            return false;
        try
        {
            bytes = new PooledBytes(length, budget);
            return true;
        }
        finally
        {
            if (bytes is null)
                budget.Return(length);
        }
    }

    /// <summary>Makes the buffer appear shorter, as after a decoder that wrote less than it might have. The budget keeps its charge.</summary>
    public void Shrink(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _length);
        _length = length;
    }

    /// <inheritdoc />
    public override Span<byte> GetSpan()
    {
        if (_array is { } array)
            return array.AsSpan(0, _length);
        if (_native is null)
            ThrowDisposed();
        return new Span<byte>(_native, _length);
    }

    /// <summary>The bytes.</summary>
    public Span<byte> Span => GetSpan();

    /// <inheritdoc />
    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(elementIndex);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(elementIndex, _length);
        if (_array is { } array)
        {
            var handle = GCHandle.Alloc(array, GCHandleType.Pinned);
            return new MemoryHandle((byte*)handle.AddrOfPinnedObject() + elementIndex, handle);
        }

        if (_native is null)
            ThrowDisposed();
        return new MemoryHandle(_native + elementIndex);
    }

    /// <summary>Nothing to do: native memory does not move, and a pinned array is released by its own handle.</summary>
    public override void Unpin()
    {
    }

    public void Dispose() => Dispose(disposing: true);

    protected override void Dispose(bool disposing)
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        if (_array is { } array)
            ArrayPool<byte>.Shared.Return(array);
        else
            NativeBlocks.Return(_native, (int)_chargedBytes);
        _array = null;
        _native = null;
        _length = 0;
        _budget?.Return(_chargedBytes);
    }

    [DoesNotReturn]
    private static void ThrowDisposed() => throw new ObjectDisposedException(nameof(PooledBytes));
}
