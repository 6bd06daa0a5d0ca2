using Triptych.Model;
using Triptych.Primitives.Checksums;
using Triptych.Storage.Disk;
using Triptych.Storage.Instruments;

namespace Triptych.Storage.Wal;

/// <summary>
/// The WAL of one signal. In: records whose place is reserved under the store's decision lock and whose bytes follow outside it. Out: the
/// sequence number up to which all is on stable storage. Records are written in order of their numbers, as many as are there at once (group commit), and
/// fsynced, and only then does anybody get to know. Whoever completes a record while nobody writes does so on its own thread, which spares the
/// way to another one and back (an eighth of the CPU of a request on a busy machine); what comes meanwhile, and everything while the disk is
/// slow, is written by a thread that does nothing else.
/// When the disk fails, every byte since the last success stays in memory and is written again at the same offsets until the disk takes
/// it; meanwhile waiters are told so and new appends are refused. Memory is bounded by <see cref="WalOptions.MaxQueuedBytes"/> plus what is
/// reserved at that moment. All members may be called from any thread. Format: docs/formats/wal.md.
/// </summary>
public sealed class WriteAheadLog : IAsyncDisposable
{
    // A disk that takes longer would hold up whoever has other things to do: threads of the pool are few.
    private static readonly TimeSpan LongestWriteOfAppend = TimeSpan.FromMilliseconds(5);

    private readonly object _gate = new();
    private readonly WalOptions _options;
    private readonly IDisk _disk;
    private readonly TimeProvider _time;
    private readonly IStorageEvents _events;
    private readonly Queue<WalSlot> _queue = new();
    private readonly WalWaiters _waiters = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly WalSegmentWriter _writer;
    private readonly KeyValuePair<string, object?> _tag;
    private long _nextSequence;
    private long _segment;
    private long _segmentReservedBytes;
    private bool _cutRequested;
    private long _queuedBytes;
    private long _durableSequence;
    private long _writtenBytes;
    private string? _failure;
    private bool _retryDue;
    private bool _stopping;

    // Whether somebody writes: the writer, and the run that is being written, belong to whoever has set it.
    private bool _writing;

    // Whether the last write took too long to be done by appends; decided anew by each.
    private bool _isSlow;

    // A run that could not be written by the one who took it; still to be written before all others.
    private List<WalSlot>? _left;

    /// <summary>Starts the writing thread; nothing is written before the first record.</summary>
    public WriteAheadLog(IDisk disk, WalOptions options, WalStart start, TimeProvider time, IStorageEvents events)
    {
        _disk = disk;
        _options = options;
        _time = time;
        _events = events;
        _tag = StorageInstruments.Tag(options.Signal);
        _segment = start.NextSegment;
        _nextSequence = start.NextSequence;
        _durableSequence = start.NextSequence - 1;
        _disk.CreateDirectory(options.Folder);
        _writer = new WalSegmentWriter(disk, options);
        new Thread(Run) { IsBackground = true, Name = $"wal {WalFormat.FolderOf(options.Signal)}" }.Start();
    }

    /// <summary>Everything up to this number is durable.</summary>
    public long DurableSequence => Interlocked.Read(ref _durableSequence);

    /// <summary>The number that was reserved last; <see cref="DurableSequence"/> reaches it when the disk works.</summary>
    public long LastReservedSequence
    {
        get
        {
            lock (_gate)
                return _nextSequence - 1;
        }
    }

    /// <summary>The segment that the next record goes to unless it is full.</summary>
    public long CurrentSegment
    {
        get
        {
            lock (_gate)
                return _segment;
        }
    }

    /// <summary>Bytes made durable since the start, as stored.</summary>
    public long WrittenBytes => Interlocked.Read(ref _writtenBytes);

    /// <summary>Bytes reserved or complete that are not yet durable.</summary>
    public long QueuedBytes
    {
        get
        {
            lock (_gate)
                return _queuedBytes;
        }
    }

    /// <summary>False, with one line that says why, while appends are refused.</summary>
    public bool TryCheckWritable(out string? reason)
    {
        lock (_gate)
        {
            reason = _stopping ? "the server is stopping"
                : _failure ?? (_queuedBytes > _options.MaxQueuedBytes
                    ? $"{_queuedBytes} bytes wait to be written to the write-ahead log"
                    : null);
            return reason is null;
        }
    }

