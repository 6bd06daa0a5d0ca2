using Triptych.Primitives.Memory;

namespace Triptych.Storage.Compaction;

/// <summary>
/// The memory of all merges together. A merge reserves what it may use before it begins and gives it back when it ends, so no merge ever waits for
/// memory while it holds some: there is no deadlock, and the sum of what runs stays below the total. Who finds too little left waits; turns are taken in order,
/// so a large reservation is not passed over for ever. One beyond the total waits until nothing else runs and then runs alone. Any thread may call.
/// </summary>
internal sealed class MergeMemory
{
    /// <summary>Name of the budget of a merge.</summary>
    public const string BudgetName = "merge";

    private readonly Lock _gate = new();
    private readonly LinkedList<Waiter> _waiting = new();
    private readonly long _totalBytes;
    private readonly long _mostBytes;
    private long _reserved;

    /// <param name="totalBytes">The most that merges have at once.</param>
    /// <param name="firstBytes">What a merge reserves unless it turned out to need more.</param>
    /// <param name="mostBytes">The most that one merge gets when it runs alone, because it holds something that cannot be divided.</param>
    public MergeMemory(long totalBytes, long firstBytes, long mostBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(totalBytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(firstBytes, 1);
        _totalBytes = totalBytes;
        _mostBytes = Math.Max(totalBytes, mostBytes);
        FirstBytes = Math.Min(totalBytes, firstBytes);
    }

    /// <summary>What a merge reserves at first.</summary>
    public long FirstBytes { get; }

    /// <summary>Bytes that merges have reserved now.</summary>
    public long ReservedBytes
    {
        get
        {
            lock (_gate)
                return _reserved;
        }
    }

    /// <summary>How much a merge is to reserve that did not fit into <paramref name="bytes"/>; null when it may have no more.</summary>
    public long? More(long bytes, MemoryBudgetExceededException refused)
    {
        if (refused.BudgetName != BudgetName || bytes >= _mostBytes)
            return null;
        var wanted = (Int128)Math.Max(bytes, refused.RequestedBytes) + bytes;
        return (long)Int128.Min(wanted, _mostBytes);
    }

    /// <summary>Waits for its turn and for memory. Disposing the result gives it back.</summary>
    public async ValueTask<MergeReservation> ReserveAsync(long bytes, CancellationToken cancellationToken)
    {
        var waiter = new Waiter(Math.Min(bytes, _totalBytes));
        lock (_gate)
        {
            waiter.Node = _waiting.AddLast(waiter);
            Admit();
        }

        await using (cancellationToken.UnsafeRegister(static (state, token) => ((Waiter)state!).Admitted.TrySetCanceled(token), waiter))
        {
            try
            {
                await waiter.Admitted.Task;
            }
            catch (OperationCanceledException)
            {
                lock (_gate)
                {
                    if (waiter.Node is { } node)
                        _waiting.Remove(node);

                    // It may have stood before one that fits.
                    Admit();
                }

                throw;
            }
        }

        return new MergeReservation(this, waiter.Bytes, new MemoryBudget(BudgetName, bytes));
    }

    private void Return(long bytes)
    {
        lock (_gate)
        {
            _reserved -= bytes;
            Admit();
        }
    }

    private void Admit()
    {
        while (_waiting.First is { } first && (_reserved == 0 || first.Value.Bytes <= _totalBytes - _reserved))
        {
            _waiting.RemoveFirst();
            first.Value.Node = null;
            if (first.Value.Admitted.TrySetResult())
                _reserved += first.Value.Bytes;
        }
    }

    /// <summary>Memory of one merge, from before its begin to after its end.</summary>
    internal sealed class MergeReservation(MergeMemory memory, long bytes, MemoryBudget budget) : IDisposable
    {
        private bool _isReturned;

        /// <summary>What the merge takes from.</summary>
        public MemoryBudget Budget { get; } = budget;

        public void Dispose()
        {
            if (_isReturned)
                return;
            _isReturned = true;
            memory.Return(bytes);
        }
    }

    private sealed class Waiter(long bytes)
    {
        public long Bytes { get; } = bytes;

        public TaskCompletionSource Admitted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public LinkedListNode<Waiter>? Node { get; set; }
    }
}
