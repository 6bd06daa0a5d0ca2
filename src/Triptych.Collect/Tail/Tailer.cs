using Triptych.Collect.Instruments;
using Triptych.Ingest;
using Triptych.Ingest.Intake;
using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Model.Logs;
using Triptych.Primitives.Memory;

namespace Triptych.Collect.Tail;

/// <summary>
/// Follows files and appends their lines, each once. A batch of all files goes its way in this order: 1 read (up to 1 MB or 1 s), 2 save
/// which ranges are about to be appended and when they were read, 3 append, waiting as long as the store takes nothing, 4 take the ranges
/// as durable; that is saved with step 2 of the next batch, or at once when there is none. A crash after 2 replays exactly these ranges as
/// of the same time, and the store finds that it has the lines. Files are looked at every 250 ms, folders every second. <see cref="Start"/>
/// once, then dispose, which saves positions.
/// </summary>
public sealed class Tailer : IAsyncDisposable
{
    private const int BatchBytes = 1 << 20;
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ScanInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BatchTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShortestRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(30);

    private readonly FrontDoor _frontDoor;
    private readonly IPositionStore _store;
    private readonly TimeProvider _time;
    private readonly ICollectEvents _events;
    private readonly TailSet _set;
    private readonly LogBatch _batch;
    private readonly LineReader _lines = new();
    private readonly PooledBytes _buffer = PooledBytes.Rent(TailedFile.BufferBytes);
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;
    private int _batchBytes;
    private DateTimeOffset _batchSince;
    private DateTimeOffset? _lastScan;
    private int _firstFile;
    private IReadOnlyList<TailedFileStatus> _status = [];

    /// <param name="options">Which files, with which labels.</param>
    /// <param name="hostName">The label host.</param>
    /// <param name="frontDoor">Where lines go.</param>
    /// <param name="store">Where positions are kept.</param>
    /// <param name="budget">What the batch is charged to; a few MB.</param>
    /// <param name="time">The clock.</param>
    /// <param name="events">What there is to tell.</param>
    public Tailer(
        IReadOnlyList<TailOptions> options, string hostName, FrontDoor frontDoor, IPositionStore store, MemoryBudget budget, TimeProvider time,
        ICollectEvents events)
    {
        _frontDoor = frontDoor;
        _store = store;
        _time = time;
        _events = events;
        _set = new TailSet([.. options.Select(o => new TailGroup(o, hostName))], store, events);
        _batch = new LogBatch(budget);
    }

    /// <summary>The most files that are followed at one time.</summary>
    public const int MaxFiles = TailSet.MaxFiles;

    /// <summary>The files that are followed, as they were when folders were looked at last. Any thread may ask.</summary>
    public IReadOnlyList<TailedFileStatus> Files => Volatile.Read(ref _status);

    /// <summary>Begins to follow.</summary>
    public void Start() => _running = Task.Run(RunAsync);

    /// <summary>Stops, waits for what is under way, saves positions.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        try
        {
            await SavePositionsAsync([.. _set.Files.Where(f => f.IsDirty || f.HasUnsent)], CancellationToken.None);
        }
        catch (IOException e)
        {
            // The positions saved before this batch hold; what is read again is found to be there.
            _events.TailWaiting($"positions could not be saved at the end: {e.Message}", TimeSpan.Zero);
        }

