using System.Collections.Concurrent;
using Triptych.Model;
using Triptych.Storage.Instruments;

namespace Triptych.Testing;

/// <summary>Keeps what storage reported as lines such as <c>wal_quarantined /d/wal/logs/0000000001.wal 32</c>.</summary>
public sealed class RecordingEvents : IStorageEvents
{
    private readonly ConcurrentQueue<string> _lines = new();

    /// <summary>All lines so far, in order.</summary>
    public IReadOnlyList<string> Lines => [.. _lines];

    /// <summary>How many lines begin with a word.</summary>
    public int Count(string kind) => _lines.Count(l => l.StartsWith(kind + " ", StringComparison.Ordinal) || l == kind);

    public void WalQuarantined(string file, long offset, long lengthBytes, string reason, string? copy) =>
        Add($"wal_quarantined {file} {offset} {lengthBytes} {reason} {copy}");

    public void WalTailCut(string file, long offset, long lengthBytes, string reason) => Add($"wal_tail_cut {file} {offset} {lengthBytes} {reason}");

    public void WalUnavailable(Signal signal, string reason) => Add($"wal_unavailable {signal} {reason}");

    public void WalRecovered(Signal signal) => Add($"wal_recovered {signal}");

    public void WalDeleteFailed(Signal signal, string file, Exception error) => Add($"wal_delete_failed {signal} {file} {error.Message}");

    public void Flushed(Signal signal, int blocks, long rows, TimeSpan duration) => Add($"flushed {signal} {blocks} {rows}");

    public void FlushFailed(Signal signal, Exception error, TimeSpan retryIn) => Add($"flush_failed {signal} {error}");

    public void SeriesLimitPassed(TenantId tenant, int limit) => Add($"series_limit_passed {tenant.Name} {limit}");

    public void Recovered(Signal signal, long records, long bytes, TimeSpan duration) => Add($"recovered {signal} {records} {bytes}");

    public void UnfinishedObjectsRemoved(int count) => Add($"unfinished_objects_removed {count}");

    public void ForeignObjectsKept(int count, string example, bool catalogIsNew) => Add($"foreign_objects_kept {count}");

    public void BlockMissing(string objectKey) => Add($"block_missing {objectKey}");

    public void BlockQuarantined(string objectKey, long offset, string reason) => Add($"block_quarantined {objectKey} {offset} {reason}");

    public void BlockCameWrongly(string objectKey, long offset, string reason) => Add($"block_came_wrongly {objectKey} {offset} {reason}");

    public void BlockTakenBack(string objectKey) => Add($"block_taken_back {objectKey}");

    public void SweepFailed(Exception error) => Add($"sweep_failed {error.Message}");

    private void Add(FormattableString line) => _lines.Enqueue(FormattableString.Invariant(line));
}