    /// <summary>
    /// Takes the next number and decides its segment. Call under the store's decision lock, so that the order of numbers is the order of
    /// decisions. The record's dictionaries start anew when <see cref="WalTicket.Segment"/> differs from the last one.
    /// </summary>
    /// <param name="rawSizeHint">About how many bytes the payload will have.</param>
    public WalTicket Reserve(int rawSizeHint)
    {
        lock (_gate)
        {
            if (_cutRequested || _segmentReservedBytes >= _options.SegmentBytes)
                CutLocked();
            var bytes = Math.Max(rawSizeHint, 0) + WalFormat.MaxRecordHeaderLength;
            var slot = new WalSlot(_nextSequence++, _segment, bytes);
            _segmentReservedBytes += bytes;
            Charge(bytes);
            _queue.Enqueue(slot);
            return new WalTicket(slot);
        }
    }

    /// <summary>
    /// Compresses on this thread and hands the record over. The payload is not used after the call. After an exception (no memory) the
    /// ticket is still open: abandon it. The times are those of all rows in the payload, so that a restart knows before it has read them
    /// which queries they cannot matter to.
    /// </summary>
    public void Complete(
        WalTicket ticket, TenantId tenant, Hash128? requestHash, long receivedUnixMs, RecordTimes times, ReadOnlySpan<byte> payload)
    {
        var slot = ticket.Slot;
        var bytes = WalRecordEncoder.Encode(slot.Sequence, tenant, requestHash, receivedUnixMs, times, payload, _options.CompressionLevel);
        List<WalSlot>? run;
        lock (_gate)
        {
            slot.Bytes = bytes;
            if (!Settle(slot, WalSlotState.Completed, bytes.Length))
                return;
            run = _isSlow ? null : TryTakeRun();
            if (run is null)
                Monitor.PulseAll(_gate);
        }

        if (run is not null)
            WriteOnce(run);
    }

    /// <summary>
    /// Gives the number up: there will be no record. Whatever the head learned for it must not be relied on by later records, hence the
    /// segment is cut and their dictionaries start anew, unless <paramref name="headUnchanged"/> says that it learned nothing.
    /// </summary>
    public void Abandon(WalTicket ticket, bool headUnchanged = false)
    {
        lock (_gate)
        {
            _cutRequested |= !headUnchanged;
            if (Settle(ticket.Slot, WalSlotState.Abandoned, 0))
                Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Completes when everything up to <paramref name="sequence"/> is durable, or at once when the disk does not work now.</summary>
    public ValueTask<WalDurability> WhenDurableAsync(long sequence, CancellationToken cancellationToken)
    {
        Task<WalDurability> wait;
        lock (_gate)
        {
            if (sequence <= _durableSequence)
                return ValueTask.FromResult(WalDurability.Durable);
            if (_failure is not null || _stopped.Task.IsCompleted)
                return ValueTask.FromResult(WalDurability.Unavailable);
            wait = _waiters.Add(sequence);
        }

        return new ValueTask<WalDurability>(wait.WaitAsync(cancellationToken));
    }

    /// <summary>
    /// Closes the current segment and returns its number; the next record starts another. Call under the decision lock. The closed segment
    /// may have no file, when nothing was written to it.
    /// </summary>
    public long CutSegment()
    {
        lock (_gate)
        {
            CutLocked();
            return _segment - 1;
        }
    }

    /// <summary>
    /// Deletes the files of segments up to <paramref name="segment"/>, after the commit that made them needless and after all their records
    /// became durable. What cannot be deleted is reported and goes at the next start.
    /// </summary>
    public void RetireThrough(long segment)
    {
        if (segment >= CurrentSegment)
            throw new InvalidOperationException($"Segment {segment} is still written to.");
        WalFiles.DeleteThrough(_disk, _options, segment, _events);
    }

    /// <summary>
    /// Refuses new appends, writes what is complete, and ends the thread. While the disk fails it tries once more and gives up: nobody was
    /// told that those records are durable.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.PulseAll(_gate);
        }

        await _stopped.Task;
    }

    private void CutLocked()
    {
        _segment++;
        _segmentReservedBytes = 0;
        _cutRequested = false;
    }

    /// <summary>Notes what became of a record; whether there is something to write now.</summary>
    private bool Settle(WalSlot slot, WalSlotState state, long chargedBytes)
    {
        if (slot.State != WalSlotState.Reserved)
            throw new InvalidOperationException($"Record {slot.Sequence} was completed or abandoned before.");
        slot.State = state;
        if (!_queue.TryPeek(out var first))
        {
            // The thread has ended: nobody will write the record, and nobody was told that it is durable.
            slot.Bytes?.Dispose();
            return false;
        }

        Charge(chargedBytes - slot.ChargedBytes);
        slot.ChargedBytes = chargedBytes;
        return ReferenceEquals(first, slot);
    }

    private void Charge(long bytes)
    {
        _queuedBytes += bytes;
        StorageInstruments.WalQueuedBytes.Add(bytes, _tag);
    }

