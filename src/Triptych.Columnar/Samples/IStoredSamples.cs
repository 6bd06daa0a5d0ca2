using Triptych.Model;

namespace Triptych.Columnar.Samples;

/// <summary>Tells how the samples of a tenant lie in the store. Any thread may call.</summary>
public interface IStoredSamples
{
    /// <summary>Looks at everything that is stored now; blocks that cannot be read are a warning in the statistics.</summary>
    ValueTask<StoredSamples> DescribeAsync(TenantId tenant, ScanStatistics statistics, CancellationToken cancellationToken);
}

/// <summary>How the samples of a tenant lie in the store.</summary>
/// <param name="HeadChunks">Pieces that the samples of series in memory lie in.</param>
/// <param name="HeadMinTimeMs">The first sample in memory, Unix milliseconds; more than the last where there is none.</param>
/// <param name="HeadMaxTimeMs">The last one.</param>
/// <param name="Blocks">From the oldest to the newest.</param>
public sealed record StoredSamples(long HeadChunks, long HeadMinTimeMs, long HeadMaxTimeMs, IReadOnlyList<StoredBlock> Blocks);

/// <summary>A block of samples.</summary>
/// <param name="Id">Guid version 7: its first 48 bits are milliseconds.</param>
/// <param name="Level">0 for a flushed head, one more with each compaction.</param>
/// <param name="MinTimeMs">The first sample, Unix milliseconds.</param>
/// <param name="MaxTimeMs">The last one, inclusive.</param>
/// <param name="Series">How many series it has; the samples of each lie in one piece.</param>
/// <param name="Samples">How many samples it has.</param>
public sealed record StoredBlock(Guid Id, int Level, long MinTimeMs, long MaxTimeMs, long Series, long Samples);
