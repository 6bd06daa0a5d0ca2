using System.Diagnostics.Metrics;
using Triptych.Model;

namespace Triptych.Storage.Instruments;

/// <summary>The measurements of this layer, under the meter <c>Triptych.Storage</c>; all with a <c>signal</c> tag where it applies.</summary>
public static class StorageInstruments
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Triptych.Storage";

    private static readonly Meter Source = new(MeterName);

    internal static readonly Counter<long> WalBytes = Source.CreateCounter<long>("triptych.wal.written", "By", "Bytes made durable.");
    internal static readonly Counter<long> WalRecords = Source.CreateCounter<long>("triptych.wal.records", "{record}", "Records made durable.");
    internal static readonly Histogram<double> WalFlush = Source.CreateHistogram<double>("triptych.wal.flush.duration", "s", "Write and fsync of one group.");
    internal static readonly Counter<long> WalFailures = Source.CreateCounter<long>("triptych.wal.failures", "{failure}", "Writes or fsyncs that failed.");
    internal static readonly UpDownCounter<long> WalQueuedBytes = Source.CreateUpDownCounter<long>("triptych.wal.queued", "By", "Bytes not yet durable.");
    internal static readonly Counter<long> WalQuarantined = Source.CreateCounter<long>("triptych.wal.quarantined", "{stretch}", "Unreadable stretches set aside.");
    internal static readonly Counter<long> WalQuarantinedBytes = Source.CreateCounter<long>("triptych.wal.quarantined.bytes", "By", "Bytes of them.");
    internal static readonly Gauge<long> ReplayDone = Source.CreateGauge<long>("triptych.wal.replay.done", "By", "Bytes of the write-ahead log that the replay at the start has behind it.");
    internal static readonly Gauge<long> ReplaySize = Source.CreateGauge<long>("triptych.wal.replay.size", "By", "Bytes that the replay at the start has to read in all.");
    internal static readonly Gauge<long> ReplayRecords = Source.CreateGauge<long>("triptych.wal.replay.records", "{record}", "Records that the replay at the start has taken in.");
    internal static readonly Gauge<double> ReplayDuration = Source.CreateGauge<double>("triptych.wal.replay.duration", "s", "How long the replay at the start took; there when it is over.");
    internal static readonly Histogram<double> Flush = Source.CreateHistogram<double>("triptych.flush.duration", "s", "Head to blocks, commit included.");
    internal static readonly Gauge<double> LastFlush = Source.CreateGauge<double>("triptych.flush.last.timestamp", "s", "When a head last became blocks, Unix time.");
    internal static readonly Counter<long> FlushFailures = Source.CreateCounter<long>("triptych.flush.failures", "{failure}", "Flushes that failed and are tried again.");
    internal static readonly Gauge<long> FlushedBlocks = Source.CreateGauge<long>("triptych.blocks.flushed", "{block}", "Flushed blocks that wait to be merged, of the tenant that has most of them.");
    internal static readonly Counter<long> CrowdedRefusals = Source.CreateCounter<long>("triptych.blocks.flushed.refusals", "{request}", "Requests that were asked to come again because too many flushed blocks wait to be merged.");
    internal static readonly Counter<long> FullRefusals = Source.CreateCounter<long>("triptych.head.refusals", "{request}", "Requests that were asked to come again because too much in memory waits to become blocks.");
    internal static readonly Counter<long> SlowedAppends = Source.CreateCounter<long>("triptych.head.slowed", "{request}", "Requests whose answer was held back while a head was flushed and the next one was full too.");
    internal static readonly Gauge<long> Blocks = Source.CreateGauge<long>("triptych.catalog.blocks", "{block}", "Live blocks.");
    internal static readonly Gauge<long> Quarantined = Source.CreateGauge<long>("triptych.blocks.quarantined", "{block}", "Damaged blocks that are set aside.");
    internal static readonly Gauge<long> HeadBytes = Source.CreateGauge<long>("triptych.head.size", "By", "Memory of all generations of a head.");

    private static readonly Counter<long> DamagedReads = Source.CreateCounter<long>("triptych.blocks.damaged_reads", "{read}", "Reads that met damage in a block and left it out of their answer.");

    /// <summary>Counts a read of a block that was damaged; the answer that lacks it says so itself.</summary>
    public static void CountDamagedRead(Signal signal) => DamagedReads.Add(1, Tag(signal));

    internal static KeyValuePair<string, object?> Tag(Signal signal) => new("signal", signal switch
    {
        Signal.Metrics => "metrics",
        Signal.Logs => "logs",
        _ => "traces",
    });
}
