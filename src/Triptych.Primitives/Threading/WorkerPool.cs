namespace Triptych.Primitives.Threading;

/// <summary>
/// Dedicated, named threads with a bounded queue, for work that would hold up the thread pool: scans, fsync, decompression of blocks.
/// Any thread may call. A caller waits, without holding a thread, while the queue is full. Results, exceptions and cancellation reach
/// the caller through the task, whose continuations do not run on the workers. Disposal refuses new work and waits until the queue is
/// empty; callers still waiting for room then get <see cref="ObjectDisposedException"/>.
/// </summary>
public sealed class WorkerPool : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Queue<IWorkItem> _queue = new();
    private readonly SemaphoreSlim _queued = new(0);
    private readonly SemaphoreSlim _room;
    private readonly TaskCompletionSource _allExited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _closing = new();
    private int _alive;
    private bool _closed;

    /// <param name="name">Of the threads, with a number behind it.</param>
    /// <param name="threadCount">At least 1.</param>
    /// <param name="queueLength">Most items that wait for a thread; at least 1.</param>
    public WorkerPool(string name, int threadCount, int queueLength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threadCount, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(queueLength, 1);
        Name = name;
        ThreadCount = threadCount;
        _room = new SemaphoreSlim(queueLength, queueLength);
        _alive = threadCount;
        for (var i = 0; i < threadCount; i++)
            new Thread(Work) { Name = $"{name}-{i}", IsBackground = true }.Start();
    }

    private interface IWorkItem
    {
        void Run();
    }

    public string Name { get; }

    public int ThreadCount { get; }

    /// <summary>Items that wait for a thread.</summary>
    public int QueuedCount
    {
        get
        {
            lock (_gate)
                return _queue.Count;
        }
    }

    /// <summary>Runs <paramref name="work"/> on a worker. Cancellation counts until it starts; after that it is the work's to watch.</summary>
    public ValueTask<T> RunAsync<T>(Func<T> work, CancellationToken cancellationToken = default) =>
        new(SubmitAsync(new WorkItem<T>(work, cancellationToken), cancellationToken));

    /// <inheritdoc cref="RunAsync{T}(Func{T}, CancellationToken)" />
    public ValueTask RunAsync(Action work, CancellationToken cancellationToken = default)
    {
        bool Run()
        {
            work();
            return true;
        }

        return new ValueTask(SubmitAsync(new WorkItem<bool>(Run, cancellationToken), cancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        var first = false;
        lock (_gate)
        {
            first = !_closed;
            _closed = true;
        }

        if (first)
        {
            await _closing.CancelAsync();
            _queued.Release(ThreadCount);
        }

        // The semaphores are left to the collector: a caller may still be about to touch them, and neither holds a wait handle.
        await _allExited.Task;
    }

    private async Task<T> SubmitAsync<T>(WorkItem<T> item, CancellationToken cancellationToken)
    {
        await WaitForRoomAsync(cancellationToken);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            _queue.Enqueue(item);
        }

        _queued.Release();
        return await item.Task;
    }

    private async Task WaitForRoomAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_closing.IsCancellationRequested, this);
        if (_room.Wait(0, cancellationToken))
            return;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
        try
        {
            await _room.WaitAsync(either.Token);
        }
        catch (OperationCanceledException closing)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new ObjectDisposedException($"Worker pool {Name} is closing.", closing);
        }
    }

    private void Work()
    {
        // There are as many permits as items plus one for each thread once closed, so an empty queue means the end.
        while (true)
        {
            _queued.Wait();
            IWorkItem? item;
            lock (_gate)
                _queue.TryDequeue(out item);
            if (item is null)
                break;
            _room.Release();
            item.Run();
        }

        if (Interlocked.Decrement(ref _alive) == 0)
            _allExited.SetResult();
    }

    private sealed class WorkItem<T>(Func<T> work, CancellationToken cancellationToken) : IWorkItem
    {
        private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<T> Task => _done.Task;

        public void Run()
        {
            if (cancellationToken.IsCancellationRequested)
            {
                _done.SetCanceled(cancellationToken);
                return;
            }

            try
            {
                _done.SetResult(work());
            }
            catch (OperationCanceledException canceled) when (cancellationToken.IsCancellationRequested)
            {
                _done.SetCanceled(canceled.CancellationToken);
            }
            catch (Exception error)
            {
                _done.SetException(error);
            }
        }
    }
}
