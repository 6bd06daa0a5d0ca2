using System.ComponentModel;
using Triptych.Storage.Compaction;

namespace Triptych.Server.Configuration;

/// <summary>How data is kept.</summary>
public sealed class StorageConfig
{
    /// <summary>When a head is flushed by size.</summary>
    [Description("Compressed bytes of write-ahead log, per signal, after which the head becomes blocks.")]
    public ByteSize FlushSize { get; set; } = ByteSize.MiB(256);

    /// <summary>When metrics are flushed by age.</summary>
    [Description("Age after which the metrics in memory become blocks.")]
    public TimeSpan MetricsFlushAge { get; set; } = TimeSpan.FromHours(2);

    /// <summary>When logs are flushed by age.</summary>
    [Description("Age after which the logs in memory become blocks.")]
    public TimeSpan LogsFlushAge { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>When traces are flushed by age.</summary>
    [Description("Age after which the traces in memory become blocks.")]
    public TimeSpan TracesFlushAge { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>Memory of all heads.</summary>
    [Description("Memory that the data not yet in blocks may take, all signals together. Metrics become blocks at three eighths of it and may have three quarters while the others have little; logs at a twenty-second and traces at a sixteenth, and may have a third each. While a head becomes a block and the next one is as large, answers to senders are held back for up to 2 s. Beyond it senders are asked to come again.")]
    public ByteSize MaxHeadMemory { get; set; } = ByteSize.MiB(1024);

    /// <summary>Where blocks lie.</summary>
    [Description("Where blocks lie. What is not yet in blocks, and which blocks there are, always lies in the data directory.")]
    public ObjectStoreConfig ObjectStore { get; set; } = new();

    /// <summary>The data directory's bytes.</summary>
    [Description("Bytes that blocks, write-ahead logs and the metastore's file may have together; beyond it the least valuable blocks go: those oldest beside the retention of their signal. Other files in the data directory do not count. 0 is no limit.")]
    public ByteSize DiskBudget { get; set; }

    /// <summary>What is kept.</summary>
    [Description("How long and how much is kept.")]
    public RetentionConfig Retention { get; set; } = new();

    /// <summary>When blocks are merged.</summary>
    [Description("How blocks are merged into fewer and larger ones.")]
    public CompactionConfig Compaction { get; set; } = new();

    /// <summary>Which old traces are kept.</summary>
    [Description("Which traces are kept when they are old (docs/sampling.md). Without policies all are.")]
    public TraceSamplingConfig TraceSampling { get; set; } = new();

    /// <summary>What holds the catalog.</summary>
    [Description("What holds the catalog of blocks and the small state beside it.")]
    public MetastoreConfig Metastore { get; set; } = new();
}

/// <summary>What is kept of each signal.</summary>
public sealed class RetentionConfig
{
    /// <summary>Metrics.</summary>
    [Description("What is kept of metrics.")]
    public SignalRetentionConfig Metrics { get; set; } = new() { Time = TimeSpan.FromDays(15) };

    /// <summary>Logs.</summary>
    [Description("What is kept of logs.")]
    public SignalRetentionConfig Logs { get; set; } = new() { Time = TimeSpan.FromDays(31) };

    /// <summary>Traces.</summary>
    [Description("What is kept of traces.")]
    public SignalRetentionConfig Traces { get; set; } = new() { Time = TimeSpan.FromHours(48) };
}

/// <summary>What is kept of one signal.</summary>
public sealed class SignalRetentionConfig
{
    /// <summary>How long.</summary>
    [Description("How long data is kept, by its own time; 0 is for ever. A block goes when its newest row is past it.")]
    public TimeSpan Time { get; set; }

    /// <summary>How much.</summary>
    [Description("Bytes of blocks that are kept, those of rules with a size included; the oldest blocks go first. 0 is no limit.")]
    public ByteSize Size { get; set; }

    /// <summary>Exceptions from the time.</summary>
    [Description("Another time, or a size of their own, for some series, streams or resources; the first rule that matches holds.")]
    public List<RetentionRuleConfig> Rules { get; set; } = [];
}

/// <summary>How long and how much of some of a signal is kept.</summary>
public sealed class RetentionRuleConfig
{
    /// <summary>What the rule is for.</summary>
    [Description("A selector of labels: of series, of streams, or of a span's resource ({\"service.name\"=\"x\"}).")]
    public string Selector { get; set; } = "";

    /// <summary>How long.</summary>
    [Description("How long it is kept; 0 is for ever, whatever the signal's own time.")]
    public TimeSpan Time { get; set; }

    /// <summary>How much.</summary>
    [Description("Bytes of blocks that it may have, all tenants together; beyond it the oldest rows go, until it has 7/8 of them. What it has of a block is the block's bytes by the share of its rows. 0 is no limit.")]
    public ByteSize Size { get; set; }
}

/// <summary>How blocks are merged.</summary>
public sealed class CompactionConfig
{
    private static readonly CompactionOptions Defaults = new();

    /// <summary>Whether blocks are merged at all.</summary>
    [Description("Whether blocks are merged. Retention and deletions work without it, too.")]
    public bool Enabled { get; set; } = true;

    /// <summary>Merges at once.</summary>
    [Description("Merges that run at once.")]
    public int Workers { get; set; } = Defaults.Workers;

    /// <summary>The largest block that is aimed for.</summary>
    [Description("Blocks are not merged beyond this size.")]
    public ByteSize TargetBlockSize { get; set; } = new(Defaults.TargetBlockBytes);

    /// <summary>The largest merge.</summary>
    [Description("Bytes that one merge reads at most, and needs free on the disk.")]
    public ByteSize MaxMergeSize { get; set; } = new(Defaults.MaxJobBytes);

    /// <summary>Blocks that wait for a merge.</summary>
    [Description("Blocks of a tenant and signal, as they come out of memory, that may wait to be merged. Beyond it, when merges do not keep up, what the tenant sends is asked to come again.")]
    public int MaxFlushedBlocks { get; set; } = 256;

    /// <summary>Memory of all merges.</summary>
    [Description("Memory of all merges together. A merge reserves up to 64MiB of it before it begins, and waits while so much is not left; one that holds something indivisible and larger, such as a very long line, reserves more, and where that passes this figure it runs alone.")]
    public ByteSize Memory { get; set; } = new(Defaults.MemoryBytes);
}
