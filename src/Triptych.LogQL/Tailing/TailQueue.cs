using Triptych.Model.Logs;

namespace Triptych.LogQL.Tailing;

/// <summary>
/// What waits for one tail. Requests that bring records put copies in and never wait; what there is no room for is counted and noted. The tail takes what has
/// waited long enough. Any number of writers, one reader; disposing lets all memory go, and what comes later is not kept.
/// </summary>
internal sealed class TailQueue(long maxBytes, TimeSpan delay, TimeProvider time) : IDisposable
{
    /// <summary>Of a record, beside its line and metadata.</summary>
    private const int BytesPerRecord = 40;

    /// <summary>Dropped records that are named; the others are only counted.</summary>
    private const int MaxNamed = 100;

    // Lines that come at nearly the same time travel in one frame.
    private static readonly TimeSpan Span = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly Queue<TailSegment> _segments = new();
    private readonly SemaphoreSlim _arrived = new(0, 1);
    private TailSegment? _last;
    private TailSegment? _spare;
    private long _bytes;
    private List<DroppedRecord> _named = [];
    private long _dropped;
    private bool _disposed;

    /// <summary>Copies the records of the wanted streams, but for those at <paramref name="notNew"/> (in order).</summary>
    public void Offer(LogBatch batch, ReadOnlySpan<int> notNew, ReadOnlySpan<bool> wantedStreams)
    {
        var entries = batch.Entries;
        var skip = 0;
        var stream = -1;
        TailSegment? segment = null;
        lock (_gate)
        {
            if (_disposed) return;
            for (var i = 0; i < entries.Length; i++)
            {
                if (skip < notNew.Length && notNew[skip] == i)
                {
                    skip++;
                    continue;
                }

                ref readonly var entry = ref entries[i];
                if (!wantedStreams[entry.Stream]) continue;
                var labels = batch.Read(batch.Streams[entry.Stream].Labels);
                var isNewStream = entry.Stream != stream || segment is null;
                var sizeBytes = entry.Line.Length + entry.Metadata.Length + BytesPerRecord + (isNewStream ? labels.Length : 0);
                if (_bytes + sizeBytes > maxBytes)
                {
                    _dropped++;
                    if (_named.Count < MaxNamed) _named.Add(new DroppedRecord(entry.TimeUnixNanos, labels.ToArray()));
                    continue;
                }

                segment ??= SegmentForNow();
                if (isNewStream) segment.Records.AddStream(labels);
                stream = entry.Stream;
                segment.Records.AddEntry(entry.TimeUnixNanos, entry.Level, batch.Read(entry.Line), batch.Read(entry.Metadata));
                segment.SizeBytes += sizeBytes;
                _bytes += sizeBytes;
            }
        }
    }

    /// <summary>Waits until records have waited long enough, and takes them; at least one segment.</summary>
    public async ValueTask<List<TailSegment>> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var due = new List<TailSegment>();
            var wait = Timeout.InfiniteTimeSpan;
            lock (_gate)
            {
                while (_segments.TryPeek(out var oldest))
                {
                    wait = delay + Span - time.GetElapsedTime(oldest.Began);
                    if (wait > TimeSpan.Zero) break;
                    due.Add(_segments.Dequeue());
                    if (ReferenceEquals(_last, oldest)) _last = null;
                }
            }

            if (due.Count > 0) return due;
            if (wait == Timeout.InfiniteTimeSpan) await _arrived.WaitAsync(cancellationToken).ConfigureAwait(false);
            else await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Gives back what was taken, with room for as much.</summary>
    public void Return(TailSegment segment)
    {
        lock (_gate)
        {
            _bytes -= segment.SizeBytes;
            if (!_disposed && _spare is null && segment.IsSmall)
            {
                segment.Records.Clear();
                segment.SizeBytes = 0;
                _spare = segment;
                return;
            }
        }

        segment.Dispose();
    }

    /// <summary>What was dropped since the last call: how many records, and the first of them.</summary>
    public (long Count, IReadOnlyList<DroppedRecord> Named) TakeDropped()
    {
        lock (_gate)
        {
            if (_dropped == 0) return (0, []);
            var taken = (_dropped, _named);
            (_dropped, _named) = (0, []);
            return taken;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed) return;
            _disposed = true;
            _last = null;
            while (_segments.TryDequeue(out var segment)) segment.Dispose();
            _spare?.Dispose();
            _spare = null;
        }

        _arrived.Dispose();
    }

    private TailSegment SegmentForNow()
    {
        if (_last is not null && time.GetElapsedTime(_last.Began) < Span) return _last;
        // Where nothing is to wait, what is late already need not be told apart.
        if (_last is not null && delay == TimeSpan.Zero) return _last;
        _last = _spare ?? new TailSegment();
        _spare = null;
        _last.Began = time.GetTimestamp();
        _segments.Enqueue(_last);
        if (_segments.Count == 1 && _arrived.CurrentCount == 0) _arrived.Release();
        return _last;
    }
}
