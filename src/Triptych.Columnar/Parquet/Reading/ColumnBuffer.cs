using System.Runtime.InteropServices;
using Triptych.Primitives.Memory;

namespace Triptych.Columnar.Parquet.Reading;

/// <summary>What one decoded column may take: its limit and the budget. One thread at a time.</summary>
internal sealed class ColumnMemory(ParquetReaderOptions options)
{
    private long _bytes;

    /// <exception cref="MalformedDataException">The column passes its limit.</exception>
    /// <exception cref="MemoryBudgetExceededException">The budget refuses.</exception>
    public PooledBytes Rent(long bytes)
    {
        if (bytes > Array.MaxLength || bytes > options.MaxColumnBytes - _bytes)
            throw new MalformedDataException($"the column takes more than {options.MaxColumnBytes} bytes: read fewer rows", unsupported: true, isTooMuch: true);
        var rented = Rent((int)bytes, options.Budget);
        _bytes += bytes;
        return rented;
    }

    /// <summary>Whether there is room for that much, and for four times as much with others.</summary>
    public bool HasRoomFor(long bytes) =>
        bytes <= (options.MaxColumnBytes - _bytes) / 4 && (options.Budget is not { } budget || bytes <= (budget.Limit - budget.Used) / 4);

    public void Return(PooledBytes? rented, long bytes)
    {
        if (rented is null)
            return;
        _bytes -= bytes;
        rented.Dispose();
    }

    /// <summary>Counts no longer what somebody else owns now.</summary>
    public void Forget(long bytes) => _bytes -= bytes;

    public static PooledBytes Rent(int bytes, MemoryBudget? budget)
    {
        if (budget is null)
            return PooledBytes.Rent(bytes);
        return PooledBytes.TryRent(bytes, budget, out var rented) ? rented : throw new MemoryBudgetExceededException(budget, bytes);
    }
}

/// <summary>A growing piece of a decoded column. One owner disposes it.</summary>
internal sealed class ColumnBuffer(ColumnMemory memory) : IDisposable
{
    private const int MaxLikelyBytes = 16 * 1024 * 1024;
    private PooledBytes? _bytes;
    private long _capacity;
    private long _likely;

    public int Length { get; private set; }

    public long Capacity => _capacity;

    public Span<byte> Span => _bytes is null ? default : _bytes.Span[..Length];

    public Span<T> As<T>()
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(Span);

    /// <summary>Room for that many more elements, not cleared.</summary>
    public Span<T> Append<T>(int count)
        where T : unmanaged
    {
        var size = (long)count * System.Runtime.CompilerServices.Unsafe.SizeOf<T>();
        return MemoryMarshal.Cast<byte, T>(Append(size));
    }

    public Span<byte> Append(long size)
    {
        Reserve(Length + size);
        var start = Length;
        Length += (int)size;
        return _bytes is null ? default : _bytes.Span.Slice(start, (int)size);
    }

    /// <summary>
    /// Makes room for what is likely to come, which spares growing step by step. The guess is a file's, so it is bounded, and not heeded
    /// where the limits do not allow it.
    /// </summary>
    public void ReserveLikely(long size)
    {
        _likely = size;
        size = Math.Min(size, MaxLikelyBytes);
        if (memory.HasRoomFor(size))
            Reserve(size);
    }

    /// <summary>Makes room for <paramref name="size"/> bytes in all.</summary>
    public void Reserve(long size)
    {
        if (size <= _capacity)
            return;
        // No more than twice what is there already, for a guess may be wrong, and no more than the guess where that is enough.
        var doubled = Math.Min(_capacity * 2, Array.MaxLength);
        var capacity = Math.Max(size, _likely >= size ? Math.Min(doubled, _likely) : doubled);
        var larger = memory.Rent(capacity);
        Span.CopyTo(larger.Span);
        memory.Return(_bytes, _capacity);
        _bytes = larger;
        _capacity = capacity;
    }

    public void Truncate(int length) => Length = length;

    /// <summary>Hands on what it holds, and is empty then. Null where there is nothing.</summary>
    public PooledBytes? Detach()
    {
        var bytes = _bytes;
        memory.Forget(_capacity);
        _bytes = null;
        _capacity = 0;
        Length = 0;
        return bytes;
    }

    public void Dispose()
    {
        memory.Return(_bytes, _capacity);
        _bytes = null;
        _capacity = 0;
        Length = 0;
    }
}
