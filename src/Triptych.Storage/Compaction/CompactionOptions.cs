using Triptych.Model;

namespace Triptych.Storage.Compaction;

/// <summary>When blocks are merged, and how large jobs and blocks may get. The reasons are in docs/adr/0005-compaction-retention-deletion.md.</summary>
public sealed record CompactionOptions
{
    private static readonly TimeSpan[] MetricWindows = [TimeSpan.FromHours(2), TimeSpan.FromHours(12), TimeSpan.FromHours(48)];
    private static readonly TimeSpan[] RecordWindows = [TimeSpan.FromHours(1), TimeSpan.FromHours(6), TimeSpan.FromHours(24)];

    /// <summary>Whether blocks are merged to make fewer and larger ones. Retention and deletions rewrite blocks all the same.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Merges that run at once; those of one tenant and signal never do.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>How often work is looked for.</summary>
    public TimeSpan CheckInterval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Blocks are not merged beyond this size.</summary>
    public long TargetBlockBytes { get; init; } = 512L * 1024 * 1024;

    /// <summary>Most bytes that one merge reads, and so the most that it needs on disk beside its inputs.</summary>
    public long MaxJobBytes { get; init; } = 4L * 1024 * 1024 * 1024;

    /// <summary>Memory of all merges together, in bytes: one that finds too little left waits.</summary>
    public long MemoryBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>Memory that one merge reserves, in bytes; no more than <see cref="MemoryBytes"/>.</summary>
    public long MergeMemoryBytes { get; init; } = MergeJob.DefaultMemoryBytes;

    /// <summary>
    /// Memory that one merge gets at the most where something in it cannot be divided, such as a line longer than its memory or the footers of very many row
    /// groups; beyond <see cref="MemoryBytes"/> it runs alone.
    /// </summary>
    public long LargestMergeMemoryBytes { get; init; } = 2L * 1024 * 1024 * 1024;

    /// <summary>Most blocks that one merge reads.</summary>
    public int MaxInputs { get; init; } = 64;

    /// <summary>So many flushed blocks in a row are merged soon.</summary>
    public int FlushedBlocksToMerge { get; init; } = 4;

    /// <summary>So many parts of a window of the first level are merged although the window is still open.</summary>
    public int OpenWindowParts { get; init; } = 4;

    /// <summary>
    /// A part is rewritten only together with others that have at least 1/this of its bytes, so that what a byte is in grows by that much each
    /// time it is written again.
    /// </summary>
    public double MostUneven { get; init; } = 2;

    /// <summary>How long after its end a window counts as closed: for data that comes late and waits in a head.</summary>
    public TimeSpan LateAllowance { get; init; } = TimeSpan.FromHours(1);

    /// <summary>First pause before a merge that failed is tried again; doubles.</summary>
    public TimeSpan MinRetryDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest pause between two tries.</summary>
    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Width of a window at each level from 1 on, each a multiple of the one before. Not to be changed for a data directory in use.</summary>
    public Func<Signal, IReadOnlyList<TimeSpan>> Windows { get; init; } = DefaultWindows;

    /// <summary>Metrics 2 h, 12 h, 48 h; logs and traces 1 h, 6 h, 24 h.</summary>
    public static IReadOnlyList<TimeSpan> DefaultWindows(Signal signal) => signal == Signal.Metrics ? MetricWindows : RecordWindows;
}
