using System.Globalization;
using Triptych.Columnar;
using Triptych.Model;
using Triptych.Storage.Catalog;
using Triptych.Storage.Instruments;
using Triptych.Storage.Wal;

namespace Triptych.Storage.Heads;

/// <summary>
/// How far the replay of a signal's WAL is and which reads have to wait for it. Written by the replay, read from any thread.
/// </summary>
/// <param name="signal">Whose WAL.</param>
/// <param name="retryAfter">What who has to wait is told.</param>
internal sealed class ReplayState(Signal signal, TimeSpan retryAfter)
{
    private readonly KeyValuePair<string, object?> _tag = StorageInstruments.Tag(signal);
    private long _records;
    private long _bytesDone;
    private long _bytesTotal;
    private long _quarantined;
    private long _firstSegment;
    private long _lastSegment;
    private long _currentSegment;

    /// <summary>Which times may still be missing.</summary>
    public ReplayFrontier Frontier { get; } = new();

    /// <summary>Unreadable stretches that were set aside.</summary>
    public long Quarantined => Interlocked.Read(ref _quarantined);

    /// <summary>The figures, for who asks.</summary>
    public RecoveryState Snapshot(bool isComplete) => new(
        isComplete,
        Interlocked.Read(ref _records),
        Interlocked.Read(ref _bytesDone),
        Interlocked.Read(ref _bytesTotal),
        new SegmentProgress(
            Interlocked.Read(ref _firstSegment), Interlocked.Read(ref _lastSegment), Interlocked.Read(ref _currentSegment)));

    /// <summary>Throws while rows of the closed range may be missing.</summary>
    public void Require(long minTime, long maxTime)
    {
        if (!Frontier.IsPast(minTime, maxTime))
            throw new SourceNotReadyException(Describe, token => Frontier.WhenPastAsync(minTime, maxTime, token), retryAfter);
    }

    /// <summary>Throws while anything may be missing.</summary>
    public void RequireAll()
    {
        if (!Frontier.IsOver)
            throw new SourceNotReadyException(Describe, Frontier.WhenOverAsync, retryAfter);
    }

    /// <summary>What there is to replay is known; queries that it cannot matter to go on.</summary>
    public void Begin(IReadOnlyDictionary<long, TimeRanges> segments)
    {
        if (segments.Count > 0)
        {
            Interlocked.Exchange(ref _firstSegment, segments.Keys.Min());
            Interlocked.Exchange(ref _lastSegment, segments.Keys.Max());
            Interlocked.Exchange(ref _currentSegment, segments.Keys.Min());
        }

        Frontier.Begin(segments);
    }

    /// <summary>A record of a segment is in.</summary>
    public void Reach(long segment) => Interlocked.Exchange(ref _currentSegment, segment);

    /// <summary>Records and bytes so far.</summary>
    public void Report(WalReplayProgress progress)
    {
        Interlocked.Exchange(ref _records, progress.Records);
        Interlocked.Exchange(ref _bytesDone, progress.BytesDone);
        Interlocked.Exchange(ref _bytesTotal, progress.BytesTotal);
        StorageInstruments.ReplayRecords.Record(progress.Records, _tag);
        StorageInstruments.ReplayDone.Record(progress.BytesDone, _tag);
        StorageInstruments.ReplaySize.Record(progress.BytesTotal, _tag);
    }

    /// <summary>All of it is in.</summary>
    public void End(WalReplayResult result, TimeSpan duration)
    {
        Interlocked.Exchange(ref _quarantined, result.Quarantined);
        Interlocked.Exchange(ref _currentSegment, Interlocked.Read(ref _lastSegment));
        Report(new WalReplayProgress(result.Records, result.Bytes, result.Bytes));
        StorageInstruments.ReplayDuration.Record(duration.TotalSeconds, _tag);

        // So that the series is there before the first of them is.
        StorageInstruments.WalQuarantined.Add(0, _tag);
        Frontier.End();
    }

    private string Describe()
    {
        var (done, total) = (Interlocked.Read(ref _bytesDone), Interlocked.Read(ref _bytesTotal));
        var percent = total == 0 ? 0 : 100 * done / total;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{SignalTime.NameOf(signal)}: the write-ahead log is being replayed and its rest may hold what was asked for "
            + $"({done} of {total} bytes are done, {percent} %)");
    }
}
