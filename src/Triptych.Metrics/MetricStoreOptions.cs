namespace Triptych.Metrics;

/// <summary>What the metrics store may take and hold.</summary>
public sealed record MetricStoreOptions
{
    /// <summary>How old a sample may be when it arrives.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How far ahead of the clock a sample may be.</summary>
    public TimeSpan MaxFuture { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How many series a tenant may have in the head before further ones are kept without postings and flushed early; at least 1, at most
    /// <see cref="MostActiveSeries"/>.
    /// </summary>
    public int MaxActiveSeries { get; init; } = 1_000_000;

    /// <summary>What of a tenant may wait in memory beyond its limit, in bytes; past it such series are refused until blocks are written.</summary>
    public long MaxOverflowBytes { get; init; } = 192L * 1024 * 1024;

    /// <summary>The most that <see cref="MaxActiveSeries"/> may be.</summary>
    public const int MostActiveSeries = 8_000_000;

    /// <summary>Memory for the indexes of open blocks, in bytes.</summary>
    public long OpenBlockBytes { get; init; } = 256L * 1024 * 1024;
}
