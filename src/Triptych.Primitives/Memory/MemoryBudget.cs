namespace Triptych.Primitives.Memory;

/// <summary>
/// A named limit on bytes that many threads take from and return to. A budget may have a parent: bytes taken here are taken there too,
/// so that the sum over all parts of the program stays below one figure. Exact: <see cref="Used"/> never passes <see cref="Limit"/>.
/// Every byte taken is returned once, by the one who took it; a <see cref="ByteLease"/> keeps that promise for a scope.
/// </summary>
public sealed class MemoryBudget
{
    private MemoryBudget? _parent;
    private long _used;
    private long _peak;

    /// <param name="name">Shown in messages and in our own metrics.</param>
    /// <param name="limitBytes">Most bytes out at one time; at least 0.</param>
    /// <param name="parent">A budget that must agree to each take as well.</param>
    public MemoryBudget(string name, long limitBytes, MemoryBudget? parent = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentOutOfRangeException.ThrowIfNegative(limitBytes);
        Name = name;
        Limit = limitBytes;
        _parent = parent;
    }

    public string Name { get; }

    /// <summary>Most bytes that may be out at one time.</summary>
    public long Limit { get; }

    /// <summary>Bytes that are out now.</summary>
    public long Used => Volatile.Read(ref _used);

    /// <summary>The most bytes that were ever out at one time.</summary>
    public long Peak => Volatile.Read(ref _peak);

    /// <summary>Bytes left here; the parent may have fewer.</summary>
    public long Available => Limit - Used;

    /// <summary>A budget that never refuses but still counts.</summary>
    public static MemoryBudget Unlimited(string name) => new(name, long.MaxValue);

    /// <summary>Takes <paramref name="bytes"/> here and in all parents, or nothing anywhere and false.</summary>
    public bool TryTake(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        if (!TryTakeHere(bytes))
            return false;
        if (Volatile.Read(ref _parent) is not { } parent || parent.TryTake(bytes))
            return true;
        ReturnHere(bytes);
        return false;
    }

    /// <summary>Takes <paramref name="bytes"/> or throws <see cref="MemoryBudgetExceededException"/>.</summary>
    public void Take(long bytes)
    {
        if (!TryTake(bytes))
            throw new MemoryBudgetExceededException(this, bytes);
    }

    /// <summary>Gives back bytes taken before. Returning more than is out is a broken invariant and throws.</summary>
    public void Return(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ReturnHere(bytes);
        Volatile.Read(ref _parent)?.Return(bytes);
    }

    /// <summary>
    /// Returns to the parent what is out here, and goes on without one: for what is over and is only waited for by the garbage collector. Nobody may take
    /// from this budget meanwhile.
    /// </summary>
    public void LeaveParent() => Interlocked.Exchange(ref _parent, null)?.Return(Used);

    /// <summary>Takes bytes for as long as the lease lives. False and null when the budget refuses.</summary>
    public bool TryLease(long bytes, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ByteLease? lease)
    {
        lease = TryTake(bytes) ? new ByteLease(this, bytes) : null;
        return lease is not null;
    }

    private bool TryTakeHere(long bytes)
    {
        var used = Volatile.Read(ref _used);
        while (true)
        {
            if (bytes > Limit - used)
                return false;
            var seen = Interlocked.CompareExchange(ref _used, used + bytes, used);
            if (seen == used)
            {
                Raise(used + bytes);
                return true;
            }

            used = seen;
        }
    }

    private void Raise(long used)
    {
        var peak = Volatile.Read(ref _peak);
        while (used > peak)
        {
            var seen = Interlocked.CompareExchange(ref _peak, used, peak);
            if (seen == peak)
                return;
            peak = seen;
        }
    }

    private void ReturnHere(long bytes)
    {
        var used = Volatile.Read(ref _used);
        while (true)
        {
            if (bytes > used)
                throw new InvalidOperationException($"Budget {Name}: {bytes} bytes returned, only {used} are out.");
            var seen = Interlocked.CompareExchange(ref _used, used - bytes, used);
            if (seen == used)
                return;
            used = seen;
        }
    }
}

/// <summary>Bytes of a <see cref="MemoryBudget"/> held for a scope. One owner; disposing twice returns the bytes once.</summary>
public sealed class ByteLease : IDisposable
{
    private readonly Lock _gate = new();
    private readonly MemoryBudget _budget;
    private long _bytes;
    private bool _disposed;

    internal ByteLease(MemoryBudget budget, long bytes)
    {
        _budget = budget;
        _bytes = bytes;
    }

    /// <summary>Bytes held; 0 after disposal.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
                return _bytes;
        }
    }

    /// <summary>Takes more bytes into this lease; false when the budget refuses.</summary>
    public bool TryGrow(long bytes)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!_budget.TryTake(bytes))
                return false;
            _bytes += bytes;
            return true;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            _disposed = true;
            _budget.Return(_bytes);
            _bytes = 0;
        }
    }
}

/// <summary>A caller that could not go on without memory was refused it by a budget.</summary>
public sealed class MemoryBudgetExceededException(MemoryBudget budget, long requestedBytes)
    : Exception($"Memory budget {budget.Name} refused {requestedBytes} bytes: {budget.Used} of {budget.Limit} bytes are in use.")
{
    public string BudgetName { get; } = budget.Name;

    public long RequestedBytes { get; } = requestedBytes;

    /// <summary>What the budget had left when it refused; as much as was requested or more where it was a parent that refused.</summary>
    public long AvailableBytes { get; } = budget.Available;
}
