using Triptych.Storage.Deletion;
using Triptych.Storage.Instruments;
using Triptych.Storage.Retention;

namespace Triptych.Storage.Compaction;

/// <summary>How blocks are kept, and what upkeep needs beside the storage itself.</summary>
public sealed record UpkeepOptions
{
    /// <summary>When blocks are merged.</summary>
    public CompactionOptions Compaction { get; init; } = new();

    /// <summary>What is kept.</summary>
    public RetentionOptions Retention { get; init; } = new();

    /// <summary>Signals whose mergers leave rows out by rules of their own. None unless it is asked for.</summary>
    public IReadOnlyDictionary<Model.Signal, SamplingTerm> Sampling { get; init; } = new Dictionary<Model.Signal, SamplingTerm>();

    /// <summary>One for each signal whose blocks can be rewritten. Others are only dropped as a whole.</summary>
    public required IReadOnlyList<IBlockMerger> Mergers { get; init; }

    /// <summary>Reads what a deletion selects.</summary>
    public required IDeletionSelectors Selectors { get; init; }

    /// <summary>Turns everything that a signal has in memory into blocks; returns when they are in the catalog.</summary>
    public required Func<Model.Signal, CancellationToken, Task> FlushAsync { get; init; }

    /// <summary>Measures the data directory.</summary>
    public required DiskUsage Usage { get; init; }

    /// <summary>Who is told.</summary>
    public required IUpkeepEvents Events { get; init; }
}
