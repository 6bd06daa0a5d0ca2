namespace Triptych.Server.Hosting;

/// <summary>
/// Gives memory back to the system after large answers. What a query held is garbage when it is over, and the runtime, which collects when it needs room, would
/// keep it until others ask for as much. Adds up what queries held; once that is worth a collection and no other has ended for a moment, the heap is collected
/// and its empty parts are returned. At most one collection in <see cref="Pause"/>. Any thread may call <see cref="Note"/>; disposing ends the loop.
/// </summary>
internal sealed class HeapRelief : IAsyncDisposable
{
    /// <summary>Less than this is left to the runtime.</summary>
    public const long WorthBytes = 48L * 1024 * 1024;

    /// <summary>The shortest time between two collections.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly TimeProvider _time;
    private readonly Action _collect;
    private readonly Task _loop;
    private long _heldBytes;
    private long _ended;

    /// <summary>Begins.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="collect">Collects the heap; null for the runtime's own.</param>
    public HeapRelief(TimeProvider time, Action? collect = null)
    {
        _time = time;
        _collect = collect ?? (static () => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true));
        _loop = Task.Run(LoopAsync);
    }

    /// <summary>A query ended that held so many bytes.</summary>
    public void Note(long heldBytes)
    {
        Interlocked.Add(ref _heldBytes, heldBytes);
        Interlocked.Increment(ref _ended);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }

    private async Task LoopAsync()
    {
        using var timer = new PeriodicTimer(Interval, _time);
        var collected = _time.GetTimestamp();
        var endedBefore = 0L;
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                var ended = Interlocked.Read(ref _ended);
                var isQuiet = ended == endedBefore;
                endedBefore = ended;
                if (Interlocked.Read(ref _heldBytes) < WorthBytes) continue;

                // Where queries never pause it is done all the same, only not as soon.
                var since = _time.GetElapsedTime(collected);
                if (since < Pause || (!isQuiet && since < 4 * Pause)) continue;
                Interlocked.Exchange(ref _heldBytes, 0);
                _collect();
                collected = _time.GetTimestamp();
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopping.
        }
    }
}
