namespace Triptych.Metrics;

/// <summary>What the metrics store may take and hold.</summary>
public sealed record MetricStoreOptions
{
    /// <summary>How old a sample may be when it arrives.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How far ahead of the clock a sample may be.</summary>
    public TimeSpan MaxFuture { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Memory for the indexes of open blocks, in bytes.</summary>
    public long OpenBlockBytes { get; init; } = 256L * 1024 * 1024;
}