    private void Run()
    {
        List<WalSlot>? run;
        while ((run = WaitForRun()) is not null && WriteUntilDurable(run))
            Publish(run);

        foreach (var slot in run ?? [])
            slot.Bytes?.Dispose();
        _writer.Dispose();
        lock (_gate)
        {
            _stopped.TrySetResult();
            while (_queue.TryDequeue(out var slot))
                slot.Bytes?.Dispose();
            Charge(-_queuedBytes);
        }

        _waiters.ReleaseAll(WalDurability.Unavailable);
    }

    /// <summary>Waits for settled records at the front of the queue while nobody else writes. Null at the end.</summary>
    private List<WalSlot>? WaitForRun()
    {
        lock (_gate)
        {
            while (true)
            {
                if (_left is { } left)
                {
                    _left = null;
                    return left;
                }

                if (TryTakeRun() is { } run)
                    return run;
                if (_stopping && !_writing)
                {
                    // Nobody may write any more: the writer is closed next.
                    _writing = true;
                    return null;
                }

                Monitor.Wait(_gate);
            }
        }
    }

    /// <summary>
    /// Takes settled records of one segment from the front of the queue, to be written by the caller; null where there are none or somebody writes.
    /// </summary>
    private List<WalSlot>? TryTakeRun()
    {
        if (_writing || !_queue.TryPeek(out var first) || first.State == WalSlotState.Reserved)
            return null;
        _writing = true;
        var run = new List<WalSlot>();
        while (_queue.TryPeek(out var slot) && slot.State != WalSlotState.Reserved && slot.Segment == first.Segment)
            run.Add(_queue.Dequeue());
        return run;
    }

    /// <summary>Writes on the thread of an append; what fails is left to our own thread, which tries again until it can.</summary>
    private void WriteOnce(List<WalSlot> run)
    {
        var written = false;
        try
        {
            written = TryWrite(run);
        }
        finally
        {
            if (!written)
            {
                lock (_gate)
                {
                    _left = run;
                    Monitor.PulseAll(_gate);
                }
            }
        }

        if (written)
            Publish(run);
    }

    private bool WriteUntilDurable(List<WalSlot> run)
    {
        var delay = _options.MinRetryDelay;
        while (!TryWrite(run))
        {
            if (!PauseBeforeRetry(delay))
                return false;
            delay = delay * 2 > _options.MaxRetryDelay ? _options.MaxRetryDelay : delay * 2;
        }

        return true;
    }

    private bool TryWrite(List<WalSlot> run)
    {
        var start = _time.GetTimestamp();
        try
        {
            _writer.Write(run);
            var duration = _time.GetElapsedTime(start);
            Volatile.Write(ref _isSlow, duration > LongestWriteOfAppend);
            StorageInstruments.WalFlush.Record(duration.TotalSeconds, _tag);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            StorageInstruments.WalFailures.Add(1, _tag);
            Fail(e.Message);
            return false;
        }
    }

    private void Fail(string reason)
    {
        bool first;
        lock (_gate)
        {
            first = _failure is null;
            _failure = $"the write-ahead log cannot be written: {reason}";
        }

        _waiters.ReleaseAll(WalDurability.Unavailable);
        if (first)
            _events.WalUnavailable(_options.Signal, reason);
    }

    private bool PauseBeforeRetry(TimeSpan delay)
    {
        using var timer = _time.CreateTimer(_ => WakeForRetry(), state: null, delay, Timeout.InfiniteTimeSpan);
        lock (_gate)
        {
            if (_stopping)
                return false;
            while (!_retryDue && !_stopping)
                Monitor.Wait(_gate);
            _retryDue = false;
            return true;
        }
    }

    private void WakeForRetry()
    {
        lock (_gate)
        {
            _retryDue = true;
            Monitor.PulseAll(_gate);
        }
    }

    private void Publish(List<WalSlot> run)
    {
        long bytes = 0;
        var records = 0;
        foreach (var slot in run)
        {
            if (slot.Bytes is not { } encoded)
                continue;
            bytes += encoded.Length;
            records++;
            encoded.Dispose();
        }

        bool recovered;
        lock (_gate)
        {
            Interlocked.Exchange(ref _durableSequence, run[^1].Sequence);
            Charge(-bytes);
            recovered = _failure is not null;
            _failure = null;
            _writing = false;
            if (_stopping || (_queue.TryPeek(out var next) && next.State != WalSlotState.Reserved))
                Monitor.PulseAll(_gate);
        }

        Interlocked.Add(ref _writtenBytes, bytes);
        StorageInstruments.WalBytes.Add(bytes, _tag);
        StorageInstruments.WalRecords.Add(records, _tag);
        _waiters.ReleaseThrough(run[^1].Sequence);
        if (recovered)
            _events.WalRecovered(_options.Signal);
    }
}
