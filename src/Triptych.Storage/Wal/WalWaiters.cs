namespace Triptych.Storage.Wal;

/// <summary>Who waits for which sequence number. Continuations never run on the thread that releases.</summary>
internal sealed class WalWaiters
{
    private readonly Lock _gate = new();
    private readonly PriorityQueue<TaskCompletionSource<WalDurability>, long> _bySequence = new();

    public Task<WalDurability> Add(long sequence)
    {
        var waiter = new TaskCompletionSource<WalDurability>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
            _bySequence.Enqueue(waiter, sequence);
        return waiter.Task;
    }

    public void ReleaseThrough(long sequence)
    {
        lock (_gate)
        {
            while (_bySequence.TryPeek(out _, out var wanted) && wanted <= sequence)
                _bySequence.Dequeue().SetResult(WalDurability.Durable);
        }
    }

    public void ReleaseAll(WalDurability outcome)
    {
        lock (_gate)
        {
            while (_bySequence.TryDequeue(out var waiter, out _))
                waiter.SetResult(outcome);
        }
    }
}