        _set.Dispose();
        _batch.Dispose();
        _lines.Dispose();
        _buffer.Dispose();
        _stop.Dispose();
    }

    /// <summary>One round: looks at folders and files, sends what is due. Returns whether there may be more to read at once.</summary>
    internal async Task<bool> TickAsync(CancellationToken stop)
    {
        var now = _time.GetUtcNow();
        if (_lastScan is not { } last || now - last >= ScanInterval)
        {
            await _set.ScanAsync(now, stop);
            _lastScan = now;
            Volatile.Write(ref _status, [.. _set.Files.Select(static f => f.Describe())]);
        }

        var isFull = ReadAll(now);
        var hasUnsent = _set.Files.Any(f => f.HasUnsent);
        if (hasUnsent && (isFull || now - _batchSince >= BatchTime)) await SendAsync(stop);
        else if (!hasUnsent) await SavePositionsAsync([.. _set.Files.Where(f => f.IsDirty)], stop);
        return isFull;
    }

    private async Task RunAsync()
    {
        var stop = _stop.Token;
        var retry = ShortestRetry;
        try
        {
            while (true)
            {
                var wait = await RoundAsync(retry, stop);
                retry = wait == retry ? Longer(retry) : ShortestRetry;
                if (wait > TimeSpan.Zero) await Task.Delay(wait, _time, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The end of the loop.
        }
    }

    private async Task<TimeSpan> RoundAsync(TimeSpan retry, CancellationToken stop)
    {
        try
        {
            return await TickAsync(stop) ? TimeSpan.Zero : PollInterval;
        }
        catch (IOException e)
        {
            _events.TailWaiting(e.Message, retry);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            _events.LoopFailed("tail", e);
        }

        return retry;
    }

    // Each round begins with another file, so that a busy one cannot keep the others out of the batch.
    private bool ReadAll(DateTimeOffset now)
    {
        var files = _set.Files.ToList();
        if (files.Count == 0) return false;
        _firstFile = (_firstFile + 1) % files.Count;
        for (var i = 0; i < files.Count; i++)
        {
            var file = files[(_firstFile + i) % files.Count];
            while (_batchBytes < BatchBytes)
            {
                var hadUnsent = file.HasUnsent;
                var before = file.Next;
                _batchBytes += ReadOne(file, now);
                if (file.Next == before) break;
                if (!hadUnsent && files.TrueForAll(f => f == file || !f.HasUnsent)) _batchSince = now;
            }

            if (_batchBytes >= BatchBytes) return true;
        }

        return false;
    }

    private int ReadOne(TailedFile file, DateTimeOffset now)
    {
        try
        {
            return file.Read(_batch, _lines, _buffer.Span, now, () => _events.TailTruncated(file.Path));
        }
        catch (IOException e)
        {
            _set.TellFailure(file.Path, e.Message);
            return 0;
        }
    }

    private async Task SendAsync(CancellationToken stop)
    {
        var files = _set.Files.Where(f => f.HasUnsent || f.IsDirty).ToList();
        if (_batch.Entries.Length > 0)
        {
            await SavePositionsAsync(files, stop);
            await AppendAsync(stop);
        }

        foreach (var file in _set.Files) file.Commit();
        _batch.Clear();
        _batchBytes = 0;
    }

    private async Task AppendAsync(CancellationToken stop)
    {
        var retry = ShortestRetry;
        while (true)
        {
            string reason;
            var wait = retry;
            try
            {
                var result = await _frontDoor.AppendAsync(IngestProtocol.Tail, new AppendContext(TenantId.Default, null), _batch, new DecodeOutcome(), stop);
                if (result.Status != AppendStatus.Unavailable) return;
                reason = result.Detail ?? "the store takes nothing";
                if (result.RetryAfter > wait) wait = result.RetryAfter;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                reason = e.Message;
            }

            _events.TailWaiting(reason, wait);
            await Task.Delay(wait, _time, stop);
            retry = Longer(retry);
        }
    }

    private async Task SavePositionsAsync(List<TailedFile> files, CancellationToken cancellationToken)
    {
        if (files.Count == 0) return;
        var positions = files.ConvertAll(f => f.ToPosition());
        await _store.SaveAsync(positions, cancellationToken);
        _set.Saved(positions);
        foreach (var file in files) file.IsDirty = false;
    }

    private static TimeSpan Longer(TimeSpan retry) => retry * 2 < LongestRetry ? retry * 2 : LongestRetry;
}
