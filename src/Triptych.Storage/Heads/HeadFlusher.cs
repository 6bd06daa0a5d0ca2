using Triptych.Storage.Catalog;
using Triptych.Storage.Instruments;
using Triptych.Storage.Metastore;
using Triptych.Storage.Wal;

namespace Triptych.Storage.Heads;

/// <summary>
/// Turns generations into blocks, oldest first, one at a time:
/// 1. freeze: cut the WAL segment, begin an empty head (under the decision lock);
/// 2. wait until the generation's last record is durable, so that its files are whole before they go (not when an append failed halfway: its
///    record never comes, and those behind it wait for 4);
/// 3. write the blocks (the signal's own part; appends and reads go on);
/// 4. commit: blocks in, WAL retired, known requests kept, in one transaction;
/// 5. in the moment the new catalog version appears, take the generation out of the views;
/// 6. delete the WAL files.
/// The side of a generation goes the same way, before it, and leaves the WAL as it is.
/// A failure before 4 removes the files it wrote and starts again at 3; one in 4 repeats the same commit, whose outcome is unknown.
/// </summary>
internal sealed class HeadFlusher<THead>(
    HeadKeeper<THead> keeper, HeadOptions options, ISignalHeads<THead> signal, StorageServices services, RequestTable requests)
    : IAsyncDisposable
    where THead : class, IHead
{
    /// <summary>Scope in the metastore of the requests whose records are in blocks; the key is the signal's name.</summary>
    public const string RequestScope = "requests";

    /// <summary>Scope in the metastore of what heads carry over; the key is the signal's name.</summary>
    public const string CarriedScope = "carried";

    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private readonly KeyValuePair<string, object?> _tag = StorageInstruments.Tag(options.Wal.Signal);
    private Task _loop = Task.CompletedTask;
    private bool _requested;
    private TaskCompletionSource? _running;
    private IReadOnlyList<string> _strays = [];
    private FlushOutcome? _last;
    private FlushFailure? _lastFailure;

    public void Start() => _loop = Task.Run(LoopAsync);

    public void Request() => Volatile.Write(ref _requested, true);

    /// <summary>How flushing goes.</summary>
    /// <param name="waiting">Heads that no longer take appends.</param>
    public HeadStatus Describe(int waiting)
    {
        var bytes = keeper.SizeBytes;
        var status = new HeadStatus
        {
            MemoryBytes = bytes,
            FlushAtBytes = options.FlushHeadBytes,
            MaxBytes = options.MaxHeadBytes,
            Waiting = waiting,
            IsFlushing = Volatile.Read(ref _running) is not null && waiting > 0,
            WhyRefusing = options.WhyOverfull(bytes),
            LastFlush = Volatile.Read(ref _last),
            LastFailure = Volatile.Read(ref _lastFailure),
        };
        if (!keeper.Recovery.IsComplete)
            return status with { WhyRefusing = "the write-ahead log is being replayed" };
        var active = keeper.Active;
        var oldest = keeper.OldestFrozen ?? active;
        keeper.Wal.TryCheckWritable(out var unwritable);
        return status with
        {
            OldestUnixMs = oldest.CreatedUnixMs > 0 ? oldest.CreatedUnixMs : null,
            FlushDueUnixMs = active.CreatedUnixMs > 0 ? active.CreatedUnixMs + (long)options.FlushAge.TotalMilliseconds : null,
            WalBytes = Math.Max(0, keeper.Wal.WrittenBytes - oldest.WalBytesBefore),
            WalQueuedBytes = keeper.Wal.QueuedBytes,
            WalSegment = keeper.Wal.CurrentSegment,
            WhyRefusing = unwritable ?? status.WhyRefusing,
        };
    }

    public async Task FlushAllAsync(CancellationToken cancellationToken)
    {
        keeper.Freeze();
        await FlushFrozenAsync(cancellationToken);
    }

    /// <summary>Flushes what replay froze, and waits for a failed flush to succeed only while there is no room to go on without.</summary>
    public Task FlushReplayedAsync(CancellationToken cancellationToken) => FlushFrozenAsync(cancellationToken, mustFinish: () => keeper.IsOverfull);

    /// <summary>
    /// Waits, no longer than <see cref="HeadOptions.MaxSlowdown"/>, while a head is being flushed and the one that takes appends is due too. To be called
    /// when an append is durable: it stands whatever comes of the waiting.
    /// </summary>
    public async ValueTask WhenRoomAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _running) is not { } running || keeper.OldestFrozen is null || keeper.LiveBytes < options.FlushHeadBytes)
            return;
        StorageInstruments.SlowedAppends.Add(1, _tag);
        try
        {
            await running.Task.WaitAsync(options.MaxSlowdown, services.Time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // The append is answered all the same; where heads grow beyond what they may hold, the next ones are refused.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
        _oneAtATime.Dispose();
    }

    private async Task LoopAsync()
    {
        using var timer = new PeriodicTimer(options.CheckInterval, services.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                await CheckAsync();
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopping: what is not flushed stays in the WAL.
        }
    }

    private async Task CheckAsync()
    {
        try
        {
            StorageInstruments.HeadBytes.Record(keeper.SizeBytes, _tag);
            keeper.CountFlushed();
            do
            {
                if (IsDue())
                    keeper.Freeze();
                else if (keeper.Side is { } side && side.Head.SizeBytes >= options.FlushSideBytes)
                    keeper.FreezeSide();
                await FlushFrozenAsync(_stop.Token);
            }
            while (keeper.LiveBytes >= options.FlushHeadBytes && !keeper.IsLiveEmpty);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // A bug in the signal's part must not end flushing for good: it is said, and looked at again.
            services.Events.FlushFailed(options.Wal.Signal, e, options.CheckInterval);
        }
    }

    private bool IsDue()
    {
        // Read once whatever comes of it: a request that finds nothing to flush must not flush the next record alone.
        var requested = Interlocked.Exchange(ref _requested, false);
        var active = keeper.Active;
        if (active.IsAheadOfWal)
            return true;
        if (keeper.IsLiveEmpty)
            return false;
        return requested
            || keeper.Wal.WrittenBytes - active.WalBytesBefore >= options.FlushWalBytes
            || keeper.LiveBytes >= options.FlushHeadBytes
            || (active.CreatedUnixMs > 0 && keeper.NowUnixMs() - active.CreatedUnixMs >= options.FlushAge.TotalMilliseconds);
    }

    private async Task FlushFrozenAsync(CancellationToken cancellationToken, Func<bool>? mustFinish = null)
    {
        var delay = options.MinRetryDelay;
        while (keeper.OldestFrozen is not null)
        {
            if (await TryFlushOldestAsync(delay, cancellationToken))
            {
                delay = options.MinRetryDelay;
                continue;
            }

            if (mustFinish?.Invoke() == false)
                return;

            // Whoever else wants to flush, as on SIGTERM, need not wait for this pause.
            await Task.Delay(delay, services.Time, cancellationToken);
            delay = delay * 2 > options.MaxRetryDelay ? options.MaxRetryDelay : delay * 2;
        }
    }

    private async Task<bool> TryFlushOldestAsync(TimeSpan retryIn, CancellationToken cancellationToken)
    {
        await _oneAtATime.WaitAsync(cancellationToken);
        TaskCompletionSource? running = null;
        try
        {
            if (keeper.OldestFrozen is { } oldest)
            {
                running = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                Volatile.Write(ref _running, running);
                await FlushAsync(oldest, cancellationToken);
            }

            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            StorageInstruments.FlushFailures.Add(1, _tag);
            Volatile.Write(ref _lastFailure, new FlushFailure(services.Time.GetUtcNow(), e.Message));
            services.Events.FlushFailed(options.Wal.Signal, e, retryIn);
            return false;
        }
        finally
        {
            Volatile.Write(ref _running, null);
            running?.SetResult();
            _oneAtATime.Release();
        }
    }

    private async Task FlushAsync(HeadGeneration<THead> generation, CancellationToken cancellationToken)
    {
        var start = services.Time.GetTimestamp();
        await WhenReadyAsync(generation, cancellationToken);
        generation.Pending ??= generation.Head.IsEmpty ? new PendingFlush([]) : await WriteBlocksAsync(generation, cancellationToken);
        var blocks = generation.Pending.Blocks;
        var change = generation.IsSide ? new MetastoreChange { Add = blocks } : new MetastoreChange
        {
            Add = blocks,
            Retire = new WalRetirement(options.Wal.Signal, generation.LastSegment, generation.LastSequence),
            Values = ValuesOf(generation),
        };
        await services.Catalog.CommitAsync(change, _ => keeper.Remove(generation), CancellationToken.None);
        IReadOnlyList<WalTicket> unwritten;
        lock (keeper.Gate)
        {
            // Appends hold no reference to the frozen heads that they look into, only the lock: who saw this one is through now.
            unwritten = generation.Committed();
        }

        generation.Release();
        foreach (var ticket in unwritten)
            keeper.Wal.Abandon(ticket, headUnchanged: true);
        if (!generation.IsSide)
            await RetireAsync(generation, cancellationToken);
        var duration = services.Time.GetElapsedTime(start);
        StorageInstruments.Flush.Record(duration.TotalSeconds, _tag);
        StorageInstruments.LastFlush.Record(services.Time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0, _tag);
        var (rows, bytes) = (blocks.Sum(static b => b.Rows), blocks.Sum(static b => b.SizeBytes));
        if (blocks.Count > 0)
            Volatile.Write(ref _last, new FlushOutcome(services.Time.GetUtcNow(), duration, blocks.Count, rows, bytes));
        services.Events.Flushed(options.Wal.Signal, blocks.Count, rows, duration);
    }

    private List<MetastoreValue> ValuesOf(HeadGeneration<THead> generation)
    {
        var key = options.Wal.Signal.ToString();
        List<MetastoreValue> values = [new(RequestScope, key, requests.Save(generation.LastSequence, keeper.NowUnixMs()))];
        if (signal.SaveCarried(generation.Head) is { } carried)
            values.Add(new MetastoreValue(CarriedScope, key, carried));
        return values;
    }

    /// <summary>Waits until the WAL holds the whole generation, or never will.</summary>
    private async Task WhenReadyAsync(HeadGeneration<THead> generation, CancellationToken cancellationToken)
    {
        if (generation.IsAheadOfWal)
            return;
        var durable = keeper.WhenDurableAsync(generation.LastSequence, cancellationToken).AsTask();
        if (await Task.WhenAny(durable, generation.WhenAheadOfWal) == durable && await durable != WalDurability.Durable)
            throw new IOException("The write-ahead log of the head is not on disk yet.");
    }

    /// <summary>
    /// Deletes the files, unless records of a generation that was ahead of the WAL still wait to be written to them: a later flush or the
    /// next start deletes those.
    /// </summary>
    private async Task RetireAsync(HeadGeneration<THead> generation, CancellationToken cancellationToken)
    {
        if (await keeper.WhenDurableAsync(generation.LastSequence, cancellationToken) == WalDurability.Durable)
            keeper.RetireThrough(generation.LastSegment);
    }

    private async Task<PendingFlush> WriteBlocksAsync(HeadGeneration<THead> generation, CancellationToken cancellationToken)
    {
        var frozen = new FrozenHead<THead>(generation, services.Catalog, services.Objects, options.Wal.Signal);
        IReadOnlyList<BlockMeta>? blocks = null;
        try
        {
            blocks = await signal.WriteBlocksAsync(frozen, cancellationToken);
            return new PendingFlush(blocks);
        }
        finally
        {
            // What cannot be removed now goes after the first flush that succeeds again, or at the next start.
            IReadOnlyList<string> gone = blocks is null ? frozen.Keys : _strays;
            if (gone.Count > 0)
            {
                var left = await services.Catalog.RemoveUnlistedAsync(gone, services.Events.SweepFailed, cancellationToken);
                _strays = blocks is null ? [.. _strays, .. left] : left;
            }
        }
    }
}
