using System.Diagnostics.Metrics;

namespace Triptych.Storage.Instruments;

/// <summary>The measurements of compaction, retention and deletion, under the same meter as <see cref="StorageInstruments"/>.</summary>
internal static class UpkeepInstruments
{
    private static readonly Meter Source = new(StorageInstruments.MeterName);

    public static readonly Histogram<double> Merge = Source.CreateHistogram<double>("triptych.compaction.duration", "s", "One merge, commit included.");
    public static readonly Counter<long> MergedBlocks = Source.CreateCounter<long>("triptych.compaction.blocks.read", "{block}", "Blocks that merges took in.");
    public static readonly Counter<long> ReadBytes = Source.CreateCounter<long>("triptych.compaction.read", "By", "Bytes of blocks that merges took in.");
    public static readonly Counter<long> WrittenBytes = Source.CreateCounter<long>("triptych.compaction.written", "By", "Bytes of blocks that merges wrote.");
    public static readonly Counter<long> Failures = Source.CreateCounter<long>("triptych.compaction.failures", "{merge}", "Merges that failed and are tried again.");
    public static readonly UpDownCounter<long> Running = Source.CreateUpDownCounter<long>("triptych.compaction.running", "{merge}", "Merges under way.");
    public static readonly Gauge<long> Pending = Source.CreateGauge<long>("triptych.compaction.pending", "{merge}", "Merges that are due.");
    public static readonly Counter<long> ExpiredBlocks = Source.CreateCounter<long>("triptych.retention.blocks", "{block}", "Blocks that retention dropped.");
    public static readonly Counter<long> ExpiredBytes = Source.CreateCounter<long>("triptych.retention.bytes", "By", "Bytes of them.");
    public static readonly Gauge<long> RuleBytes = Source.CreateGauge<long>("triptych.retention.rule.bytes", "By", "Bytes of blocks that a retention rule with a size has, as far as they are counted.");
    public static readonly Counter<long> SparedBlocks = Source.CreateCounter<long>("triptych.deletion.blocks.spared", "{block}", "Blocks that stayed as they were because nothing in them was to be deleted.");
    public static readonly Gauge<long> ForeignBytes = Source.CreateGauge<long>("triptych.data_dir.foreign", "By", "Files in the data directory that do not count against storage.disk_budget: moved aside, set aside, or put there by others.");
    public static readonly Counter<long> DeletedRows = Source.CreateCounter<long>("triptych.deletion.rows", "{row}", "Rows that deletions took out.");
    public static readonly Gauge<long> PendingDeletions = Source.CreateGauge<long>("triptych.deletion.pending", "{request}", "Deletions not yet done.");
}
